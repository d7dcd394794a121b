//! The cache: what an earlier run has read is not read again, and what is not whole does not count.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::support::{ROOT, Runs, copy_folder, files, gravimeter, trials};

/// Sums that come from the months, the days and the resources of the rollups.
const SUMS: &str = "select (select sum(amortized_cost) from monthly_costs) as months,
        (select sum(amortized_cost) from daily_costs) as days,
        (select sum(amortized_cost) from resource_costs) as resources,
        (select sum(line_items) from resource_costs) as line_items,
        (select sum(usage_amount) from hourly_usage) as hours";

/// Writes a report and returns what it says on stderr.
fn report(source: &str, cache: &Path, out: &Path) -> String {
    let (cache, out) = (cache.to_str().unwrap(), out.to_str().unwrap());
    let assert = gravimeter(&["report", source, "--cache-dir", cache, "--out", out]).assert().success();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn sums(source: &str, cache: &Path) -> String {
    let cache = cache.to_str().unwrap();
    let args = ["sql", source, "--cache-dir", cache, "--quiet", "--format", "csv", "-c", SUMS];
    String::from_utf8(gravimeter(&args).assert().success().get_output().stdout.clone()).unwrap()
}

fn sample() -> String {
    Path::new(ROOT).join("sample-cur/cur2").to_str().unwrap().to_owned()
}

#[test]
fn a_second_run_reads_not_one_byte() {
    let (cache, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (out.path().join("1"), out.path().join("2"));
    assert!(!report(&sample(), cache.path(), &first).contains("read 0 B"));
    let said = report(&sample(), cache.path(), &second);
    assert!(said.contains("read 0 B") && said.contains("every month was rolled up by an earlier run"), "{said}");
    for file in files(&first) {
        assert_eq!(fs::read(first.join(&file)).unwrap(), fs::read(second.join(&file)).unwrap(), "{}", file.display());
    }
}

#[test]
fn only_the_month_that_changed_is_read_again() {
    let (bill, cache, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy_folder(Path::new(&sample()), bill.path());
    let source = bill.path().to_str().unwrap();
    report(source, cache.path(), out.path());
    let file = files(bill.path()).into_iter().find(|file| {
        file.to_string_lossy().contains("2023-11-")
            || file.to_string_lossy().contains("2023-11/") && file.extension().is_some_and(|end| end == "parquet")
    });
    let file = bill.path().join(file.unwrap());
    // The same bytes under another version.
    let copy = file.with_extension("new");
    fs::copy(&file, &copy).unwrap();
    fs::rename(&copy, &file).unwrap();
    let said = report(source, cache.path(), out.path());
    assert!(said.contains("9 of 10 months were rolled up by an earlier run"), "{said}");
}

#[test]
fn a_flipped_bit_anywhere_in_the_cache_changes_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let expected = sums(&sample(), cache.path());
    assert!(expected.contains('\n'), "{expected}");
    let mut state = 42_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..trials(25) {
        let all: Vec<PathBuf> = files(cache.path());
        let file = cache.path().join(&all[next(all.len())]);
        let mut bytes = fs::read(&file).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let bit = next(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&file, bytes).unwrap();
        assert_eq!(sums(&sample(), cache.path()), expected, "bit {bit} of {}", file.display());
    }
}

#[test]
fn runs_at_the_same_time_and_killed_ones_leave_the_cache_right() {
    let cache = tempfile::tempdir().unwrap();
    let without = tempfile::tempdir().unwrap();
    let expected = sums(&sample(), without.path());
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_gravimeter"))
            .current_dir(ROOT)
            .args(["sql", &sample(), "--cache-dir", cache.path().to_str().unwrap(), "--quiet", "-c", SUMS])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    for round in 0..trials(8) {
        if round % 3 == 0 {
            fs::remove_dir_all(cache.path()).unwrap();
        }
        let mut killed = start();
        std::thread::sleep(Duration::from_millis(13 * round % 101));
        let _ = killed.kill();
        killed.wait().unwrap();
        assert_eq!(sums(&sample(), cache.path()), expected, "killed after {} ms", 13 * round % 101);
    }
    fs::remove_dir_all(cache.path()).unwrap();
    let mut together: Vec<_> = (0..4).map(|_| start()).collect();
    for child in &mut together {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(sums(&sample(), cache.path()), expected);
}

#[test]
fn a_cache_that_cannot_be_written_is_named_or_done_without() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let out = tempfile::tempdir().unwrap();
    let args = ["report", "sample-cur", "--cache-dir", path, "--out", out.path().to_str().unwrap()];
    let output = gravimeter(&args).assert().failure();
    let said = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
    assert!(said.contains(path) && said.contains("--cache-dir"), "{said}");
    let args = ["report", "sample-cur", "--no-cache", "--quiet", "--out", out.path().to_str().unwrap()];
    gravimeter(&args).assert().success();
}

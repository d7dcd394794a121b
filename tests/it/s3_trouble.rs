//! S3 that fails: the right answer, or the right exit code and the next step, in time.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    time::{Duration, Instant},
};

use arrow::compute::concat_batches;
use serde_json::Value;

use crate::{
    s3::{TOTALS, failure, rows},
    s3_stand_in::{BUCKET, Faults, StandIn},
    support::{NO_SETTINGS, PROGRAM, ROOT, Runs, copy_folder, files, rewrite, sql, trials},
};

const SOURCE: &str = "s3://bills/b";

fn sample() -> StandIn {
    StandIn::serving(&Path::new(ROOT).join("sample-cur/cur2"), "b/")
}

fn expected() -> Vec<Value> {
    sql("sample-cur/cur2", TOTALS)
}

#[test]
fn a_fifth_of_requests_failing_changes_nothing() {
    let service = sample();
    for seed in 1..=trials(2) {
        service.fails(Faults { slow_down: 20, broken: 3, cut: 3, seed, ..Faults::default() });
        assert_eq!(rows(&service, SOURCE, TOTALS), expected(), "seed {seed}");
    }
}

#[test]
fn bodies_that_break_off_are_read_again() {
    let service = sample();
    service.fails(Faults { cut: 40, seed: 3, ..Faults::default() });
    assert_eq!(rows(&service, SOURCE, TOTALS), expected());
}

#[test]
fn a_body_that_stalls_is_read_again() {
    let service = sample();
    service.fails(Faults { stall: 1, ..Faults::default() });
    let start = Instant::now();
    assert_eq!(rows(&service, SOURCE, TOTALS), expected());
    let taken = start.elapsed();
    assert!(taken > Duration::from_secs(9) && taken < Duration::from_secs(20), "{taken:?}");
}

#[test]
fn a_service_that_never_recovers_is_given_up() {
    let service = sample();
    service.fails(Faults { slow_down: 100, ..Faults::default() });
    let error = failure(service.gravimeter(&["sql", SOURCE, "-c", TOTALS, "--give-up-after", "1"]), 75);
    assert!(error.contains("s3://bills/b") && error.contains("SlowDown"), "{error}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = std::process::Command::new(PROGRAM);
    command.args(["sql", SOURCE, "-c", TOTALS, "--endpoint-url", &format!("http://{nobody}")]);
    command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "y").env("XDG_CONFIG_HOME", NO_SETTINGS);
    let start = Instant::now();
    let error = failure(command, 75);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(error.contains("--endpoint-url"), "{error}");
}

#[test]
fn refusals_end_at_once_and_say_what_to_do() {
    let service = sample();
    let hint = |text: &'static str| text;
    for (code, answer, words) in [
        (5, (400, "ExpiredToken", "The provided token has expired."), hint("aws sso login --profile")),
        (5, (403, "InvalidAccessKeyId", "It does not exist in our records."), hint("aws configure")),
        (5, (403, "SignatureDoesNotMatch", "The signature does not match."), hint("aws configure")),
        (
            5,
            (403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized"),
            hint("s3:ListBucket on arn:aws:s3:::bills"),
        ),
        (5, (403, "RequestTimeTooSkewed", "The difference is too large."), hint("clock of this machine")),
        (2, (301, "PermanentRedirect", "The bucket is elsewhere."), hint("--region")),
    ] {
        service.fails(Faults { refuse: Some(answer), ..Faults::default() });
        // The fastest of three: other tests run at the same time.
        let runs = (0..3).map(|_| {
            let mut command = service.gravimeter(&["report", SOURCE]);
            command.env("AWS_PROFILE", "billing");
            let start = Instant::now();
            (failure(command, code), start.elapsed())
        });
        let (error, taken) = runs.min_by_key(|(_, taken)| *taken).unwrap();
        assert!(error.contains(SOURCE) && error.contains(answer.1) && error.contains(words), "{error}");
        assert!(taken < Duration::from_secs(2), "{}: {taken:?}", answer.1);
    }
}

#[test]
fn refused_objects_are_named() {
    let service = sample();
    for (code, answer, words) in [
        (5, (403, "AccessDenied", "Access Denied"), "s3:GetObject on arn:aws:s3:::bills/b/seoul-cur2/"),
        (3, (403, "InvalidObjectState", "The operation is not valid"), "aws s3api restore-object --bucket bills"),
    ] {
        service.fails(Faults { refuse_objects: Some(answer), ..Faults::default() });
        let error = failure(service.gravimeter(&["report", SOURCE]), code);
        assert!(error.contains("s3://bills/b/seoul-cur2/") && error.contains(words), "{error}");
    }
    let error = failure(service.gravimeter(&["report", "s3://nosuch/b"]), 2);
    assert!(error.contains("the bucket nosuch does not exist"), "{error}");
}

#[test]
fn missing_credentials_are_a_quick_end() {
    let service = sample();
    let start = Instant::now();
    let error = failure(service.without_credentials(&["report", SOURCE]), 5);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(error.contains("no AWS credentials") && error.contains("aws configure"), "{error}");
    let unknown = || service.without_credentials(&["report", SOURCE, "--profile", "nosuch"]);
    let error = failure(unknown(), 5);
    assert!(error.contains("--profile nosuch") && error.contains("aws configure list-profiles"), "{error}");
    let config = tempfile::NamedTempFile::new().unwrap();
    fs::write(config.path(), "[profile other]\nregion = us-east-1\n").unwrap();
    let mut known = unknown();
    known.env("AWS_CONFIG_FILE", config.path());
    // Keys in the environment do not stand in for the profile that was asked for.
    known.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "x");
    let error = failure(known, 2);
    assert!(error.contains("nosuch") && error.contains("aws configure list-profiles"), "{error}");
}

/// A month whose files are replaced, one after the other, by files of twice as many rows.
struct Changing {
    old: BTreeMap<String, Vec<u8>>,
    new: Vec<(String, Vec<u8>)>,
    /// The totals when the first 0, 1, 2 … files are the new ones.
    totals: Vec<Vec<Value>>,
}

impl Changing {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bill = dir.path().join("b");
        for month in ["2023-05", "2023-06"] {
            let part = format!("seoul-cur2/data/BILLING_PERIOD={month}");
            let from = Path::new(ROOT).join("sample-cur/cur2").join(&part);
            copy_folder(&from, &bill.join(part));
        }
        let read = || -> BTreeMap<String, Vec<u8>> {
            files(&bill).iter().map(|f| (format!("b/{}", f.display()), fs::read(bill.join(f)).unwrap())).collect()
        };
        let (old, mut new) = (read(), Vec::new());
        let mut totals = vec![sql(bill.to_str().unwrap(), TOTALS)];
        for file in files(&bill) {
            rewrite(&bill.join(&file), |batch| concat_batches(&batch.schema(), [&batch, &batch]).unwrap());
            new.push((format!("b/{}", file.display()), fs::read(bill.join(&file)).unwrap()));
            totals.push(sql(bill.to_str().unwrap(), TOTALS));
        }
        assert!(new.len() >= 2 && totals.windows(2).all(|pair| pair[0] != pair[1]));
        Self { old, new, totals }
    }
}

/// Objects replaced after a random GET: an old total, a new one, or exit 6 with the name. Never something in between.
#[test]
fn a_bill_that_changes_while_it_is_read_is_never_torn() {
    let bill = Changing::new();
    let service = StandIn::empty();
    let restore = |faults: Faults| {
        service.fails(faults);
        for (key, bytes) in &bill.old {
            service.put(key, bytes.clone());
        }
    };
    restore(Faults::default());
    assert_eq!(rows(&service, SOURCE, TOTALS), bill.totals[0]);
    let gets = service.gets();
    let mut outcomes = BTreeMap::new();
    for seed in 1..=trials(30) {
        let random = |what: &str, below: u64| {
            let mut hasher = DefaultHasher::new();
            (seed, what).hash(&mut hasher);
            hasher.finish() % below
        };
        // The second change comes in the first reading, in the second, or never.
        let first = random("first", gets + 1);
        let second = first + random("second", 2 * gets);
        let together = random("together", 3) == 0;
        let swaps = if together {
            vec![(first, bill.new.clone())]
        } else {
            vec![(first, bill.new[..1].to_vec()), (second, bill.new[1..2].to_vec())]
        };
        restore(Faults { swaps, ..Faults::default() });
        let output = service.gravimeter(&["sql", SOURCE, "-q", "--format", "json", "-c", TOTALS]).output().unwrap();
        let outcome = if output.status.success() {
            let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
            let known = bill.totals.iter().position(|total| *total == found);
            let known = known.unwrap_or_else(|| panic!("seed {seed}: torn: {found:?}"));
            assert!(!together || known == 0 || known == bill.new.len(), "seed {seed}: half of a change");
            format!("{known} new files")
        } else {
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(6), "seed {seed}: {error}");
            assert!(output.stdout.is_empty(), "seed {seed}");
            assert!(error.contains("was changed while it was read") && error.contains(BUCKET), "seed {seed}: {error}");
            assert!(error.contains("run the command again"), "seed {seed}: {error}");
            "exit 6".to_owned()
        };
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    eprintln!("outcomes: {outcomes:?}");
    assert!(outcomes.len() > 1, "{outcomes:?}");
}

#[test]
fn a_bill_that_goes_on_changing_ends_with_exit_6() {
    let bill = Changing::new();
    let service = StandIn::empty();
    for (key, bytes) in &bill.old {
        service.put(key, bytes.clone());
    }
    // Each GET meets another version than the listing did.
    let (key, bytes) = &bill.new[0];
    let swaps = (0..200_u64).map(|get| {
        let mut bytes = bytes.clone();
        bytes.extend(get.to_le_bytes());
        (get, vec![(key.clone(), bytes)])
    });
    service.fails(Faults { swaps: swaps.collect(), ..Faults::default() });
    let out = tempfile::tempdir().unwrap();
    let error =
        failure(service.gravimeter(&["report", SOURCE, "--out", out.path().join("never").to_str().unwrap()]), 6);
    assert!(error.contains(&format!("s3://{BUCKET}/{key} was changed while it was read")), "{error}");
    assert!(error.contains("everything is read again"), "{error}");
    assert!(files(out.path()).is_empty(), "something was written");
}

/// The second run asks for no object at all, and a changed month is read alone.
#[test]
fn unchanged_months_are_not_fetched() {
    let service = sample();
    let cache = tempfile::tempdir().unwrap();
    let run = || {
        let before = service.gets();
        let mut command = service.cached(cache.path(), &["sql", SOURCE, "-q", "--format", "json", "-c", TOTALS]);
        let run = command.assert().success();
        let found: Vec<Value> = serde_json::from_slice(&run.get_output().stdout).unwrap();
        (found, service.gets() - before)
    };
    let (first, cold) = run();
    assert_eq!(first, expected());
    let (second, warm) = run();
    assert_eq!(second, first);
    assert!(cold > 20, "{cold}");
    let manifests = files(&Path::new(ROOT).join("sample-cur/cur2"));
    let manifests = manifests.iter().filter(|file| file.to_string_lossy().ends_with("Manifest.json")).count();
    assert_eq!(warm, manifests as u64, "only the manifests");
    let bill = Changing::new();
    let (key, bytes) = &bill.new[0];
    service.put(key, bytes.clone());
    let (third, one) = run();
    assert!(third != first && one > warm && one - warm < (cold - warm) / 3, "{one} of {cold}");
}

//! The examples of `docs/deploy`: the program takes them as they are, and they fit each other.
//!
//! Without a network, AWS or a container: what was tried with them stands in `docs/deploy/README.md`.

mod fargate;
mod policies;
mod starters;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::support::{ROOT, Runs, files, gravimeter};

/// An address as Slack gives it; nobody is told anything in these tests.
const SLACK: (&str, &str) = ("GRAVIMETER_SLACK_WEBHOOK", "https://hooks.slack.com/services/T000/B000/xyz");

fn folder() -> PathBuf {
    Path::new(ROOT).join("docs/deploy")
}

/// Reads an example.
fn example(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// Reads an example in JSON.
fn json(name: &str) -> Value {
    serde_json::from_str(&example(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Replaces what has to be there once.
fn replaced(text: &str, theirs: &str, ours: &str) -> String {
    assert_eq!(text.matches(theirs).count(), 1, "{theirs} in {text}");
    text.replace(theirs, ours)
}

/// Writes the shipped configuration with what is of this machine: the sample is the bill, reports go below a folder, and
/// there is neither S3 nor Slack.
fn local_configuration(place: &Path) -> PathBuf {
    let sample = format!("{ROOT}/sample-cur");
    let reports = place.to_str().unwrap();
    let changes = [
        ("s3://example-bill/exports", sample.as_str()),
        ("/var/lib/gravimeter", reports),
        ("upload = \"s3://example-reports/gravimeter\"\n", ""),
        ("slack = true\n", ""),
    ];
    let text = changes.iter().fold(example("gravimeter.toml"), |text, (theirs, ours)| replaced(&text, theirs, ours));
    let file = place.join("gravimeter.toml");
    fs::write(&file, text).unwrap();
    file
}

/// Checks that a command made the report of the sample, and that its saving is beyond the limit of the configuration.
fn makes_the_report(command: &mut Command, place: &Path) {
    let run = command.assert().code(4);
    assert!(run.get_output().stdout.is_empty() || !run.get_output().stdout.starts_with(b"{"));
    let month = place.join("reports/2024-01");
    let latest: Value = serde_json::from_slice(&fs::read(month.join("latest.json")).unwrap()).unwrap();
    let report = month.join(latest["folder"].as_str().unwrap());
    for file in ["report.html", "report.json", "report.xlsx", "run.json"] {
        assert!(report.join(file).is_file(), "{file} in {:?}", files(&report));
    }
}

/// Returns the variables of `gravimeter.env`, as systemd and container engines both read it.
fn variables(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.map(|line| {
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
        assert!(!value.contains(['"', '\'', ' ', '$']), "engines differ in what they make of it: {line}");
        (name.to_owned(), value.to_owned())
    });
    pairs.collect()
}

/// Returns what the program calls its settings and secrets in the environment.
fn known_variables() -> BTreeSet<String> {
    let run = gravimeter(&["config", "show", "--format", "json"]).assert().success();
    let rows: Vec<Value> = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let mut names = BTreeSet::from(["GRAVIMETER_CACHE_DIR".to_owned()]);
    for row in rows {
        let setting = row["setting"].as_str().unwrap();
        if setting.starts_with("GRAVIMETER_") {
            names.insert(format!("{setting}_FILE"));
            names.insert(setting.to_owned());
        } else {
            names.insert(format!("GRAVIMETER_{}", setting.replace('.', "_").to_uppercase()));
        }
    }
    names
}

#[test]
fn the_page_names_every_example_and_no_other() {
    let page = example("README.md");
    let linked: BTreeSet<PathBuf> = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
        .filter(|target| !target.starts_with('#') && !target.ends_with("iam") && !target.starts_with(".."))
        .map(PathBuf::from)
        .collect();
    let there: BTreeSet<PathBuf> = files(&folder()).into_iter().filter(|file| file != Path::new("README.md")).collect();
    assert_eq!(linked, there);
}

#[test]
fn the_configuration_passes_the_check_where_its_secret_is_there() {
    let file = folder().join("gravimeter.toml");
    let check = || gravimeter(&["config", "check", file.to_str().unwrap()]);
    let refused = check().assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains(SLACK.0));
    check().envs([SLACK]).assert().success();
    let machine = variables(&example("gravimeter.env"));
    assert!(machine.len() >= 3);
    let run = check().envs([SLACK]).envs(machine.clone()).assert().success();
    let said = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(said.contains(&format!("environment: {} settings", machine.len())), "{said}");
    // The check sees what is misspelt.
    check().envs([SLACK, ("GRAVIMETER_RUN_MEMORY_LIMITS", "2GiB")]).assert().code(2);
}

#[test]
fn every_variable_of_the_examples_exists() {
    let known = known_variables();
    let mut met = BTreeSet::new();
    for file in files(&folder()) {
        let text = example(file.to_str().unwrap());
        for rest in text.split("GRAVIMETER_").skip(1) {
            let end = rest.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_').unwrap_or(rest.len());
            // Not the pattern GRAVIMETER_<SECTION>_<KEY>.
            if end > 0 {
                let name = format!("GRAVIMETER_{}", &rest[..end]);
                assert!(known.contains(&name), "{name} in {}", file.display());
                met.insert(name);
            }
        }
    }
    assert!(met.len() > 10, "{met:?}");
}

#[test]
fn every_flag_of_the_examples_exists() {
    let mut met = 0;
    for file in files(&folder()) {
        let text = example(file.to_str().unwrap());
        for command in ["batch", "config check", "config show", "config init", "prices refresh", "notify"] {
            for rest in text.split(&format!("gravimeter {command}")).skip(1) {
                let words = rest.split(['`', '\n', '&', ';', '|']).next().unwrap().split_whitespace();
                let flags: Vec<&str> = words.filter(|word| word.starts_with("--")).collect();
                if flags.is_empty() {
                    continue;
                }
                let mut help: Vec<&str> = command.split(' ').collect();
                help.push("--help");
                let run = gravimeter(&help).assert().success();
                let help = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
                for flag in flags {
                    assert!(help.contains(flag), "{command} {flag} in {}", file.display());
                    met += 1;
                }
            }
        }
    }
    assert!(met > 0);
}

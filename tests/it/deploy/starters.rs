//! What starts the job on a machine: cron, systemd, a container, a pipeline.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

use super::{example, local_configuration, makes_the_report, replaced};
use crate::support::{PROGRAM, Runs, files};

/// Where the examples expect the configuration.
const CONFIGURATION: &str = "/etc/gravimeter/gravimeter.toml";

/// The codes after which another try may do better.
pub(super) const PASSING: [i64; 2] = [6, 75];

/// The values of a unit by section and name, as `Service.ExecStart`.
fn unit(name: &str) -> BTreeMap<String, Vec<String>> {
    let (mut section, mut values) = (String::new(), BTreeMap::<String, Vec<String>>::new());
    for line in example(name).lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{name}: {line}"));
        values.entry(format!("{section}.{key}")).or_default().push(value.to_owned());
    }
    values
}

/// The one value of a unit's key.
fn only(unit: &BTreeMap<String, Vec<String>>, key: &str) -> String {
    let values = unit.get(key).unwrap_or_else(|| panic!("no {key}"));
    assert_eq!(values.len(), 1, "{key}: {values:?}");
    values[0].clone()
}

/// The exit codes of a list that may name signals too.
fn codes(text: &str) -> BTreeSet<i64> {
    text.split_whitespace().filter(|word| !word.starts_with("SIG")).map(|code| code.parse().unwrap()).collect()
}

/// The values of an instruction of the container file, of its last stage.
pub(super) fn instructions(name: &str) -> Vec<String> {
    let text = example("Containerfile");
    let stage = text.rsplit_once("\nFROM ").unwrap().1;
    let lines = stage.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    lines.map(str::to_owned).collect()
}

/// A list of words in the form of JSON.
pub(super) fn words(instruction: &str) -> Vec<String> {
    let lines = instructions(instruction);
    assert_eq!(lines.len(), 1, "{instruction}: {lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

/// A line of the crontab, after its five fields: user and command.
fn cron_line() -> (String, String) {
    let text = example("crontab");
    let is_variable = |line: &str| line.split_once('=').is_some_and(|(name, _)| !name.contains(' '));
    let lines: Vec<&str> =
        text.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !is_variable(line)).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut rest = lines[0];
    for (lowest, highest) in [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)] {
        let (field, tail) = rest.split_once(' ').unwrap();
        assert!(field == "*" || field.parse().is_ok_and(|at: u32| (lowest..=highest).contains(&at)), "{field}");
        rest = tail;
    }
    let (user, command) = rest.split_once(' ').unwrap();
    (user.to_owned(), command.to_owned())
}

/// Returns the program with the words after its name, with our configuration in the place of theirs.
fn with_our_configuration(words: &[String], file: &Path) -> Command {
    assert!(words[0].ends_with("/gravimeter"), "{words:?}");
    let mut command = Command::new(PROGRAM);
    command.env_clear();
    let given: Vec<&str> =
        words[1..].iter().map(|word| if word == CONFIGURATION { file.to_str().unwrap() } else { word }).collect();
    assert!(given.contains(&file.to_str().unwrap()), "{words:?}");
    command.args(given);
    command
}

#[test]
fn all_start_the_same_command() {
    let image = [words("ENTRYPOINT"), words("CMD")].concat();
    assert_eq!(image, ["/usr/local/bin/gravimeter", "batch", CONFIGURATION]);
    assert_eq!(only(&unit("gravimeter.service"), "Service.ExecStart"), image.join(" "));
    let (_, command) = cron_line();
    assert!(command.starts_with(&format!("gravimeter batch {CONFIGURATION}")), "{command}");
    assert!(example("github-actions.yml").contains(&format!(":{CONFIGURATION}:ro")));
}

#[test]
fn the_line_of_cron_makes_a_report_and_sends_no_mail() {
    let place = tempfile::tempdir().unwrap();
    let (_, command) = cron_line();
    assert!(!command.contains('%'), "cron takes it for the end of the line: {command}");
    let programs = place.path().join("bin");
    fs::create_dir(&programs).unwrap();
    symlink(PROGRAM, programs.join("gravimeter")).unwrap();
    let text = example("crontab");
    let path = text.lines().find_map(|line| line.strip_prefix("PATH=")).unwrap();
    let path = replaced(path, "/usr/local/bin", programs.to_str().unwrap());
    let file = local_configuration(place.path());
    let command = replaced(&command, CONFIGURATION, file.to_str().unwrap());
    // The environment that cron gives.
    let run = || {
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().env("HOME", place.path()).env("PATH", &path).env("SHELL", "/bin/sh");
        shell.current_dir(place.path()).args(["-c", &command]);
        shell
    };
    makes_the_report(&mut run(), place.path());
    let before = files(&place.path().join("reports"));
    let again = run().assert();
    let output = again.get_output();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(files(&place.path().join("reports")), before);
}

#[test]
fn the_image_makes_a_report_with_its_own_environment() {
    let place = tempfile::tempdir().unwrap();
    let volumes: Vec<String> = words("VOLUME");
    let mut command =
        with_our_configuration(&[words("ENTRYPOINT"), words("CMD")].concat(), &local_configuration(place.path()));
    for line in instructions("ENV") {
        let (name, value) = line.split_once('=').unwrap();
        let volume = volumes.iter().find(|volume| value.starts_with(*volume));
        let volume = volume.unwrap_or_else(|| panic!("{line} is on no volume"));
        command.env(name, replaced(value, volume, place.path().join("cache").to_str().unwrap()));
    }
    makes_the_report(&mut command, place.path());
    assert!(!files(&place.path().join("cache")).is_empty());
    assert!(volumes.iter().any(|volume| volume == "/tmp"), "what does not fit into memory goes there");
    assert_eq!(instructions("STOPSIGNAL"), ["SIGTERM"]);
    let user = instructions("USER");
    assert!(user[0].split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user:?}");
}

#[test]
fn the_service_makes_a_report_with_its_own_environment() {
    let place = tempfile::tempdir().unwrap();
    let unit = unit("gravimeter.service");
    let start: Vec<String> = only(&unit, "Service.ExecStart").split(' ').map(str::to_owned).collect();
    let mut command = with_our_configuration(&start, &local_configuration(place.path()));
    let credentials: BTreeSet<&str> =
        unit["Service.LoadCredential"].iter().map(|name| name.split(':').next().unwrap()).collect();
    for line in &unit["Service.Environment"] {
        let (name, value) = line.split_once('=').unwrap();
        // No secret is there: none is needed, so none is missed.
        if let Some(credential) = value.strip_prefix("%d/") {
            assert!(credentials.contains(credential), "{line}");
        }
        command
            .env(name, value.replace("%C", place.path().join("cache").to_str().unwrap()).replace("%d", "/nonexistent"));
    }
    makes_the_report(&mut command, place.path());
    assert!(!files(&place.path().join("cache")).is_empty());
}

#[test]
fn the_service_is_started_again_after_what_passes_and_never_after_the_rest() {
    let unit = unit("gravimeter.service");
    assert_eq!(only(&unit, "Service.Type"), "oneshot");
    assert_eq!(only(&unit, "Service.Restart"), "on-failure");
    // systemd before 256 refuses it for such services.
    assert!(!unit.contains_key("Service.RestartForceExitStatus"));
    let well = codes(&only(&unit, "Service.SuccessExitStatus"));
    let never = codes(&only(&unit, "Service.RestartPreventExitStatus"));
    for code in [1, 2, 3, 4, 5, 6, 7, 75, 101, 130] {
        let again = !well.contains(&code) && !never.contains(&code);
        assert_eq!(again, PASSING.contains(&code), "{code}");
    }
    assert_eq!(only(&unit, "Unit.StartLimitBurst"), "10");
}

/// What stops a service and a container also stops a run that waits for another one: as the first process of a container it
/// would not notice the signal without listening to it.
#[test]
fn a_run_that_waits_ends_when_it_is_asked_to() {
    let place = tempfile::tempdir().unwrap();
    let file = local_configuration(place.path());
    fs::create_dir(place.path().join("reports")).unwrap();
    let lock = fs::File::create(place.path().join("reports/.gravimeter.lock")).unwrap();
    lock.lock().unwrap();
    let mut command = Command::new(PROGRAM);
    command.env_clear().args(["batch", file.to_str().unwrap(), "--no-cache"]).stderr(Stdio::piped());
    let mut run = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("another run works on")));
    let signal = instructions("STOPSIGNAL");
    let (signal, run_id) = (signal[0].strip_prefix("SIG").unwrap(), run.id().to_string());
    Command::new("kill").args(["-s", signal, &run_id]).assert().success();
    let rest: Vec<String> = said.collect();
    assert_eq!(run.wait().unwrap().code(), Some(130), "{rest:?}");
}

/// Tells whether systemd is here, and new enough to know the folder of credentials.
fn has_systemd() -> bool {
    let version = Command::new("systemd-analyze").arg("--version").output().ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.split_whitespace().nth(1)?.parse::<u32>().ok()
    });
    match version {
        Some(version) if version >= 251 => true,
        Some(version) => {
            eprintln!("skipped: systemd {version} is older than 251");
            false
        }
        None => {
            eprintln!("skipped: systemd-analyze is not here");
            false
        }
    }
}

#[test]
fn systemd_takes_the_units_and_calls_the_service_safe() {
    if !has_systemd() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let service = replaced(&example("gravimeter.service"), "/usr/local/bin/gravimeter", PROGRAM);
    let (service_file, timer_file) = (place.path().join("gravimeter.service"), place.path().join("gravimeter.timer"));
    fs::write(&service_file, service).unwrap();
    fs::write(&timer_file, example("gravimeter.timer")).unwrap();
    let analyze = |args: &[&str]| {
        let run = Command::new("systemd-analyze").current_dir(place.path()).args(args).assert().success();
        let output = run.get_output();
        [&*output.stdout, &*output.stderr].map(String::from_utf8_lossy).concat()
    };
    // Unknown keys are told and do not change the exit code.
    assert_eq!(analyze(&["verify", "./gravimeter.service", "./gravimeter.timer"]), "");
    // The exposure is 1.2 of 10, with systemd 252.
    analyze(&["security", "--offline=true", "--threshold=15", "--no-pager", "./gravimeter.service"]);
    let timer = unit("gravimeter.timer");
    let next = analyze(&["calendar", &only(&timer, "Timer.OnCalendar")]);
    assert!(next.contains("UTC"), "{next}");
    assert_eq!(only(&timer, "Timer.Persistent"), "yes");
    assert_eq!(only(&timer, "Install.WantedBy"), "timers.target");
}

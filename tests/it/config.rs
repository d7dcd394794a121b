//! Settings: their layers, what is wrong with them, the command that shows them, and the log for programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{ROOT, Ran, Runs, files, gravimeter};

/// What must never be seen.
const CANARY: &str = "canary-4711";

/// A working folder and a home of its own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(place.work()).unwrap();
        fs::create_dir_all(place.0.path().join("home/gravimeter")).unwrap();
        place
    }

    fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    /// Writes the project file.
    fn project(&self, text: &str) -> &Self {
        fs::write(self.work().join("gravimeter.toml"), text).unwrap();
        self
    }

    /// Writes the file of the user.
    fn user(&self, text: &str) -> &Self {
        fs::write(self.0.path().join("home/gravimeter/config.toml"), text).unwrap();
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = gravimeter(args);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GRAVIMETER_")) {
            command.env_remove(name);
        }
        command.current_dir(self.work()).env("XDG_CONFIG_HOME", self.0.path().join("home"));
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.command(args).assert()
    }

    /// What a run that is refused says.
    fn refused(&self, args: &[&str]) -> String {
        stderr(&self.run(args).code(2))
    }

    /// The value and the origin of a setting, as `config show` says them.
    fn shown(&self, key: &str, more: &[&str], variables: &[(&str, &str)]) -> (String, String) {
        let mut args = vec!["config", "show", "--origin", "--format", "json"];
        args.extend(more);
        let ran = self.command(&args).envs(variables.iter().copied()).assert().success();
        let rows: Vec<Value> = serde_json::from_slice(&ran.get_output().stdout).unwrap();
        let row = rows.iter().find(|row| row["setting"] == key).unwrap_or_else(|| panic!("no {key}"));
        let text = |name: &str| row[name].as_str().unwrap_or("null").to_owned();
        (text("value"), text("origin"))
    }
}

fn stderr(ran: &Ran) -> String {
    String::from_utf8(ran.get_output().stderr.clone()).unwrap()
}

fn stdout(ran: &Ran) -> String {
    String::from_utf8(ran.get_output().stdout.clone()).unwrap()
}

fn sample() -> String {
    Path::new(ROOT).join("sample-cur").to_str().unwrap().to_owned()
}

#[test]
fn a_flag_comes_before_the_environment_before_the_files_before_the_default() {
    let place = Place::new();
    let shown = |key: &str, more: &[&str], variables: &[(&str, &str)]| {
        let (value, origin) = place.shown(key, more, variables);
        // The file of the user has an absolute name.
        (value, origin.rsplit('/').next().unwrap().to_owned())
    };
    let is = |shown: (String, String), value: &str, origin: &str| {
        assert_eq!((shown.0.as_str(), shown.1.as_str()), (value, origin));
    };
    let (switch, text, list) = ("graviton.allow_slower", "graviton.target", "graviton.pins");
    is(shown(switch, &[], &[]), "false", "default");
    is(shown(text, &[], &[]), "\"cheapest\"", "default");
    is(shown(list, &[], &[]), "null", "default");

    place.user("[graviton]\nallow_slower = true\ntarget = \"graviton2\"\npins = [\"c5=c6g\", \"m5=m6g\"]\n");
    is(shown(switch, &[], &[]), "true", "config.toml:2");
    is(shown(text, &[], &[]), "\"graviton2\"", "config.toml:3");
    is(shown(list, &[], &[]), r#"["c5=c6g", "m5=m6g"]"#, "config.toml:4");

    place.project("# ours\n[graviton]\nallow_slower = false\ntarget = \"graviton3\"\npins = [\n  \"c5=c7g\",\n]\n");
    is(shown(switch, &[], &[]), "false", "gravimeter.toml:3");
    is(shown(text, &[], &[]), "\"graviton3\"", "gravimeter.toml:4");
    // A list replaces the one below: nothing is added up.
    is(shown(list, &[], &[]), r#"["c5=c7g"]"#, "gravimeter.toml:5");

    place.project("[graviton]\npins = []\n");
    is(shown(list, &[], &[]), "null", "gravimeter.toml:2");

    let variables = [
        ("GRAVIMETER_GRAVITON_ALLOW_SLOWER", "true"),
        ("GRAVIMETER_GRAVITON_TARGET", "graviton4"),
        ("GRAVIMETER_GRAVITON_PINS", "c5=c8g,m5=m8g"),
    ];
    is(shown(switch, &[], &variables), "true", variables[0].0);
    is(shown(text, &[], &variables), "\"graviton4\"", variables[1].0);
    is(shown(list, &[], &variables), r#"["c5=c8g", "m5=m8g"]"#, variables[2].0);

    let flags = ["--allow-slower", "--target", "newest", "--pin", "r5=r8g"];
    let off = [("GRAVIMETER_GRAVITON_ALLOW_SLOWER", "false"), variables[1], variables[2]];
    is(shown(switch, &flags, &off), "true", "--allow-slower");
    is(shown(text, &flags, &off), "\"newest\"", "--target");
    is(shown(list, &flags, &off), r#"["r5=r8g"]"#, "--pin");
}

/// Its flag says the opposite of the setting.
#[test]
fn messages_are_required_unless_somebody_says_otherwise() {
    let place = Place::new();
    let key = "notify.required";
    assert_eq!(place.shown(key, &[], &[]), ("true".to_owned(), "default".to_owned()));
    place.project("[notify]\nrequired = false\n");
    assert_eq!(place.shown(key, &[], &[]), ("false".to_owned(), "gravimeter.toml:2".to_owned()));
    let variable = ("GRAVIMETER_NOTIFY_REQUIRED", "true");
    assert_eq!(place.shown(key, &[], &[variable]), ("true".to_owned(), variable.0.to_owned()));
}

#[test]
fn commands_obey_the_layers() {
    let place = Place::new();
    let source = sample();
    place.project(&format!(
        "[bill]\nsources = [{source:?}]\n[report]\nformats = [\"md\", \"json\"]\nlang = \"ko\"\ntop = 3\nmin_saving = 10.00\n[run]\ncache_dir = \"cache\"\n"
    ));
    let written = |out: &str| -> Vec<String> {
        files(&place.work().join(out)).iter().map(|path| path.to_str().unwrap().to_owned()).collect()
    };
    place.run(&["report", "--out", "a"]).success();
    assert_eq!(written("a"), ["report.json", "report.md"]);
    assert!(fs::read_to_string(place.work().join("a/report.md")).unwrap().contains("월"));
    place
        .command(&["report", "--out", "b", "--format", "csv,md"])
        .env("GRAVIMETER_REPORT_LANG", "en")
        .assert()
        .success();
    let files_of_b = written("b");
    assert!(
        files_of_b.contains(&"report.md".to_owned()) && !files_of_b.contains(&"report.json".to_owned()),
        "{files_of_b:?}"
    );
    assert!(!fs::read_to_string(place.work().join("b/report.md")).unwrap().contains("월"));
    // A flag that contradicts a setting is no conflict.
    let count =
        place.run(&["sql", "--no-cache", "--format", "csv", "-c", "select count(*) from monthly_costs"]).success();
    assert!(!stdout(&count).ends_with("\n0\n"), "{}", stdout(&count));
    assert!(place.work().join("cache").is_dir());
    // What was typed comes before bill.sources.
    assert!(place.refused(&["doctor", "nowhere"]).contains("nowhere"));
}

/// `--region` of `explain` chooses rows: that of the settings is the region of the bucket and must not.
#[test]
fn the_region_of_the_settings_chooses_no_rows() {
    let place = Place::new();
    let source = sample();
    let ask = |more: &[&str]| {
        let mut args = vec!["explain", source.as_str(), "-q", "--format", "json", "--top", "100"];
        args.extend(more);
        place.run(&args)
    };
    let all = stdout(&ask(&[]).success());
    place.project("[aws]\nregion = \"us-east-1\"\n");
    assert_eq!(stdout(&ask(&[]).success()), all);
    let some = stdout(&ask(&["--region", "us-east-1"]).success());
    assert!(some.contains("us-east-1") && some.len() < all.len(), "{some}");
}

#[test]
fn a_bill_has_to_be_named_somewhere() {
    let place = Place::new();
    for command in ["report", "explain", "reconcile", "doctor", "verify", "batch"] {
        let told = place.refused(&[command]);
        assert!(told.contains(&format!("error: {command} needs a bill")) && told.contains("bill.sources"), "{told}");
    }
    place.run(&["report", "--schema"]).success();
    place.run(&["prices", "status"]).success();
}

#[test]
fn relative_paths_begin_at_the_folder_of_the_file() {
    let place = Place::new();
    fs::create_dir(place.work().join("jobs")).unwrap();
    crate::support::copy_folder(Path::new(&sample()), &place.work().join("jobs/bill"));
    let file = place.work().join("jobs/monthly.toml");
    fs::write(&file, "[bill]\nsources = \"bill\"\ninventories = [\"absent.csv\"]\n").unwrap();
    assert_eq!(place.shown("bill.sources", &["jobs/monthly.toml"], &[]).0, r#"["jobs/bill"]"#);
    let told = place.refused(&["config", "check", "jobs/monthly.toml"]);
    assert!(told.contains("jobs/monthly.toml:3: bill.inventories: there is no file jobs/absent.csv"), "{told}");
    fs::write(&file, "[bill]\nsources = \"bill\"\n").unwrap();
    place.run(&["reconcile", "-q", "--config", "jobs/monthly.toml"]).success();
}

#[test]
fn a_settings_file_that_was_named_is_there_and_is_one() {
    let place = Place::new();
    let told = place.refused(&["prices", "status", "--config", "absent.toml"]);
    assert!(
        told.contains("there is no settings file absent.toml") && told.contains("config init absent.toml"),
        "{told}"
    );
    assert!(place.refused(&["config", "show", "absent.toml"]).contains("absent.toml"));
    let told = place.refused(&["config", "show", "a.toml", "--config", "b.toml"]);
    assert!(told.contains("two settings files are named: a.toml and --config b.toml"), "{told}");
}

/// The file of a sample bill has the same name: it marks a bill, and is no settings file.
#[test]
fn a_bill_with_a_mark_can_be_the_working_folder() {
    let place = Place::new();
    let count = ["sql", ".", "-q", "--format", "csv", "-c", "select count(*) from monthly_costs"];
    let ran = place.command(&count).current_dir(sample()).assert().success();
    assert!(!stdout(&ran).ends_with("\n0\n"));
    // The other way round: a settings file beside the exports stops nobody who reads them.
    crate::support::copy_folder(&Path::new(&sample()).join("cur2"), &place.work().join("cur2"));
    place.project("[bill]\nsources = [\".\"]\n");
    place.run(&["sql", "-q", "-c", "select count(*) from monthly_costs"]).success();
}

#[test]
fn unknown_names_are_refused_with_line_and_nearest_name() {
    let place = Place::new();
    let refused = |text: &str| place.project(text).refused(&["prices", "status"]);
    let told = refused("[report]\n# formats\nformat = [\"html\"]\n");
    assert!(told.contains("error: gravimeter.toml:3: unknown setting report.format\n"), "{told}");
    assert!(told.contains("hint: did you mean formats?"), "{told}");
    let told = refused("\n[notfy]\nslack = true\n");
    assert!(
        told.contains("gravimeter.toml:2: unknown section [notfy]") && told.contains("did you mean [notify]?"),
        "{told}"
    );
    let told = refused("[report]\ntop = \"ten\"\n\n[run]\nquite = true\n");
    assert!(told.contains("gravimeter.toml:2: report.top takes a number without quotes, and not text"), "{told}");
    assert!(told.contains("there is more that is wrong (1): gravimeter config check lists it all"), "{told}");
    let told = refused("[report]\nlang = \"en\"\nlang = \"ko\"\n");
    assert!(told.contains("error: gravimeter.toml:3: duplicate key"), "{told}");

    place.project("");
    let ran = place.command(&["prices", "status"]).env("GRAVIMETER_REPORT_FORMAT", "html").assert().success();
    let note = "note: GRAVIMETER_REPORT_FORMAT is no setting: did you mean GRAVIMETER_REPORT_FORMATS?";
    assert!(stderr(&ran).contains(note), "{}", stderr(&ran));
    place.command(&["config", "check"]).env("GRAVIMETER_REPORT_FORMAT", "html").assert().code(2);
}

#[test]
fn a_wrong_value_is_refused_where_it_stands() {
    let place = Place::new();
    place.project("[report]\nformats = [\n  \"html\",\n  \"htm\",\n]\nbasis = \"cash\"\n[run]\nthreads = 0\n");
    let told = place.refused(&["report", "x"]);
    assert!(told.contains("error: gravimeter.toml:4: report.formats: \"htm\" is none of html, png,"), "{told}");
    assert!(told.contains("hint: did you mean \"html\"?"), "{told}");
    // What was typed is not hidden by what is wrong below it; other commands have no such flag.
    let told = place.refused(&["report", "x", "--format", "md", "--basis", "unblended"]);
    assert!(told.contains("error: gravimeter.toml:8: run.threads: \"0\": "), "{told}");
    let told = stderr(&place.command(&["report", "x"]).env("GRAVIMETER_REPORT_FORMATS", "pdff").assert().code(2));
    assert!(told.contains("error: GRAVIMETER_REPORT_FORMATS: report.formats: \"pdff\""), "{told}");
    let told = place.refused(&["config", "check"]);
    for line in [":4: report.formats", ":6: report.basis: \"cash\" is none of", ":8: run.threads"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(told.contains("error: 3 of the settings are wrong"), "{told}");
}

#[test]
fn secrets_have_no_place_in_a_file() {
    let place = Place::new();
    for (text, belongs) in [
        ("[notify]\nslack_webhook = \"https://CANARY\"\n", "GRAVIMETER_SLACK_WEBHOOK"),
        ("[notify]\nslack = \"https://CANARY\"\n", "GRAVIMETER_SLACK_WEBHOOK"),
        ("[notify]\nwebhook = \"https://CANARY\"\n", "GRAVIMETER_WEBHOOK_URL"),
        ("[notify]\ntoken = \"CANARY\"\n", "GRAVIMETER_WEBHOOK_TOKEN"),
        ("password = \"CANARY\"\n", "GRAVIMETER_WEBHOOK_TOKEN"),
        ("[aws]\naws_secret_access_key = \"CANARY\"\n", "from where the AWS tools look"),
        ("[notify]\nslack = https://CANARY\n", "gravimeter.toml:2: "),
    ] {
        place.project(&text.replace("CANARY", CANARY));
        for args in [vec!["prices", "status"], vec!["config", "check"], vec!["config", "show"]] {
            let ran = place.run(&args).code(2);
            let told = format!("{}{}", stdout(&ran), stderr(&ran));
            assert!(told.contains(belongs) && !told.contains(CANARY), "{text}: {told}");
        }
    }
}

#[test]
fn the_file_that_init_writes_is_right_and_changes_nothing() {
    let place = Place::new();
    assert_eq!(stdout(&place.run(&["config", "init"]).success()), "gravimeter.toml\n");
    let told = place.refused(&["config", "init"]);
    assert!(told.contains("gravimeter.toml is there already"), "{told}");
    place.run(&["config", "init", "etc/job.toml"]).success();
    let checked = stdout(&place.run(&["config", "check"]).success());
    assert_eq!(checked, "environment: 0 settings\ngravimeter.toml: 4 settings\n");

    let defaults = |place: &Place| -> Vec<(Value, Value)> {
        let rows: Vec<Value> =
            serde_json::from_str(&stdout(&place.run(&["config", "show", "--format", "json"]).success())).unwrap();
        rows.into_iter().map(|row| (row["setting"].clone(), row["value"].clone())).collect()
    };
    let text = fs::read_to_string(place.work().join("gravimeter.toml")).unwrap();
    let is_default = |line: &str| line.strip_prefix('#').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let open: Vec<&str> = text.lines().map(|line| if is_default(line) { &line[1..] } else { line }).collect();
    assert!(open.len() > 60 && open.join("\n") != text.trim_end(), "{text}");
    place.project(&open.join("\n"));
    place.run(&["config", "check"]).success();
    let (own, other) = (defaults(&Place::new()), defaults(&place));
    assert!(own.len() > 40, "{own:?}");
    for ((key, default), (_, value)) in own.iter().zip(&other) {
        // The two that every job has to fill in.
        if key != "bill.sources" && key != "output.dir" {
            assert_eq!(default, value, "{key}");
        }
    }
    let comments = text.lines().filter(|line| line.starts_with("# Not set; for example: "));
    let mut examples: Vec<String> = comments.map(|line| line.replace("# Not set; for example: ", "")).collect();
    assert!(examples.len() > 15, "{text}");
    // Every example is right in its section, too.
    let mut section = String::new();
    let mut with_examples = String::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = format!("{line}\n");
            with_examples.push_str(&section);
        } else if let Some(example) = line.strip_prefix("# Not set; for example: ") {
            with_examples.push_str(example);
            with_examples.push('\n');
            examples.retain(|known| known != example);
        }
    }
    assert!(examples.is_empty() && !section.is_empty());
    place.project(&with_examples);
    let told = place.refused(&["config", "check", "gravimeter.toml"]);
    let wrong: Vec<&str> = told.lines().filter(|line| line.starts_with("error: gravimeter.toml")).collect();
    // Only the files of the examples are not there.
    assert!(wrong.iter().all(|line| line.contains("there is no file")) && wrong.len() >= 2, "{told}");
}

#[test]
fn the_check_names_everything_that_is_missing() {
    let place = Place::new();
    place.project(
        "[bill]\nsources = [\"x\"]\n[report]\nrate = 1390.5\n[notify]\nslack = true\nwebhook = true\n[report.more]\na = 1\n",
    );
    let told = place.refused(&["config", "check"]);
    for line in [
        "gravimeter.toml:8: unknown setting report.more",
        "gravimeter.toml:4: report.rate: --rate 1390.5 needs the currency",
        "gravimeter.toml:6: notify.slack is on, and GRAVIMETER_SLACK_WEBHOOK is not set",
        "gravimeter.toml:7: notify.webhook is on, and GRAVIMETER_WEBHOOK_URL is not set",
        "error: 4 of the settings are wrong",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    place.project("[bill]\nsources = [\"x\"]\n[notify]\nslack = true\nwebhook = true\n");
    let secret = place.work().join("slack");
    fs::write(&secret, format!("https://hooks.example.com/{CANARY}\n")).unwrap();
    let set = |place: &Place, args: &[&str]| {
        let mut command = place.command(args);
        command
            .env("GRAVIMETER_SLACK_WEBHOOK_FILE", &secret)
            .env("GRAVIMETER_WEBHOOK_URL", format!("https://{CANARY}"));
        let ran = command.assert().success();
        let told = format!("{}{}", stdout(&ran), stderr(&ran));
        assert!(!told.contains(CANARY), "{told}");
        told
    };
    assert_eq!(set(&place, &["config", "check"]), "environment: 0 settings\ngravimeter.toml: 3 settings\n");
    let shown = set(&place, &["config", "show", "--origin"]);
    for (name, state) in [
        ("GRAVIMETER_SLACK_WEBHOOK", "set (GRAVIMETER_SLACK_WEBHOOK_FILE)"),
        ("GRAVIMETER_WEBHOOK_URL", "set (GRAVIMETER_WEBHOOK_URL)"),
        ("GRAVIMETER_WEBHOOK_TOKEN", "not set"),
    ] {
        assert!(shown.lines().any(|line| line.contains(name) && line.contains(state)), "{name}: {shown}");
    }
}

/// Checks that each line is an object of the log, and returns them.
fn log(ran: &Ran) -> Vec<Value> {
    let text = stderr(ran);
    assert!(!text.contains(CANARY), "{text}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}: {text}")))
        .collect();
    for line in &lines {
        let time = line["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
        assert!(["error", "warning", "note", "info", "hint"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(line["message"].is_string() && line["fields"].is_object(), "{line}");
    }
    lines
}

#[test]
fn every_line_of_the_log_is_an_object_without_secrets() {
    let place = Place::new();
    let source = sample();
    let run = |args: &[&str], code: i32| {
        let mut command = place.command(args);
        for name in ["GRAVIMETER_SLACK_WEBHOOK", "GRAVIMETER_WEBHOOK_URL", "GRAVIMETER_WEBHOOK_TOKEN"] {
            command.env(name, format!("https://{CANARY}"));
        }
        command.env("AWS_ACCESS_KEY_ID", CANARY).env("AWS_SECRET_ACCESS_KEY", CANARY).env("AWS_SESSION_TOKEN", CANARY);
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_REGION", "us-east-1");
        log(&command.assert().code(code))
    };
    let json = ["--log-format", "json"];
    let with = |args: &[&'static str]| -> Vec<&'static str> { args.iter().chain(&json).copied().collect() };

    let mut args = with(&["report", "--format", "md,csv", "--out", "out"]);
    args.push(&source);
    let lines = run(&args, 0);
    let headline = lines.iter().find(|line| line["fields"]["month"].is_string()).unwrap();
    assert_eq!(headline["level"], "info");
    assert!(lines.iter().any(|line| line["fields"]["line_items"].is_u64()), "{lines:?}");
    assert!(lines.iter().any(|line| line["level"] == "note" || line["level"] == "warning"), "{lines:?}");

    let last = |lines: Vec<Value>, code: i32| {
        let last = lines.last().unwrap().clone();
        assert_eq!((&last["level"], &last["exit_code"]), (&"error".into(), &code.into()), "{last}");
        last
    };
    let error = last(run(&with(&["sql", "-c", "select * from nothing"]), 2), 2);
    assert!(error["hints"][0].as_str().unwrap().starts_with("the tables are"), "{error}");
    let error = last(
        run(
            &with(&[
                "sql",
                "s3://bills/b",
                "-c",
                "select 1",
                "--endpoint-url",
                "http://127.0.0.1:1",
                "--give-up-after",
                "1",
            ]),
            75,
        ),
        75,
    );
    assert!(error["message"].as_str().unwrap().contains("s3://bills/b"), "{error}");
    // Words that are no command line, before any option is understood.
    let error = last(run(&with(&["report", "--formt", "md"]), 2), 2);
    assert!(error["message"].as_str().unwrap().contains("--formt"), "{error}");
    last(run(&["--log-format=json", "reprot"], 2), 2);
    last(run(&with(&["prices", "status", "--config", "absent.toml"]), 2), 2);
    run(&with(&["prices", "status"]), 0);
    assert!(run(&with(&["prices", "status", "--quiet"]), 0).is_empty());
    // By the settings.
    place.project("[run]\nlog_format = \"json\"\n[notify]\nslack = true\n");
    run(&["prices", "status"], 0);
    last(run(&["sql", "-c", "select * from nothing"], 2), 2);
    place.project("[run]\nlog_format = \"json\"\n[report]\ntops = 1\n");
    last(run(&["config", "check"], 2), 2);
    last(run(&["prices", "status"], 2), 2);
    last(log(&place.command(&["config", "init"]).env("GRAVIMETER_RUN_LOG_FORMAT", "json").assert().code(2)), 2);
}

#[test]
fn people_are_told_in_lines_by_default() {
    let place = Place::new();
    let told = place.refused(&["sql", "-c", "select * from nothing"]);
    assert!(told.starts_with("error: ") && told.contains("\n\nhint: the tables are"), "{told}");
    let told = place.refused(&["report", "--formt"]);
    assert!(told.contains("unexpected argument '--formt'") && told.contains("Usage: "), "{told}");
}

#[test]
fn a_file_that_nobody_named_runs_no_program() {
    let place = Place::new();
    place.project("[report]\nchromium = \"/tmp/evil\"\n");
    let said = place.refused(&["prices", "status"]);
    assert!(said.contains("gravimeter.toml:2: report.chromium names a program to run"), "{said}");
    // Named, it is its namer's own choice; so it is in the file of the user.
    place.run(&["config", "show", "--config", "gravimeter.toml"]).success();
    place.project("").user("[report]\nchromium = \"/usr/bin/chromium\"\n");
    place.run(&["config", "show"]).success();
}

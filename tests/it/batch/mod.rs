//! The scheduled job, as its users meet it: several at once, killed, out of disk, and with a receiver that fails.

mod delivery;
mod killed;
mod runs;
mod trouble;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    s3_stand_in::{BUCKET, SECRET, StandIn},
    support::{ROOT, Runs, files, gravimeter},
    webhook_stand_in::{CANARY, Receiver},
};

/// The newest final month of the sample.
const MONTH: &str = "2024-01";

/// Files by path.
type Contents = BTreeMap<String, Vec<u8>>;

/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_mins(4);

/// A job with places for its reports, a cache and a receiver of its own.
struct Job {
    root: TempDir,
    source: String,
    /// Folder of the reports, where they go to one.
    out: Option<PathBuf>,
    /// S3, where they go there; after the folder.
    service: Option<StandIn>,
    receiver: Receiver,
    formats: &'static str,
}

impl Job {
    /// Returns a job whose reports go to a folder.
    fn in_folder() -> Self {
        let source = Path::new(ROOT).join("sample-cur/cur2").display().to_string();
        let root = tempfile::tempdir().unwrap();
        let out = Some(root.path().join("reports"));
        Self { root, source, out, service: None, receiver: Receiver::start(), formats: "json,csv" }
    }

    /// Returns a job whose reports go to a bucket.
    fn in_bucket() -> Self {
        Self { out: None, ..Self::in_both() }
    }

    /// Returns a job whose reports go to a folder and to a bucket.
    fn in_both() -> Self {
        Self { service: Some(StandIn::empty()), ..Self::in_folder() }
    }

    fn out(&self) -> &Path {
        self.out.as_deref().unwrap()
    }

    fn service(&self) -> &StandIn {
        self.service.as_ref().unwrap()
    }

    /// Returns the program with this job.
    fn command(&self, more: &[&str]) -> Command {
        self.on_machine("here", more)
    }

    /// Returns the program with this job, on a machine that shares nothing with the others but the bucket.
    fn on_machine(&self, machine: &str, more: &[&str]) -> Command {
        let args = ["batch", "--source", &self.source, "--format", self.formats, "--webhook"];
        self.placed(machine, &args, more)
    }

    /// Returns `notify` for this job.
    fn notify(&self, more: &[&str]) -> Command {
        self.placed("here", &["notify", "--webhook"], more)
    }

    fn placed(&self, machine: &str, args: &[&str], more: &[&str]) -> Command {
        let cache = self.root.path().join(machine);
        let mut command = if let Some(service) = &self.service {
            let mut command = service.cached(&cache, args);
            command.args(["--upload", &format!("s3://{BUCKET}/reports")]);
            command
        } else {
            let mut command = gravimeter(args);
            command.args(["--cache-dir", cache.to_str().unwrap()]);
            command
        };
        if let Some(out) = &self.out {
            command.args(["--out", out.to_str().unwrap()]);
        }
        command.env("GRAVIMETER_WEBHOOK_URL", self.receiver.url()).env("GRAVIMETER_WEBHOOK_TOKEN", CANARY);
        command.args(more);
        command
    }

    /// Runs the job once; returns what it said.
    fn run(&self, more: &[&str], code: i32) -> String {
        said(&mut self.command(more), code)
    }

    /// Returns everything at each place of the reports but the lock.
    fn contents(&self) -> Vec<Contents> {
        let read = |out: &PathBuf| {
            let read = |file: PathBuf| (file.display().to_string(), fs::read(out.join(&file)).unwrap());
            files(out).into_iter().map(read).collect()
        };
        let bucket = self.service.as_ref().map(|service| service.below("reports/"));
        let mut all: Vec<Contents> = self.out.as_ref().map(read).into_iter().chain(bucket).collect();
        for contents in &mut all {
            contents.remove(".gravimeter.lock");
        }
        all
    }

    /// Checks that there are so many reports of the month in each place, each whole, that `latest.json` names the last of
    /// them, and that nothing else lies about. Returns that one's record.
    fn assert_whole(&self, reports: usize) -> Value {
        let all = self.contents();
        // Who was told is written down at the last place.
        let home = all.len() - 1;
        let records = all.into_iter().enumerate().map(|(at, contents)| whole(contents, reports, at == home));
        let records: Vec<Value> = records.collect();
        assert_eq!(records[0], records[home]);
        if let Some(out) = &self.out {
            self.assert_tidy(out, &records[0]);
        }
        records[0].clone()
    }

    /// Checks that the folder of the reports holds nothing that a run did not finish, and that its link leads to the report.
    fn assert_tidy(&self, out: &Path, record: &Value) {
        let names = |folder: &Path| -> Vec<String> {
            let entries = fs::read_dir(folder).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        assert_eq!(names(out), [".gravimeter.lock", MONTH]);
        let month = out.join(MONTH);
        let link = month.join("latest").join("run.json");
        assert_eq!(serde_json::from_slice::<Value>(&fs::read(link).unwrap()).unwrap(), *record);
        let known = |name: &str| {
            name == "latest"
                || name == "latest.json"
                || name == "notified.json" && self.service.is_none()
                || name.starts_with(|letter: char| letter.is_ascii_digit())
        };
        let others: Vec<String> = names(&month).into_iter().filter(|name| !known(name)).collect();
        assert_eq!(others, Vec::<String>::new(), "left behind");
    }

    /// Checks that the receiver took so many messages; returns them.
    fn assert_messages(&self, count: usize) -> Vec<Value> {
        let messages: Vec<Value> =
            self.receiver.messages().iter().map(|body| serde_json::from_slice(body).unwrap()).collect();
        assert_eq!(messages.len(), count, "{messages:#?}");
        messages
    }
}

/// Checks what one place has; returns the record of its newest report.
fn whole(mut contents: Contents, reports: usize, is_home: bool) -> Value {
    let below = format!("{MONTH}/");
    let folder = |path: &String| Some(path.strip_prefix(&below)?.split_once('/')?.0.to_owned());
    let folders: BTreeSet<String> = contents.keys().filter_map(folder).collect();
    assert_eq!(folders.len(), reports, "{folders:?}");
    let mut take = |path: &str| match contents.remove(path) {
        Some(bytes) => bytes,
        None => panic!("{path} is missing beside {:?}", contents.keys()),
    };
    let json = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).unwrap() };
    let latest = json(&take(&format!("{MONTH}/latest.json")));
    if is_home {
        take(&format!("{MONTH}/notified.json"));
    }
    let mut newest = Value::Null;
    for folder in &folders {
        let record = take(&format!("{MONTH}/{folder}/run.json"));
        if latest["folder"] == folder.as_str() {
            assert_eq!(latest["run_sha256"], digest(&record));
            newest = json(&record);
        }
        for file in json(&record)["files"].as_array().unwrap() {
            let bytes = take(&format!("{MONTH}/{folder}/{}", file["path"].as_str().unwrap()));
            assert_eq!(file["sha256"], digest(&bytes), "{file}");
            assert_eq!(file["size"], bytes.len(), "{file}");
        }
    }
    assert_eq!((&latest["revision"], &newest["revision"]), (&reports.into(), &reports.into()));
    assert_eq!(contents.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "left behind");
    newest
}

/// Runs a command to its end; returns what it said, which keeps all secrets.
fn said(command: &mut Command, code: i32) -> String {
    let ran = command.assert().code(code);
    let output = ran.get_output();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains(CANARY) && !said.contains(SECRET), "{said}");
    said
}

/// Starts a command that says what it says to nobody.
fn started(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until so many of the runs have ended; returns their exit codes, and leaves those that work on.
fn ended(runs: &mut Vec<Child>, count: usize) -> Vec<Option<i32>> {
    let begin = Instant::now();
    let mut codes = Vec::new();
    while codes.len() < count {
        runs.retain_mut(|run| match run.try_wait().unwrap() {
            Some(status) => {
                codes.push(status.code());
                false
            }
            None => true,
        });
        assert!(begin.elapsed() < PATIENCE, "{} of {count} have ended: {codes:?}", codes.len());
        thread::sleep(Duration::from_millis(5));
    }
    codes
}

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

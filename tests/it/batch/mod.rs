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

/// Nothing takes so long.
const PATIENCE: Duration = Duration::from_mins(4);

/// A job with a place for its reports, a cache and a receiver of its own.
struct Job {
    root: TempDir,
    source: String,
    service: Option<StandIn>,
    receiver: Receiver,
    /// The folder of the reports, where they go to one.
    out: PathBuf,
    formats: &'static str,
}

impl Job {
    /// Returns a job whose reports go to a folder.
    fn in_folder() -> Self {
        let source = Path::new(ROOT).join("sample-cur/cur2").display().to_string();
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("reports");
        Self { root, source, service: None, receiver: Receiver::start(), out, formats: "json,csv" }
    }

    /// Returns a job whose reports go to a bucket.
    fn in_bucket() -> Self {
        Self { service: Some(StandIn::empty()), ..Self::in_folder() }
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
        let cache = self.root.path().join(machine);
        let mut command = if let Some(service) = &self.service {
            let mut command = service.cached(&cache, &args);
            command.args(["--upload", &format!("s3://{BUCKET}/reports")]);
            command
        } else {
            let mut command = gravimeter(&args);
            command.args(["--cache-dir", cache.to_str().unwrap(), "--out", self.out.to_str().unwrap()]);
            command
        };
        self.secrets(&mut command);
        command.args(more);
        command
    }

    /// Returns `notify` for this job.
    fn notify(&self, more: &[&str]) -> Command {
        let mut command = match &self.service {
            Some(service) => service.cached(
                &self.root.path().join("here"),
                &["notify", "--webhook", "--upload", &format!("s3://{BUCKET}/reports")],
            ),
            None => gravimeter(&["notify", "--webhook", "--out", self.out.to_str().unwrap()]),
        };
        self.secrets(&mut command);
        command.args(more);
        command
    }

    fn secrets(&self, command: &mut Command) {
        command.env("GRAVIMETER_WEBHOOK_URL", self.receiver.url()).env("GRAVIMETER_WEBHOOK_TOKEN", CANARY);
    }

    /// Runs the job once; returns what it said.
    fn run(&self, more: &[&str], code: i32) -> String {
        said(&mut self.command(more), code)
    }

    /// Returns everything at the place of the reports but its lock.
    fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = if let Some(service) = &self.service {
            service.below("reports/")
        } else {
            let read = |file: PathBuf| (file.display().to_string(), fs::read(self.out.join(&file)).unwrap());
            files(&self.out).into_iter().map(read).collect()
        };
        found.remove(".gravimeter.lock");
        found
    }

    /// Checks that there are so many reports of the month, each whole, that `latest.json` names the last of them, and that
    /// nothing else lies about. Returns that one's record.
    fn assert_whole(&self, reports: usize) -> Value {
        let mut contents = self.contents();
        let mut take = |path: &str| {
            contents.remove(path).unwrap_or_else(|| panic!("{path} is missing beside {:?}", contents.keys()))
        };
        let json = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).unwrap() };
        let latest = json(&take(&format!("{MONTH}/latest.json")));
        take(&format!("{MONTH}/notified.json"));
        let folders: BTreeSet<String> = self
            .contents()
            .keys()
            .filter_map(|path| path.strip_prefix(&format!("{MONTH}/"))?.split_once('/'))
            .map(|(folder, _)| folder.to_owned())
            .collect();
        assert_eq!(folders.len(), reports, "{folders:?}");
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
        assert_eq!(latest["revision"], reports);
        assert_eq!(newest["revision"], reports);
        assert_eq!(contents.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "left behind");
        if self.service.is_none() {
            let link = fs::read_link(self.out.join(MONTH).join("latest")).unwrap();
            assert_eq!(latest["folder"], link.to_str().unwrap());
            let names = |folder: &Path| -> BTreeSet<String> {
                fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
            };
            let expected = [".gravimeter.lock", MONTH].map(str::to_owned);
            assert_eq!(names(&self.out), BTreeSet::from(expected));
            let expected = ["latest", "latest.json", "notified.json"].map(str::to_owned).into_iter().chain(folders);
            assert_eq!(names(&self.out.join(MONTH)), expected.collect());
        }
        newest
    }

    /// Checks that the receiver took so many messages; returns them.
    fn assert_messages(&self, count: usize) -> Vec<Value> {
        let messages: Vec<Value> =
            self.receiver.messages().iter().map(|body| serde_json::from_slice(body).unwrap()).collect();
        assert_eq!(messages.len(), count, "{messages:#?}");
        messages
    }
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

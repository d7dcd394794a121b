//! A Chromium without a window, started by the tests and ended with them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Names that Chromium goes by.
const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Where it can be had when it cannot be installed.
const ADVICE: &str = "the browser tests need Chromium: install it (Debian, Ubuntu: `apt-get install chromium`), or leave them \
                      out with GRAVIMETER_SKIP_BROWSER=1";

/// Longest time for one command of the package manager.
const INSTALLING: Duration = Duration::from_mins(10);

/// Tells whether the tests of the browser are to be left out.
pub(super) fn is_skipped() -> bool {
    let skipped = std::env::var("GRAVIMETER_SKIP_BROWSER").is_ok_and(|value| value == "1");
    if skipped {
        eprintln!("skipped: GRAVIMETER_SKIP_BROWSER=1");
    }
    skipped
}

/// Starts it in a fresh profile, with a pipe for its commands and answers.
pub(super) fn start() -> (Child, TempDir) {
    let profile = tempfile::tempdir().unwrap();
    let log = File::create(profile.path().join("chromium.log")).unwrap();
    // It reads commands from descriptor 3 and writes answers to 4; a child of Rust has 0 to 2 only.
    let child = Command::new("sh")
        .args(["-c", "exec \"$@\" 3<&0 4>&1 1>&2", "sh"])
        .arg(program())
        .args(["--headless", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-US"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    (child, profile)
}

/// Returns the last lines that it wrote about itself.
pub(super) fn last_words(profile: &Path) -> String {
    let log = fs::read(profile.join("chromium.log")).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

/// Finds the program, or installs it once for all tests.
fn program() -> &'static Path {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FOUND.get_or_init(|| found().map_or_else(install, Ok)) {
        Ok(path) => path,
        Err(error) => panic!("{error}"),
    }
}

fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

fn install() -> Result<PathBuf, String> {
    eprintln!("Chromium is missing: it is installed with apt-get");
    let is_root = run(&mut Command::new("sh"), &["-c", "test \"$(id -u)\" = 0"]).is_ok();
    for step in [vec!["update"], vec!["install", "-y", "--no-install-recommends", "chromium"]] {
        let mut command = if is_root { Command::new("env") } else { Command::new("sudo") };
        if !is_root {
            command.arg("-n");
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]);
        run(&mut command, &step).map_err(|error| format!("{ADVICE}\napt-get {}: {error}", step[0]))?;
    }
    found().ok_or_else(|| ADVICE.to_owned())
}

/// Runs a command to its end, or kills it when it takes too long.
pub(super) fn run(command: &mut Command, args: &[&str]) -> Result<(), String> {
    let mut child = command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + INSTALLING;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(status.to_string()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(50)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end after {} s", INSTALLING.as_secs()));
            }
        }
    }
}

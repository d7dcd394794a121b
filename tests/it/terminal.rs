//! A real terminal for the program: what is typed, what is on the screen.
//!
//! `script` of util-linux makes the pseudo-terminal; keys go in and the screen comes out through pipes.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use crate::support::{PROGRAM, ROOT};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program on a terminal of its own.
pub(crate) struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    /// Bytes of the screen that were looked at.
    seen: usize,
}

impl Terminal {
    /// Starts the program; `home` is the user's home.
    pub(crate) fn start(home: &Path, args: &str) -> Self {
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--echo", "never", "--command"])
            .arg(format!("stty rows 40 cols 160 2>/dev/null; exec {PROGRAM} {args}"))
            .arg("/dev/null")
            .current_dir(ROOT)
            .env("HOME", home)
            .env("TERM", "xterm")
            .env("EDITOR", "sed -i s/1/2/")
            .env("PAGER", "head -3")
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("VISUAL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let keys = child.stdin.take().unwrap();
        let mut out = child.stdout.take().unwrap();
        let screen = Arc::<Mutex<Vec<u8>>>::default();
        let copy = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                copy.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        let mut terminal = Self { child, keys, screen, seen: 0 };
        terminal.sees("gravimeter> ");
        terminal
    }

    /// Presses keys.
    pub(crate) fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until a text appears after what was seen already; returns what appeared up to and with it.
    pub(crate) fn sees(&mut self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            {
                let screen = self.screen.lock().unwrap();
                let new = plain(&screen[self.seen..]);
                if let Some(at) = new.find(text) {
                    let until = new[..at + text.len()].to_owned();
                    self.seen += raw_length(&screen[self.seen..], &until);
                    return until;
                }
                assert!(begun.elapsed() < PATIENCE, "no {text:?} in {new:?}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types a line and returns what appeared until the next prompt.
    pub(crate) fn runs(&mut self, line: &str) -> String {
        self.types(&format!("{line}\r"));
        // The line is shown as it is typed.
        let _ = self.sees("\n");
        self.sees("gravimeter> ")
    }

    /// Waits for the end and returns the exit code.
    pub(crate) fn ends(mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", plain(&self.screen.lock().unwrap()));
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tells whether the machine has the tool that makes terminals.
pub(crate) fn is_there() -> bool {
    let found = Command::new("script").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success()) && fs::metadata("/dev/ptmx").is_ok()
}

/// Takes the sequences out that move the cursor and colour text.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => {
                if letters.next() == Some('[') {
                    for end in letters.by_ref() {
                        if end.is_ascii_alphabetic() {
                            break;
                        }
                    }
                }
            }
            '\r' | '\u{7}' => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Returns how many bytes of the screen the plain text took.
fn raw_length(bytes: &[u8], text: &str) -> usize {
    (0..=bytes.len()).find(|&end| plain(&bytes[..end]).len() >= text.len()).unwrap_or(bytes.len())
}

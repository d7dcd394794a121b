//! The report as PDF: the page, printed by a Chromium of this machine without a window and without the network.
//!
//! What Chromium writes of the time of printing is made the same for every run.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::guard;
use crate::error::{Error, Result};

/// Programs that can print, in the order in which they are looked for.
const PROGRAMS: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];

/// How long printing may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a browser does of itself beside printing.
const QUIET: [&str; 10] = [
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
];

/// A Chromium that prints.
#[derive(Debug, Clone)]
pub struct Printer {
    program: PathBuf,
    patience: Duration,
}

impl Printer {
    /// Finds a Chromium: the one that is wanted, else one in `PATH`.
    ///
    /// # Errors
    /// When there is none: a usage error with the way out, to be had before any work.
    pub fn find(wanted: Option<&Path>) -> Result<Self> {
        let paths = env::var_os("PATH").unwrap_or_default();
        Self::among(wanted, &env::split_paths(&paths).collect::<Vec<_>>())
    }

    fn among(wanted: Option<&Path>, folders: &[PathBuf]) -> Result<Self> {
        let found = |name: &Path| match name.components().count() {
            1 => folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path)),
            _ => is_program(name).then(|| name.to_owned()),
        };
        let program = match wanted {
            Some(wanted) => found(wanted).ok_or_else(|| {
                let message = format!("cannot print a PDF: {} is no program that can be run", wanted.display());
                Error::usage(message).hint("give the path of Chromium or Chrome with --chromium")
            }),
            None => PROGRAMS.iter().find_map(|name| found(Path::new(name))).ok_or_else(|| {
                Error::usage("cannot print a PDF: there is no Chromium in PATH")
                    .hint("install Chromium or Chrome, or give its path with --chromium or in GRAVIMETER_CHROMIUM")
                    .hint("or leave pdf out of --format and print report.html from a browser")
            }),
        };
        Ok(Self { program: program?, patience: PATIENCE })
    }

    /// Prints the page.
    ///
    /// # Errors
    /// When the program fails, takes longer than a minute or writes no PDF; its last words are in the message.
    pub fn print(&self, page: &str) -> Result<Vec<u8>> {
        let folder = tempfile::Builder::new()
            .prefix("gravimeter-pdf-")
            .tempdir()
            .map_err(|error| Error::io("write in", &env::temp_dir(), &error))?;
        let [source, target, words] = ["report.html", "report.pdf", "stderr"].map(|name| folder.path().join(name));
        fs::write(&source, page).map_err(|error| Error::io("write", &source, &error))?;
        let stderr = fs::File::create(&words).map_err(|error| Error::io("write", &words, &error))?;

        let mut command = Command::new(&self.program);
        command
            .args(QUIET)
            .arg(option("--user-data-dir=", &folder.path().join("profile")))
            .arg(option("--print-to-pdf=", &target))
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr);
        if is_root(folder.path()) {
            // Chromium refuses to start as root inside its sandbox; the page has no script but our own.
            command.arg("--no-sandbox");
        }
        let started = command.arg(url(&source)).spawn();
        let child = started.map_err(|error| Error::io("run", &self.program, &error))?;
        let ended = self.wait(child);
        let said = || last_words(&words);
        match ended {
            Ok(true) => {}
            Ok(false) => return Err(self.failed(&format!("it failed{}", said()))),
            Err(reason) => return Err(self.failed(&format!("{reason}{}", said()))),
        }
        let mut pdf = fs::read(&target).map_err(|_| self.failed(&format!("it wrote no file{}", said())))?;
        if !pdf.starts_with(b"%PDF-") {
            return Err(self.failed(&format!("what it wrote is no PDF{}", said())));
        }
        steady(&mut pdf);
        Ok(pdf)
    }

    /// Waits for the end; returns whether it was a good one. One that takes too long is stopped.
    fn wait(&self, mut child: Child) -> Result<bool, String> {
        let begun = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status.success()),
                Ok(None) if begun.elapsed() < self.patience => thread::sleep(Duration::from_millis(20)),
                ended => {
                    // It may have ended by itself meanwhile.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(match ended {
                        Err(error) => error.to_string(),
                        _ => format!("it took longer than {} s", self.patience.as_secs()),
                    });
                }
            }
        }
    }

    fn failed(&self, reason: &str) -> Error {
        Error::runtime(format!("cannot print a PDF with {}: {reason}", self.program.display()))
            .hint("try another browser with --chromium, or leave pdf out of --format")
    }
}

fn is_program(path: &Path) -> bool {
    let Ok(found) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    found.is_file() && may_run
}

/// Tells whether what this process writes belongs to root.
fn is_root(own: &Path) -> bool {
    #[cfg(unix)]
    return fs::metadata(own).is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    #[cfg(not(unix))]
    false
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push(path);
    option
}

/// Writes a path as a URL.
fn url(path: &Path) -> String {
    let mut url = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(*byte)),
            other => {
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
    url
}

/// Returns the end of what the program said on stderr, on one line.
fn last_words(path: &Path) -> String {
    let mut said = Vec::new();
    let read = fs::File::open(path).and_then(|mut file| file.read_to_end(&mut said));
    let text = guard::eyes(String::from_utf8_lossy(&said).trim());
    let from = text.char_indices().rev().nth(600).map_or(0, |(at, _)| at);
    if read.is_err() || text.is_empty() { String::new() } else { format!("; it said: {}", &text[from..]) }
}

/// Makes the dates and the identity of a PDF the same for every run, in place.
fn steady(pdf: &mut [u8]) {
    for key in ["/CreationDate", "/ModDate"] {
        each(pdf, key.as_bytes(), |after| {
            let end = after.iter().position(|&byte| byte == b')').unwrap_or(0);
            let digits = after[..end].iter_mut().filter(|byte| byte.is_ascii_digit());
            digits.zip(b"20000101".iter().chain(std::iter::repeat(&b'0'))).for_each(|(old, new)| *old = *new);
        });
    }
    each(pdf, b"/ID", |after| {
        let start = after.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        if after.get(start) == Some(&b'[') {
            let end = after.iter().position(|&byte| byte == b']').unwrap_or(0);
            after[start..end.max(start)]
                .iter_mut()
                .filter(|byte| byte.is_ascii_hexdigit())
                .for_each(|byte| *byte = b'0');
        }
    });
}

/// Calls the change with what follows each place of the key.
fn each(bytes: &mut [u8], key: &[u8], change: impl Fn(&mut [u8])) {
    let places: Vec<usize> =
        (0..bytes.len().saturating_sub(key.len())).filter(|&at| bytes[at..].starts_with(key)).collect();
    for at in places {
        let from = at + key.len();
        let until = bytes.len().min(from + 200);
        change(&mut bytes[from..until]);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::error::Kind;

    fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn printer(script: &str) -> (tempfile::TempDir, Printer) {
        let folder = tempfile::tempdir().unwrap();
        let path = program(folder.path(), "browser", script);
        let printer = Printer::among(Some(&path), &[]).unwrap();
        (folder, printer)
    }

    #[test]
    fn without_a_browser_the_error_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let error = Printer::among(None, &[folder.path().to_owned()]).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.hints().iter().any(|hint| hint.contains("GRAVIMETER_CHROMIUM")), "{error}");
        fs::write(folder.path().join("chromium"), "no program").unwrap();
        assert!(Printer::among(None, &[folder.path().to_owned()]).is_err());
        assert!(Printer::among(Some(Path::new("/nowhere/chromium")), &[]).is_err());

        program(folder.path(), "chrome", "");
        program(folder.path(), "google-chrome", "");
        let found = Printer::among(None, &[folder.path().to_owned()]).unwrap();
        assert!(found.program.ends_with("google-chrome"));
        let named = Printer::among(Some(Path::new("chrome")), &[folder.path().to_owned()]).unwrap();
        assert!(named.program.ends_with("chrome"));
    }

    #[test]
    fn a_browser_that_fails_is_quoted() {
        let (_folder, printer) = printer("printf 'no \x1b[31mdisplay' >&2; exit 4");
        let error = printer.print("<p>").unwrap_err();
        assert!(error.to_string().contains("it failed; it said: no  [31mdisplay"), "{error}");
        assert_eq!(error.kind(), Kind::Runtime);
    }

    #[test]
    fn a_browser_that_writes_nothing_fails() {
        let (_folder, quiet) = printer("exit 0");
        assert!(quiet.print("<p>").unwrap_err().to_string().ends_with("it wrote no file"));
        let to_target = "for a in \"$@\"; do case $a in --print-to-pdf=*) echo x > ${a#--print-to-pdf=};; esac; done";
        let (_folder, wrong) = printer(to_target);
        assert!(wrong.print("<p>").unwrap_err().to_string().ends_with("what it wrote is no PDF"));
    }

    #[test]
    fn a_browser_that_hangs_is_stopped() {
        let (_folder, mut printer) = printer("exec sleep 60");
        printer.patience = Duration::from_millis(100);
        let begun = Instant::now();
        let error = printer.print("<p>").unwrap_err();
        assert!(error.to_string().contains("it took longer than 0 s"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn dates_and_identity_are_the_same_for_every_run() {
        let mut pdf =
            b"/CreationDate (D:20261121224530+09'00')\n/ModDate (D:20261121)/ID [<0aF1><0aF1>] /ID (x1)".to_vec();
        let length = pdf.len();
        steady(&mut pdf);
        assert_eq!(
            String::from_utf8(pdf.clone()).unwrap(),
            "/CreationDate (D:20000101000000+00'00')\n/ModDate (D:20000101)/ID [<0000><0000>] /ID (x1)"
        );
        assert_eq!(pdf.len(), length);
    }

    #[test]
    fn paths_are_written_as_urls() {
        assert_eq!(url(Path::new("/tmp/a b#%/한.html")), "file:///tmp/a%20b%23%25/%ED%95%9C.html");
    }
}

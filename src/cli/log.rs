//! What the program says on stderr: lines for people, or with `--log-format json` one object per line for programs.
//!
//! Everything that is said goes through here. Names in it give the terminal no orders, and nobody need listen.

use std::{
    ffi::OsString,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::args::Global;
use crate::{error::Error, report::guard};

/// How the program talks on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people
    Human,
    /// One object per line
    Json,
}

/// What is said how urgently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The command failed.
    Error,
    /// Something is likely wrong.
    Warning,
    /// Something to know.
    Note,
    /// What was done.
    Info,
    /// A next step.
    Hint,
}

impl Level {
    /// The levels that people read as the first word of a line.
    const WORDS: [(&'static str, Self); 4] =
        [("error: ", Self::Error), ("warning: ", Self::Warning), ("note: ", Self::Note), ("hint: ", Self::Hint)];

    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
            Self::Info => "info",
            Self::Hint => "hint",
        }
    }

    /// Returns what a line begins with.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, level)| *level == self).map_or("", |(word, _)| word)
    }

    /// Takes the level off a line.
    fn of(text: &str) -> (Self, &str) {
        let found = Self::WORDS.iter().find_map(|(word, level)| Some((*level, text.strip_prefix(word)?)));
        found.unwrap_or((Self::Info, text))
    }
}

/// Whether programs listen. It is of the whole process, as stderr is: what waits for S3 has no options at hand.
static FOR_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// Chooses how the program talks.
pub(super) fn choose(format: LogFormat) {
    FOR_PROGRAMS.store(format == LogFormat::Json, Ordering::Relaxed);
    if is_json() {
        std::panic::set_hook(Box::new(|panic| write(Level::Error, &format!("bug: {panic}"), Map::new())));
    }
}

/// Chooses by the bare words of the command line, for what is said before they are understood.
pub(super) fn choose_early(words: &[OsString], variable: Option<OsString>) {
    if is_asked(words, variable) {
        choose(LogFormat::Json);
    }
}

fn is_asked(words: &[OsString], variable: Option<OsString>) -> bool {
    let flag = "--log-format";
    let typed = words.iter().enumerate().find_map(|(at, word)| {
        let value = word.to_str()?.strip_prefix(flag)?;
        if value.is_empty() { words.get(at + 1)?.to_str() } else { value.strip_prefix('=') }
    });
    match typed {
        Some(typed) => typed == "json",
        None => variable.is_some_and(|value| value == "json"),
    }
}

/// Tells whether programs listen: then nothing is drawn.
pub(super) fn is_json() -> bool {
    FOR_PROGRAMS.load(Ordering::Relaxed)
}

/// Says something to the user.
pub(super) fn say(text: &str) {
    if !is_json() {
        return line(&guarded(text));
    }
    let (level, message) = Level::of(text);
    if !message.trim().is_empty() {
        write(level, message, Map::new());
    }
}

/// Says something with fields that only programs see, unless `--quiet` was given.
pub(super) fn event(global: &Global, level: Level, message: &str, fields: &[(&str, Value)]) {
    if global.quiet && level != Level::Error {
        return;
    }
    if is_json() {
        let fields: Map<String, Value> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        write(level, message, Map::from_iter([("fields".to_owned(), Value::Object(fields))]));
    } else {
        line(&guarded(&format!("{}{message}", level.word())));
    }
}

/// Says what is wrong, and the next steps; the program need not end with it.
pub(super) fn problem(error: &Error) {
    tell(error, None);
}

/// Says why the program ends.
pub(super) fn failed(error: &Error) {
    tell(error, Some(error.kind().exit_code()));
}

fn tell(error: &Error, exit_code: Option<u8>) {
    if is_json() {
        let mut more = Map::from_iter([("hints".to_owned(), json!(error.hints()))]);
        more.extend(exit_code.map(|code| ("exit_code".to_owned(), code.into())));
        return write(Level::Error, &error.to_string(), more);
    }
    say(&format!("error: {error}"));
    if !error.hints().is_empty() {
        say("");
    }
    for hint in error.hints() {
        say(&format!("hint: {hint}"));
    }
}

/// Says what clap has to say, and returns the exit code.
pub(super) fn refused(error: &clap::Error) -> u8 {
    let code = u8::try_from(error.exit_code()).unwrap_or(1);
    if !error.use_stderr() || !is_json() {
        // Nobody may be listening.
        let _ = error.print();
        return code;
    }
    let text = error.render().to_string();
    let mut parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    let message = parts.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let hints: Vec<String> = parts.map(one_line).collect();
    let more = [("hints".to_owned(), json!(hints)), ("exit_code".to_owned(), code.into())];
    write(Level::Error, &one_line(message), Map::from_iter(more));
    code
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes an object on a line.
fn write(level: Level, message: &str, more: Map<String, Value>) {
    let now = DateTime::<Utc>::from(std::time::SystemTime::now()).to_rfc3339_opts(SecondsFormat::Millis, true);
    line(&object(&now, level, message, more).to_string());
}

fn object(now: &str, level: Level, message: &str, more: Map<String, Value>) -> Value {
    let mut object = Map::from_iter([
        ("time".to_owned(), now.into()),
        ("level".to_owned(), level.name().into()),
        ("message".to_owned(), guarded(message).into()),
        ("fields".to_owned(), Value::Object(Map::new())),
    ]);
    object.extend(more);
    Value::Object(object)
}

/// Takes from a text what would give the terminal orders; lines stay.
fn guarded(text: &str) -> String {
    text.split('\n').map(guard::eyes).collect::<Vec<_>>().join("\n")
}

/// Writes a line. Nobody may be listening: that stops no work.
fn line(text: &str) {
    // In one piece: lines of several threads never mix.
    let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_its_level() {
        for (text, level, message) in [
            ("warning: late", Level::Warning, "late"),
            ("note: x: y", Level::Note, "x: y"),
            ("hint: z", Level::Hint, "z"),
            ("read 3 files", Level::Info, "read 3 files"),
        ] {
            assert_eq!(Level::of(text), (level, message));
            assert_eq!(format!("{}{message}", level.word()), text);
        }
    }

    #[test]
    fn the_bare_words_say_who_listens() {
        let asked = |words: &str, variable: &str| {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            is_asked(&words, Some(variable.into()).filter(|variable: &OsString| !variable.is_empty()))
        };
        assert!(asked("gravimeter reprot --log-format json", ""));
        assert!(asked("gravimeter --log-format=json reprot", "human"));
        assert!(asked("gravimeter reprot", "json"));
        assert!(!asked("gravimeter reprot --log-format human", "json"));
        assert!(!asked("gravimeter reprot --log-format", ""));
        assert!(!asked("gravimeter report json", ""));
    }

    #[test]
    fn an_object_holds_no_control_characters() {
        let fields = Map::from_iter([("fields".to_owned(), json!({"month": "2024-01"}))]);
        let object = object("2024-01-02T03:04:05.678Z", Level::Note, "a\u{1b}[31mb\nc", fields);
        assert_eq!(
            object.to_string(),
            r#"{"fields":{"month":"2024-01"},"level":"note","message":"a [31mb\nc","time":"2024-01-02T03:04:05.678Z"}"#
        );
    }
}

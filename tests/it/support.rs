//! Runs the program and reads what it says.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
};

use arrow::{array::RecordBatch, datatypes::Schema};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use serde_json::Value;

/// Root of the checkout.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_gravimeter");

/// A folder for settings of the user, with none in it: those of a developer must change no test.
pub(crate) const NO_SETTINGS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-settings");

/// Runs a command to its end.
pub(crate) trait Runs {
    /// Runs it without a keyboard.
    fn assert(&mut self) -> Ran;
}

impl Runs for Command {
    fn assert(&mut self) -> Ran {
        Ran(self.stdin(Stdio::null()).output().unwrap())
    }
}

/// A command that has ended.
pub(crate) struct Ran(Output);

impl Ran {
    /// Checks that it ended well.
    pub(crate) fn success(self) -> Self {
        self.code(0)
    }

    /// Checks that it failed.
    pub(crate) fn failure(self) -> Self {
        assert!(!self.0.status.success(), "it did not fail: {}", self.said());
        self
    }

    /// Checks its exit code.
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.said());
        self
    }

    /// Returns what it printed.
    pub(crate) fn get_output(&self) -> &Output {
        &self.0
    }

    fn said(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.0.stdout), String::from_utf8_lossy(&self.0.stderr))
    }
}

/// Returns the program, to be run from the root of the checkout.
pub(crate) fn gravimeter(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    // A cache of the tests' own: what a developer's runs have kept must not answer for this code.
    command
        .current_dir(ROOT)
        .env("XDG_CONFIG_HOME", NO_SETTINGS)
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("XDG_DATA_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env_remove("GRAVIMETER_CACHE_DIR")
        .env_remove("GRAVIMETER_RUN_CACHE_DIR")
        .args(args);
    command
}

/// Runs a statement and returns its rows.
pub(crate) fn sql(source: &str, statement: &str) -> Vec<Value> {
    let output = gravimeter(&["sql", source, "--quiet", "--format", "json", "-c", statement]).assert().success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

/// Returns a column of the rows as text.
pub(crate) fn column(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter()
        .map(|row| match &row[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}

/// What a failed run says on stderr; checks that it left with this code and wrote no data.
pub(crate) fn failure(args: &[&str], code: i32) -> String {
    let assert = gravimeter(args).assert().code(code);
    let output = assert.get_output();
    assert!(output.stdout.is_empty(), "data on stdout: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns how often something random is tried: `GRAVIMETER_TEST_TRIALS` times where it is set, to try more by hand.
pub(crate) fn trials(count: u64) -> u64 {
    std::env::var("GRAVIMETER_TEST_TRIALS").map_or(count, |count| count.parse().unwrap())
}

/// Lists the files below a folder, relative, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned())
        .collect();
    found.sort();
    found
}

/// Checks that two folders hold the same files with the same bytes.
pub(crate) fn assert_same_bytes(expected: &Path, found: &Path) {
    assert_eq!(files(expected), files(found), "{} against {}", expected.display(), found.display());
    for file in files(expected) {
        let (expected, found) = (fs::read(expected.join(&file)).unwrap(), fs::read(found.join(&file)).unwrap());
        assert!(expected == found, "{} differs: {} against {} bytes", file.display(), expected.len(), found.len());
    }
}

/// Copies a folder.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(from.join(&file), target).unwrap();
    }
}

/// Rewrites a Parquet file with its columns changed.
pub(crate) fn rewrite(path: &Path, change: impl Fn(RecordBatch) -> RecordBatch) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(|batch| change(batch.unwrap())).collect();
    let mut writer = ArrowWriter::try_new(fs::File::create(path).unwrap(), batches[0].schema(), None).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
}

/// Drops a column of a batch.
pub(crate) fn without(batch: &RecordBatch, name: &str) -> RecordBatch {
    let kept: Vec<usize> =
        (0..batch.num_columns()).filter(|&index| batch.schema().field(index).name() != name).collect();
    assert_eq!(kept.len() + 1, batch.num_columns(), "no column {name}");
    batch.project(&kept).unwrap()
}

/// Renames a column of a batch.
pub(crate) fn renamed(batch: &RecordBatch, from: &str, to: &str) -> RecordBatch {
    let fields: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(
            |field| {
                if field.name() == from { Arc::new(field.as_ref().clone().with_name(to)) } else { Arc::clone(field) }
            },
        )
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec()).unwrap()
}

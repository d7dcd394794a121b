//! Where results go: stdout or a file, whole or not at all.
//!
//! Rows are kept aside until every file they come from was read at its version; then they are delivered.

use std::{
    io::{self, IsTerminal, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use tempfile::{NamedTempFile, SpooledTempFile};

use super::{Planned, Session, Style};
use crate::{
    cli::grid::RowFormat,
    error::{Error, Result},
};

/// Bytes of results that are kept in memory; more are kept in the temporary folder.
const IN_MEMORY: usize = 8 * 1024 * 1024;

/// Rows that a table shows on a terminal.
const ON_TERMINAL: usize = 1_000;

/// The results of a run.
pub(in crate::cli) struct Output {
    style: Style,
    file: Option<PathBuf>,
    kept: SpooledTempFile,
    results: usize,
    /// Bytes of the results that are whole.
    whole: u64,
}

impl Output {
    /// Begins; the format is the one asked for, else that of the file's extension, else a table.
    ///
    /// # Errors
    /// When a terminal cannot show the format, or the file's folder is not there.
    pub(in crate::cli) fn new(format: Option<RowFormat>, file: Option<&Path>) -> Result<Self> {
        let format = match (format, file) {
            (Some(format), _) => format,
            (None, None) => RowFormat::Table,
            (None, Some(path)) => RowFormat::of_file(path).ok_or_else(|| {
                Error::usage(format!("{} has no extension that names a format", path.display()))
                    .hint("say which with --format: table, csv, tsv, json, ndjson, markdown, parquet, xlsx")
            })?,
        };
        let on_terminal = file.is_none() && io::stdout().is_terminal();
        if format.is_binary() && on_terminal {
            return Err(Error::usage("a terminal cannot show this format").hint("write it to a file with --out FILE"));
        }
        if let Some(folder) = file.map(folder_of).filter(|folder| !folder.is_dir()) {
            return Err(Error::usage(format!("there is no folder {}", folder.display()))
                .hint("make it, or choose another --out"));
        }
        Ok(Self {
            style: Style { format, most: on_terminal.then_some(ON_TERMINAL) },
            file: file.map(Path::to_owned),
            kept: SpooledTempFile::new(IN_MEMORY),
            results: 0,
            whole: 0,
        })
    }

    /// Runs a statement and keeps its rows.
    ///
    /// # Errors
    /// When it fails, or a file of one result would get a second one.
    pub(in crate::cli) async fn run(&mut self, session: &Session, planned: Planned) -> Result<()> {
        if planned.has_rows() {
            self.results += 1;
        }
        if self.results > 1 && self.style.format.is_binary() {
            return Err(Error::usage("a file of this format holds one result, and a second statement returns rows")
                .hint("run one statement for each file"));
        }
        session.run(planned, self.style, &mut self.kept).await?;
        self.whole = self.kept.stream_position().map_err(|error| unreadable(&error))?;
        Ok(())
    }

    /// Delivers everything.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(in crate::cli) fn deliver(self) -> Result<()> {
        match self.file.clone() {
            Some(path) => self.deliver_to_file(&path),
            None => self.deliver_to_stdout(),
        }
    }

    /// Prints the results that are whole, unless a file was to be written; a reader that went away is no error.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(in crate::cli) fn deliver_to_stdout(mut self) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match self.copy(&mut stdout).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}"))),
        }
    }

    fn deliver_to_file(mut self, path: &Path) -> Result<()> {
        let failed = |error: &io::Error| Error::io("write", path, error);
        let mut file =
            NamedTempFile::with_prefix_in(".gravimeter-", folder_of(path)).map_err(|error| failed(&error))?;
        self.copy(file.as_file_mut()).map_err(|error| failed(&error))?;
        readable_by_others(file.as_file()).map_err(|error| failed(&error))?;
        file.as_file().sync_all().map_err(|error| failed(&error))?;
        file.persist(path).map_err(|error| failed(&error.error))?;
        Ok(())
    }

    fn copy(&mut self, to: &mut dyn Write) -> io::Result<()> {
        self.kept.seek(SeekFrom::Start(0))?;
        io::copy(&mut io::Read::take(&mut self.kept, self.whole), to)?;
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a file the permissions that one made by the shell has.
fn readable_by_others(file: &std::fs::File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn unreadable(error: &io::Error) -> Error {
    Error::runtime(format!("cannot keep the result aside: {error}")).hint("is the disk of the temporary folder full?")
}

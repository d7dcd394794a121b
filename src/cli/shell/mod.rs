//! The interactive shell of `gravimeter sql`: statements until a semicolon, commands after a backslash.
//!
//! Rows go to stdout, everything else to stderr. A statement that fails leaves the session as it was.

mod commands;
mod complete;
mod input;
mod pager;

use std::{
    fs::OpenOptions,
    io::{self, Read, Seek, Write},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use rustyline::{CompletionType, Config, Editor, error::ReadlineError, history::FileHistory};
use tempfile::SpooledTempFile;

use super::{
    args::{Global, Sql},
    grid::RowFormat,
    print_error, say,
    sql::{Session, Style, findings, statements},
    xdg,
};
use crate::error::{Error, Result};
use complete::Helper;

/// Statements that are remembered.
const HISTORY: usize = 10_000;

/// Rows that a table shows at most; files and pipes get all.
const MOST_ROWS: usize = 10_000;

/// Bytes of a result that are kept in memory before it is shown.
const IN_MEMORY: usize = 8 * 1024 * 1024;

/// What a person has set, and what was run last.
struct Shell<'g> {
    session: Arc<Session>,
    runtime: &'g tokio::runtime::Handle,
    mode: RowFormat,
    upright: bool,
    timing: bool,
    lint: bool,
    /// Where rows go instead of the screen.
    out: Option<PathBuf>,
    last: Option<String>,
    queries: Option<PathBuf>,
    /// Lines of the screen, where it has a size.
    height: Option<usize>,
}

/// What comes after a line.
enum Next {
    Line,
    End,
}

/// Runs the shell until its user leaves.
///
/// # Errors
/// When the bill cannot be opened, or the terminal not be read.
pub(super) fn run(global: &Global, options: &Sql, runtime: &tokio::runtime::Handle) -> Result<()> {
    let session =
        Arc::new(runtime.block_on(Session::open(global, &options.sources, &options.nodes, options.compare))?);
    let mut editor = editor(&session, runtime)?;
    let history = if options.no_history { None } else { history_file(global) };
    if let Some(path) = &history {
        // There is none before the first session.
        let _ = editor.load_history(path);
    }
    let mut shell = Shell {
        session,
        runtime,
        mode: options.rows.format.unwrap_or(RowFormat::Table),
        upright: false,
        timing: false,
        lint: true,
        out: options.rows.out.clone(),
        last: None,
        queries: options.queries.clone(),
        height: None,
    };
    if !global.quiet {
        greet(options);
    }
    loop {
        match editor.readline("gravimeter> ") {
            Ok(line) => {
                if !line.trim().is_empty() {
                    let _ = editor.add_history_entry(line.trim_end());
                    if let Some(path) = &history {
                        keep(&mut editor, path);
                    }
                }
                shell.height = editor.dimensions().map(|(_, rows)| usize::from(rows));
                if let Next::End = shell.line(&line) {
                    return Ok(());
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(Error::runtime(format!("cannot read the terminal: {error}"))),
        }
    }
}

fn editor(session: &Arc<Session>, runtime: &tokio::runtime::Handle) -> Result<Editor<Helper, FileHistory>> {
    let failed = |error: ReadlineError| Error::runtime(format!("cannot use the terminal: {error}"));
    let config = Config::builder()
        .max_history_size(HISTORY)
        .map_err(failed)?
        .completion_type(CompletionType::List)
        .history_ignore_space(true)
        .build();
    let mut editor = Editor::with_config(config).map_err(failed)?;
    editor.set_helper(Some(Helper::new(Arc::clone(session), runtime.clone())));
    Ok(editor)
}

/// Returns the file of the history, in the user's state folder by the rules of XDG.
fn history_file(global: &Global) -> Option<PathBuf> {
    let folder = xdg("XDG_STATE_HOME", ".local/state")?;
    if let Err(error) = std::fs::create_dir_all(&folder) {
        super::talk(global, &format!("note: cannot make {}: {error}: the history is not kept", folder.display()));
        return None;
    }
    Some(folder.join("history"))
}

/// Writes the history, which may hold names of accounts: for its owner only.
fn keep(editor: &mut Editor<Helper, FileHistory>, path: &PathBuf) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let _ = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    }
    // A history that cannot be kept is no reason to stop.
    let _ = editor.append_history(path);
}

fn greet(options: &Sql) {
    let about = if options.sources.is_empty() {
        "no bill: only prices and instance_types have rows".to_owned()
    } else {
        options.sources.join(", ")
    };
    say(&format!("gravimeter {}: {about}", env!("CARGO_PKG_VERSION")));
    say("statements end with ; · \\? lists commands · \\q leaves");
}

impl Shell<'_> {
    /// Does what a line says.
    fn line(&mut self, line: &str) -> Next {
        let text = line.trim();
        if let Some(command) = text.strip_prefix('\\') {
            match self.command(command) {
                Ok(next) => return next,
                Err(error) => print_error(&error),
            }
        } else if !text.is_empty() {
            self.last = Some(text.to_owned());
            self.text(text);
        }
        Next::Line
    }

    /// Runs the statements of a text, up to the first one that fails.
    fn text(&mut self, text: &str) {
        let ran = statements(text).and_then(|all| all.into_iter().try_for_each(|statement| self.statement(statement)));
        if let Err(error) = ran {
            print_error(&error);
        }
    }

    fn statement(&mut self, statement: datafusion::sql::parser::Statement) -> Result<()> {
        if self.lint {
            let facts = self.runtime.block_on(self.session.facts(false))?;
            for finding in findings(&statement, &facts) {
                say(&format!("hint: {finding}"));
            }
        }
        let begun = Instant::now();
        let mut kept = SpooledTempFile::new(IN_MEMORY);
        let (session, style) = (Arc::clone(&self.session), self.style());
        let ran = self.cancellable(async {
            let planned = session.plan(statement, &std::collections::BTreeMap::new()).await?;
            let has_rows = planned.has_rows();
            let rows = session.run(planned, style, &mut kept).await?;
            Ok(has_rows.then_some(rows))
        })?;
        match ran {
            None => return Err(Error::runtime("cancelled")),
            Some(Some(rows)) => {
                self.deliver(kept)?;
                say(&if rows == 1 { "(1 row)".to_owned() } else { format!("({rows} rows)") });
            }
            Some(None) => say("done"),
        }
        if self.timing {
            say(&format!("{:.3} s", begun.elapsed().as_secs_f64()));
        }
        Ok(())
    }

    /// Waits for work, or until its user presses Ctrl-C: then `None`.
    fn cancellable<T>(&self, work: impl Future<Output = Result<T>>) -> Result<Option<T>> {
        self.runtime.block_on(async {
            tokio::select! {
                done = work => done.map(Some),
                _ = tokio::signal::ctrl_c() => Ok(None),
            }
        })
    }

    fn style(&self) -> Style {
        let format = if self.upright && self.mode == RowFormat::Table { RowFormat::Upright } else { self.mode };
        Style { format, most: self.out.is_none().then_some(MOST_ROWS) }
    }

    /// Shows a result, or writes it to the file of `\o`.
    fn deliver(&mut self, mut kept: SpooledTempFile) -> Result<()> {
        kept.rewind().map_err(|error| Error::runtime(format!("cannot read the result back: {error}")))?;
        if let Some(path) = &self.out {
            let failed = |error: &io::Error| Error::io("write", path, error);
            let binary = self.mode.is_binary();
            let mut file = OpenOptions::new()
                .create(true)
                .write(true)
                .append(!binary)
                .truncate(binary)
                .open(path)
                .map_err(|error| failed(&error))?;
            io::copy(&mut kept, &mut file).map_err(|error| failed(&error))?;
            say(&format!("written to {}", path.display()));
            return Ok(());
        }
        if self.mode.is_binary() {
            return Err(Error::usage("a terminal cannot show this format").hint("name a file first: \\o FILE"));
        }
        let mut text = Vec::new();
        kept.read_to_end(&mut text).map_err(|error| Error::runtime(format!("cannot read the result back: {error}")))?;
        self.show(&text)
    }

    /// Shows text, page by page when it is longer than the screen.
    fn show(&self, text: &[u8]) -> Result<()> {
        let lines = text.split(|&byte| byte == b'\n').count();
        if self.height.is_some_and(|height| lines >= height) && pager::page(text) {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Error::runtime(format!("cannot write to stdout: {error}"))),
        }
    }
}

//! `gravimeter sql`: SQL over the tables of the bill, one-shot or in a shell. Reads only, and only those tables.

mod output;
mod session;

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Read},
};

pub(super) use output::Output;
pub(super) use session::{Planned, Session, Style, findings, statements};

use super::{
    args::{Global, Sql},
    say,
};
use crate::{
    error::{Error, Kind, Result},
    sql::library::Bound,
};

/// Runs the statements of the command line; what comes before a statement that fails is printed.
pub(super) async fn run(global: &Global, options: &Sql, texts: &[String]) -> Result<()> {
    let session = Session::open(global, &options.sources, &options.nodes, options.compare).await?;
    let mut output = Output::new(options.rows.format, options.rows.out.as_deref())?;
    let done = script(&session, texts, &BTreeMap::new(), options.rows.lint, &mut output).await;
    finish(done, output)
}

/// Runs texts of statements one after the other, up to the first one that fails.
pub(super) async fn script(
    session: &Session,
    texts: &[String],
    parameters: &BTreeMap<String, Bound>,
    with_lint: bool,
    output: &mut Output,
) -> Result<()> {
    for text in texts {
        for statement in statements(text)? {
            if with_lint {
                for finding in findings(&statement, &session.facts(true).await?) {
                    say(&format!("lint: {finding}"));
                }
            }
            let planned = session.plan(statement, parameters).await?;
            output.run(session, planned).await?;
        }
    }
    Ok(())
}

/// Delivers what was written; a bill that changed in between is read again as a whole, and nothing is delivered.
pub(super) fn finish(done: Result<()>, output: Output) -> Result<()> {
    match done {
        Ok(()) => output.deliver(),
        Err(error) if error.kind() == Kind::Changed => Err(error),
        Err(error) => {
            output.deliver_to_stdout()?;
            Err(error)
        }
    }
}

/// Collects the statements: -c, then -f, else standard input; `None` when a person is to type them.
pub(super) fn texts(options: &Sql) -> Result<Option<Vec<String>>> {
    let mut texts = options.commands.clone();
    for path in &options.files {
        texts.push(std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))?);
    }
    if !texts.is_empty() {
        return Ok(Some(texts));
    }
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::runtime(format!("cannot read SQL from stdin: {error}")))?;
    Ok(Some(vec![text]))
}

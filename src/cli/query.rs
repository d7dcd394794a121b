//! `gravimeter query`: the named queries, ours and those of the user.

use std::{collections::BTreeMap, path::PathBuf};

use super::{
    args::{Global, QueryRun},
    grid::{Cell, Grid, GridFormat},
    sql::{Output, Session, finish, script},
    text,
};
use crate::{
    engine::QUERIES,
    error::{Error, Result},
    sql::library::{Library, Query},
};

/// Opens the library: ours, then the user's own folder, then the one that was named.
///
/// # Errors
/// When a folder cannot be read, or a header is wrong.
pub(super) fn library(named: Option<&PathBuf>) -> Result<Library> {
    let mut library = Library::embedded(QUERIES)?;
    if let Some(folder) = user_queries().filter(|folder| folder.is_dir()) {
        library.add_folder(&folder)?;
    }
    if let Some(folder) = named {
        library.add_folder(folder)?;
    }
    Ok(library)
}

/// Returns the folder of queries in the user's data folder, by the rules of XDG.
pub(super) fn user_queries() -> Option<PathBuf> {
    Some(super::xdg("XDG_DATA_HOME", ".local/share")?.join("queries"))
}

/// Lists the queries.
pub(super) fn list(named: Option<&PathBuf>, format: GridFormat) -> Result<()> {
    let mut grid = Grid::new(&["name", "purpose", "parameters", "inputs"]);
    for query in library(named)?.iter() {
        let header = &query.header;
        let parameters = header.parameters.iter().map(|parameter| match &parameter.default {
            Some(default) => format!("{}={default}", parameter.name),
            None => parameter.name.clone(),
        });
        grid.rows.push(vec![
            Cell::text(&query.name),
            Cell::text(&header.purpose),
            Cell::text(parameters.collect::<Vec<_>>().join(" ")),
            Cell::text(header.inputs.join(", ")),
        ]);
    }
    grid.print(format)
}

/// Prints a query as it is.
pub(super) fn show(named: Option<&PathBuf>, name: &str) -> Result<()> {
    text::print(&library(named)?.find(name)?.text)
}

/// Runs a query.
pub(super) async fn run(global: &Global, options: &QueryRun) -> Result<()> {
    let library = library(options.queries.as_ref())?;
    let query = library.find(&options.name)?;
    let given = given(&options.params)?;
    let session = Session::open(global, &options.sources, &options.nodes, None).await?;
    let mut output = Output::new(options.rows.format, options.rows.out.as_deref())?;
    let done = answer(&session, query, &given, options.rows.lint, &mut output).await;
    finish(done, output)
}

async fn answer(
    session: &Session,
    query: &Query,
    given: &BTreeMap<String, String>,
    with_lint: bool,
    output: &mut Output,
) -> Result<()> {
    let months = if query.asks_months(given) { Some(session.known_months().await?) } else { None };
    let parameters = query.bind(given, months)?;
    script(session, std::slice::from_ref(&query.text), &parameters, with_lint, output).await
}

/// Reads "name=value" pairs.
fn given(params: &[String]) -> Result<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    for param in params {
        let pair = param.split_once('=').filter(|(name, _)| !name.is_empty());
        let (name, value) = pair.ok_or_else(|| {
            Error::usage(format!("\"{param}\" is no parameter")).hint("write it as --param month=2024-01")
        })?;
        if given.insert(name.trim_start_matches('$').to_owned(), value.to_owned()).is_some() {
            return Err(Error::usage(format!("the parameter {name} is given twice")));
        }
    }
    Ok(given)
}

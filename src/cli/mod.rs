//! The command line: parses, runs one command, prints data on stdout and talk on stderr.
//!
//! In: arguments. Out: an exit code of the product contract. Each sub-command is one file and decides nothing itself.

mod args;
mod batch;
mod bill;
mod calendar;
mod cluster;
mod config;
mod doctor;
mod explain;
mod grid;
mod log;
mod making;
mod map;
mod memory;
mod notify;
mod price_book;
mod prices;
mod progress;
mod query;
mod reconcile;
mod report;
mod sample;
mod settings;
mod shell;
mod sql;
mod stop;
mod text;
mod thresholds;
mod verify;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use tokio::runtime::Runtime;

use crate::error::{Error, Kind, Result};
use args::{Command, QueryCommand};
use log::{problem as print_error, say};
use settings::{Refusal, Settings};

/// Runs the program and returns its exit code.
pub fn run() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    log::choose_early(&words, std::env::var_os("GRAVIMETER_RUN_LOG_FORMAT"));
    let settings = match Settings::of(&words) {
        Ok(settings) => settings,
        Err(Refusal::Words(error)) => return ExitCode::from(log::refused(&error)),
        Err(Refusal::Settings(error)) => return fail(&error),
    };
    log::choose(settings.args.global.log_format);
    for note in &settings.notes {
        talk(&settings.args.global, note);
    }
    match dispatch(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &Error) -> ExitCode {
    log::failed(error);
    ExitCode::from(error.kind().exit_code())
}

fn dispatch(settings: &Settings) -> Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all();
    if let Some(threads) = settings.args.global.threads {
        runtime.worker_threads(threads.get());
        // Fails only where a pool exists already: none does before the first command.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    }
    let runtime =
        runtime.build().map_err(|error| Error::runtime(format!("cannot start the worker threads: {error}")))?;
    let done = command(settings, &runtime);
    // What was interrupted may still decode on its threads: nobody waits for it.
    runtime.shutdown_background();
    done
}

fn command(settings: &Settings, runtime: &Runtime) -> Result<()> {
    let global = &settings.args.global;
    match &settings.args.command {
        Command::Report(command) => again(global, || wait(runtime, report::run(global, command))),
        Command::Batch(command) => batch::run(settings, command, runtime),
        Command::Notify(command) => wait(runtime, notify::run(global, command)),
        Command::Sql(command) => match sql::texts(command)? {
            Some(texts) => again(global, || wait(runtime, sql::run(global, command, &texts))),
            None => shell::run(global, command, runtime.handle()),
        },
        Command::Query(command) => match &command.command {
            QueryCommand::List { queries, format } => query::list(queries.as_ref(), *format),
            QueryCommand::Show { name, queries } => query::show(queries.as_ref(), name),
            QueryCommand::Run(command) => again(global, || wait(runtime, query::run(global, command))),
        },
        Command::Explain(command) => again(global, || wait(runtime, explain::run(global, command))),
        Command::Reconcile(command) => again(global, || wait(runtime, reconcile::run(global, command))),
        Command::Doctor(command) => again(global, || wait(runtime, doctor::run(global, command))),
        Command::Verify(command) => again(global, || wait(runtime, verify::run(global, command))),
        Command::Cluster(command) => runtime.block_on(cluster::run(global, command)),
        Command::Map(command) => map::run(global, command),
        Command::Prices(command) => again(global, || wait(runtime, prices::run(global, command))),
        Command::Sample(command) => sample::run(global, command),
        Command::Config(command) => config::run(settings, command),
    }
}

/// Waits for a command, or until its user or the system stops it: then what it holds is let go, temporary files included.
fn wait(runtime: &Runtime, command: impl Future<Output = Result<()>>) -> Result<()> {
    runtime.block_on(async {
        tokio::select! {
            // In this order: the first word of the command may be answered with a signal.
            biased;
            () = stop::asked() => Err(Error::new(Kind::Interrupted, "interrupted")),
            done = command => done,
        }
    })
}

/// Runs a command that reads a bill; once more from the listing on when the bill changed while it was read.
///
/// Such commands write only after they have read everything, so nothing is written twice.
fn again(global: &args::Global, run: impl Fn() -> Result<()>) -> Result<()> {
    match run() {
        Err(error) if error.kind() == Kind::Changed => {
            talk(global, &format!("note: {error}; everything is read again"));
            run()
        }
        other => other,
    }
}

/// Says something to the user, unless `--quiet` was given.
fn talk(global: &args::Global, text: &str) {
    if !global.quiet {
        say(text);
    }
}

/// Returns our folder in one of the user's folders, by the rules of XDG; `None` where the environment names none.
fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)))?;
    Some(folder.join("gravimeter"))
}

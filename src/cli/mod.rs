//! The command line: parses, runs one command, prints data on stdout and talk on stderr.
//!
//! In: arguments. Out: an exit code of the product contract. Each sub-command is one file and decides nothing itself.

#![expect(clippy::print_stderr, reason = "this stage talks to the user")]

mod args;
mod bill;
mod cluster;
mod doctor;
mod explain;
mod grid;
mod map;
mod memory;
mod prices;
mod progress;
mod reconcile;
mod report;
mod sample;
mod sql;
mod text;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::error::{Error, Kind, Result};
use args::{Args, Command};

/// Runs the program and returns its exit code.
pub fn run() -> ExitCode {
    let args = Args::parse();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn dispatch(args: &Args) -> Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all();
    if let Some(threads) = args.global.threads {
        runtime.worker_threads(threads.get());
        // Fails only where a pool exists already: none does before the first command.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    }
    let runtime =
        runtime.build().map_err(|error| Error::runtime(format!("cannot start the worker threads: {error}")))?;
    let global = &args.global;
    match &args.command {
        Command::Report(command) => again(global, || runtime.block_on(report::run(global, command))),
        Command::Sql(command) => {
            let texts = sql::texts(command)?;
            again(global, || runtime.block_on(sql::run(global, command, &texts)))
        }
        Command::Explain(command) => again(global, || runtime.block_on(explain::run(global, command))),
        Command::Reconcile(command) => again(global, || runtime.block_on(reconcile::run(global, command))),
        Command::Doctor(command) => again(global, || runtime.block_on(doctor::run(global, command))),
        Command::Verify(command) => again(global, || runtime.block_on(verify::run(global, command))),
        Command::Cluster(command) => runtime.block_on(cluster::run(global, command)),
        Command::Map(command) => map::run(global, command),
        Command::Prices(command) => prices::run(global, command),
        Command::Sample(command) => sample::run(global, command),
    }
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

fn print_error(error: &Error) {
    eprintln!("error: {error}");
    if !error.hints().is_empty() {
        eprintln!();
    }
    for hint in error.hints() {
        eprintln!("hint: {hint}");
    }
}

/// Says something to the user, unless `--quiet` was given.
fn talk(global: &args::Global, text: &str) {
    if !global.quiet {
        say(text);
    }
}

fn say(text: &str) {
    eprintln!("{text}");
}

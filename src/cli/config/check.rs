//! `gravimeter config check`: everything that is wrong with the settings, in one go. It reads no bill.

use std::path::Path;

use clap::CommandFactory;

use crate::{
    cli::{
        args::{Args, Command},
        batch::channels,
        log,
        making::conversion,
        settings::{self, Job, Settings},
        talk,
        text::print,
    },
    config::{Layer, Layers, Secret, Setting},
    error::{Error, Result},
};

/// Runs the command.
pub(super) fn run(settings: &Settings) -> Result<()> {
    let layers = &settings.layers;
    let mut problems = in_layers(layers);
    // What each layer says was examined: here only what they say together is left.
    let (job, _) = settings::job(layers)?;
    problems.extend(together(&job));
    problems.extend(files(&job));
    problems.extend(secrets(&job));
    if let Some(last) = problems.pop() {
        let count = problems.len() + 1;
        if problems.is_empty() {
            return Err(last);
        }
        for problem in problems.iter().chain([&last]) {
            log::problem(problem);
        }
        return Err(Error::usage(format!("{count} of the settings are wrong")));
    }
    if !job.values.iter().any(|value| value.setting.key == "bill.sources" && !value.texts.is_empty()) {
        talk(&settings.args.global, "note: bill.sources is not set: the job needs a --source, other commands a SOURCE");
    }
    print(&layers.all().iter().map(summary).collect::<String>())
}

/// Says what a layer holds.
fn summary(layer: &Layer) -> String {
    let count = match layer.says.len() {
        1 => "1 setting".to_owned(),
        count => format!("{count} settings"),
    };
    format!("{}: {count}\n", layer.file.as_deref().unwrap_or("environment"))
}

/// Returns what is wrong in each layer, values that another one hides included.
fn in_layers(layers: &Layers) -> Vec<Error> {
    let command = Args::command();
    let mut problems = Vec::new();
    for layer in layers.all() {
        problems.extend(layer.problems.iter().chain(&layer.unknown).cloned());
        for (key, said) in &layer.says {
            problems
                .extend(Setting::find(key).map_or_else(Vec::new, |setting| settings::check(&command, setting, said)));
        }
    }
    problems
}

/// Returns what does not go together.
fn together(job: &Job) -> Vec<Error> {
    let Command::Batch(command) = &job.args.command else { return Vec::new() };
    let place = command.upload.iter().filter(|place| !place.starts_with("s3://")).map(|place| {
        let error = Error::usage(format!("\"{place}\" is no place in S3")).hint("write it as s3://BUCKET/PREFIX");
        at(job, "output.upload", &error)
    });
    let key = if command.look.rate.is_some() { "report.rate" } else { "report.currency" };
    conversion(&command.look).err().map(|error| at(job, key, &error)).into_iter().chain(place).collect()
}

/// Says where the setting stands that something is wrong with.
fn at(job: &Job, key: &str, error: &Error) -> Error {
    let origin = job.values.iter().find(|value| value.setting.key == key).map(settings::Value::origin);
    let text = format!("{}: {key}: {error}", origin.unwrap_or_default());
    error.hints().iter().fold(Error::new(error.kind(), text), Error::hint)
}

/// Returns the files that are named and not there.
fn files(job: &Job) -> Vec<Error> {
    let named = job.values.iter().filter(|value| value.setting.is_path && value.setting.shapes);
    let missing = named.flat_map(|value| {
        let missing = value.texts.iter().filter(|text| !Path::new(text).is_file());
        missing.map(|text| {
            Error::usage(format!("{}: {}: there is no file {text}", value.origin(), value.setting.key))
                .hint("a relative path begins at the folder of the settings file")
        })
    });
    missing.collect()
}

/// Returns the secrets without which a message cannot be sent.
fn secrets(job: &Job) -> Vec<Error> {
    let on = |value: &&settings::Value| value.texts == ["true"];
    let needed = job.values.iter().filter(on).filter_map(|value| Some((value, Secret::beside(value.setting.key)?)));
    let mut problems: Vec<Error> = needed
        .filter_map(|(value, secret)| match secret.need() {
            Ok(_) => None,
            Err(error) => {
                let text = format!("{}: {} is on, and {error}", value.origin(), value.setting.key);
                Some(error.hints().iter().fold(Error::new(error.kind(), text), Error::hint))
            }
        })
        .collect();
    match &job.args.command {
        // They are there: whether they are addresses is the next question.
        Command::Batch(command) if problems.is_empty() => problems.extend(channels(&command.told).err()),
        _ => {}
    }
    problems
}

//! The command line with the settings below it, read by one parser: a value means the same wherever it is written.
//!
//! The first pass of clap says which command it is and what was typed. Then what the layers say becomes the default of
//! the flag that each setting stands for, and the second pass reads the command line again.

use std::{env, error::Error as _, ffi::OsString, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, CommandFactory, FromArgMatches, builder::OsStr, error::ErrorKind, parser::ValueSource,
};

use super::{
    args::{Args, Command, Config, ConfigCommand},
    log::{self, LogFormat},
};
use crate::{
    config::{CATALOGUE, Kind, Layers, Origin, Part, Said, Setting},
    error::{Error, Result, nearest_first},
};

/// Why there is nothing to run.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What was typed makes no sense, or asks for help.
    Words(Box<clap::Error>),
    /// The settings are wrong.
    Settings(Error),
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        Self::Words(Box::new(error))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Settings(error)
    }
}

/// Where the value of a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The command line.
    Flag,
    /// A layer.
    Layer(Origin),
    /// Nobody said anything.
    Default,
}

/// A setting with its value.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub setting: &'static Setting,
    /// As the command line would hold it; empty where there is none.
    pub texts: Vec<String>,
    pub source: Source,
}

impl Value {
    /// Returns where the value comes from, for people.
    pub(super) fn origin(&self) -> String {
        match &self.source {
            Source::Flag => format!("--{}", self.setting.flag),
            Source::Layer(origin) => origin.to_string(),
            Source::Default => "default".to_owned(),
        }
    }
}

/// What a command is to do, by all layers.
#[derive(Debug)]
pub(super) struct Settings {
    pub args: Args,
    /// The settings that the command has.
    pub values: Vec<Value>,
    pub layers: Layers,
    /// What is to be said of them.
    pub notes: Vec<String>,
}

impl Settings {
    /// Reads the command line and the layers below it.
    ///
    /// # Errors
    /// When either is wrong, or the command line asks for help.
    pub(super) fn of(words: &[OsString]) -> Result<Self, Refusal> {
        let typed = Args::command().try_get_matches_from(words)?;
        let alone = Args::from_arg_matches(&typed)?;
        let (is_init, is_check) = match &alone.command {
            Command::Config(Config { command }) => {
                (matches!(command, ConfigCommand::Init { .. }), matches!(command, ConfigCommand::Check { .. }))
            }
            _ => (false, false),
        };
        let layers = if is_init {
            // A file that is wrong keeps nobody from writing another one.
            Layers::of_environment(env::vars_os())
        } else {
            let user = super::xdg("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("config.toml"));
            Layers::read(named_file(&typed)?.as_deref(), user.as_deref(), env::vars_os())?
        };
        talk_as_asked(&layers, &typed);
        let (path, _) = leaf(&typed);
        let (below, problems) = over(&layers, &path, &typed);
        let mut notes = Vec::new();
        // The check names everything that is wrong; another command has nothing to run with.
        if !is_check && !is_init {
            layers.check()?;
            if let Some(first) = problems.into_iter().next() {
                return Err(first.into());
            }
            let unknown = layers.all().iter().flat_map(|layer| &layer.unknown);
            notes.extend(unknown.map(|error| format!("note: {error}: {}", error.hints().join("; "))));
        }
        let matches = below.clone().try_get_matches_from(words)?;
        let mut args = Args::from_arg_matches(&matches)?;
        args.global.region_of_rows = alone.global.region;
        needs_source(&args)?;
        let values = values(&below, &matches, &typed, &layers);
        Ok(Self { args, values, layers, notes })
    }

    /// Returns the settings as the job would see them, with what was typed for the command that asks.
    ///
    /// # Errors
    /// When a value is wrong.
    pub(super) fn of_job(&self) -> Result<Vec<Value>> {
        let (mut all, problems) = job(&self.layers)?;
        if let Some(first) = problems.into_iter().next() {
            return Err(first);
        }
        for value in &mut all.values {
            let typed = self.values.iter().find(|own| own.setting == value.setting && own.source == Source::Flag);
            if let Some(own) = typed {
                *value = own.clone();
            }
        }
        Ok(all.values)
    }

    /// Returns the values that change what a report says, by key; without [`Self::shaping_files`].
    pub(super) fn shaping(&self) -> Vec<(&'static str, Vec<String>)> {
        let shaping = self.values.iter().filter(|value| value.setting.shapes && !value.setting.is_path);
        let mut all: Vec<_> = shaping.map(|value| (value.setting.key, value.texts.clone())).collect();
        all.sort();
        all
    }

    /// Returns the files whose content changes what a report says, by key.
    pub(super) fn shaping_files(&self) -> Vec<(&'static str, Vec<PathBuf>)> {
        let shaping = self.values.iter().filter(|value| value.setting.shapes && value.setting.is_path);
        let mut all: Vec<_> =
            shaping.map(|value| (value.setting.key, value.texts.iter().map(PathBuf::from).collect())).collect();
        all.sort();
        all
    }
}

/// The job by the layers alone.
pub(super) struct Job {
    pub args: Args,
    pub values: Vec<Value>,
}

/// Reads the layers as `gravimeter batch` would; values that are wrong are left out and named.
///
/// # Errors
/// When what is left cannot be read.
pub(super) fn job(layers: &Layers) -> Result<(Job, Vec<Error>)> {
    let words = ["gravimeter", "batch"];
    let bug = |error: clap::Error| Error::runtime(format!("the settings cannot be read: {error}"));
    let typed = Args::command().try_get_matches_from(words).map_err(bug)?;
    let (below, problems) = over(layers, &["batch"], &typed);
    let matches = below.clone().try_get_matches_from(words).map_err(bug)?;
    let args = Args::from_arg_matches(&matches).map_err(bug)?;
    Ok((Job { args, values: values(&below, &matches, &typed, layers) }, problems))
}

/// Checks what a layer says of a setting as the job would read it.
pub(super) fn check(command: &clap::Command, setting: &Setting, said: &Said) -> Vec<Error> {
    let Some(arg) = argument(command, &["batch"], setting) else { return Vec::new() };
    refusals(arg, setting, said)
}

/// Returns the default of a setting as the command line would hold it; empty where it has none.
pub(super) fn default_of(command: &clap::Command, setting: &Setting) -> Vec<String> {
    let Some(arg) = argument(command, &["batch"], setting) else { return Vec::new() };
    let texts = match arg.get_action() {
        ArgAction::SetTrue => vec!["false".to_owned()],
        ArgAction::SetFalse => vec!["true".to_owned()],
        _ => arg.get_default_values().iter().map(|text| text.to_string_lossy().into_owned()).collect(),
    };
    as_flag(setting, texts)
}

/// Chooses how the program talks before it says what is wrong with the settings.
fn talk_as_asked(layers: &Layers, typed: &ArgMatches) {
    let said = Setting::find("run.log_format").and_then(|setting| layers.of(setting));
    let is_json = said.is_some_and(|said| said.parts.iter().all(|part| part.text == "json"));
    if is_json && source_of(typed, "log_format") != Some(ValueSource::CommandLine) {
        log::choose(LogFormat::Json);
    }
}

/// Returns the settings file that was named.
fn named_file(typed: &ArgMatches) -> Result<Option<PathBuf>> {
    let (_, leaf) = leaf(typed);
    let of = |id: &str| leaf.try_get_one::<PathBuf>(id).ok().flatten().cloned();
    match (of("settings"), of("config")) {
        (Some(file), Some(other)) if file != other => {
            let message = format!("two settings files are named: {} and --config {}", file.display(), other.display());
            Err(Error::usage(message).hint("leave out one of them"))
        }
        (file, other) => Ok(file.or(other)),
    }
}

/// Returns the names of the command and the sub-command, and what was found for it.
fn leaf(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut path, mut at) = (Vec::new(), matches);
    while let Some((name, below)) = at.subcommand() {
        path.push(name);
        at = below;
    }
    (path, at)
}

/// Returns where the value of an argument comes from; `None` where there is none.
fn source_of(matches: &ArgMatches, id: &str) -> Option<ValueSource> {
    let (_, leaf) = leaf(matches);
    leaf.try_contains_id(id).ok().filter(|found| *found).and_then(|_| leaf.value_source(id))
}

/// Finds the argument that a setting stands for: of every command, or of those that it is for.
fn argument<'a>(root: &'a clap::Command, path: &[&str], setting: &Setting) -> Option<&'a Arg> {
    let is_it = |arg: &&Arg| {
        arg.get_long() == Some(setting.flag) || (setting.flag == "source" && arg.get_id().as_str() == "sources")
    };
    if setting.commands.is_empty() {
        return root.get_arguments().find(is_it);
    }
    if !setting.commands.contains(&path.join(" ").as_str()) {
        return None;
    }
    let leaf = path.iter().try_fold(root, |command, name| command.find_subcommand(name))?;
    leaf.get_arguments().find(is_it)
}

/// Puts what the layers say under the command line; with what is wrong, which is left out.
fn over(layers: &Layers, path: &[&str], typed: &ArgMatches) -> (clap::Command, Vec<Error>) {
    let plain = Args::command();
    let (mut command, mut problems) = (plain.clone(), Vec::new());
    for setting in CATALOGUE {
        let (Some(said), Some(arg)) = (layers.of(setting), argument(&plain, path, setting)) else { continue };
        let id = arg.get_id().as_str();
        if source_of(typed, id) == Some(ValueSource::CommandLine) || is_not_asked(setting, path, typed) {
            continue;
        }
        let refused = refusals(arg, setting, said);
        if refused.is_empty() {
            let at = if setting.commands.is_empty() { &[] } else { path };
            command = with_default(command, at, id, &as_flag(setting, raw(arg, said)));
        }
        problems.extend(refused);
    }
    (command, problems)
}

/// Tells whether what was typed says what the setting would say: prices of named services need no bill.
fn is_not_asked(setting: &Setting, path: &[&str], typed: &ArgMatches) -> bool {
    let is_typed = |id: &str| source_of(typed, id) == Some(ValueSource::CommandLine);
    setting.key == "bill.sources" && path == ["prices", "refresh"] && (is_typed("services") || is_typed("regions"))
}

/// Returns the texts as the argument takes them: one after the other, or in one with commas.
fn raw(arg: &Arg, said: &Said) -> Vec<String> {
    let texts: Vec<String> = said.parts.iter().map(|part| part.text.clone()).collect();
    match arg.get_action() {
        ArgAction::Append => texts,
        _ => vec![texts.join(",")],
    }
}

/// Turns texts of a setting into those of its flag, and back.
fn as_flag(setting: &Setting, mut texts: Vec<String>) -> Vec<String> {
    if setting.is_inverted {
        for text in &mut texts {
            *text = (text == "false").to_string();
        }
    }
    texts
}

fn with_default(command: clap::Command, path: &[&str], id: &str, texts: &[String]) -> clap::Command {
    match path {
        [] => command.mut_arg(id, |arg| {
            // clap keeps defaults as long as the program runs, and so do these few texts.
            arg.default_values(texts.iter().map(|text| OsStr::from(&*text.clone().leak())))
        }),
        [first, rest @ ..] => command.mut_subcommand(first, |below| with_default(below, rest, id, texts)),
    }
}

/// Returns what clap has against the value of a setting.
fn refusals(arg: &Arg, setting: &Setting, said: &Said) -> Vec<Error> {
    if said.parts.is_empty() && !arg.get_default_values().is_empty() {
        let error = Error::usage(format!("{}: {} is empty", said.origin, setting.key));
        return vec![error.hint("leave it out for the default")];
    }
    let is_joined = setting.kind == Kind::List && !matches!(arg.get_action(), ArgAction::Append);
    let parts = if is_joined {
        vec![Part { text: raw(arg, said).concat(), origin: said.origin.clone() }]
    } else {
        said.parts.clone()
    };
    let split = |part: &Part| -> Vec<Part> {
        let texts = match arg.get_value_delimiter() {
            Some(delimiter) => part.text.split(delimiter).map(str::to_owned).collect(),
            None => vec![part.text.clone()],
        };
        texts.into_iter().map(|text| Part { text, origin: part.origin.clone() }).collect()
    };
    parts.iter().flat_map(split).filter_map(|part| refusal(arg, setting, &part)).collect()
}

fn refusal(arg: &Arg, setting: &Setting, part: &Part) -> Option<Error> {
    let (key, Part { text, origin }) = (setting.key, part);
    if text.trim().is_empty() {
        return Some(Error::usage(format!("{origin}: {key} is empty")).hint("leave it out for the default"));
    }
    let probe = clap::Command::new("probe")
        .no_binary_name(true)
        .arg(Arg::new("value").long("value").value_parser(arg.get_value_parser().clone()));
    let error = probe.try_get_matches_from([format!("--value={text}")]).err()?;
    let known: Vec<String> = arg.get_possible_values().iter().map(|known| known.get_name().to_owned()).collect();
    Some(if error.kind() == ErrorKind::InvalidValue && !known.is_empty() {
        let error = Error::usage(format!("{origin}: {key}: \"{text}\" is none of {}", known.join(", ")));
        let near = nearest_first(text, known.iter().map(|name| (name, name))).into_iter().next();
        near.map_or(error.clone(), |near| error.hint(format!("did you mean \"{near}\"?")))
    } else {
        let why = error.source().map_or_else(|| error.kind().to_string(), ToString::to_string);
        let why = if why.starts_with('"') { why } else { format!("\"{text}\": {why}") };
        Error::usage(format!("{origin}: {key}: {why}")).hint(format!(
            "write it as {} = {}",
            setting.name(),
            setting.example
        ))
    })
}

/// Returns the settings of a command with their values.
fn values(command: &clap::Command, matches: &ArgMatches, typed: &ArgMatches, layers: &Layers) -> Vec<Value> {
    let (path, leaf) = leaf(matches);
    let of = |setting: &'static Setting| {
        let id = argument(command, &path, setting)?.get_id().as_str();
        let raw = leaf.try_get_raw(id).ok().flatten();
        let texts = raw.map_or_else(Vec::new, |raw| raw.map(|text| text.to_string_lossy().into_owned()).collect());
        let source = match (source_of(typed, id), layers.of(setting)) {
            (Some(ValueSource::CommandLine), _) => Source::Flag,
            (_, Some(said)) if !is_not_asked(setting, &path, typed) => Source::Layer(said.origin.clone()),
            _ => Source::Default,
        };
        Some(Value { setting, texts: as_flag(setting, texts), source })
    };
    CATALOGUE.iter().filter_map(of).collect()
}

/// Refuses a command that reads a bill, and knows none.
fn needs_source(args: &Args) -> Result<()> {
    let (name, sources) = match &args.command {
        Command::Report(command) if !command.schema => ("report", &command.sources),
        Command::Batch(command) => ("batch", &command.sources),
        Command::Explain(command) => ("explain", &command.sources),
        Command::Reconcile(command) => ("reconcile", &command.sources),
        Command::Doctor(command) => ("doctor", &command.sources),
        Command::Verify(command) => ("verify", &command.sources),
        _ => return Ok(()),
    };
    if !sources.is_empty() {
        return Ok(());
    }
    let option = if name == "batch" { "--source " } else { "" };
    Err(Error::usage(format!("{name} needs a bill to read"))
        .hint(format!("name a folder, a file or a place in S3: gravimeter {name} {option}s3://BUCKET/PREFIX"))
        .hint(format!("or set bill.sources in {}; gravimeter config init writes one", crate::config::FILE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_stands_for_a_flag_of_its_kind() {
        let root = Args::command();
        for setting in CATALOGUE {
            let paths: Vec<Vec<&str>> = match setting.commands {
                [] => vec![vec!["batch"]],
                commands => commands.iter().map(|command| command.split(' ').collect()).collect(),
            };
            for path in paths {
                let arg = argument(&root, &path, setting);
                let arg =
                    arg.unwrap_or_else(|| panic!("{} has no --{} for {}", path.join(" "), setting.flag, setting.key));
                let is_switch = matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse);
                assert_eq!(is_switch, setting.kind == Kind::Switch, "{}", setting.key);
                if matches!(arg.get_action(), ArgAction::Append) {
                    assert_eq!(setting.kind, Kind::List, "{}", setting.key);
                }
            }
        }
    }
}

//! `gravimeter config`: shows, writes and checks settings.

mod check;
mod init;
mod show;

use super::{
    args::{Config, ConfigCommand},
    settings::Settings,
};
use crate::{config::Kind, config::Setting, error::Result};

/// Runs the command.
pub(super) fn run(settings: &Settings, options: &Config) -> Result<()> {
    match &options.command {
        ConfigCommand::Show { origin, format, .. } => show::run(settings, *origin, *format),
        ConfigCommand::Init { file } => init::run(file),
        ConfigCommand::Check { .. } => check::run(settings),
    }
}

/// Writes the value of a setting as a file would hold it.
fn written(setting: &Setting, texts: &[String]) -> String {
    // JSON's quotes are those of TOML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match (setting.kind, texts) {
        (Kind::Text, texts) => quoted(&texts.concat()),
        (Kind::Number | Kind::Switch, texts) => texts.concat(),
        // Words of the choice of months stand alone; its months are in one text.
        (Kind::List, [one])
            if setting.key == "report.months" && !one.contains(|letter: char| letter.is_ascii_digit()) =>
        {
            quoted(one)
        }
        (Kind::List, [one]) if setting.key == "report.months" => list(one.split(',').map(|text| quoted(text.trim()))),
        (Kind::List, texts) => list(texts.iter().map(|text| quoted(text))),
    }
}

fn list(texts: impl Iterator<Item = String>) -> String {
    format!("[{}]", texts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_in_a_file() {
        let of = |key: &str, texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            written(Setting::find(key).unwrap(), &texts)
        };
        assert_eq!(of("report.lang", &["k\"o"]), r#""k\"o""#);
        assert_eq!(of("report.rate", &["1390.50"]), "1390.50");
        assert_eq!(of("run.quiet", &["false"]), "false");
        assert_eq!(of("report.formats", &["html", "md"]), r#"["html", "md"]"#);
        assert_eq!(of("report.accounts", &[]), "[]");
        assert_eq!(of("report.months", &["last-final"]), r#""last-final""#);
        assert_eq!(of("report.months", &["2024-01,2024-02"]), r#"["2024-01", "2024-02"]"#);
    }
}

//! Settings in the environment: `GRAVIMETER_<SECTION>_<NAME>`.

use std::ffi::{OsStr, OsString};

use super::{CATALOGUE, Kind, Layer, Origin, Part, Said, Secret, Setting};
use crate::error::{Error, nearest_first};

/// How the variables of the program begin.
const PREFIX: &str = "GRAVIMETER_";

/// Variables that are no settings: of the shell, of the shipped units, of the tests.
const OTHERS: &[&str] = &[
    "GRAVIMETER_LOGIC",
    "GRAVIMETER_PAGER",
    "GRAVIMETER_BIND",
    "GRAVIMETER_SCHEDULER",
    "GRAVIMETER_SKIP_BROWSER",
    "GRAVIMETER_ACCEPT",
    "GRAVIMETER_SKUS",
    "GRAVIMETER_API_SAMPLES",
];

/// Reads the variables; one that is empty is not set.
pub(super) fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Layer {
    let mut layer = Layer::default();
    let mut ours: Vec<(String, OsString)> = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty())
        .collect();
    // The own name of a setting comes after its alias, and counts.
    ours.sort_by_key(|(name, _)| (CATALOGUE.iter().any(|setting| setting.variable() == *name), name.clone()));
    for (name, value) in ours {
        let found = CATALOGUE.iter().find(|setting| setting.variable() == name || setting.alias == Some(&name));
        match found {
            Some(setting) => match said(setting, &name, &value) {
                Ok(said) => {
                    layer.says.insert(setting.key, said);
                }
                Err(error) => layer.problems.push(error),
            },
            None if is_known(&name) => {}
            None => layer.unknown.push(unknown(&name)),
        }
    }
    layer
}

/// Reads a value. It is not repeated in a message where no text is expected: somebody may have put a secret there.
fn said(setting: &Setting, name: &str, value: &OsStr) -> Result<Said, Error> {
    let origin = Origin::Environment(name.to_owned());
    let Some(value) = value.to_str() else {
        return Err(Error::usage(format!("{name}: {} is no UTF-8", setting.key)));
    };
    let texts: Vec<&str> = match setting.kind {
        Kind::List => value.split(',').map(str::trim).filter(|text| !text.is_empty()).collect(),
        Kind::Switch => match value.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => vec!["true"],
            "false" | "0" => vec!["false"],
            _ => {
                let error = Error::usage(format!("{name}: {} is a switch: it takes true or false", setting.key));
                return Err(match Secret::beside(setting.key) {
                    Some(secret) => error.hint(format!("the address is a secret: put it into {}", secret.variable())),
                    None => error,
                });
            }
        },
        Kind::Text | Kind::Number => vec![value.trim()],
    };
    let parts = texts.into_iter().map(|text| Part { text: text.to_owned(), origin: origin.clone() }).collect();
    Ok(Said { parts, origin })
}

fn is_known(name: &str) -> bool {
    let is_secret = Secret::ALL.iter().any(|secret| name == secret.variable() || name == secret.file_variable());
    is_secret || OTHERS.contains(&name) || name.starts_with("GRAVIMETER_TEST_")
}

fn unknown(name: &str) -> Error {
    let settings = CATALOGUE.iter().map(Setting::variable);
    let secrets = Secret::ALL.iter().flat_map(|secret| [secret.variable().to_owned(), secret.file_variable()]);
    let near = nearest_first(name, settings.chain(secrets).map(|known| (known.clone(), known)));
    let error = Error::usage(format!("{name} is no setting"));
    match near.into_iter().next() {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(variables: &[(&str, &str)]) -> Layer {
        read(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
    }

    fn texts(layer: &Layer, key: &str) -> Vec<String> {
        layer.says[key].parts.iter().map(|part| part.text.clone()).collect()
    }

    #[test]
    fn each_kind_is_read() {
        let layer = layer(&[
            ("GRAVIMETER_REPORT_FORMATS", "html, xlsx,"),
            ("GRAVIMETER_REPORT_RATE", "1390.50"),
            ("GRAVIMETER_RUN_QUIET", "1"),
            ("GRAVIMETER_AWS_PATH_STYLE", "False"),
            ("GRAVIMETER_AWS_REGION", ""),
            ("PATH", "/bin"),
        ]);
        assert!(layer.problems.is_empty() && layer.unknown.is_empty(), "{layer:?}");
        assert_eq!(texts(&layer, "report.formats"), ["html", "xlsx"]);
        assert_eq!(texts(&layer, "report.rate"), ["1390.50"]);
        assert_eq!(texts(&layer, "run.quiet"), ["true"]);
        assert_eq!(texts(&layer, "aws.path_style"), ["false"]);
        assert_eq!(layer.says.len(), 4);
    }

    #[test]
    fn older_names_hold_and_yield_to_the_own_name() {
        let old = ("GRAVIMETER_CACHE_DIR", "/old");
        assert_eq!(texts(&layer(&[old]), "run.cache_dir"), ["/old"]);
        let both = layer(&[("GRAVIMETER_RUN_CACHE_DIR", "/new"), old]);
        assert_eq!(texts(&both, "run.cache_dir"), ["/new"]);
    }

    #[test]
    fn what_is_no_setting_is_named_with_the_nearest_one() {
        let layer = layer(&[
            ("GRAVIMETER_REPORT_FORMAT", "html"),
            ("GRAVIMETER_SLACK_WEBHOK", "https://hooks.example.com/canary"),
            ("GRAVIMETER_WEBHOOK_TOKEN_FILE", "/run/secrets/token"),
            ("GRAVIMETER_TEST_TRIALS", "5"),
            ("GRAVIMETER_PAGER", "less"),
        ]);
        let said: Vec<(String, &str)> =
            layer.unknown.iter().map(|error| (error.to_string(), error.hints()[0].as_str())).collect();
        assert_eq!(
            said,
            [
                ("GRAVIMETER_REPORT_FORMAT is no setting".to_owned(), "did you mean GRAVIMETER_REPORT_FORMATS?"),
                ("GRAVIMETER_SLACK_WEBHOK is no setting".to_owned(), "did you mean GRAVIMETER_SLACK_WEBHOOK?"),
            ]
        );
    }

    #[test]
    fn an_address_in_a_switch_is_not_repeated() {
        let layer = layer(&[("GRAVIMETER_NOTIFY_SLACK", "https://hooks.example.com/canary")]);
        let [error] = layer.problems.as_slice() else { panic!("{layer:?}") };
        assert_eq!(error.to_string(), "GRAVIMETER_NOTIFY_SLACK: notify.slack is a switch: it takes true or false");
        assert_eq!(error.hints(), ["the address is a secret: put it into GRAVIMETER_SLACK_WEBHOOK"]);
    }
}

//! Settings in a TOML file, with the line of each; everything that is wrong with it, not only the first.
//!
//! A value is never repeated in a message: what stands where it does not belong may be a secret.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{CATALOGUE, Kind, Layer, Origin, Part, SECTIONS, Said, Secret, Setting, layers::beside};
use crate::error::{Error, Kind as ErrorKind, Result, nearest_first};

/// No settings file is larger; what is, was named by mistake.
const MOST_BYTES: u64 = 1 << 20;

/// The only key that stands in no section: it marks a bill, and `source` reads it.
const MARK: &str = "export";

/// What to do with a bill that stands where the settings file belongs.
const BILL: &str = "a bill is named by bill.sources, or by --source of gravimeter batch";

/// Words in the names of what is a secret.
const SECRET_WORDS: &[&str] =
    &["secret", "token", "passw", "credential", "access_key", "api_key", "apikey", "webhook", "auth"];

/// Reads a file that was named.
pub(super) fn named(path: &Path) -> Result<Layer> {
    let name = path.display().to_string();
    if name.contains("://") {
        return Err(Error::usage(format!("{name} is no settings file")).hint(BILL));
    }
    let absent = || Error::usage(format!("there is no settings file {name}"));
    found(path, false)?.ok_or_else(|| absent().hint(format!("gravimeter config init {name} writes one")))
}

/// Reads a file; `None` where it is not there. One that marks a bill may name its export outside of a section.
pub(super) fn found(path: &Path, may_mark: bool) -> Result<Option<Layer>> {
    let fail = |error: &std::io::Error| Err(Error::io("read", path, error));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return fail(&error),
    };
    let mut bytes = Vec::new();
    if let Err(error) = file.take(MOST_BYTES + 1).read_to_end(&mut bytes) {
        return match error.kind() {
            std::io::ErrorKind::IsADirectory => {
                Err(Error::usage(format!("{} is a folder and no settings file", path.display())).hint(BILL))
            }
            _ => fail(&error),
        };
    }
    let name = path.display().to_string();
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::usage(format!("{name} is larger than 1 MiB, and no settings file")));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Error::usage(format!("{name} is no UTF-8, and no settings file")));
    };
    Ok(Some(Reading { path, text: &text, says: BTreeMap::new(), problems: Vec::new() }.layer(may_mark)))
}

/// A file while it is read.
struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    says: BTreeMap<&'static str, Said>,
    /// What is wrong, with the line.
    problems: Vec<(usize, Error)>,
}

impl Reading<'_> {
    fn layer(mut self, may_mark: bool) -> Layer {
        match DeTable::parse(self.text) {
            Ok(table) => {
                for (key, value) in table.get_ref() {
                    self.top(key, value, may_mark);
                }
            }
            Err(error) => {
                // Its own text would show the line, and a secret on it.
                let at = error.span().map_or(0, |span| span.start);
                self.problem(at, &error.message().trim().replace('\n', "; "), None);
            }
        }
        self.problems.sort_by_key(|(line, _)| *line);
        Layer {
            file: Some(self.path.display().to_string()),
            says: self.says,
            problems: self.problems.into_iter().map(|(_, error)| error).collect(),
            unknown: Vec::new(),
        }
    }

    /// Reads what stands at the top: a section.
    fn top(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>, may_mark: bool) {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let is_section = SECTIONS.iter().any(|(section, _)| *section == name);
        match value.get_ref() {
            DeValue::Table(section) if is_section => {
                for (key, value) in section {
                    self.entry(name, key, value);
                }
            }
            DeValue::String(_) if may_mark && name == MARK => {}
            _ if is_section => {
                self.problem(
                    at,
                    &format!("{name} is a section"),
                    Some(format!("write it as [{name}] on a line of its own")),
                );
            }
            _ if is_secret(name) => self.secret(at, name),
            DeValue::Table(_) => {
                let near = nearest_first(name, SECTIONS.iter().map(|(section, _)| (*section, *section)));
                self.problem(
                    at,
                    &format!("unknown section [{name}]"),
                    near.first().map(|near| format!("did you mean [{near}]?")),
                );
            }
            _ => {
                let hint =
                    nearest(name, "").map(|near| format!("did you mean {} in [{}]?", near.name(), near.section()));
                self.problem(at, &format!("{name} stands in no section"), hint);
            }
        }
    }

    /// Reads a key of a section.
    fn entry(&mut self, section: &str, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let full = format!("{section}.{name}");
        let Some(setting) = Setting::find(&full) else {
            if is_secret(name) {
                return self.secret(at, &full);
            }
            let hint = nearest(name, section).map(|near| {
                if near.section() == section {
                    format!("did you mean {}?", near.name())
                } else {
                    format!("did you mean {} in [{}]?", near.name(), near.section())
                }
            });
            return self.problem(at, &format!("unknown setting {full}"), hint);
        };
        match self.parts(setting, value) {
            Some(parts) => {
                let said = Said { parts, origin: self.origin(at) };
                self.says.insert(setting.key, said);
            }
            None => self.wrong(setting, value),
        }
    }

    /// Returns the texts of a value; `None` where it is of another type.
    fn parts(&self, setting: &Setting, value: &Spanned<DeValue<'_>>) -> Option<Vec<Part>> {
        let part = |text: String, at: usize| Part {
            text: if setting.is_path { beside(self.path, &text) } else { text },
            origin: self.origin(at),
        };
        let at = value.span().start;
        Some(match (setting.kind, value.get_ref()) {
            (Kind::Text | Kind::List, DeValue::String(text)) => vec![part(text.to_string(), at)],
            // A day without quotes is a date to TOML.
            (Kind::Text, DeValue::Datetime(date)) => vec![part(date.to_string(), at)],
            (Kind::Number, DeValue::Integer(number)) if number.radix() == 10 => {
                vec![part(number.as_str().to_owned(), at)]
            }
            (Kind::Number, DeValue::Float(number)) => vec![part(number.as_str().to_owned(), at)],
            (Kind::Switch, DeValue::Boolean(on)) => vec![part(on.to_string(), at)],
            (Kind::List, DeValue::Array(items)) => {
                let text =
                    |item: &Spanned<DeValue<'_>>| Some(part(item.get_ref().as_str()?.to_owned(), item.span().start));
                items.iter().map(text).collect::<Option<Vec<_>>>()?
            }
            _ => return None,
        })
    }

    /// Refuses a value of another type.
    fn wrong(&mut self, setting: &Setting, value: &Spanned<DeValue<'_>>) {
        let wanted = match setting.kind {
            Kind::Text => "text in quotes",
            Kind::Number => "a number without quotes",
            Kind::Switch => "true or false",
            Kind::List => "a list of texts",
        };
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) if setting.kind == Kind::List => "a list with something else in it",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        let hint = match (Secret::beside(setting.key), value.get_ref()) {
            (Some(secret), DeValue::String(_)) => {
                format!(
                    "the address is a secret: put it into {}, and write {} = true",
                    secret.variable(),
                    setting.name()
                )
            }
            _ => format!("write it as {} = {}", setting.name(), setting.example),
        };
        self.problem(value.span().start, &format!("{} takes {wanted}, and not {found}", setting.key), Some(hint));
    }

    /// Refuses a secret.
    fn secret(&mut self, at: usize, name: &str) {
        self.problem(at, &format!("{name} looks like a secret, and a settings file holds none"), Some(belongs(name)));
    }

    fn problem(&mut self, at: usize, text: &str, hint: Option<String>) {
        let error = Error::new(ErrorKind::Usage, format!("{}: {text}", self.origin(at)));
        let error = hint.into_iter().fold(error, Error::hint);
        self.problems.push((self.line(at), error));
    }

    fn origin(&self, at: usize) -> Origin {
        Origin::File { name: self.path.display().to_string(), line: self.line(at) }
    }

    fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Returns the setting whose name resembles a word most; those of the section come first.
fn nearest(word: &str, section: &str) -> Option<&'static Setting> {
    let near = |here: bool| {
        let settings = CATALOGUE.iter().filter(|setting| (setting.section() == section) == here);
        nearest_first(word, settings.map(|setting| (setting.name(), setting))).into_iter().next()
    };
    let exact = CATALOGUE.iter().find(|setting| setting.name() == word);
    exact.or_else(|| near(true)).or_else(|| near(false))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Says where a secret belongs.
fn belongs(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let secret = if name.contains("aws") || name.contains("access_key") || name.contains("session") {
        return "credentials of AWS come from where the AWS tools look: a profile, the environment, a role".to_owned();
    } else if name.contains("slack") {
        Secret::SlackWebhook
    } else if name.contains("token") || name.contains("auth") {
        Secret::WebhookToken
    } else if name.contains("webhook") {
        Secret::WebhookUrl
    } else {
        let names: Vec<&str> = Secret::ALL.iter().map(|secret| secret.variable()).collect();
        return format!("secrets come by environment: {}, or a file named in …_FILE", names.join(", "));
    };
    format!("set {}, or {} to the path of a file that holds it", secret.variable(), secret.file_variable())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(text: &str) -> Layer {
        let path = Path::new("g.toml");
        Reading { path, text, says: BTreeMap::new(), problems: Vec::new() }.layer(true)
    }

    /// What is wrong, with the hint.
    fn wrong(text: &str) -> Vec<String> {
        let problems = layer(text).problems;
        problems.iter().map(|error| format!("{error} | {}", error.hints().join(" | "))).collect()
    }

    fn texts(layer: &Layer, key: &str) -> Vec<(String, String)> {
        layer.says[key].parts.iter().map(|part| (part.text.clone(), part.origin.to_string())).collect()
    }

    fn at(text: &str, line: usize) -> (String, String) {
        (text.to_owned(), format!("g.toml:{line}"))
    }

    #[test]
    fn values_keep_their_text_and_their_line() {
        let layer = layer(
            "# settings\n[report]\nrate = 1390.50\ntop = 1_000\nformats = [\n  \"html\",\n  \"xlsx\",\n]\naccounts = \"a\"\n\n[prices]\nas_of = 2026-06-30\n[run]\nquiet = true\n",
        );
        assert!(layer.problems.is_empty(), "{:?}", layer.problems);
        assert_eq!(texts(&layer, "report.rate"), [at("1390.50", 3)]);
        assert_eq!(texts(&layer, "report.top"), [at("1000", 4)]);
        assert_eq!(texts(&layer, "report.formats"), [at("html", 6), at("xlsx", 7)]);
        assert_eq!(layer.says["report.formats"].origin.to_string(), "g.toml:5");
        assert_eq!(texts(&layer, "report.accounts"), [at("a", 9)]);
        assert_eq!(texts(&layer, "prices.as_of"), [at("2026-06-30", 12)]);
        assert_eq!(texts(&layer, "run.quiet"), [at("true", 14)]);
    }

    #[test]
    fn what_is_unknown_is_named_with_the_nearest_name() {
        assert_eq!(
            wrong("lang = \"ko\"\n[reprot]\ntop = 1\n[report]\nformat = [\"html\"]\nthreads = 2\n"),
            [
                "g.toml:1: lang stands in no section | did you mean lang in [report]?",
                "g.toml:2: unknown section [reprot] | did you mean [report]?",
                "g.toml:5: unknown setting report.format | did you mean formats?",
                "g.toml:6: unknown setting report.threads | did you mean threads in [run]?",
            ]
        );
    }

    #[test]
    fn another_type_is_refused_and_not_repeated() {
        assert_eq!(
            wrong(
                "[report]\ntop = \"25\"\nlang = 1\n[run]\nquiet = \"yes\"\n[bill]\nsources = [1]\n[aws]\ngive_up_after = 0x10\n"
            ),
            [
                "g.toml:2: report.top takes a number without quotes, and not text | write it as top = 25",
                "g.toml:3: report.lang takes text in quotes, and not a number | write it as lang = \"ko\"",
                "g.toml:5: run.quiet takes true or false, and not text | write it as quiet = true",
                "g.toml:7: bill.sources takes a list of texts, and not a list with something else in it | write it as sources = [\"s3://my-bucket/exports/cur2\"]",
                "g.toml:9: aws.give_up_after takes a number without quotes, and not a number | write it as give_up_after = 180",
            ]
        );
    }

    #[test]
    fn secrets_are_refused_with_where_they_belong() {
        let slack =
            "set GRAVIMETER_SLACK_WEBHOOK, or GRAVIMETER_SLACK_WEBHOOK_FILE to the path of a file that holds it";
        let aws = "credentials of AWS come from where the AWS tools look: a profile, the environment, a role";
        let told = wrong(
            "password = \"canary\"\n[notify]\nslack_webhook = \"https://canary\"\ntoken = \"canary\"\nwebhook = \"https://canary\"\n[aws]\naws_secret_access_key = \"canary\"\n",
        );
        assert!(told.iter().all(|line| !line.contains("canary")), "{told:?}");
        assert!(told[0].starts_with("g.toml:1: password looks like a secret"), "{}", told[0]);
        assert!(told[1].starts_with("g.toml:3: notify.slack_webhook looks") && told[1].ends_with(slack), "{}", told[1]);
        assert!(told[2].starts_with("g.toml:4: notify.token looks"), "{}", told[2]);
        assert_eq!(
            told[3],
            "g.toml:5: notify.webhook takes true or false, and not text | the address is a secret: put it into GRAVIMETER_WEBHOOK_URL, and write webhook = true"
        );
        assert!(told[4].starts_with("g.toml:7: aws.aws_secret_access_key") && told[4].ends_with(aws), "{}", told[4]);
    }

    #[test]
    fn what_is_no_toml_is_named_by_its_line_alone() {
        for (text, line) in [
            ("[report]\nlang = canary\n", "g.toml:2: "),
            ("[report]\nlang = \"en\"\nlang = \"ko\"\n", "g.toml:3: "),
            ("[report]\n[report]\n", "g.toml:2: "),
        ] {
            let told = wrong(text);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with(line) && !told[0].contains("canary"), "{}", told[0]);
        }
    }

    #[test]
    fn the_mark_of_a_bill_is_no_setting() {
        let marked = layer("export = \"seoul-cur2\"\n");
        assert!(marked.problems.is_empty() && marked.says.is_empty());
        let path = Path::new("g.toml");
        let text = "export = \"seoul-cur2\"\n";
        let named = Reading { path, text, says: BTreeMap::new(), problems: Vec::new() }.layer(false);
        assert_eq!(named.problems[0].to_string(), "g.toml:1: export stands in no section");
        assert_eq!(named.problems[0].hints(), ["did you mean export in [bill]?"]);
    }

    #[test]
    fn what_is_not_there_is_no_layer_unless_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("absent.toml");
        assert!(found(&path, false).unwrap().is_none());
        assert_eq!(named(&path).unwrap_err().kind(), ErrorKind::Usage);
        assert!(named(folder.path()).unwrap_err().to_string().ends_with("is a folder and no settings file"));
        let bill = named(Path::new("s3://my-bucket/exports")).unwrap_err();
        assert!(bill.to_string().contains("is no settings file") && bill.hints()[0].contains("--source"), "{bill}");
        std::fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
        assert!(named(&path).unwrap_err().to_string().contains("larger than 1 MiB"));
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(named(&path).unwrap_err().to_string().contains("is no UTF-8"));
    }
}

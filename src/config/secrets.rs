//! Secrets: by environment, or in a file that the environment names. Never in a settings file, never on the command line.
//!
//! Credentials of AWS are none of ours: they come from where the AWS tools look.

use std::{env, fs, path::PathBuf};

use secrecy::SecretString;

use crate::error::{Error, Result};

/// What nobody but its receiver may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// The address of a Slack webhook: who knows it can post.
    SlackWebhook,
    /// The address of a JSON webhook.
    WebhookUrl,
    /// What a JSON webhook asks for as bearer token.
    WebhookToken,
}

impl Secret {
    /// All secrets.
    pub const ALL: [Self; 3] = [Self::SlackWebhook, Self::WebhookUrl, Self::WebhookToken];

    /// Returns the variable that holds it.
    pub fn variable(self) -> &'static str {
        match self {
            Self::SlackWebhook => "GRAVIMETER_SLACK_WEBHOOK",
            Self::WebhookUrl => "GRAVIMETER_WEBHOOK_URL",
            Self::WebhookToken => "GRAVIMETER_WEBHOOK_TOKEN",
        }
    }

    /// Returns the variable that names the file that holds it.
    pub fn file_variable(self) -> String {
        format!("{}_FILE", self.variable())
    }

    /// Returns the secret without which a setting that is switched on does nothing.
    pub fn beside(key: &str) -> Option<Self> {
        match key {
            "notify.slack" => Some(Self::SlackWebhook),
            "notify.webhook" => Some(Self::WebhookUrl),
            _ => None,
        }
    }

    /// Returns which variable it comes from; `None` where it is not set.
    pub fn origin(self) -> Option<String> {
        self.origin_in(|name| env::var(name).ok())
    }

    fn origin_in(self, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
        let is_set = |name: &String| variable(name).is_some_and(|value| !value.is_empty());
        [self.variable().to_owned(), self.file_variable()].into_iter().find(is_set)
    }

    /// Reads it; `None` where it is not set.
    ///
    /// # Errors
    /// When it is set twice, is empty, or its file cannot be read. The message never holds the secret.
    pub fn read(self) -> Result<Option<SecretString>> {
        self.read_in(|name| env::var(name).ok())
    }

    /// Reads it where nothing goes without it.
    ///
    /// # Errors
    /// As [`Self::read`], and when it is not set.
    pub fn need(self) -> Result<SecretString> {
        self.read()?.ok_or_else(|| self.missing())
    }

    /// Returns the error of a secret that is not set.
    pub fn missing(self) -> Error {
        let (variable, file) = (self.variable(), self.file_variable());
        Error::usage(format!("{variable} is not set"))
            .hint(format!("set {variable}, or {file} to the path of a file that holds it"))
    }

    fn read_in(self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<SecretString>> {
        let (name, file_name) = (self.variable(), self.file_variable());
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (text, origin) = match (set(name), set(&file_name)) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(Error::usage(format!("{name} and {file_name} are both set")).hint("unset one of them"));
            }
            (Some(text), None) => (text, name),
            (None, Some(path)) => {
                let path = PathBuf::from(path);
                let text = fs::read_to_string(&path).map_err(|error| {
                    let error = Error::io("read", &path, &error);
                    Error::new(error.kind(), format!("{file_name}: {error}"))
                })?;
                (text, file_name.as_str())
            }
        };
        let text = text.trim_end_matches(['\n', '\r']);
        if text.is_empty() {
            return Err(Error::usage(format!("{origin}: the secret is empty")));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::usage(format!("{origin}: the secret holds more than one line, or a control character")));
        }
        Ok(Some(SecretString::from(text)))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(secret: Secret, set: &[(&str, &str)]) -> Result<Option<String>> {
        let variable = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Ok(secret.read_in(variable)?.map(|secret| secret.expose_secret().to_owned()))
    }

    #[test]
    fn a_secret_comes_from_a_variable_or_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "canary\r\n").unwrap();
        let path = path.to_str().unwrap();
        let token = Secret::WebhookToken;
        assert_eq!(read(token, &[]).unwrap(), None);
        assert_eq!(read(token, &[("GRAVIMETER_WEBHOOK_TOKEN", "")]).unwrap(), None);
        assert_eq!(read(token, &[("GRAVIMETER_WEBHOOK_TOKEN", "canary\n")]).unwrap().as_deref(), Some("canary"));
        assert_eq!(read(token, &[("GRAVIMETER_WEBHOOK_TOKEN_FILE", path)]).unwrap().as_deref(), Some("canary"));
    }

    #[test]
    fn messages_name_the_variable_and_never_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let (file, path) = (&path, path.to_str().unwrap());
        let refused = |set: &[(&str, &str)]| read(Secret::WebhookToken, set).unwrap_err().to_string();
        let by_file = [("GRAVIMETER_WEBHOOK_TOKEN_FILE", path)];
        assert!(refused(&by_file).starts_with("GRAVIMETER_WEBHOOK_TOKEN_FILE: cannot read "));
        fs::write(file, "\n").unwrap();
        assert_eq!(refused(&by_file), "GRAVIMETER_WEBHOOK_TOKEN_FILE: the secret is empty");
        fs::write(file, "canary\ncanary\n").unwrap();
        assert!(!refused(&by_file).contains("canary"));
        let both = [("GRAVIMETER_WEBHOOK_TOKEN", "canary"), by_file[0]];
        assert_eq!(refused(&both), "GRAVIMETER_WEBHOOK_TOKEN and GRAVIMETER_WEBHOOK_TOKEN_FILE are both set");
    }
}

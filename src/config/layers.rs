//! The layers above the defaults and below the command line: environment, project file, user file.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use super::{Setting, environment, file};
use crate::error::{Error, Result};

/// The project file that is read where none is named.
pub const FILE: &str = "gravimeter.toml";

/// The setting that names a program.
const PROGRAM: &str = "report.chromium";

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file, on a line.
    File {
        /// The file as it was named.
        name: String,
        /// The line, from 1 on.
        line: usize,
    },
    /// In a variable of the environment.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) => f.write_str(name),
        }
    }
}

/// One text of a value, with its own place: the texts of a list may stand on several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The text, as the flag of the command line would take it.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// What a layer says of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The texts: one, or those of a list.
    pub parts: Vec<Part>,
    /// Where the value begins.
    pub origin: Origin,
}

/// A file, or the environment.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// The file as it was named; `None` for the environment.
    pub file: Option<String>,
    /// What it says, by key.
    pub says: BTreeMap<&'static str, Said>,
    /// What is wrong with it.
    pub problems: Vec<Error>,
    /// Variables that look like settings and are none.
    pub unknown: Vec<Error>,
}

/// All layers, the highest first.
#[derive(Debug, Clone, Default)]
pub struct Layers(Vec<Layer>);

impl Layers {
    /// Reads all layers: the environment, the project file that was named or else the one of the working folder, and
    /// the file of the user.
    ///
    /// What is wrong inside of them is kept in them.
    ///
    /// # Errors
    /// When a file that was named is not there, or one cannot be read.
    pub fn read(
        named: Option<&Path>,
        user: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let project = match named {
            Some(path) => Some(file::named(path)?),
            None => file::found(Path::new(FILE), true)?.map(without_programs),
        };
        let user = user.map_or(Ok(None), |path| file::found(path, false))?;
        Ok(Self([Some(environment::read(variables)), project, user].into_iter().flatten().collect()))
    }

    /// Reads the environment alone.
    pub fn of_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(vec![environment::read(variables)])
    }

    /// Returns the layers, the highest first.
    pub fn all(&self) -> &[Layer] {
        &self.0
    }

    /// Returns what the highest layer says that says anything of the setting.
    pub fn of(&self, setting: &Setting) -> Option<&Said> {
        self.0.iter().find_map(|layer| layer.says.get(setting.key))
    }

    /// Refuses layers in which something is wrong: the first of it, and how to see the others.
    ///
    /// # Errors
    /// When there is such a layer.
    pub fn check(&self) -> Result<()> {
        let problems: Vec<&Error> = self.0.iter().flat_map(|layer| &layer.problems).collect();
        match problems.as_slice() {
            [] => Ok(()),
            [only] => Err((*only).clone()),
            [first, others @ ..] => {
                let more =
                    format!("there is more that is wrong ({}): gravimeter config check lists it all", others.len());
                Err((*first).clone().hint(more))
            }
        }
    }
}

/// Refuses programs to run in a file that nobody named: it may lie in somebody else's folder.
fn without_programs(mut layer: Layer) -> Layer {
    if let Some(said) = layer.says.remove(PROGRAM) {
        let error =
            Error::usage(format!("{}: {PROGRAM} names a program to run, and nobody named this file", said.origin))
                .hint(format!("name the file: --config {FILE}"))
                .hint("or set GRAVIMETER_REPORT_CHROMIUM, or the setting in the file of the user");
        layer.problems.push(error);
    }
    layer
}

/// Returns a path of a file as it is seen from the working folder; what is absolute, or in S3, stays as it is.
pub(super) fn beside(file: &Path, text: &str) -> String {
    let folder = file.parent().unwrap_or(Path::new(""));
    if text.is_empty() || text.contains("://") {
        return text.to_owned();
    }
    // The parent of a bare name is empty: then nothing is put before it.
    PathBuf::from(folder).join(text).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_beside_the_file() {
        for (file, text, path) in [
            ("gravimeter.toml", "exports", "exports"),
            ("jobs/gravimeter.toml", "exports", "jobs/exports"),
            ("/etc/gravimeter.toml", "exports", "/etc/exports"),
            ("/etc/gravimeter.toml", "/srv/exports", "/srv/exports"),
            ("/etc/gravimeter.toml", "s3://bucket/exports", "s3://bucket/exports"),
            ("/etc/gravimeter.toml", "", ""),
        ] {
            assert_eq!(beside(Path::new(file), text), path, "{file} {text}");
        }
    }

    #[test]
    fn the_highest_layer_that_says_anything_counts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let project = write("project.toml", "[report]\ntop = 2\nlang = \"ko\"\n");
        let user = write("user.toml", "[report]\ntop = 3\nlang = \"en\"\n[aws]\nprofile = \"me\"\n");
        let variables = [("GRAVIMETER_REPORT_TOP", "1")].map(|(name, value)| (name.into(), value.into()));
        let layers = Layers::read(Some(&project), Some(&user), variables).unwrap();
        layers.check().unwrap();
        let of = |key: &str| {
            let said = layers.of(Setting::find(key).unwrap())?;
            Some((said.parts[0].text.clone(), said.origin.to_string()))
        };
        let said = |text: &str, origin: String| Some((text.to_owned(), origin));
        assert_eq!(of("report.top"), said("1", "GRAVIMETER_REPORT_TOP".to_owned()));
        assert_eq!(of("report.lang"), said("ko", format!("{}:3", project.display())));
        assert_eq!(of("aws.profile"), said("me", format!("{}:5", user.display())));
        assert_eq!(of("run.quiet"), None);
    }
}

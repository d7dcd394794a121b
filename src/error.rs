//! The one error type of the program: what went wrong, what to do next, and the exit code.
//!
//! Messages are lower-case fragments that name the file, month or column; hints say the next step.

use std::fmt;

/// What kind of failure it is; decides the exit code (product contract, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// Something failed while running: exit 1.
    Runtime,
    /// The command line, the configuration or the SQL text is wrong: exit 2.
    Usage,
    /// The data is incomplete or does not add up: exit 3.
    Incomplete,
    /// A threshold is breached; the report is written: exit 4.
    Breached,
    /// Credentials or permissions are missing: exit 5.
    Permission,
    /// The data changed while it was read: exit 6.
    Changed,
    /// Another run holds the lock: exit 7.
    Locked,
    /// A store did not answer for minutes; another run may succeed: exit 75.
    Transient,
    /// Its user stopped it: exit 130.
    Interrupted,
}

impl Kind {
    /// Returns the process exit code of this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Runtime => 1,
            Kind::Usage => 2,
            Kind::Incomplete => 3,
            Kind::Breached => 4,
            Kind::Permission => 5,
            Kind::Changed => 6,
            Kind::Locked => 7,
            Kind::Transient => 75,
            Kind::Interrupted => 130,
        }
    }
}

/// A failure with its kind and the hints that help the reader out of it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
}

/// Result with the program's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Builds an error of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// Builds a runtime failure (exit 1).
    pub fn runtime(message: impl Into<String>) -> Self {
        Self::new(Kind::Runtime, message)
    }

    /// Builds a usage or configuration error (exit 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Builds an error about data that is incomplete or does not add up (exit 3).
    pub fn incomplete(message: impl Into<String>) -> Self {
        Self::new(Kind::Incomplete, message)
    }

    /// Builds the error of a file that is no longer the one that was listed (exit 6).
    pub fn changed(name: &str) -> Self {
        Self::new(Kind::Changed, format!("{name} was changed while it was read")).hint("run the command again")
    }

    /// Finds our own error among the causes of another one, such as that of a store.
    pub fn within(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(current) = cause {
            if let Some(own) = current.downcast_ref::<Self>() {
                return Some(own.clone());
            }
            cause = current.source();
        }
        None
    }

    /// Adds a next step for the reader.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the next steps, in the order they were added.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// Builds the error of a file operation; permission failures get their own exit code.
    pub fn io(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::PermissionDenied => Kind::Permission,
            _ => Kind::Runtime,
        };
        Self::new(kind, format!("cannot {action} {}: {error}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<datafusion::error::DataFusionError> for Error {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        use datafusion::error::DataFusionError as Df;
        match error {
            Df::External(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::runtime(other.to_string()),
            },
            Df::Context(_, inner) | Df::Diagnostic(_, inner) => Error::from(*inner),
            Df::ArrowError(inner, _) => Error::from(*inner),
            Df::Shared(inner) => match std::sync::Arc::try_unwrap(inner) {
                Ok(inner) => Error::from(inner),
                Err(shared) => Error::within(&*shared).unwrap_or_else(|| Error::runtime(shared.to_string())),
            },
            Df::Collection(mut all) if !all.is_empty() => Error::from(all.swap_remove(0)),
            Df::SQL(inner, _) => Error::usage(format!("cannot parse the SQL: {inner}")),
            Df::SchemaError(inner, _) => Error::usage(inner.to_string()),
            Df::Plan(message) => Error::usage(message),
            Df::ResourcesExhausted(message) => {
                Error::runtime(format!("out of the memory the query may use: {message}"))
            }
            other => Error::runtime(other.strip_backtrace()),
        }
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::ExternalError(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::runtime(other.to_string()),
            },
            other => Error::runtime(other.to_string()),
        }
    }
}

impl From<Error> for datafusion::error::DataFusionError {
    fn from(error: Error) -> Self {
        datafusion::error::DataFusionError::External(Box::new(error))
    }
}

/// Puts what is known in the order in which it resembles a word, for "did you mean"; each comes with how it is written.
pub fn nearest_first<T, S: AsRef<str>>(word: &str, known: impl IntoIterator<Item = (S, T)>) -> Vec<T> {
    let word = word.to_lowercase();
    let far = |name: &str| {
        let name = name.to_lowercase();
        // What holds the word, or is part of it, is near whatever its length.
        let holds = !word.is_empty() && !name.is_empty() && (name.contains(&word) || word.contains(&name));
        (!holds, distance(&word, &name))
    };
    let mut all: Vec<((bool, usize), T)> = known.into_iter().map(|(name, known)| (far(name.as_ref()), known)).collect();
    all.sort_by_key(|(far, _)| *far);
    all.into_iter().map(|(_, known)| known).collect()
}

/// Counts the letters to insert, delete or replace to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (from, to, letters) in [("export", "export", 0), ("exprot", "export", 2), ("", "export", 6)] {
            assert_eq!(distance(from, to), letters, "{from}");
        }
    }

    #[test]
    fn what_resembles_a_word_comes_first() {
        let known = ["identity", "data", "Data Platform", "date"];
        assert_eq!(
            nearest_first("data", known.map(|name| (name, name))),
            ["data", "Data Platform", "date", "identity"]
        );
    }
}

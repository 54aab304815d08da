//! What is wrong with the settings, all of it at once, in words that name the file and the key.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// One thing that is wrong. Never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file it stands in; none for an environment variable.
    pub file: Option<PathBuf>,
    /// The key with its section (`virtuous.query_every`), or the variable's name; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what was expected.
    pub message: String,
}

impl Problem {
    /// A problem of a whole file.
    pub(super) fn of_file(file: &Path, message: impl Into<String>) -> Self {
        Self { file: Some(file.to_owned()), key: String::new(), message: message.into() }
    }

    /// The name of the customer whose file it stands in: the files of the customers' folder are named after their customers.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        self.file.as_ref()?.file_stem()?.to_str().filter(|stem| *stem != "tandem")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.key.is_empty()) {
            (Some(file), true) => write!(f, "{}: {}", file.display(), self.message),
            (Some(file), false) => write!(f, "{}: {}: {}", file.display(), self.key, self.message),
            (None, _) => write!(f, "environment variable {}: {}", self.key, self.message),
        }
    }
}

/// Every problem that was found, one a line when shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigErrors(pub Vec<Problem>);

impl ConfigErrors {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the problems of another read.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// `value` if nothing is wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

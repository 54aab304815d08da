//! A problem that the check found, and by whom it can be mended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which side has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The settings are wrong: exit code 2.
    Settings,
    /// A key is refused, or something is missing that a person has to make: exit code 3.
    Person,
    /// Anything else: exit code 1.
    Other,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// The customer, if it is one customer's problem.
    pub customer: Option<String>,
    /// Where.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// Which side has to act.
    pub kind: Kind,
}

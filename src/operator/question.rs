//! What a question is.

use std::{fmt, future::Future};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{OperatorContext, OperatorError};
use crate::{auth::Scope, transport::Method};

/// A question of an operator. The type is the request: its fields are the parameters, read alike from path, query and
/// command line, and described by its schema.
pub trait Question: DeserializeOwned + JsonSchema + 'static {
    /// The route's method: `Get` where nothing changes.
    const METHOD: Method;
    /// The route below `/api/v1`: `{name}` is the parameter of that name, all others are in the query.
    const PATH: &'static str;
    /// The command after `tandem`: `{name}` is the parameter of that name by position, all others are options. A plain
    /// word after a parameter is a verb; questions that differ in the verb share a command.
    const COMMAND: &'static str;
    /// What it does, in a line.
    const SUMMARY: &'static str;
    /// What a caller has to be allowed: to see, where nothing changes.
    const SCOPE: Scope = match Self::METHOD {
        Method::Get => Scope::Read,
        Method::Post | Method::Put | Method::Delete => Scope::Operate,
    };
    /// Whether the answer leaves out what the caller may not see. Without, a question about no single customer is only for callers that
    /// may see all.
    const IS_FILTERED: bool = false;
    /// Whether the customer's actors have something to do afterwards.
    const NUDGES: bool = false;
    /// Whether the answer may take hours.
    const TAKES_LONG: bool = false;

    /// The answer: JSON for scripts, `Display` for people.
    type View: Serialize + DeserializeOwned + JsonSchema + fmt::Display;

    /// Answers.
    ///
    /// # Errors
    /// [`OperatorError`], by what to do about it.
    fn answer(&self, context: &OperatorContext) -> impl Future<Output = Result<Self::View, OperatorError>>;

    /// What the answer means for the exit code of the command.
    #[must_use]
    fn outcome(_: &Self::View) -> Outcome {
        Outcome::Done
    }
}

/// What an answer means for the exit code of its command (INTERFACE.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Something failed.
    Failed,
    /// The settings are wrong.
    WrongSettings,
    /// Nothing goes on without a person.
    NeedsPerson,
}

impl Outcome {
    /// The exit code.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongSettings => 2,
            Self::NeedsPerson => 3,
        }
    }

    /// The outcome where a brake that holds, or would, needs a person (B1).
    #[must_use]
    pub const fn of_brake(holds: bool) -> Self {
        if holds { Self::NeedsPerson } else { Self::Done }
    }
}

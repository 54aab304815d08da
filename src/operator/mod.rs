//! What operators ask of Tandem: each question is one file, and commands, routes and the API's description come from one list.
//!
//! A [`Question`] is its own request, and names its route, its command and its answer's type. Answers are JSON for scripts
//! (INTERFACE.md) and text for people; both come from the same value, so that commands and the admin API cannot differ.

mod action;
mod context;
pub mod decision;
pub mod enrolment;
mod error;
mod json;
pub mod offers;
pub mod openapi;
mod operation;
mod permit;
mod question;
pub mod questions;
pub mod review;
mod route;
pub mod shown;
mod standing;
pub mod subscription;
mod verb;

pub use context::{LocalAnswer, OperatorContext, RunningService, store_dir};
pub use error::OperatorError;
pub use operation::{Asked, Operation, Parameter};
pub use question::{Outcome, Question};
pub use questions::{QUESTIONS, plan::kept::Plans};
pub use standing::standing;
pub use verb::Verb;

#[cfg(test)]
mod tests;

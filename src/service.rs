//! What the HTTP side and the commands need of the running service, as a trait: the routes know no actors.
//!
//! An answer may stay on the worker that asked: answers of actors need not be `Send`.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use crate::{
    constant_contact::Session,
    domain::{ContactEvent, CustomerId, Outside},
    metrics::Snapshot,
    operator::OperatorError,
    store::{EventsKept, HintAbout},
};

/// Why a delivery was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// No such customer runs here: 404.
    #[error("no such customer")]
    Unknown,
    /// Too many deliveries of the customer wait, or it has no place in the store yet: 503 with `Retry-After`.
    #[error("busy")]
    Busy,
    /// The store cannot write: 503.
    #[error("the store cannot write")]
    Store,
}

/// The running service, as routes and commands see it.
pub trait Service: Send + Sync + 'static {
    /// Keeps hints and has them followed; answers once they are on disk (W5).
    fn hints(
        &self,
        customer: &CustomerId,
        about: Vec<HintAbout>,
    ) -> LocalBoxFuture<'_, Result<(), IntakeError>>;

    /// Keeps events of Virtuous and has their contacts read; answers once they are on disk.
    fn events(
        &self,
        customer: &CustomerId,
        events: Vec<ContactEvent>,
    ) -> LocalBoxFuture<'_, Result<EventsKept, IntakeError>>;

    /// Waits until the customers of this start have their places in the store; `false` if that takes longer.
    fn started(&self, within: Duration) -> LocalBoxFuture<'_, bool>;

    /// Tells a customer's actors that its record or settings changed: look again.
    fn nudge(&self, customer: &CustomerId);

    /// Reads the customers' folder again and starts, restarts or stops what changed. Gives a line for each change, or
    /// the problems.
    fn apply(&self) -> LocalBoxFuture<'_, Result<Vec<String>, OperatorError>>;

    /// Trades an OAuth code for tokens and keeps them, if they are of the customer's own account (I5). Gives the account, as the
    /// connect page names it.
    fn connect(
        &self,
        customer: &CustomerId,
        code: String,
        verifier: String,
    ) -> LocalBoxFuture<'_, Result<String, String>>;

    /// Where a customer's browser is sent to consent; `state` comes back with it, and `verifier` goes with the code (PKCE).
    fn authorize_url(&self, customer: &CustomerId, state: &str, verifier: &str) -> Option<String>;

    /// The live session of a customer that runs: a refresh rotates the token, so it happens in this one place.
    fn session(&self, customer: &CustomerId) -> Option<Session>;

    /// How a customer that runs stands with both systems.
    fn outside(&self, customer: &CustomerId) -> Outside;

    /// The state of things, for the metrics page.
    fn snapshot(&self) -> LocalBoxFuture<'_, Snapshot>;

    /// Whether the store is open and intake works.
    fn is_ready(&self) -> bool;
}

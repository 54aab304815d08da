//! The operator's desk: what people ask of Tandem, as plain functions over the store and the settings.
//!
//! Every question is an [`Ask`]; [`answer`] gives its value, which is JSON for scripts (INTERFACE.md) and reads back into
//! a type whose `Display` is the text for people. Commands and the admin API ask the same way, so that they cannot differ.

mod answer;
pub mod apply;
mod ask;
pub mod check;
pub mod contact;
pub mod customers;
pub mod decide;
pub mod import;
pub mod plan;
pub mod reconcile;
pub mod review;
pub mod subscription;
mod text;
pub mod work;

use std::{path::PathBuf, sync::Arc};

pub use answer::answer;
pub use ask::{Ask, Choice, ImportVerb, ROUTES, WorkVerb};
pub use text::text;

use crate::{
    auth::SigningKey,
    clock::Clock,
    config::{CustomerSettings, Settings, rules},
    constant_contact::Session,
    domain::{CustomerId, CustomerRecord, CustomerRules, Timestamp},
    store::{Store, StoreError},
    transport::Transport,
};

/// Finds the live session of a customer that a service runs.
pub type Sessions = Arc<dyn Fn(&CustomerId) -> Option<Session> + Send + Sync>;

/// Where a question is answered: beside the running service, or with a store opened for one command.
#[derive(Clone)]
pub struct Room {
    /// The store.
    pub store: Store,
    /// The process settings.
    pub settings: Arc<Settings>,
    /// The customers' settings.
    pub customers: Vec<Arc<CustomerSettings>>,
    /// The way out, for `check`.
    pub transport: Arc<dyn Transport>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Sessions of a running service: a refresh rotates the token, so it must happen in one place.
    pub sessions: Option<Sessions>,
    /// Signs links to the connect page.
    pub signing_key: SigningKey,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Room({} customers)", self.customers.len())
    }
}

impl Room {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A customer's settings.
    #[must_use]
    pub fn settings_of(&self, id: &CustomerId) -> Option<&Arc<CustomerSettings>> {
        self.customers.iter().find(|settings| settings.id == *id)
    }

    /// A customer's record.
    ///
    /// # Errors
    /// [`DeskError::Unknown`] when it was never applied.
    pub fn record(&self, id: &CustomerId) -> Result<CustomerRecord, DeskError> {
        self.store.customer(id)?.ok_or_else(|| {
            DeskError::Unknown(format!(
                "there is no customer \"{id}\": put {id}.toml into {} and run `tandem customer apply`",
                self.settings.customers_dir.display()
            ))
        })
    }

    /// A customer's rules; the defaults where its file is gone.
    #[must_use]
    pub fn rules(&self, id: &CustomerId) -> CustomerRules {
        self.settings_of(id).map(|settings| rules(settings)).unwrap_or_default()
    }
}

/// Why a question has no answer. Texts name the thing and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// What was asked about is not there.
    #[error("{0}")]
    Unknown(String),
    /// It cannot be done as things are.
    #[error("{0}")]
    Refused(String),
    /// The settings are wrong; the text names the file and the key.
    #[error("the settings are wrong:\n{0}")]
    Settings(String),
    /// The store or the service failed.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// The folder of the store.
#[must_use]
pub fn store_dir(settings: &Settings) -> PathBuf {
    settings.data_dir.join("store")
}

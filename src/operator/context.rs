//! What an answer is made from.

use std::{path::PathBuf, sync::Arc};

use futures_util::future::LocalBoxFuture;

use super::{OperatorError, questions::plan::kept::Plans};
use crate::{
    auth::{Caller, SigningKey},
    config::{ConfigErrors, CustomerSettings, Settings, rules},
    constant_contact::Session,
    deps::Deps,
    domain::{CustomerId, CustomerRecord, CustomerRules, Outside, Timestamp},
};

/// An answer that stays on its thread: answers of actors need not be `Send`.
pub type LocalAnswer<'a, T> = LocalBoxFuture<'a, Result<T, OperatorError>>;

/// What only a running service can do for a question.
pub trait RunningService: Send + Sync {
    /// The live session of a customer: a refresh rotates the token, so only one session may refresh it.
    fn session(&self, customer: &CustomerId) -> Option<Session>;

    /// How a customer that runs stands with both systems.
    fn outside(&self, customer: &CustomerId) -> Outside;

    /// Has a customer's actors look: there may be something to do.
    fn nudge(&self, customer: &CustomerId);

    /// Reads the customers' files again, and starts, restarts and stops actors; gives a line for each change.
    fn apply(&self) -> LocalAnswer<'_, Vec<String>>;
}

/// What an answer is made from: beside the running service, or with a store opened for one command.
#[derive(Clone)]
pub struct OperatorContext {
    /// Store, settings, clock, and the transport that `check` calls both systems with.
    pub deps: Deps,
    /// The customers' settings.
    pub customers: Vec<Arc<CustomerSettings>>,
    /// What is wrong with the files of other customers, which are left out (B4).
    pub broken: ConfigErrors,
    /// The running service, if the question is answered beside one.
    pub service: Option<Arc<dyn RunningService>>,
    /// Signs links to the connect page.
    pub signing_key: SigningKey,
    /// Who asks.
    pub caller: Caller,
    /// Finished plans that others asked for.
    pub plans: Plans,
}

impl std::fmt::Debug for OperatorContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OperatorContext({} customers)", self.customers.len())
    }
}

impl OperatorContext {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }

    /// A customer's settings.
    #[must_use]
    pub fn settings_of(&self, id: &CustomerId) -> Option<&Arc<CustomerSettings>> {
        self.customers.iter().find(|settings| settings.id == *id)
    }

    /// A customer's record.
    ///
    /// # Errors
    /// [`OperatorError::Unknown`] for a customer that was never applied.
    pub fn record(&self, id: &CustomerId) -> Result<CustomerRecord, OperatorError> {
        let record = self.deps.store.customer(id)?.filter(|record| self.caller.sees(&record.id));
        record.ok_or_else(|| {
            if self.caller.only.is_some() {
                // Where files are is no concern of who may see one customer.
                return OperatorError::Unknown(format!("there is no customer \"{id}\""));
            }
            OperatorError::Unknown(format!(
                "there is no customer \"{id}\": put {id}.toml into {} and run `tandem customer apply`",
                self.deps.settings.customers_dir.display()
            ))
        })
    }

    /// The records of the customers that the caller may see, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn records(&self) -> Result<Vec<CustomerRecord>, OperatorError> {
        let mut records = self.deps.store.customers()?;
        records.retain(|record| self.caller.sees(&record.id));
        Ok(records)
    }

    /// The same for another caller: what it may not see is left out.
    #[must_use]
    pub fn for_caller(mut self, caller: Caller) -> Self {
        self.customers.retain(|settings| caller.sees(&settings.id));
        if caller.only.is_some() {
            self.broken.0.retain(|problem| {
                problem.customer().and_then(|name| name.parse().ok()).is_some_and(|id| caller.sees(&id))
            });
        }
        self.caller = caller;
        self
    }

    /// A customer's rules; the defaults where its file is gone.
    #[must_use]
    pub fn rules(&self, id: &CustomerId) -> CustomerRules {
        self.settings_of(id).map(|settings| rules(settings)).unwrap_or_default()
    }
}

/// The folder of the store.
#[must_use]
pub fn store_dir(settings: &Settings) -> PathBuf {
    settings.data_dir.join("store")
}

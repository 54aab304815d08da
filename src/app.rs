//! The composition root: opens nothing by itself, starts the actors on a given store, stops everything in order.

use std::{
    sync::{Arc, RwLock},
    time::Duration,
};

use actix::Addr;
use tokio::sync::{oneshot, watch};

use crate::{
    actors::{
        system::{Budgets, HintsFor, LookAt, Parts, Run, Stop, Surroundings, System},
        webhook::HintsArrived,
    },
    config::{CustomerSettings, Settings, read_customers},
    domain::CustomerId,
    store::{HintAbout, StoreError},
};

/// How long the children may take to end; the whole stop stays under 10 s.
const STOP_WITHIN: Duration = Duration::from_secs(7);

/// The running service. Clones are the same service.
#[derive(Clone)]
pub struct App {
    /// What it was built from.
    pub parts: Parts,
    system: Addr<System>,
    customers: Arc<RwLock<Vec<Arc<CustomerSettings>>>>,
    store_failed: watch::Receiver<Option<String>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl App {
    /// Starts the actors and the given customers on the current arbiter.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn start(parts: Parts, customers: Vec<CustomerSettings>) -> Result<Self, StoreError> {
        let (failed, store_failed) = watch::channel(None);
        let system = System::start_with(parts.clone(), failed)?;
        let app = Self { parts, system, customers: Arc::default(), store_failed };
        app.run(customers).await?;
        Ok(app)
    }

    /// Enrols customers and runs them; those that run with other settings are restarted. Gives a line for each.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn run(&self, customers: Vec<CustomerSettings>) -> Result<Vec<String>, StoreError> {
        let mut lines = Vec::new();
        for settings in customers {
            let settings = Arc::new(settings);
            let record = enrol(&self.parts, &settings).await?;
            lines.push(format!("{}: applied", settings.id));
            {
                let mut known = self.customers.write().unwrap_or_else(std::sync::PoisonError::into_inner);
                known.retain(|known| known.id != settings.id);
                known.push(Arc::clone(&settings));
            }
            let _ = self.system.send(Run { settings, record }).await;
        }
        Ok(lines)
    }

    /// The customers' settings as they run.
    #[must_use]
    pub fn customers(&self) -> Vec<Arc<CustomerSettings>> {
        self.customers.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Waits until the store has failed; the process then has to stop.
    pub async fn store_failed(&self) -> String {
        let mut failed = self.store_failed.clone();
        let by_actor = async {
            match failed.wait_for(Option::is_some).await {
                Ok(error) => error.clone().unwrap_or_default(),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            error = by_actor => error,
            error = self.parts.store.failed() => error.to_string(),
        }
    }

    /// Stops the actors in order: no new turn, the call in flight is finished, then the store is synced. `false` if some
    /// did not end in time.
    pub async fn stop(&self) -> bool {
        let ended = self.system.send(Stop { within: STOP_WITHIN }).await.unwrap_or(false);
        let store = self.parts.store.clone();
        let stopped = tokio::task::spawn_blocking(move || store.stop()).await;
        ended && matches!(stopped, Ok(Ok(())))
    }

    /// Keeps hints and has them followed; answers once they are on disk (W5).
    ///
    /// # Errors
    /// [`crate::http::intake::IntakeError`].
    pub async fn hints(
        &self,
        customer: CustomerId,
        about: Vec<HintAbout>,
    ) -> Result<(), crate::http::intake::IntakeError> {
        use crate::http::intake::IntakeError;
        let (kept, told) = oneshot::channel();
        let arrived = HintsArrived { about, kept };
        self.system.send(HintsFor { customer, arrived }).await.unwrap_or(Err(IntakeError::Busy))?;
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(IntakeError::Store),
            Err(_) => Err(IntakeError::Busy),
        }
    }

    /// Has a customer's actors look again.
    pub fn nudge(&self, customer: CustomerId) {
        let _ = self.system.try_send(LookAt(customer));
    }

    /// What is left of every budget.
    pub async fn budgets(&self) -> Vec<crate::http::metrics::BudgetSnapshot> {
        self.system.send(Budgets).await.unwrap_or_default()
    }

    /// The surroundings of a customer that runs.
    pub async fn surroundings(&self, customer: CustomerId) -> Option<Box<crate::actors::env::CustomerEnv>> {
        self.system.send(Surroundings(customer)).await.unwrap_or_default()
    }

    /// Reads the customers' folder again and applies it.
    ///
    /// # Errors
    /// The problems, in words.
    pub async fn apply(&self) -> Result<Vec<String>, String> {
        let settings: &Settings = &self.parts.settings;
        let read = read_customers(&settings.customers_dir, &crate::config::Environment::of_process());
        let lines = self.run(read.customers).await.map_err(|error| error.to_string())?;
        if read.problems.is_empty() { Ok(lines) } else { Err(read.problems.to_string()) }
    }
}

/// Enrols a customer: its record, the refresh token of its file if that is new, its pause.
async fn enrol(
    parts: &Parts,
    settings: &CustomerSettings,
) -> Result<crate::domain::CustomerRecord, StoreError> {
    let now = parts.clock.now();
    let record = parts.store.enrol(settings.id.clone(), now).await?;
    let token = &settings.constant_contact.refresh_token;
    let fingerprint = (!token.is_empty()).then(|| token.fingerprint());
    if fingerprint.is_some() && record.token_fingerprint != fingerprint {
        parts.store.save_token(record.number, token.expose().to_owned(), now).await?;
        parts
            .store
            .update_customer(record.number, move |record| record.token_fingerprint = fingerprint)
            .await?;
    }
    Ok(parts.store.customer(&settings.id)?.unwrap_or(record))
}

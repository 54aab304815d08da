//! The way of one customer to Constant Contact: a permit of the key's budget, a token, a call, a count of its outcome.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::time::Instant;

use super::{
    gate::{BEFORE_COMPARISON, Gate},
    permits::Permits,
};
use crate::{
    clock::Clock,
    constant_contact::{AccessToken, Answer, CcError, Client, OAuth, Session},
    domain::{self, CustomerId, Lane, Refusal, System, Timestamp},
    metrics::Metrics,
    turn::{TurnError, turn_error},
};

/// The customer's connection to Constant Contact: the API's client, the application, the grant.
#[derive(Clone)]
pub struct Connection {
    /// Calls the API.
    pub client: Client,
    /// The application that the account consented to.
    pub oauth: OAuth,
    /// The customer's tokens.
    pub session: Session,
}

/// Calls Constant Contact for one customer.
#[derive(Clone)]
pub struct CcAccess {
    customer: CustomerId,
    connection: Connection,
    permits: Arc<dyn Permits>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    date: Arc<Mutex<Option<(Timestamp, Instant)>>>,
    gate: Gate,
    stands_back_at: Option<Timestamp>,
}

impl CcAccess {
    /// The way through this connection and budget.
    #[must_use]
    pub fn new(
        customer: CustomerId,
        connection: Connection,
        permits: Arc<dyn Permits>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        Self {
            customer,
            connection,
            permits,
            clock,
            metrics,
            date: Arc::default(),
            gate: Gate::default(),
            stands_back_at: None,
        }
    }

    /// The application at Constant Contact, for the connect page.
    #[must_use]
    pub fn oauth(&self) -> &OAuth {
        &self.connection.oauth
    }

    /// The customer's session, for the connect page and the check.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.connection.session
    }

    /// The gate of this way.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Whose grant this is (I5): the one call that is made before it was compared.
    ///
    /// # Errors
    /// As [`CcAccess::call`].
    pub async fn account(&self, lane: Lane) -> Result<domain::Account, CcError> {
        let answer = self.make(lane, |client, token| async move { client.account(&token).await }).await?;
        Ok(answer.value.into())
    }

    /// The same way for work that stands back at a time: a call that still waits for its permit then is not made (W6).
    #[must_use]
    pub fn standing_back_at(&self, at: Option<Timestamp>) -> Self {
        Self { stands_back_at: at, ..self.clone() }
    }

    /// Takes a permit for a call that needs no session of the customer's.
    ///
    /// # Errors
    /// [`CcError::Throttled`] with the wait when the budget says not now.
    pub(super) async fn permit(&self, lane: Lane) -> Result<(), CcError> {
        let permit = self.permits.acquire(lane);
        let until = match self.stands_back_at {
            Some(at) => {
                let patience = at.since(self.clock.now());
                tokio::time::timeout(patience, permit).await.unwrap_or(Err(at))
            }
            None => permit.await,
        };
        until.map_err(|until| CcError::Throttled { after: until.since(self.clock.now()) })
    }

    /// The client, for a token that is not kept yet.
    pub(super) fn client(&self) -> Client {
        self.connection.client.clone()
    }

    /// Makes one call of a lane, once the key's budget permits it. A refused token is refreshed once (and costs one more
    /// permit). The server's `throttled` and `quota_exceeded` are told to the budget, so that every customer of the key
    /// hears (W4); the budget's own refusal is no news to it.
    ///
    /// # Errors
    /// The call's, or [`CcError::Throttled`] with the wait when the budget says not now, or before the account was compared
    /// (I5).
    pub async fn call<T, F>(
        &self,
        lane: Lane,
        call: impl Fn(Client, AccessToken) -> F,
    ) -> Result<Answer<T>, CcError>
    where
        F: Future<Output = Result<Answer<T>, CcError>>,
    {
        if !self.gate.is_open() {
            return Err(CcError::Throttled { after: BEFORE_COMPARISON });
        }
        self.make(lane, call).await
    }

    async fn make<T, F>(
        &self,
        lane: Lane,
        call: impl Fn(Client, AccessToken) -> F,
    ) -> Result<Answer<T>, CcError>
    where
        F: Future<Output = Result<Answer<T>, CcError>>,
    {
        let attempt = |token| self.attempt(lane, call(self.connection.client.clone(), token));
        let outcome = self.connection.session.with_token(attempt).await;
        if let Ok(Answer { date: Some(date), .. }) = &outcome {
            *self.date.lock().unwrap_or_else(PoisonError::into_inner) = Some((*date, Instant::now()));
        }
        outcome
    }

    async fn attempt<T>(
        &self,
        lane: Lane,
        answer: impl Future<Output = Result<Answer<T>, CcError>>,
    ) -> Result<Answer<T>, CcError> {
        self.permit(lane).await?;
        let began = Instant::now();
        let outcome = answer.await;
        if outcome.is_ok() {
            self.permits.answered(began.elapsed());
        }
        self.count(outcome.as_ref().err());
        match &outcome {
            Err(CcError::Throttled { .. }) => self.permits.throttled(),
            Err(CcError::QuotaExceeded) => self.permits.quota_exceeded(self.server_date()),
            Err(CcError::Unreachable { .. }) => self.permits.give_back(),
            _ => {}
        }
        outcome
    }

    /// The server's time, by the latest answer in this process and what has passed since (W1). Machines that sleep make
    /// it too early, which is the safe side.
    #[must_use]
    pub fn server_date(&self) -> Option<Timestamp> {
        let told = *self.date.lock().unwrap_or_else(PoisonError::into_inner);
        told.map(|(date, at)| date.plus(at.elapsed()))
    }

    fn count(&self, error: Option<&CcError>) {
        let outcome = match error {
            None => "ok",
            Some(CcError::NotFound) => "not_found",
            Some(CcError::Throttled { .. }) => "throttled",
            Some(CcError::QuotaExceeded) => "quota_exceeded",
            Some(
                CcError::Unauthorized { .. }
                | CcError::InvalidGrant { .. }
                | CcError::NeedsReconnect { .. }
                | CcError::Forbidden { .. },
            ) => "unauthorized",
            Some(CcError::Conflict { .. } | CcError::Refused { .. }) => "refused",
            Some(CcError::Unreachable { .. }) => "unreachable",
            Some(CcError::Transient { .. } | CcError::Odd(_)) => "failed",
        };
        self.metrics.call(&self.customer, System::ConstantContact, outcome);
    }

    /// What an error of a call that belongs to no subject means for the turn.
    #[must_use]
    pub fn turn_error(&self, error: CcError) -> TurnError {
        turn_error(self.refusal(error))
    }

    /// What an error of a call means for the work that it belongs to. A used-up day ends by the server's clock (W4).
    #[must_use]
    pub fn refusal(&self, error: CcError) -> Refusal {
        let now = self.clock.now();
        match (&error, self.server_date()) {
            (CcError::QuotaExceeded, Some(there)) => {
                let until = now.plus(there.next_utc_midnight().since(there));
                Refusal::NotNow { system: System::ConstantContact, until }
            }
            _ => error.into_refusal(now),
        }
    }
}

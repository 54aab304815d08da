//! The way of one customer to Constant Contact: a permit of the key's budget, a token, a call, a count of its outcome.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::time::Instant;

use super::{
    gate::{BEFORE_COMPARISON, Gate, way},
    hosts::{Host, Hosts},
    last_error::LastError,
    permits::Permits,
    refused::AccessDoubt,
};
use crate::{
    clock::Clock,
    constant_contact::{AccessToken, Answer, CcError, Client, OAuth, Session},
    domain::{self, CustomerId, Lane, Refusal, System, Timestamp},
    metrics::Metrics,
    transport::Way,
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
    doubt: AccessDoubt,
    hosts: Hosts,
    last_error: LastError,
    stands_back_at: Option<Timestamp>,
    made: Arc<AtomicU64>,
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
        let doubt = AccessDoubt::new(customer.clone(), System::ConstantContact);
        Self {
            customer,
            connection,
            permits,
            clock,
            metrics,
            date: Arc::default(),
            gate: Gate::default(),
            doubt,
            hosts: Hosts::default(),
            last_error: LastError::default(),
            stands_back_at: None,
            made: Arc::default(),
        }
    }

    /// The same way, among the customers that know of these hosts.
    #[must_use]
    pub fn among(self, hosts: Hosts) -> Self {
        Self { hosts, ..self }
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

    pub(super) const fn doubt(&self) -> &AccessDoubt {
        &self.doubt
    }

    pub(super) const fn last_error(&self) -> &LastError {
        &self.last_error
    }

    /// When a host is tried again that the customer waits for.
    pub(super) fn hosts_wait(&self) -> Option<Timestamp> {
        let hosts = [Host::ConstantContact, Host::Tokens].into_iter();
        hosts.filter_map(|host| self.hosts.waits(host, &self.customer)).max()
    }

    /// Whose grant this is (I5): the one call that is made before it was compared.
    ///
    /// # Errors
    /// As [`CcAccess::call`].
    pub async fn account(&self, lane: Lane) -> Result<domain::Account, CcError> {
        let now = self.clock.now();
        if let Some(until) = self.held_by_hosts(now) {
            return Err(CcError::Throttled { after: until.since(now) });
        }
        // No way of its own: at a start every customer asks this.
        let ask = |client: Client, token| async move { client.by(Way::Ordinary).account(&token).await };
        let answer = self.make(lane, ask).await?;
        Ok(answer.value.into())
    }

    /// The same way for work that stands back at a time: a call that still waits for its permit then is not made (W6).
    #[must_use]
    pub fn standing_back_at(&self, at: Option<Timestamp>) -> Self {
        Self { stands_back_at: at, ..self.clone() }
    }

    /// The same way with a count of its own of the calls that left this machine (E4).
    #[must_use]
    pub fn counting(&self) -> Self {
        Self { made: Arc::default(), ..self.clone() }
    }

    /// Calls of this way that left this machine.
    #[must_use]
    pub fn calls_made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
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
    /// The call's, or [`CcError::Throttled`] with the wait when the budget says not now, before the account was compared (I5), or
    /// while it is in doubt whether the grant is refused (B3) or no connection can be made (E4).
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
        let now = self.clock.now();
        let held = self.doubt.holds(lane, now).or_else(|| self.held_by_hosts(now));
        if let Some(until) = held {
            return Err(CcError::Throttled { after: until.since(now) });
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
        if self.doubt.is_open() {
            // What the token host refused before is asked for anew.
            self.connection.session.doubt_refusal().await;
        }
        let client = self.connection.client.by(way(lane));
        let has_token = AtomicBool::new(false);
        let attempt = |token| {
            has_token.store(true, Ordering::Relaxed);
            self.attempt(lane, call(client.clone(), token))
        };
        let outcome = self.connection.session.with_token(attempt).await;
        self.note_token_host(has_token.into_inner(), outcome.as_ref().err());
        if let Err(error) = &outcome {
            self.last_error.of_constant_contact(error, self.clock.now());
        }
        if let Ok(Answer { date: Some(date), .. }) = &outcome {
            *self.date.lock().unwrap_or_else(PoisonError::into_inner) = Some((*date, Instant::now()));
        }
        if let Ok(_) | Err(CcError::NotFound | CcError::Conflict { .. } | CcError::Refused { .. }) = &outcome
        {
            self.doubt.answered(client.needed());
        }
        outcome
    }

    fn held_by_hosts(&self, now: Timestamp) -> Option<Timestamp> {
        let held = |host| self.hosts.holds(host, &self.customer, now);
        held(Host::Tokens).or_else(|| held(Host::ConstantContact))
    }

    /// Takes in whether the token host can be reached, as far as a call shows it.
    fn note_token_host(&self, has_token: bool, error: Option<&CcError>) {
        match error {
            Some(CcError::Unreachable { text, is_host: true }) if !has_token => {
                self.hosts.unreachable(Host::Tokens, &self.customer, text, self.clock.now());
            }
            Some(CcError::Unreachable { .. }) if !has_token => {}
            _ if self.hosts.waits(Host::Tokens, &self.customer).is_some() => {
                self.hosts.answered(Host::Tokens);
            }
            _ => {}
        }
    }

    async fn attempt<T>(
        &self,
        lane: Lane,
        answer: impl Future<Output = Result<Answer<T>, CcError>>,
    ) -> Result<Answer<T>, CcError> {
        self.permit(lane).await?;
        let began = Instant::now();
        // Before the answer: a call that is broken off was made.
        self.made.fetch_add(1, Ordering::Relaxed);
        let outcome = answer.await;
        if outcome.is_ok() {
            self.permits.answered(began.elapsed());
        }
        self.count(outcome.as_ref().err());
        match &outcome {
            Err(CcError::Throttled { .. }) => self.permits.throttled(),
            Err(CcError::QuotaExceeded) => self.permits.quota_exceeded(self.server_date()),
            Err(CcError::Unreachable { text, is_host }) => {
                self.permits.give_back();
                self.made.fetch_sub(1, Ordering::Relaxed);
                if *is_host {
                    self.hosts.unreachable(Host::ConstantContact, &self.customer, text, self.clock.now());
                }
                return outcome;
            }
            _ => {}
        }
        self.hosts.answered(Host::ConstantContact);
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

    /// What an error of a call means for the work that it belongs to. A used-up day ends by the server's clock (W4), a refused
    /// grant is doubted once (B3), and a host that cannot be reached is waited for (E4).
    #[must_use]
    pub fn refusal(&self, error: CcError) -> Refusal {
        let now = self.clock.now();
        match (&error, self.server_date()) {
            (CcError::QuotaExceeded, Some(there)) => {
                let until = now.plus(there.next_utc_midnight().since(there));
                Refusal::NotNow { system: System::ConstantContact, until }
            }
            (CcError::Unreachable { .. }, _) => {
                let wait = |until| Refusal::NotNow { system: System::ConstantContact, until };
                self.hosts_wait().map_or_else(|| error.into_refusal(now), wait)
            }
            _ => self.doubt.weigh(error.into_refusal(now), now),
        }
    }
}

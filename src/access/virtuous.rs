//! The way of one customer to Virtuous: within the organisation's hour.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    gate::{BEFORE_COMPARISON, Gate, way},
    hosts::{Host, Hosts},
    last_error::LastError,
    refused::AccessDoubt,
};
use crate::{
    budget::{HourlyBudget, HourlyTake, RateHeaders},
    clock::Clock,
    domain::{Account, CustomerId, Lane, Refusal, Refused, System, Timestamp},
    metrics::Metrics,
    turn::{TurnError, turn_error},
    virtuous::{Client, VirtuousError, preflight::Preflight},
};

/// The hourly budget of one organisation, shared by its customers. A lock rather than an actor: taking a call never
/// waits, a refusal says until when, and the refused caller parks its work.
pub type OrganisationBudget = Arc<Mutex<HourlyBudget>>;

/// Tells a budget what answers say of the organisation's limit.
#[must_use]
pub fn observer(budget: OrganisationBudget, clock: Arc<dyn Clock>) -> crate::virtuous::limits::Observer {
    Arc::new(move |limits| {
        let now = clock.now();
        let headers = RateHeaders {
            limit: limits.limit,
            remaining: limits.remaining,
            reset_in: limits.reset_at.map(|at| at.since(limits.date.unwrap_or(now))),
            retry_after: limits.retry_after,
        };
        budget.lock().unwrap_or_else(PoisonError::into_inner).learn(&headers, now);
    })
}

/// Calls Virtuous for one customer.
#[derive(Clone)]
pub struct VirtuousAccess {
    customer: CustomerId,
    client: Arc<Client>,
    /// The same for the calls of the consent lane.
    consent: Arc<Client>,
    budget: OrganisationBudget,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    gate: Gate,
    doubt: AccessDoubt,
    hosts: Hosts,
    last_error: LastError,
}

impl VirtuousAccess {
    /// The way through this client and budget.
    #[must_use]
    pub fn new(
        customer: CustomerId,
        client: Client,
        budget: OrganisationBudget,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Self {
        let consent = Arc::new(client.by(way(Lane::Consent)));
        let doubt = AccessDoubt::new(customer.clone(), System::Virtuous);
        let (client, gate, hosts) = (Arc::new(client), Gate::default(), Hosts::default());
        Self {
            customer,
            client,
            consent,
            budget,
            clock,
            metrics,
            gate,
            doubt,
            hosts,
            last_error: LastError::default(),
        }
    }

    /// The same way, among the customers that know of these hosts.
    #[must_use]
    pub fn among(self, hosts: Hosts) -> Self {
        Self { hosts, ..self }
    }

    /// Whether no connection to Virtuous can be made.
    #[must_use]
    pub fn is_out(&self) -> bool {
        self.hosts.is_out(Host::Virtuous)
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

    /// When the host is tried again, if the customer waits for it.
    pub(super) fn host_waits(&self) -> Option<Timestamp> {
        self.hosts.waits(Host::Virtuous, &self.customer)
    }

    /// Whose key this is (I5): the one call that is made before it was compared.
    ///
    /// # Errors
    /// As [`VirtuousAccess::call`].
    pub async fn organisation(&self, lane: Lane) -> Result<Account, VirtuousError> {
        if let Some(until) = self.held_by_host() {
            return Err(VirtuousError::RateLimited { after: Some(until) });
        }
        self.take(lane)?;
        let outcome = self.client.organisation().await;
        self.count(lane, outcome.as_ref().err());
        outcome.map(|organisation| Account { id: organisation.id, name: organisation.name })
    }

    /// Makes one call of a lane, if the hour allows it.
    ///
    /// # Errors
    /// The call's, or [`VirtuousError::RateLimited`] without a call when the budget says not now, before the organisation was
    /// compared (I5), while it is in doubt whether the key is refused (B3), or while no connection can be made (E4).
    pub async fn call<T, F>(
        &self,
        lane: Lane,
        call: impl FnOnce(Arc<Client>) -> F,
    ) -> Result<T, VirtuousError>
    where
        F: Future<Output = Result<T, VirtuousError>>,
    {
        self.permit(lane)?;
        let client = if lane == Lane::Consent { &self.consent } else { &self.client };
        let outcome = call(Arc::clone(client)).await;
        self.count(lane, outcome.as_ref().err());
        outcome
    }

    /// Makes the next call of a preflight.
    ///
    /// # Errors
    /// As [`VirtuousAccess::call`].
    pub async fn run_step(&self, preflight: &mut Preflight, lane: Lane) -> Result<(), VirtuousError> {
        self.permit(lane)?;
        let outcome = preflight.run_step(&self.client).await;
        self.count(lane, outcome.as_ref().err());
        outcome
    }

    fn held_by_host(&self) -> Option<Timestamp> {
        self.hosts.holds(Host::Virtuous, &self.customer, self.clock.now())
    }

    fn permit(&self, lane: Lane) -> Result<(), VirtuousError> {
        if !self.gate.is_open() {
            return Err(VirtuousError::RateLimited { after: Some(self.clock.now().plus(BEFORE_COMPARISON)) });
        }
        if let Some(until) = self.doubt.holds(lane, self.clock.now()).or_else(|| self.held_by_host()) {
            return Err(VirtuousError::RateLimited { after: Some(until) });
        }
        self.take(lane)
    }

    fn take(&self, lane: Lane) -> Result<(), VirtuousError> {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        match budget.try_take(lane, self.clock.now()) {
            HourlyTake::Granted => Ok(()),
            HourlyTake::Wait(until) => Err(VirtuousError::RateLimited { after: Some(until) }),
        }
    }

    fn count(&self, lane: Lane, error: Option<&VirtuousError>) {
        let now = self.clock.now();
        if let Some(error) = error {
            self.last_error.of_virtuous(error, now);
        }
        let budget = || self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(VirtuousError::RateLimited { after }) => {
                let retry_after = after.map(|after| after.since(now));
                budget().limited(&RateHeaders { retry_after, ..RateHeaders::default() }, now);
            }
            Some(VirtuousError::Unreachable { text, is_host }) => {
                budget().give_back(lane, now);
                if *is_host {
                    self.hosts.unreachable(Host::Virtuous, &self.customer, text, now);
                }
            }
            _ => {}
        }
        if !matches!(error, Some(VirtuousError::Unreachable { .. })) {
            self.hosts.answered(Host::Virtuous);
        }
        if let None
        | Some(
            VirtuousError::NotFound
            | VirtuousError::Conflict { .. }
            | VirtuousError::Refused { .. }
            | VirtuousError::Forbidden { .. },
        ) = error
        {
            self.doubt.answered(Refused::Access);
        }
        let outcome = match error {
            None => "ok",
            Some(VirtuousError::NotFound) => "not_found",
            Some(VirtuousError::RateLimited { .. }) => "rate_limited",
            Some(VirtuousError::Unauthorized { .. } | VirtuousError::Forbidden { .. }) => "unauthorized",
            Some(VirtuousError::Conflict { .. } | VirtuousError::Refused { .. }) => "refused",
            Some(VirtuousError::Unreachable { .. }) => "unreachable",
            Some(VirtuousError::Transient { .. } | VirtuousError::Odd { .. }) => "failed",
        };
        self.metrics.call(&self.customer, System::Virtuous, outcome);
    }

    /// What an error of a call that belongs to no subject means for the turn.
    #[must_use]
    pub fn turn_error(&self, error: VirtuousError) -> TurnError {
        turn_error(self.refusal(error))
    }

    /// What an error of a call means for the work that it belongs to. A refused key is doubted once (B3), and a host that
    /// cannot be reached is waited for (E4).
    #[must_use]
    pub fn refusal(&self, error: VirtuousError) -> Refusal {
        let now = self.clock.now();
        if matches!(error, VirtuousError::Unreachable { .. })
            && let Some(until) = self.host_waits()
        {
            return Refusal::NotNow { system: System::Virtuous, until };
        }
        self.doubt.weigh(error.into_refusal(now), now)
    }
}

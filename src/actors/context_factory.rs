//! Builds what the work for one customer needs: its ways to both systems, within the budgets that it shares with others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use actix::Addr;
use secrecy::SecretString;
use tokio::sync::watch;

use super::budget::{CallBudget, CcPermits};
use crate::{
    access::{
        CcAccess, CustomerContext, Hosts, StoreTokens, VirtuousAccess,
        constant_contact::Connection,
        virtuous::{OrganisationBudget, observer},
    },
    budget::{HourlyBudget, SingleReads, UNLIMITED},
    config::{CustomerSettings, rules},
    constant_contact::{self, OAuth, Session},
    deps::Deps,
    domain::{CustomerId, Lane, System},
    metrics::BudgetSnapshot,
    store::CustomerNo,
    virtuous,
};

/// Builds contexts, and keeps the hourly budgets of the organisations and what is known of the hosts.
pub(super) struct ContextFactory {
    deps: Deps,
    cc_budget: Addr<CallBudget>,
    organisations: HashMap<String, OrganisationBudget>,
    hosts: Hosts,
    stopping: watch::Receiver<bool>,
}

impl ContextFactory {
    pub(super) fn new(deps: Deps, cc_budget: Addr<CallBudget>, stopping: watch::Receiver<bool>) -> Self {
        Self { deps, cc_budget, organisations: HashMap::new(), hosts: Hosts::default(), stopping }
    }

    /// The context of a customer with these settings. Its `ending` never turns true: each generation has one of its own.
    pub(super) fn context(
        &mut self,
        settings: &Arc<CustomerSettings>,
        number: CustomerNo,
    ) -> CustomerContext {
        let (cc, virtuous) = (self.constant_contact(&settings.id, number), self.virtuous(settings));
        let Deps { settings: process, store, clock, metrics, .. } = &self.deps;
        CustomerContext {
            id: settings.id.clone(),
            rules: Arc::new(rules(settings)),
            public_url: process.http.public_url.as_str().into(),
            is_heard: process.http.public_url.starts_with("https:")
                || !process.virtuous.api_url.starts_with("https:"),
            settings: Arc::clone(settings),
            store: store.of(number),
            clock: Arc::clone(clock),
            metrics: metrics.clone(),
            single_reads: SingleReads::of_day(process.constant_contact.calls_per_day),
            cc,
            virtuous,
            captured: Arc::default(),
            stopping: self.stopping.clone(),
            ending: watch::Sender::new(false).subscribe(),
        }
    }

    fn constant_contact(&self, id: &CustomerId, number: CustomerNo) -> CcAccess {
        let Deps { settings, store, clock, transport, metrics } = &self.deps;
        let cc = &settings.constant_contact;
        let secret = SecretString::from(cc.client_secret.expose().to_owned());
        let oauth = OAuth::new(Arc::clone(transport), &cc.auth_url, &cc.client_id, secret);
        let tokens = StoreTokens { store: store.of(number), clock: Arc::clone(clock) };
        let session = Session::new(oauth.clone(), Arc::new(tokens), Arc::clone(clock));
        let permits = Arc::new(CcPermits::new(id.clone(), self.cc_budget.clone()));
        let client = constant_contact::Client::new(Arc::clone(transport), &cc.api_url);
        let connection = Connection { client, oauth, session };
        CcAccess::new(id.clone(), connection, permits, Arc::clone(clock), metrics.clone())
            .among(self.hosts.clone())
    }

    fn virtuous(&mut self, settings: &CustomerSettings) -> VirtuousAccess {
        let budget = self.organisation(settings);
        let Deps { settings: process, clock, transport, metrics, .. } = &self.deps;
        let api_key = SecretString::from(settings.virtuous.api_key.expose().to_owned());
        let client = virtuous::Client::new(
            Arc::clone(transport),
            Arc::clone(clock),
            &process.virtuous.api_url,
            &api_key,
            observer(Arc::clone(&budget), Arc::clone(clock)),
        );
        VirtuousAccess::new(settings.id.clone(), client, budget, Arc::clone(clock), metrics.clone())
            .among(self.hosts.clone())
    }

    /// The hour of the organisation. Customers that share a key share an organisation, and so its hour.
    fn organisation(&mut self, settings: &CustomerSettings) -> OrganisationBudget {
        let ceiling = settings.virtuous.ceiling(&self.deps.settings.virtuous);
        let import = settings.import.calls_per_hour;
        let budget = self
            .organisations
            .entry(settings.virtuous.api_key.fingerprint())
            .or_insert_with(|| Arc::new(Mutex::new(HourlyBudget::new(ceiling, import))));
        // Settings that are applied again may have moved them; what was used stays used.
        budget.lock().unwrap_or_else(PoisonError::into_inner).set_ceilings(ceiling, import);
        Arc::clone(budget)
    }

    /// What is left of the organisation's hour; `None` if it is practically unlimited.
    pub(super) fn budget_left(&self, settings: &CustomerSettings) -> Option<BudgetSnapshot> {
        let budget = self.organisations.get(&settings.virtuous.api_key.fingerprint())?;
        let remaining = budget.lock().ok()?.remaining(Lane::Consent, self.deps.clock.now());
        let key = settings.id.as_str().to_owned();
        (remaining < UNLIMITED).then_some(BudgetSnapshot { system: System::Virtuous, key, remaining })
    }
}

//! Constant Contact as `reference/constant-contact.md` describes it: many accounts behind one or more API keys.
//!
//! [`CcSimulator::handle`] answers calls: `/oauth/authorize`, `/oauth/token`, `/v3/...`. The methods in `edit_*` do what
//! people, staff and Constant Contact itself would do meanwhile. Section numbers in comments are the reference's.

mod account;
mod account_read;
mod activities;
mod consent;
mod contact_query;
mod contact_view;
mod contact_write;
mod contacts_read;
mod dump;
mod edit_account;
mod edit_contact;
mod errors;
mod fields;
mod jobs;
mod limits;
mod lists;
mod model;
mod oauth;
mod paging;
mod reports;
mod roster;
mod router;
mod seed;
mod sign_up;
mod switches;
mod tags;
mod tally;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use account::{Account, AccountSeed};
pub use activities::{Activities, Activity};
pub use consent::Proof;
pub use edit_account::{CampaignIds, EditError};
pub use edit_contact::ContactEdit;
pub use fields::FieldSeed;
pub use model::{
    Choice, ConfirmStatus, Contact, CustomField, Email, FieldValue, List, Note, Permission, Phone,
    PhoneInput, Profile, Sms, Source, Street, StreetInput, Tag,
};
pub use reports::{BounceCode, Campaign, Tracked};
pub use roster::Roster;
pub use router::Route;
pub use seed::ContactSeed;
pub use switches::{Limits, Switches};
pub use tally::{CallCount, Tally};

use super::{
    faults::{Faults, System},
    wire::{SimRequest, SimResponse},
};
use crate::domain::Timestamp;
use account::{Call, IdSource};
use errors::{ApiError, Reply};

/// The simulated Constant Contact.
#[derive(Debug)]
pub struct CcSimulator {
    /// Behaviours that nobody outside knows.
    pub switches: Switches,
    /// Limits of every API key.
    pub limits: Limits,
    /// Faults to show.
    pub faults: Faults,
    accounts: BTreeMap<Box<str>, Account>,
    oauth: oauth::Oauth,
    meters: BTreeMap<Box<str>, limits::Meter>,
    tally: Tally,
    ids: IdSource,
}

impl CcSimulator {
    /// No accounts yet; `seed` decides all ids, tokens and chances.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            switches: Switches::default(),
            limits: Limits::default(),
            faults: Faults::new(System::ConstantContact, seed ^ 0xfa17),
            accounts: BTreeMap::new(),
            oauth: oauth::Oauth::default(),
            meters: BTreeMap::new(),
            tally: Tally::default(),
            ids: IdSource::new(seed),
        }
    }

    /// Answers one request as of `now`; `/cc` is already taken off its path.
    pub fn handle(&mut self, request: &SimRequest, now: Timestamp) -> SimResponse {
        self.run_due(now);
        let drawn = self.faults.draw(request);
        drawn
            .around(|| self.answer(request, now).unwrap_or_else(ApiError::into_response))
            // Polling windows are made of this header (W1).
            .with_header("date", now.to_http_date())
    }

    /// Carries out the bulk activities that are due by `now`.
    pub fn run_due(&mut self, now: Timestamp) {
        for account in self.accounts.values_mut() {
            activities::run_due(account, &self.switches, now);
        }
    }

    /// The calls that the simulator answers, for checks against the contract.
    #[must_use]
    pub fn routes() -> &'static [Route] {
        router::ROUTES
    }

    fn answer(&mut self, request: &SimRequest, now: Timestamp) -> Reply {
        let segments = request.segments();
        match segments.as_slice() {
            ["oauth", "token"] => {
                let (account, reply) = self.oauth.token(request, &self.switches, &mut self.ids, now);
                self.tally.count(account.as_deref().unwrap_or("?"), "POST", "/oauth/token", &reply);
                reply
            }
            ["oauth", "authorize"] => {
                let first = self.accounts.keys().next().map(AsRef::as_ref);
                self.oauth.authorize(request, first, &self.switches, &mut self.ids, now)
            }
            ["v3", rest @ ..] => self.call(request, rest, now),
            _ => Err(ApiError::UnknownPath),
        }
    }

    fn call(&mut self, request: &SimRequest, segments: &[&str], now: Timestamp) -> Reply {
        let session = request.bearer().and_then(|token| self.oauth.session(token, now));
        let session = session.ok_or(ApiError::Unauthorized)?;
        let account = self.accounts.get_mut(&session.account).ok_or(ApiError::Unauthorized)?;
        let found = router::find(request.method, segments);
        let pattern = found.as_ref().map_or("?", |(route, _)| route.pattern);
        let admitted = || {
            // One key, one meter: accounts share it.
            self.meters.entry(session.client.clone()).or_default().admit(self.limits, now)?;
            let (route, capture) = found?;
            check_access(account, route, &session.scope)?;
            check_parameters(request, route, &self.switches)?;
            let call = &mut Call {
                request,
                capture,
                account: &mut *account,
                switches: &self.switches,
                ids: &mut self.ids,
                now,
            };
            let reply = (route.handler)(call);
            // Reports have the object form of errors.
            if pattern.starts_with("/reports") { reply.map_err(ApiError::for_report) } else { reply }
        };
        let reply = admitted();
        let changed = request.method != crate::transport::Method::Get;
        if changed && reply.as_ref().is_ok_and(|answer| answer.response.is_success()) {
            account.writes += 1;
        }
        self.tally.count(&account.name, request.method.as_str(), pattern, &reply);
        reply
    }
}

fn check_access(account: &Account, route: &Route, scope: &str) -> Result<(), ApiError> {
    if !account.enabled {
        return Err(ApiError::Forbidden("The account is not active."));
    }
    let Some(wanted) = route.scope else { return Ok(()) };
    if scope.split(' ').all(|have| have != wanted) {
        return Err(ApiError::Forbidden("The token lacks the scope."));
    }
    if account.privileged { Ok(()) } else { Err(ApiError::Forbidden("The user lacks the privilege.")) }
}

fn check_parameters(request: &SimRequest, route: &Route, switches: &Switches) -> Result<(), ApiError> {
    let known = |name: &str| !switches.refuse_unknown_parameters || route.parameters.contains(&name);
    let unknown = request.query.iter().find(|(name, _)| !known(name));
    unknown.map_or(Ok(()), |(name, _)| Err(ApiError::Validation(format!("{name} is not a valid parameter"))))
}

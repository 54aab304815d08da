//! How a call goes through Constant Contact: faults, token, limits, rights, handler, count.

use super::{
    CcSimulator, Route, Switches,
    account::Account,
    call::Call,
    errors::{ApiError, Reply},
    jobs, router,
};
use crate::{
    domain::Timestamp,
    simulator::wire::{SimRequest, SimResponse},
    transport::Method,
};

impl CcSimulator {
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
            account.roster.tick(now, self.unreliable.lag());
            jobs::run_due(account, &self.switches, now);
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
            let reply = run(route, call);
            // Reports have the object form of errors.
            if pattern.starts_with("/reports") { reply.map_err(ApiError::for_report) } else { reply }
        };
        let reply = admitted();
        let changed = request.method != Method::Get;
        if changed && reply.as_ref().is_ok_and(|answer| answer.response.is_success()) {
            account.writes += 1;
        }
        self.tally.count(&account.name, request.method.as_str(), pattern, &reply);
        reply
    }
}

/// A read shows the contacts as they were a while ago, where Constant Contact lags.
fn run(route: &Route, call: &mut Call<'_>) -> Reply {
    if route.method != Method::Get {
        return (route.handler)(call);
    }
    call.account.roster.turn_back();
    let reply = (route.handler)(call);
    call.account.roster.return_to_now();
    reply
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

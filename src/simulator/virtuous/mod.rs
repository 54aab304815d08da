//! Virtuous CRM+ as reference/virtuous.md describes it: many organisations, one behind each API key.

mod answer;
mod api;
pub mod book;
mod call;
mod dump;
pub mod fields;
pub mod import;
pub mod meter;
pub mod model;
pub mod organisation;
mod staff;
pub mod switches;
#[cfg(test)]
mod tests;
mod view;
pub mod webhooks;

use std::collections::HashMap;

use self::{
    call::{Call, percent_decoded},
    meter::Window,
    organisation::{Organisation, OrganisationSetup},
};
use super::{
    faults::{Faults, System},
    wire::{SimRequest, SimResponse},
};
use crate::{domain::Timestamp, transport::Response};

/// Every organisation, and the keys that open them.
#[derive(Debug)]
pub struct VirtuousSimulator {
    /// Faults to show.
    pub faults: Faults,
    organisations: Vec<Organisation>,
    by_key: HashMap<String, usize>,
}

impl VirtuousSimulator {
    /// A Virtuous without organisations; `seed` decides which calls a probable fault hits, and nothing else.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            faults: Faults::new(System::Virtuous, seed ^ 0x0fa1),
            organisations: Vec::new(),
            by_key: HashMap::new(),
        }
    }

    /// Adds an organisation, or empties the one that has this key.
    pub fn add_organisation(&mut self, setup: &OrganisationSetup, now: Timestamp) -> &mut Organisation {
        let at = self.by_key.get(&setup.api_key).copied().unwrap_or(self.organisations.len());
        let id = 700 + i64::try_from(at).unwrap_or(0);
        let organisation = Organisation::new(id, setup, now);
        self.by_key.insert(setup.api_key.clone(), at);
        if at < self.organisations.len() {
            self.organisations[at] = organisation;
        } else {
            self.organisations.push(organisation);
        }
        &mut self.organisations[at]
    }

    /// The organisations, in the order of adding.
    #[must_use]
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// The organisations, to change.
    pub fn organisations_mut(&mut self) -> &mut [Organisation] {
        &mut self.organisations
    }

    /// The organisation behind a key, or of this name.
    #[must_use]
    pub fn organisation(&self, key_or_name: &str) -> Option<&Organisation> {
        self.position(key_or_name).and_then(|at| self.organisations.get(at))
    }

    /// The organisation behind a key, or of this name, to change.
    pub fn organisation_mut(&mut self, key_or_name: &str) -> Option<&mut Organisation> {
        let at = self.position(key_or_name)?;
        self.organisations.get_mut(at)
    }

    fn position(&self, key_or_name: &str) -> Option<usize> {
        let by_name = || self.organisations.iter().position(|held| held.name == key_or_name);
        self.by_key.get(key_or_name).copied().or_else(by_name)
    }

    /// Revokes a key; calls with it get 401.
    pub fn revoke_key(&mut self, key: &str) -> bool {
        self.by_key.remove(key).is_some()
    }

    /// Gives the organisation of a name another key beside those it has.
    pub fn add_key(&mut self, name: &str, key: &str) -> bool {
        let Some(at) = self.organisations.iter().position(|held| held.name == name) else { return false };
        self.by_key.insert(key.to_owned(), at);
        true
    }

    /// Runs every import that is due.
    pub fn tick(&mut self, now: Timestamp) {
        for organisation in &mut self.organisations {
            organisation.tick(now);
        }
    }

    /// Answers one call; `path` begins with `/api`.
    pub fn handle(&mut self, request: &SimRequest, now: Timestamp) -> SimResponse {
        let drawn = self.faults.draw(request);
        let at = request.bearer().and_then(|key| self.by_key.get(key).copied());
        let Some(organisation) = at.and_then(|at| self.organisations.get_mut(at)) else {
            return drawn.around(|| wired(answer::unauthorized()));
        };
        organisation.tick(now);
        let mut handled = false;
        let mut answer = drawn.around(|| {
            handled = true;
            wired(organisation.handle(request, now))
        });
        if !handled {
            // The limit's headers are on every answer, refusals included (section 2).
            limit_headers(&mut answer.response, organisation.meter.window(&organisation.switches, now));
        }
        answer
    }
}

fn wired(response: Response) -> SimResponse {
    SimResponse { response, ..SimResponse::empty(200) }
}

impl Organisation {
    fn handle(&mut self, request: &SimRequest, now: Timestamp) -> Response {
        let mut parts = request.path.trim_start_matches('/').split('/');
        let rooted = parts.next() == Some("api");
        let segments: Vec<String> = parts.map(percent_decoded).collect();
        let route = if rooted { api::find(request.method, &segments) } else { None };
        let pattern = route.map_or("(unknown)", |route| route.pattern);
        self.meter.count(request.method, pattern);
        let window = self.meter.take(&self.switches, now);
        let mut response = if window.allowed {
            let call = Call { request, segments, now };
            match route {
                Some(route) => (route.run)(self, &call).unwrap_or_else(|refusal| refusal),
                None => answer::not_found(),
            }
        } else {
            let mut refusal = answer::coded(429, "RATE_LIMITED", "The hourly limit is used up.");
            refusal.headers.push(("retry-after".to_owned(), window.retry_after.to_string()));
            refusal
        };
        // An unknown route that is no read might have meant to change something: tests want to see it.
        let write = route.map_or(request.method != crate::transport::Method::Get, |route| route.write);
        if write {
            self.meter.wrote(now, request.method, &request.path, response.status);
        }
        limit_headers(&mut response, window);
        response
    }
}

fn limit_headers(response: &mut Response, window: Window) {
    let mut header = |name: &str, value: String| response.headers.push((name.to_owned(), value));
    header("x-ratelimit-limit", window.limit.to_string());
    header("x-ratelimit-remaining", window.remaining.to_string());
    header("x-ratelimit-reset", window.reset.to_string());
}

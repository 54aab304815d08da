//! The nasty behaviours, one test each, through [`CcSimulator::handle`] as Tandem meets them.

mod access;
mod bulk;
mod reading;
mod unreliable;
mod writing;

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::{
    domain::Timestamp,
    simulator::{
        ids::Uuid,
        wire::{SimRequest, SimResponse},
    },
    transport::Method,
};

/// One account `hope`, a good token, and a clock that a test moves.
pub(super) struct World {
    pub(super) sim: CcSimulator,
    pub(super) now: Timestamp,
    pub(super) token: String,
}

impl World {
    pub(super) fn new() -> Self {
        let now = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
        let mut sim = CcSimulator::new(7);
        sim.limits = Limits { per_second: 100_000, per_day: 1_000_000 };
        let seed =
            AccountSeed { name: "hope".into(), refresh_token: "first".into(), ..AccountSeed::default() };
        sim.add_account(&seed, now).unwrap();
        let token = sim.access_token("hope", "key", now);
        Self { sim, now, token }
    }

    pub(super) fn pass(&mut self, seconds: u64) -> Timestamp {
        self.now = self.now.plus(Duration::from_secs(seconds));
        self.now
    }

    pub(super) fn send(&mut self, request: SimRequest) -> SimResponse {
        let request = request.with_header("authorization", format!("Bearer {}", self.token));
        self.sim.handle(&request, self.now)
    }

    pub(super) fn get(&mut self, path: &str) -> Value {
        let answer = self.send(SimRequest::new(Method::Get, path));
        assert_eq!(answer.status(), 200, "{path}: {}", answer.value());
        answer.value()
    }

    pub(super) fn status(&mut self, path: &str) -> u16 {
        self.send(SimRequest::new(Method::Get, path)).status()
    }

    pub(super) fn write(&mut self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.send(SimRequest::new(method, path).with_json(body));
        (answer.status(), answer.value())
    }

    pub(super) fn list(&mut self, name: &str) -> Uuid {
        self.sim.add_list("hope", name, self.now).unwrap()
    }

    pub(super) fn add(&mut self, seed: ContactSeed) -> Uuid {
        self.sim.add_contact("hope", seed, self.now).unwrap()
    }

    pub(super) fn person(&mut self, address: &str) -> Uuid {
        self.add(ContactSeed::with_email(address).named("Dana", "Lee"))
    }

    pub(super) fn contact(&self, id: Uuid) -> &Contact {
        self.sim.account("hope").unwrap().roster.get(id).unwrap()
    }

    /// The addresses of a page, in its order.
    pub(super) fn addresses(&mut self, path: &str) -> Vec<String> {
        let page = self.get(path);
        let contacts = page["contacts"].as_array().unwrap();
        contacts.iter().map(|c| c["email_address"]["address"].as_str().unwrap_or("-").to_owned()).collect()
    }
}

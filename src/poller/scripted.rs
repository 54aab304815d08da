//! A reading's reach with Constant Contact scripted.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::{
    access::scripted::{Standing, Ways, cc_contact, subject},
    constant_contact::streams::Include,
    domain::ContactId,
};

use super::reach::Reach;

/// What a reading reaches, with Constant Contact scripted.
pub struct World {
    ways: Ways,
    /// Whether the customer maps tags.
    pub include: Include,
    /// Whether the process stops.
    pub stops: Cell<bool>,
}

impl World {
    /// Nothing is prepared yet.
    pub fn new() -> Self {
        Self { ways: Ways::default(), include: Include::Record, stops: Cell::new(false) }
    }

    /// A request that begins so (`GET /v3/contacts?`) is answered by this, once.
    pub fn on(self, asked: &str, status: u16, body: impl ToString) -> Self {
        self.ways.on(asked, status, body);
        self
    }

    /// The same, later in a test.
    pub fn then(&self, asked: &str, status: u16, body: impl ToString) {
        self.ways.on(asked, status, body);
    }

    /// A request that begins so is lost.
    pub fn lost(self, asked: &str) -> Self {
        self.ways.lost(asked);
        self
    }

    /// No connection can be made for a request that begins so.
    pub fn unreachable(&self, asked: &str) {
        self.ways.unreachable(asked);
    }

    /// The key's budget has calls of the consent lane alone left for the day.
    pub fn use_up_the_day(&self) {
        self.ways.use_up_the_day();
    }

    /// Runs a reading within this reach.
    pub async fn with<T>(&self, run: impl AsyncFnOnce(&Reach<'_>) -> T) -> T {
        let is_stopping = || self.stops.get();
        let reach = Reach {
            customer: &self.ways.customer,
            cc: &self.ways.cc,
            include: self.include,
            clock: &Standing,
            is_stopping: &is_stopping,
        };
        run(&reach).await
    }

    /// Every request so far, in order.
    pub fn asked(&self) -> Vec<String> {
        self.ways.asked()
    }

    /// Asserts that every prepared answer was asked for.
    pub fn is_played(&self) {
        self.ways.is_played();
    }
}

/// A page of contacts, with `contacts_count` and the next page's cursor.
pub fn page(contacts: &[Value], count: u64, next: Option<&str>) -> Value {
    let next = next.map(|cursor| json!({"href": format!("/v3/contacts?cursor={cursor}")}));
    json!({"contacts": contacts, "contacts_count": count, "_links": {"next": next}})
}

/// A contact of a page.
pub fn contact(number: u32) -> Value {
    cc_contact(&subject(number, &format!("s{number}@example.com")), "explicit")
}

/// The id of that contact.
pub fn id(number: u32) -> ContactId {
    subject(number, "").id
}

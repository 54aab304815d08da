//! A service that keeps what it is given.

use std::{sync::Mutex, time::Duration};

use futures_util::future::LocalBoxFuture;

use crate::{
    constant_contact::Session,
    domain::{ContactEvent, CustomerId},
    metrics::Snapshot,
    operator::OperatorError,
    service::{IntakeError, Service},
    store::{EventsKept, HintAbout},
    transport::{Answer, Request, Transport, TransportError},
};

#[derive(Default)]
pub(super) struct Fake {
    pub(super) refuses: Mutex<Option<IntakeError>>,
    pub(super) took: Mutex<Vec<HintAbout>>,
    pub(super) events: Mutex<Vec<ContactEvent>>,
    pub(super) nudged: Mutex<Vec<String>>,
    pub(super) unready: bool,
}

impl Service for Fake {
    fn hints(&self, _: &CustomerId, about: Vec<HintAbout>) -> LocalBoxFuture<'_, Result<(), IntakeError>> {
        Box::pin(async move {
            if let Some(error) = *self.refuses.lock().unwrap() {
                return Err(error);
            }
            self.took.lock().unwrap().extend(about);
            Ok(())
        })
    }

    fn events(
        &self,
        _: &CustomerId,
        events: Vec<ContactEvent>,
    ) -> LocalBoxFuture<'_, Result<EventsKept, IntakeError>> {
        Box::pin(async move {
            if let Some(error) = *self.refuses.lock().unwrap() {
                return Err(error);
            }
            let taken = events.len() as u64;
            self.events.lock().unwrap().extend(events);
            Ok(EventsKept { taken, ..EventsKept::default() })
        })
    }

    fn started(&self, _: Duration) -> LocalBoxFuture<'_, bool> {
        Box::pin(async { true })
    }

    fn nudge(&self, customer: &CustomerId) {
        self.nudged.lock().unwrap().push(customer.to_string());
    }

    fn apply(&self) -> LocalBoxFuture<'_, Result<Vec<String>, OperatorError>> {
        Box::pin(async { Ok(vec!["hope: enrolled".to_owned()]) })
    }

    fn connect(
        &self,
        _: &CustomerId,
        code: String,
        verifier: String,
    ) -> LocalBoxFuture<'_, Result<String, String>> {
        Box::pin(async move {
            assert!(verifier.len() >= 43, "a verifier of PKCE");
            if code == "good" { Ok("Hope".to_owned()) } else { Err("refused <code>".to_owned()) }
        })
    }

    fn authorize_url(&self, _: &CustomerId, state: &str, verifier: &str) -> Option<String> {
        Some(format!("http://cc/authorize?verifier={}&state={state}", verifier.len()))
    }

    fn session(&self, _: &CustomerId) -> Option<Session> {
        None
    }

    fn outside(&self, _: &CustomerId) -> crate::domain::Outside {
        crate::domain::Outside::default()
    }

    fn snapshot(&self) -> LocalBoxFuture<'_, Snapshot> {
        Box::pin(async { Snapshot::default() })
    }

    fn is_ready(&self) -> bool {
        !self.unready
    }
}

pub(super) struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: Request) -> Answer {
        Box::pin(async { Err(TransportError::Connect { host: "nowhere".to_owned() }) })
    }
}

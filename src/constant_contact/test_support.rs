//! A transport that gives prepared answers in order and remembers what was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use super::{AccessToken, Client};
use crate::transport::{self, Request, Response, Transport, TransportError};

pub(super) const API: &str = "https://api.example";

#[derive(Default)]
pub(super) struct Script {
    answers: Mutex<VecDeque<Result<Response, TransportError>>>,
    requests: Mutex<Vec<Request>>,
}

impl Script {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn then(&self, status: u16, body: &str) -> &Self {
        let mut response = Response::new(status);
        response.headers.push(("date".to_owned(), "Sun, 22 Nov 2026 21:26:56 GMT".to_owned()));
        response.body = body.as_bytes().to_vec();
        self.answers.lock().unwrap().push_back(Ok(response));
        self
    }

    pub(super) fn then_error(&self, error: TransportError) -> &Self {
        self.answers.lock().unwrap().push_back(Err(error));
        self
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn client(self: &Arc<Self>) -> Client {
        Client::new(Arc::<Self>::clone(self), &format!("{API}/"))
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> transport::Answer {
        self.requests.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Err(TransportError::Broken));
        Box::pin(async move {
            // Gives others a turn, as a network does.
            tokio::task::yield_now().await;
            answer
        })
    }
}

pub(super) fn token() -> AccessToken {
    AccessToken::new("the-token".into(), 1)
}

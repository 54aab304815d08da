//! What every call shares: the address, the key, the limits, the sorting of answers.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    error::VirtuousError,
    limits::{Limits, Observer},
    page::text_of,
    refused::is_html,
};
use crate::{
    clock::Clock,
    transport::{Method, Request, Response, Transport, Way},
};

/// A client for one customer's organisation: an API key is bound to exactly one (reference/virtuous.md 1).
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    api_url: String,
    api_key: SecretString,
    observer: Observer,
    way: Way,
}

impl Client {
    /// A client that sends to `{api_url}/api/...` and tells `observer` the limits that each answer names.
    ///
    /// The key is trimmed, since it was pasted: blanks, quotes, and a `Bearer` in front (reference 1).
    #[must_use]
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        api_url: &str,
        api_key: &SecretString,
        observer: Observer,
    ) -> Self {
        let key = api_key.expose_secret().trim().trim_matches(['"', '\'']).trim();
        let key = match key.get(..7) {
            Some(word) if word.eq_ignore_ascii_case("bearer ") => key[7..].trim(),
            _ => key,
        };
        Self {
            transport,
            clock,
            api_url: api_url.trim().trim_end_matches('/').to_owned(),
            api_key: SecretString::from(key),
            observer,
            way: Way::default(),
        }
    }

    /// The same client for calls that go another way out.
    #[must_use]
    pub fn by(&self, way: Way) -> Self {
        Self { way, ..self.clone() }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Response, VirtuousError> {
        self.send(self.request(Method::Get, path)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Response, VirtuousError> {
        self.send(self.request(Method::Delete, path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Response, VirtuousError> {
        self.send(self.request(Method::Post, path).json(body.to_string().into_bytes())).await
    }

    /// The same for a read that may take longer than most, with an answer of so many bytes at most.
    pub(super) async fn post_within(
        &self,
        path: &str,
        body: &Value,
        within: Duration,
        answer_bytes_max: usize,
    ) -> Result<Response, VirtuousError> {
        let request = self.request(Method::Post, path).json(body.to_string().into_bytes());
        self.send(Request { within: Some(within), answer_bytes_max, ..request }).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Response, VirtuousError> {
        self.send(self.request(Method::Put, path).json(body.to_string().into_bytes())).await
    }

    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.api_url))
            .by(self.way)
            .header("authorization", format!("Bearer {}", self.api_key.expose_secret()))
            .header("accept", "application/json")
    }

    /// Sends one request; what comes back `Ok` is a 2xx of the API itself.
    async fn send(&self, request: Request) -> Result<Response, VirtuousError> {
        let response = self.transport.send(request).await?;
        let now = self.clock.now();
        let limits = Limits::of(&response, now);
        if !limits.is_empty() {
            (self.observer)(limits);
        }
        if !response.is_success() {
            return Err(VirtuousError::of(&response, &limits, now));
        }
        // A maintenance page with status 200 must not pass for a write that was done.
        if is_html(&response) {
            return Err(VirtuousError::Transient {
                text: format!("{} an HTML page", response.status),
                after: None,
                may_have_arrived: true,
            });
        }
        Ok(response)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("api_url", &self.api_url).finish_non_exhaustive()
    }
}

/// `None` for 404, which is a lookup's normal answer.
pub(super) fn found(answer: Result<Response, VirtuousError>) -> Result<Option<Response>, VirtuousError> {
    match answer {
        Ok(response) => Ok(Some(response)),
        Err(VirtuousError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The body as JSON; `None` if it is empty, `null`, or cannot be read.
pub(super) fn json(response: &Response) -> Option<Value> {
    serde_json::from_str(&text_of(&response.body)).ok().filter(|value: &Value| !value.is_null())
}

/// The body as JSON, which a read needs.
pub(super) fn needed_json(response: &Response, expected: &str) -> Result<Value, VirtuousError> {
    json(response).ok_or_else(|| VirtuousError::odd(expected))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        domain::Timestamp,
        transport::TransportError,
        virtuous::script::{Script, client_with},
    };

    #[tokio::test]
    async fn the_key_is_trimmed_and_hidden() {
        for pasted in [" secret-key\n", "\"secret-key\"", "Bearer secret-key", "bearer  secret-key "] {
            let script = Script::new().then(200, "{}");
            let client = client_with(&script, pasted, Arc::new(|_| ()));
            client.get("/api/X").await.unwrap();
            assert_eq!(script.header(0, "authorization").as_deref(), Some("Bearer secret-key"), "{pasted}");
            assert!(!format!("{client:?}").contains("secret"));
        }
    }

    #[tokio::test]
    async fn limits_are_told_for_refusals_too() {
        let script =
            Script::new().then_with(429, "", &[("x-ratelimit-remaining", "0"), ("retry-after", "5")]);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let client = client_with(&script, "k", Arc::new(move |limits| sink.lock().unwrap().push(limits)));
        let error = client.get("/api/X").await.unwrap_err();
        assert_eq!(error, VirtuousError::RateLimited { after: Some(Timestamp::from_secs(1_005)) });
        assert_eq!(seen.lock().unwrap()[0].remaining, Some(0));
    }

    #[tokio::test]
    async fn a_page_of_html_is_no_success() {
        let script = Script::new().then(200, "<!doctype html><html>").fails(TransportError::Broken);
        let client = script.client();
        let expected = |error| matches!(error, VirtuousError::Transient { may_have_arrived: true, .. });
        assert!(expected(client.get("/api/X").await.unwrap_err()));
        assert!(expected(client.get("/api/X").await.unwrap_err()));
    }
}

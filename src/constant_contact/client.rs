//! One call, one answer: no retries, no budgets, no tokens of its own. Callers hold a permit for each call.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use secrecy::{ExposeSecret, SecretString};

use super::CcError;
use crate::{
    domain::{ApiPart, Refused, Timestamp},
    transport::{Method, Request, Transport, Way},
};

/// An access token: a JWT of about 1,200 characters, good for a day. `Debug` hides it.
#[derive(Debug, Clone)]
pub struct AccessToken {
    secret: Arc<SecretString>,
    /// Which of a session's tokens this is, so that a refused token is refreshed only once.
    pub(super) generation: u64,
}

impl AccessToken {
    /// Takes a token's text.
    #[must_use]
    pub fn new(secret: SecretString, generation: u64) -> Self {
        Self { secret: Arc::new(secret), generation }
    }

    pub(super) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// What a call brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// The server's time (its `Date` header), which all windows are measured by (W1).
    pub date: Option<Timestamp>,
    /// The HTTP status, 2xx.
    pub status: u16,
}

impl<T> Answer<T> {
    /// The same answer, read.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn try_map<U>(self, read: impl FnOnce(T) -> Result<U, CcError>) -> Result<Answer<U>, CcError> {
        Ok(Answer { value: read(self.value)?, date: self.date, status: self.status })
    }

    /// The same answer, turned into something else.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { value: turn(self.value), date: self.date, status: self.status }
    }
}

/// A call to the API. `Debug` shows the path without its query, which may hold an address.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Path and query, beginning with `/v3/`.
    pub path: String,
    /// The JSON body, empty for none.
    pub body: Vec<u8>,
}

impl Call {
    /// A reading.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: Vec::new() }
    }

    /// What is refused if the answer is 403: the privilege to read or write this part.
    fn privilege(&self) -> Refused {
        let path = self.path.strip_prefix("/v3/").unwrap_or_default();
        let part = match path.split(['/', '?']).next().unwrap_or_default() {
            "contacts" => ApiPart::Contacts,
            "contact_lists" => ApiPart::Lists,
            "contact_custom_fields" => ApiPart::Fields,
            "contact_tags" => ApiPart::Tags,
            "activities" => ApiPart::Activities,
            "emails" | "reports" => ApiPart::Reports,
            _ => ApiPart::Other,
        };
        if self.method == Method::Get { Refused::Reading(part) } else { Refused::Writing(part) }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path.split('?').next().unwrap_or_default())
    }
}

/// Constant Contact's v3 API over a transport. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    api_url: Arc<str>,
    way: Way,
    /// What the latest call needed, as [`Refused::to_u8`] places it.
    needed: Arc<AtomicU8>,
}

impl Client {
    /// A client that sends to `{api_url}/v3/...`.
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>, api_url: &str) -> Self {
        Self {
            transport,
            api_url: api_url.trim_end_matches('/').into(),
            way: Way::default(),
            needed: Arc::default(),
        }
    }

    /// The same client for calls that go another way out; it remembers for itself what its calls needed.
    #[must_use]
    pub fn by(&self, way: Way) -> Self {
        Self { way, needed: Arc::default(), ..self.clone() }
    }

    /// What the latest call of this client and its clones needed (B3).
    #[must_use]
    pub fn needed(&self) -> Refused {
        Refused::from_u8(self.needed.load(Ordering::Relaxed))
    }

    pub(super) fn api_url(&self) -> &str {
        &self.api_url
    }

    /// Makes one call and gives the body of a 2xx answer.
    ///
    /// # Errors
    /// [`CcError`], by what to do about it.
    pub async fn call(&self, token: &AccessToken, call: Call) -> Result<Answer<Vec<u8>>, CcError> {
        let url = format!("{}{}", self.api_url, call.path);
        let needed = call.privilege();
        self.needed.store(needed.to_u8(), Ordering::Relaxed);
        let mut request = Request::new(call.method, url)
            .by(self.way)
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", token.expose()));
        if !call.body.is_empty() {
            request = request.json(call.body);
        }
        let response = self.transport.send(request).await.map_err(|error| CcError::of_transport(&error))?;
        if !response.is_success() {
            return Err(CcError::of_response(&response).needing(needed));
        }
        let date = response.header("date").and_then(Timestamp::parse_http_date);
        Ok(Answer { value: response.body, date, status: response.status })
    }

    /// A cheap reading of the part that was refused, to learn whether it is taken again (B3); of contacts, where no part is known.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn read_part(&self, token: &AccessToken, of: Refused) -> Result<Answer<()>, CcError> {
        let part = match of {
            Refused::Access => ApiPart::Contacts,
            Refused::Reading(part) | Refused::Writing(part) => part,
        };
        let path = match part {
            ApiPart::Contacts | ApiPart::Activities | ApiPart::Other => "/v3/contacts?limit=1",
            ApiPart::Lists => "/v3/contact_lists?limit=1",
            ApiPart::Fields => "/v3/contact_custom_fields?limit=1",
            ApiPart::Tags => "/v3/contact_tags?limit=1",
            ApiPart::Reports => "/v3/reports/summary_reports/email_campaign_summaries?limit=1",
        };
        Ok(self.call(token, Call::get(path)).await?.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_a_call_needs_the_privilege_of_its_part_and_method() {
        let needs = |method, path: &str| Call { method, path: path.to_owned(), body: Vec::new() }.privilege();
        for path in ["/v3/contacts?limit=500", "/v3/contacts/1", "/v3/contacts/counts"] {
            assert_eq!(needs(Method::Get, path), Refused::Reading(ApiPart::Contacts), "{path}");
        }
        assert_eq!(needs(Method::Put, "/v3/contacts/1"), Refused::Writing(ApiPart::Contacts));
        assert_eq!(needs(Method::Get, "/v3/contact_lists?limit=5"), Refused::Reading(ApiPart::Lists));
        assert_eq!(needs(Method::Post, "/v3/activities/x"), Refused::Writing(ApiPart::Activities));
        assert_eq!(needs(Method::Get, "/v3/account/summary"), Refused::Reading(ApiPart::Other));
    }
}

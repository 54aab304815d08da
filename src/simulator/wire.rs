//! What goes into a simulator and what comes out, without sockets.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::transport::{self, Method, TransportError};

/// A request as a simulator sees it.
#[derive(Debug, Clone)]
pub struct SimRequest {
    /// The method.
    pub method: Method,
    /// The path without the query; routing strips the simulator's prefix (`/cc`, `/virtuous`, `/control`).
    pub path: String,
    /// Query names and values, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body, empty for none.
    pub body: Vec<u8>,
}

impl SimRequest {
    /// A request for `path_and_query`, which begins with `/` and may be percent-encoded.
    #[must_use]
    pub fn new(method: Method, path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method,
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A request for an absolute URL; its host is not looked at.
    ///
    /// # Errors
    /// When `url` is no absolute URL.
    pub fn from_url(method: Method, url: &str) -> Result<Self, TransportError> {
        let parsed = url::Url::parse(url).map_err(|error| TransportError::Invalid(error.to_string()))?;
        let mut request = Self::new(method, parsed.path());
        request.query = parsed.query_pairs().into_owned().collect();
        Ok(request)
    }

    /// The same request as Tandem's transport sends it.
    ///
    /// # Errors
    /// When its URL is not absolute.
    pub fn from_transport(request: transport::Request) -> Result<Self, TransportError> {
        let mut converted = Self::from_url(request.method, &request.url)?;
        converted.headers =
            request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        converted.body = request.body;
        Ok(converted)
    }

    /// Adds a header; `name` in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn with_json(mut self, body: &serde_json::Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with_header("content-type", "application/json")
    }

    /// Sets a form body.
    #[must_use]
    pub fn with_form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(pairs);
        self.body = encoded.finish().into_bytes();
        self.with_header("content-type", "application/x-www-form-urlencoded")
    }

    /// This request with `prefix` taken off its path, if the path is below it.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Option<Self> {
        let rest = self.path.strip_prefix(prefix)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| Self { path: rest.to_owned(), ..self.clone() })
    }

    /// The non-empty segments of the path.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }

    /// A header's value; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bearer token of the `Authorization` header.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// User and password of a Basic `Authorization` header.
    #[must_use]
    pub fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let decoded = data_encoding::BASE64.decode(encoded.trim().as_bytes()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// When it is not the JSON that `T` wants.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The body read as a form.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }
}

/// How a connection ends before its answer is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The request never took effect.
    BeforeEffect,
    /// The request took effect, but its answer never arrives.
    AfterEffect,
}

/// What a simulator answers, and how badly the wire carries it.
#[derive(Debug, Clone)]
pub struct SimResponse {
    /// The answer.
    pub response: transport::Response,
    /// Time until the answer begins.
    pub delay: Duration,
    /// Time between the first half of the body and the second.
    pub body_delay: Duration,
    /// Whether the connection is dropped instead of answered.
    pub cut: Option<Cut>,
}

impl SimResponse {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            response: transport::Response::new(status),
            delay: Duration::ZERO,
            body_delay: Duration::ZERO,
            cut: None,
        }
    }

    /// A JSON answer.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // Serialising these types cannot fail but for a bug in the simulator, which then shows as a 500.
        match serde_json::to_vec(body) {
            Ok(bytes) => Self::bytes(status, "application/json", bytes),
            Err(error) => Self::bytes(500, "text/plain", error.to_string().into_bytes()),
        }
    }

    /// An answer with a body of this content type.
    #[must_use]
    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let mut answer = Self::empty(status).with_header("content-type", content_type);
        answer.response.body = body;
        answer
    }

    /// Adds a header; `name` in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.response.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Makes the connection drop instead.
    #[must_use]
    pub fn with_cut(mut self, cut: Cut) -> Self {
        self.cut = Some(cut);
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.response.status
    }

    /// The body as a JSON tree, `null` where it is none: for tests and control.
    #[must_use]
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.response.body).unwrap_or(serde_json::Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let request =
            SimRequest::from_url(Method::Get, "http://any:1/cc/v3/contacts?email=a%2Bb%40x.org&limit=5")
                .unwrap();
        let below = request.below("/cc").unwrap();
        assert_eq!(below.path, "/v3/contacts");
        assert_eq!(below.query_value("email"), Some("a+b@x.org"));
        assert!(request.below("/c").is_none(), "a prefix ends at a segment");
        assert_eq!(below.segments(), ["v3", "contacts"]);
    }

    #[test]
    fn basic_credentials_are_read() {
        let request =
            SimRequest::new(Method::Post, "/oauth/token").with_header("authorization", "Basic aWQ6c2VjcmV0");
        assert_eq!(request.basic(), Some(("id".to_owned(), "secret".to_owned())));
    }
}

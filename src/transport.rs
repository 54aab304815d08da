//! The seam to the outside: one request out, one response back.
//!
//! Production sends over reqwest ([`crate::transport::http`]); tests hand the same requests to a simulator in process.
//! A transport knows nothing of either API: no retries, no tokens, no meaning of statuses.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use crate::domain::Timestamp;

pub mod http;
pub(crate) mod pinned;
pub mod room;

pub use room::Way;

/// An HTTP method that Tandem or the simulators use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// The method with this wire name, if Tandem knows it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Delete].into_iter().find(|method| method.as_str() == name)
    }
}

/// What goes out. `Debug` hides headers and body: they hold secrets and personal data.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL, query included and percent-encoded.
    pub url: String,
    /// Header names (lower case) and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, empty for none.
    pub body: Vec<u8>,
    /// Which way out it takes.
    pub way: Way,
    /// How long the whole exchange may take, if not as long as most.
    pub within: Option<Duration>,
    /// The largest answer that is read, decompressed: a few kilobytes may expand to gigabytes.
    pub answer_bytes_max: usize,
}

/// The largest answer that is read where nothing larger is asked for: a page of 500 contacts of Constant Contact with everything is
/// about 5 MB.
pub const ANSWER_BYTES_MAX: usize = 16 << 20;
/// How much is read of an answer that is no success; the rest is left.
pub const REFUSAL_BYTES_MAX: usize = 64 << 10;

impl Request {
    /// A request without headers or body.
    #[must_use]
    pub fn new(method: Method, url: String) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: Vec::new(),
            way: Way::default(),
            within: None,
            answer_bytes_max: ANSWER_BYTES_MAX,
        }
    }

    /// Sends it another way.
    #[must_use]
    pub const fn by(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// Adds a header; `name` in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", "application/json")
    }

    /// Sets a form body; `pairs` are encoded here.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(pairs);
        self.body = encoded.finish().into_bytes();
        self.header("content-type", "application/x-www-form-urlencoded")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next().unwrap_or_default();
        write!(f, "{} {path} ({} bytes)", self.method.as_str(), self.body.len())
    }
}

/// What came back. `Debug` hides headers and body.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body, already decompressed.
    pub body: Vec<u8>,
}

/// The longest `Retry-After` that is believed: a garbled header must not stop a customer.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);

impl Response {
    /// A response without headers or body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A header's value; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `Retry-After`: how long to wait from the answer on. A date in it counts from the server's own clock, or from `now` if
    /// the answer has none.
    #[must_use]
    pub fn retry_after(&self, now: Option<Timestamp>) -> Option<Duration> {
        let text = self.header("retry-after")?.trim();
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let date = self.header("date").and_then(Timestamp::parse_http_date);
                Timestamp::parse_http_date(text)?.since(date.or(now)?)
            }
        };
        Some(wait.min(RETRY_AFTER_MAX))
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

/// Why no response came. The outcome on the other side is known only for [`TransportError::Connect`] and
/// [`TransportError::NoRoom`]: nothing arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection was made; the request did not arrive.
    #[error("cannot connect to {host}")]
    Connect {
        /// The host that was asked for.
        host: String,
    },
    /// As many calls were under way as may be; the request did not leave.
    #[error("no room for a call to {host}: too many are under way that get no answer")]
    NoRoom {
        /// The host that was to be asked.
        host: String,
    },
    /// No answer within the time limit; the request may have arrived.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection ended before the answer was whole; the request may have arrived.
    #[error("the connection broke before the answer was whole")]
    Broken,
    /// The answer's body is over the limit.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The request could not be made at all (a bad URL, say).
    #[error("the request cannot be made: {0}")]
    Invalid(String),
}

/// A response that will come.
pub type Answer = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send>>;

/// Sends requests.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and waits for the whole response, within the transport's own time limit.
    fn send(&self, request: Request) -> Answer;
}

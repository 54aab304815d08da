//! The transport of production: reqwest over rustls.

use std::{sync::Arc, time::Duration};

use super::{
    Answer, Method, REFUSAL_BYTES_MAX, Request, Response, Transport, TransportError, pinned,
    room::{CALLS_OUT_MAX, Room},
};

use crate::domain::this_machine::is_this_machine;

/// Connections to one host that are kept open for the next call, at most; with room for few calls it is fewer.
const IDLE_MAX: usize = 16;

/// Limits of the real transport.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time to connect.
    pub connect: Duration,
    /// Time for the whole exchange.
    pub total: Duration,
    /// Calls that may be under way at once.
    pub calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), total: Duration::from_secs(60), calls: CALLS_OUT_MAX }
    }
}

/// Sends over HTTP with a pool of kept-alive connections.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    /// For this machine itself, which no proxy of the environment reaches.
    direct: reqwest::Client,
    limits: Limits,
    room: Arc<Room>,
}

impl HttpTransport {
    /// A transport with these limits.
    ///
    /// # Errors
    /// When the TLS set-up of the machine cannot be used.
    pub fn new(limits: Limits) -> Result<Self, TransportError> {
        Self::built(limits, None)
    }

    /// A transport that trusts the certificates with these SHA-256 fingerprints, and no others.
    ///
    /// # Errors
    /// When the TLS set-up of the machine cannot be used.
    pub fn trusting(limits: Limits, fingerprints: Vec<[u8; 32]>) -> Result<Self, TransportError> {
        let tls = pinned::config(fingerprints);
        Self::built(limits, Some(tls.map_err(|error| TransportError::Invalid(error.to_string()))?))
    }

    fn built(limits: Limits, tls: Option<rustls::ClientConfig>) -> Result<Self, TransportError> {
        provide_tls();
        let builder = || {
            let builder = reqwest::Client::builder();
            match tls.clone() {
                Some(tls) => builder.tls_backend_preconfigured(tls),
                None => builder,
            }
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(IDLE_MAX.min(limits.calls / 16))
            .user_agent(concat!("tandem/", env!("CARGO_PKG_VERSION")))
        };
        let built = |client: reqwest::Result<reqwest::Client>| {
            client.map_err(|error| TransportError::Invalid(error.to_string()))
        };
        Ok(Self {
            client: built(builder().build())?,
            direct: built(builder().no_proxy().build())?,
            limits,
            room: Arc::new(Room::new(limits.calls)),
        })
    }

    /// As a shared trait object.
    #[must_use]
    pub fn shared(self) -> Arc<dyn Transport> {
        Arc::new(self)
    }
}

impl HttpTransport {
    /// What goes to this machine goes by no proxy.
    fn client_for(&self, url: Option<&url::Url>) -> &reqwest::Client {
        let is_here = url.and_then(url::Url::host_str).is_some_and(is_this_machine);
        if is_here { &self.direct } else { &self.client }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> Answer {
        let url = url::Url::parse(&request.url).ok();
        let client = self.client_for(url.as_ref()).clone();
        let (limits, room) = (self.limits, Arc::clone(&self.room));
        Box::pin(async move {
            let host = url.as_ref().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            let server = url.map(|url| url.authority().to_owned()).unwrap_or_default();
            let Some(_place) = room.place(request.way, &server).await else {
                return Err(TransportError::NoRoom { host });
            };
            let method = match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Put => reqwest::Method::PUT,
                Method::Delete => reqwest::Method::DELETE,
            };
            let mut builder = client.request(method, &request.url);
            for (name, value) in &request.headers {
                builder = builder.header(*name, value);
            }
            if let Some(within) = request.within {
                builder = builder.timeout(within);
            }
            if !request.body.is_empty() {
                builder = builder.body(request.body);
            }
            let classify = |error: reqwest::Error| {
                if error.is_connect() {
                    TransportError::Connect { host: host.clone() }
                } else if error.is_timeout() {
                    TransportError::Timeout(request.within.unwrap_or(limits.total))
                } else if error.is_builder() {
                    TransportError::Invalid("malformed URL or header".to_owned())
                } else {
                    TransportError::Broken
                }
            };
            let mut response = builder.send().await.map_err(&classify)?;
            let status = response.status().as_u16();
            let headers = response
                .headers()
                .iter()
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect();
            let is_success = response.status().is_success();
            let limit = if is_success { request.answer_bytes_max } else { REFUSAL_BYTES_MAX };
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(&classify)? {
                if body.len() + chunk.len() > limit {
                    if is_success {
                        return Err(TransportError::TooLarge { limit });
                    }
                    break;
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Response { status, headers, body })
        })
    }
}

/// Makes TLS available to every client that this process builds. Another part may have done so already; either serves.
pub fn provide_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
#[path = "http_test.rs"]
mod tests;

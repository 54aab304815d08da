//! Whether a proxy forwarded a request: what comes through one comes from outside, whatever its address.

use actix_web::{HttpRequest, http::header::HeaderName};

/// Headers that a proxy adds to what it forwards; with `x-forwarded-`, every name that begins so.
const FORWARDED: [&str; 14] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "true-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-original-host",
    "x-envoy-external-address",
    "cf-connecting-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "cdn-loop",
];

/// Whether a proxy forwarded the request.
#[must_use]
pub fn is_forwarded(request: &HttpRequest) -> bool {
    let names = request.headers().keys().map(HeaderName::as_str);
    names.into_iter().any(|name| name.starts_with("x-forwarded-") || FORWARDED.contains(&name))
}

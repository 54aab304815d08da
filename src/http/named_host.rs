//! Which host a request names.

use actix_web::{HttpRequest, http::header::HOST};

use crate::{config::HttpSettings, domain::this_machine::is_this_machine};

/// Whether every host that the request names is this machine as it calls itself. A proxy here that adds no header passes the public name
/// on, and what is open to this machine is not open to all that it forwards.
pub fn names_this_machine(request: &HttpRequest) -> bool {
    let is_loopback = |host: &str| named(host).is_some_and(|host| is_this_machine(&host.to_string()));
    let mut named = request.headers().get_all(HOST).map(|host| host.to_str().unwrap_or_default());
    named.all(is_loopback)
        && request.uri().authority().is_none_or(|authority| is_loopback(authority.as_str()))
}

/// Whether `http.public_url` is this machine as it calls itself: then no proxy brings others here by another name.
pub fn is_known_here_alone(settings: &HttpSettings) -> bool {
    let url = url::Url::parse(&settings.public_url).ok();
    url.as_ref().and_then(url::Url::host_str).is_some_and(is_this_machine)
}

/// The host of `host` or `host:port`, in the form of a URL's.
pub fn named(host: &str) -> Option<url::Host> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match url::Host::parse(name).ok()? {
        url::Host::Domain(name) => Some(url::Host::Domain(name.trim_end_matches('.').to_owned())),
        address => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_request_by_the_public_name_is_not_this_machines_own() {
        let of = |host: &str| {
            names_this_machine(&TestRequest::get().insert_header((HOST, host)).to_http_request())
        };
        for own in ["localhost", "localhost:8400", "127.0.0.1:8400", "[::1]:8400", "[::ffff:127.0.0.1]:8400"]
        {
            assert!(of(own), "{own}");
        }
        for other in ["tandem.example.org", "10.0.0.7:8400", "localhost.example.org", ""] {
            assert!(!of(other), "{other}");
        }
        assert!(
            names_this_machine(&TestRequest::get().to_http_request()),
            "what names none comes from no browser"
        );
    }
}

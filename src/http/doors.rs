//! What every request passes: which host it names, and what every answer carries.
//!
//! A page of a stranger can have a browser on this machine ask for `http://its-own-name:8400/`, with a name that resolves to
//! 127.0.0.1 (DNS rebinding), and read the answer. Such a request names the stranger's host, so a foreign name is refused. Hooks are
//! judged by their tokens: what stands in front of Tandem may pass any name on with them.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HOST, HeaderName, HeaderValue, REFERRER_POLICY},
    },
    middleware::Next,
    web,
};

use super::{named_host::named, state::HttpState};
use crate::config::HttpSettings;

/// Where hooks are received.
const HOOKS: &str = "/hooks/";

/// What is said to a foreign name; it tells nothing of the settings, since a stranger's page may read it.
const MISDIRECTED: &str = "This address is not Tandem's: it answers to localhost, 127.0.0.1, [::1] and the host of http.public_url \
                           (tandem.toml) only.\n";

/// What every answer carries. Pages have no inline script or style, so that none that gets in through a name is run.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Lets a request in if it names a host of Tandem's, and gives its answer the headers of every answer.
pub async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_ours = request.path().starts_with(HOOKS)
        || request
            .app_data::<web::Data<HttpState>>()
            .is_some_and(|state| names_us(request.request(), &state.deps.settings.http));
    let mut response = if is_ours {
        next.call(request).await?.map_into_boxed_body()
    } else {
        let refused = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
            .content_type("text/plain; charset=utf-8")
            .body(MISDIRECTED);
        request.into_response(refused)
    };
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        // A page with a form has a policy of its own for what the form tells of the page.
        if name != REFERRER_POLICY || !response.headers().contains_key(REFERRER_POLICY) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

/// Whether every host that the request names is one of ours. What names none comes from no browser.
fn names_us(request: &HttpRequest, settings: &HttpSettings) -> bool {
    let mut named = request.headers().get_all(HOST).map(|host| host.to_str().unwrap_or_default());
    named.all(|host| is_ours(host, settings))
        && request.uri().authority().is_none_or(|authority| is_ours(authority.as_str(), settings))
}

/// Whether a host, with or without a port, is a loopback name, that of `http.public_url`, or the address that Tandem listens at. If
/// that is any address of this machine, each address in figures is: no resolver can point it elsewhere.
fn is_ours(host: &str, settings: &HttpSettings) -> bool {
    let Some(named) = named(host) else { return false };
    let public = url::Url::parse(&settings.public_url).ok();
    let public = public.as_ref().and_then(url::Url::host);
    let listen = settings.listen.ip().to_canonical();
    let is_listening = |ip: std::net::IpAddr| {
        let ip = ip.to_canonical();
        ip.is_loopback() || ip == listen || (listen.is_unspecified() && !ip.is_unspecified())
    };
    let is_known = match &named {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(ip) => is_listening((*ip).into()),
        url::Host::Ipv6(ip) => is_listening((*ip).into()),
    };
    is_known || public.is_some_and(|public| public.to_owned() == named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn settings(listen: &str, public_url: &str) -> HttpSettings {
        let mut settings = Settings::defaults_in(std::path::Path::new("/nowhere")).http;
        settings.listen = listen.parse().unwrap();
        settings.public_url = public_url.to_owned();
        settings
    }

    #[test]
    fn a_host_is_a_loopback_name_the_public_one_or_the_address() {
        let here = settings("127.0.0.1:8400", "https://Sync.Example.org/tandem");
        for host in [
            "localhost",
            "LOCALHOST:1",
            "localhost.:8400",
            "127.0.0.1:8400",
            "127.0.0.1",
            "127.0.0.2:80",
            "[::1]:8400",
            "[::1]",
            "sync.example.org",
            "SYNC.example.org:443",
        ] {
            assert!(is_ours(host, &here), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evil.example:8400",
            "127.0.0.1.evil.example",
            "10.0.0.5:8400",
            "0.0.0.0:8400",
            "[::2]",
            "localhost:80@evil.example",
            "localhost:abc",
            "a b",
            "sync.example.org.evil.example",
        ] {
            assert!(!is_ours(host, &here), "{host}");
        }
        let everywhere = settings("0.0.0.0:8400", "http://127.0.0.1:8400");
        assert!(is_ours("10.0.0.5:8400", &everywhere) && !is_ours("evil.example", &everywhere));
        assert!(is_ours("10.0.0.5", &settings("10.0.0.5:8400", "http://10.0.0.5:8400")));
    }
}

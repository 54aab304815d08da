//! What surrounds every page: its title, where the visitor is, when it was made, by which version.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::moment::Moment;
use crate::{
    auth::Scope,
    domain::CustomerId,
    http::{forwarded::is_forwarded, state::HttpState},
};

/// The surroundings of a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The page's title.
    pub title: String,
    /// What stands before every address of a page: the path of `http.public_url`, behind a proxy.
    pub base: String,
    /// The part of Tandem that the page belongs to.
    pub section: &'static str,
    /// The customer that it is about, with the name that people know.
    pub customer: Option<(CustomerId, String)>,
    /// Whether there is anything to go to: not on pages for people from outside.
    pub is_inside: bool,
    /// As whom the browser is signed in.
    pub who: Option<String>,
    /// What its form to sign out sends.
    pub out: Option<String>,
    /// Where to go on after a sign-in, as a query.
    pub next: String,
    /// What its forms send, if the visitor may change anything.
    pub csrf: Option<String>,
    /// When it was made.
    pub made: Option<Moment>,
    /// The version of Tandem.
    pub version: &'static str,
}

impl Shell {
    /// A page for people without an account in Tandem.
    #[must_use]
    pub fn alone(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            base: String::new(),
            section: "",
            customer: None,
            is_inside: false,
            who: None,
            out: None,
            next: String::new(),
            csrf: None,
            made: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// A page of all customers, or of none.
    #[must_use]
    pub fn of(request: &HttpRequest, state: &HttpState, section: &'static str, title: &str) -> Self {
        let now = state.deps.clock.now();
        // Whether the store can be read is told by the page itself.
        let signed_in = state.signed_in(request).ok().flatten();
        Self {
            base: base(request, &state.deps.settings.http.public_url),
            section,
            is_inside: true,
            made: Some(Moment::of(now, now, chrono_tz::UTC)),
            who: signed_in.as_ref().map(|it| it.caller.name.clone()),
            out: signed_in.as_ref().map(|it| it.csrf.clone()),
            csrf: signed_in.filter(|it| it.caller.scope >= Scope::Operate).map(|it| it.csrf),
            next: next(request),
            ..Self::alone(title)
        }
    }

    /// The same page about a customer.
    #[must_use]
    pub fn about(self, customer: &CustomerId, name: &str) -> Self {
        Self { customer: Some((customer.clone(), name.to_owned())), ..self }
    }

    /// Whether the page belongs to this part.
    #[must_use]
    pub fn is_in(&self, section: &str) -> bool {
        self.section == section
    }
}

/// The page that was asked for, to go on to after a sign-in.
fn next(request: &HttpRequest) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", request.uri().path_and_query().map_or("/", |path| path.as_str())).finish()
}

/// The path of the public address, which a proxy takes off before it hands a request on.
fn base(request: &HttpRequest, public_url: &str) -> String {
    let url = is_forwarded(request).then(|| url::Url::parse(public_url).ok()).flatten();
    url.map_or(String::new(), |url| url.path().trim_end_matches('/').to_owned())
}

/// The answer that shows a page.
pub fn shown(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(body) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body),
        Err(error) => {
            tracing::error!(%error, "a page could not be written out; it is answered with 500");
            HttpResponse::InternalServerError().finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn behind_a_proxy_pages_link_below_the_path_of_the_public_address() {
        let here = TestRequest::get().to_http_request();
        let forwarded = TestRequest::get().insert_header(("X-Forwarded-For", "1.2.3.4")).to_http_request();
        assert_eq!(base(&here, "https://example.org/tandem/"), "");
        assert_eq!(base(&forwarded, "https://example.org/tandem/"), "/tandem");
        assert_eq!(base(&forwarded, "https://example.org"), "");
    }
}

//! Which page had a browser send a request that changes something.

use actix_web::{HttpRequest, http::header};

use crate::config::HttpSettings;

/// The page that a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// One of Tandem's own, or no page at all: commands and scripts name none.
    Own,
    /// A page of another site.
    Foreign,
    /// The browser does not tell.
    Hidden,
}

impl Sender {
    /// The sender of a request: browsers name it where the connection is safe (`Sec-Fetch-Site`), and by the origin elsewhere.
    #[must_use]
    pub fn of(request: &HttpRequest, settings: &HttpSettings) -> Self {
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
        if let Some(site) = header("sec-fetch-site") {
            return if matches!(site, "same-origin" | "none") { Self::Own } else { Self::Foreign };
        }
        match header("origin") {
            None => Self::Own,
            Some("null") => Self::Hidden,
            Some(origin) => {
                let own = header(header::HOST.as_str());
                let authority = origin.split_once("://").map(|(_, authority)| authority);
                let public = url::Url::parse(&settings.public_url).ok();
                let is_public = public.is_some_and(|url| url.origin().ascii_serialization() == origin);
                if is_public || (own.is_some() && authority == own) { Self::Own } else { Self::Foreign }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::config::Settings;

    #[test]
    fn a_page_is_ours_by_what_the_browser_says() {
        let mut settings = Settings::defaults_in(std::path::Path::new("/nowhere")).http;
        settings.public_url = "https://sync.example.org/tandem".to_owned();
        let of = |headers: &[(&str, &str)]| {
            let request = TestRequest::post().insert_header(("Host", "10.0.0.7:8400"));
            let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
            Sender::of(&request.to_http_request(), &settings)
        };
        for own in [
            &[][..],
            &[("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],
            &[("Origin", "http://10.0.0.7:8400")],
            &[("Origin", "https://sync.example.org")],
        ] {
            assert_eq!(of(own), Sender::Own, "{own:?}");
        }
        for foreign in [
            &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://sync.example.org")][..],
            &[("Sec-Fetch-Site", "same-site")],
            &[("Origin", "http://10.0.0.7:8401")],
            &[("Origin", "http://sync.example.org")],
            &[("Origin", "https://sync.example.org.evil.example")],
            &[("Origin", "evil")],
        ] {
            assert_eq!(of(foreign), Sender::Foreign, "{foreign:?}");
        }
        assert_eq!(of(&[("Origin", "null")]), Sender::Hidden);
    }
}

//! The answer to a token that does not open a door.

use actix_web::{HttpResponse, HttpResponseBuilder};

use super::guesses::Shown;

/// Begins the answer: 401, or 429 where the token was not even compared. `None` for the right token.
#[must_use]
pub fn of(shown: Shown) -> Option<HttpResponseBuilder> {
    match shown {
        Shown::Right => None,
        Shown::Wrong => Some(HttpResponse::Unauthorized()),
        Shown::Later => {
            let mut later = HttpResponse::TooManyRequests();
            later.insert_header(("Retry-After", "2"));
            Some(later)
        }
    }
}

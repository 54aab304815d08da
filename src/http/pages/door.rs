//! Whether a visitor may see a page: the one place where pages ask.
//!
//! Pages that name no people are open on this machine, as the metrics are. All others need a token that may see the customer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header};

use super::refused;
use crate::{
    auth::Caller,
    http::{
        guesses::Shown,
        state::{HttpState, TurnedAway},
    },
    operator::OperatorContext,
};

/// What a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Customers and counts.
    Customers,
    /// People: addresses, names, what was decided about them.
    People,
}

/// What the visitor's questions are answered from; else the page that says why not.
///
/// # Errors
/// The answer to a visitor that may not see the page.
pub async fn enter(
    request: &HttpRequest,
    state: &HttpState,
    shows: Shows,
) -> Result<OperatorContext, HttpResponse> {
    let is_token = request.headers().contains_key(header::AUTHORIZATION);
    if !is_token && shows == Shows::Customers && matches!(state.local(request).await, Shown::Right) {
        return Ok(state.context(Caller::page()));
    }
    match state.caller(request).await {
        Ok(caller) => Ok(state.context(caller)),
        Err(TurnedAway::Wrong) => Err(refused::page(
            (request, state),
            StatusCode::UNAUTHORIZED,
            "This page needs the admin token, or an API token that may see the customer.",
        )),
        Err(TurnedAway::Later) => {
            let text = "Too many wrong tokens came from there. Try again in a moment.";
            let mut later = refused::page((request, state), StatusCode::TOO_MANY_REQUESTS, text);
            later.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("2"));
            Err(later)
        }
        Err(TurnedAway::Store(problem)) => {
            Err(refused::page((request, state), StatusCode::INTERNAL_SERVER_ERROR, &problem.to_string()))
        }
    }
}

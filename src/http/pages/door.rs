//! Whether a visitor may see a page: the one place where pages ask.
//!
//! Pages that name no people are open on this machine, as the metrics are. All others need a token that may see the customer.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header};

use super::refused;
use crate::{
    auth::Caller,
    domain::CustomerId,
    http::{
        sign_in::{go_to, turned_away},
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
    match state.viewer(request).await {
        // This machine sees counts and no people.
        Ok(caller) if shows == Shows::People && caller == Caller::page() => Err(unknown((request, state))),
        Ok(caller) => Ok(state.context(caller)),
        Err(TurnedAway::Wrong) => Err(unknown((request, state))),
        Err(TurnedAway::Forged) => Err(refused::page(
            (request, state),
            StatusCode::FORBIDDEN,
            "This came from another site, or from a page of a session that has ended.",
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

/// The answer to a button of a customer's page whose session cannot act. Where it ended, the way leads through the sign-in back to the page.
pub fn not_acting(refused: &TurnedAway, customer: &str, page: &str) -> HttpResponse {
    match (refused, customer.parse::<CustomerId>()) {
        (TurnedAway::Wrong, Ok(id)) => go_to(&format!("../../sign-in?next=/customers/{id}{page}"), None),
        _ => turned_away(refused),
    }
}

fn unknown(of: (&HttpRequest, &HttpState)) -> HttpResponse {
    let text = "Sign in with the admin token, or with an API token that may see the customer.";
    refused::page(of, StatusCode::UNAUTHORIZED, text)
}

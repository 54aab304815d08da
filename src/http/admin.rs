//! The admin API: the operators' questions over HTTP, with the admin token, an API token, or a session.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use serde::Deserialize;
use serde_json::json;

use super::state::{HttpState, TurnedAway};
use crate::{
    auth,
    operator::{self, Operation, OperatorContext, OperatorError},
};

/// How long a question about a customer waits for the service to have taken all customers over.
const STARTED_WITHIN: Duration = Duration::from_secs(20);

/// The header that may carry a question's parameters, encoded as in a query.
pub const PARAMETERS: &str = "x-tandem-parameters";

/// What is asked for a proof.
#[derive(Debug, Deserialize)]
pub struct Challenge {
    challenge: String,
}

/// `GET /api/v1/proof`: shows a command that this service holds the data folder, before it sends the admin token.
pub async fn proof(asked: web::Query<Challenge>, state: web::Data<HttpState>) -> HttpResponse {
    let port = state.deps.settings.http.listen.port();
    match auth::proof::of(&state.signing_key, &asked.challenge, port) {
        Some(proof) => HttpResponse::Ok().json(json!({ "proof": proof })),
        None => error(StatusCode::BAD_REQUEST, "a challenge is 32 to 128 hexadecimal digits"),
    }
}

/// `/api/v1/...`
pub async fn api(request: HttpRequest, path: web::Path<String>, state: web::Data<HttpState>) -> HttpResponse {
    let caller = match state.caller(&request).await {
        Ok(caller) => caller,
        Err(TurnedAway::Wrong) => {
            return error(StatusCode::UNAUTHORIZED, "the token is missing, wrong, or has ended");
        }
        Err(TurnedAway::Later) => {
            let mut later = error(
                StatusCode::TOO_MANY_REQUESTS,
                "too many wrong tokens came from there; try again in a moment",
            );
            later.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            return later;
        }
        Err(TurnedAway::Forged) => {
            let text = "a browser's session changes something only with its CSRF token in the header X-Tandem-CSRF, from a page of Tandem";
            return error(StatusCode::FORBIDDEN, text);
        }
        Err(TurnedAway::Store(problem)) => {
            return error(StatusCode::INTERNAL_SERVER_ERROR, &problem.to_string());
        }
    };
    let Some((operation, mut parameters)) = Operation::at(request.method().as_str(), &path) else {
        return no_route(&path);
    };
    // An address or a name stands in no URL: commands send what they ask for in a header.
    let header = request.headers().get(PARAMETERS).map_or(&b""[..], HeaderValue::as_bytes);
    for text in [request.query_string().as_bytes(), header] {
        parameters.extend(url::form_urlencoded::parse(text).into_owned());
    }
    match put(operation, &parameters, &state.context(caller), &state).await {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(problem) => error(status_of(&problem), &problem.to_string()),
    }
}

/// The answer to a route that is not there, or not by this method.
fn no_route(path: &str) -> HttpResponse {
    let methods = Operation::methods_at(path);
    if methods.is_empty() {
        return error(StatusCode::NOT_FOUND, "there is no such route; see /api/v1/openapi.json");
    }
    let methods = methods.join(", ");
    let mut wrong = error(StatusCode::METHOD_NOT_ALLOWED, &format!("this route answers to {methods} only"));
    if let Ok(allowed) = HeaderValue::from_str(&methods) {
        wrong.headers_mut().insert(header::ALLOW, allowed);
    }
    wrong
}

/// Asks, and has the customer's actors look where the answer gives them something to do.
pub(super) async fn put(
    operation: &'static Operation,
    parameters: &[(String, String)],
    context: &OperatorContext,
    state: &HttpState,
) -> Result<serde_json::Value, OperatorError> {
    let asked = operation.ask(parameters)?;
    if asked.customer().is_some() {
        // At a start, a customer may not have its place in the store yet.
        state.service.started(STARTED_WITHIN).await;
    }
    let answer = asked.answer(context).await?;
    if operation.nudges
        && let Some(customer) = asked.customer().and_then(|id| id.parse().ok())
    {
        state.service.nudge(&customer);
    }
    Ok(answer)
}

/// The status that tells of a question without an answer.
pub(super) const fn status_of(problem: &OperatorError) -> StatusCode {
    match problem {
        OperatorError::Malformed(_) => StatusCode::BAD_REQUEST,
        OperatorError::Forbidden(_) => StatusCode::FORBIDDEN,
        OperatorError::Unknown(_) => StatusCode::NOT_FOUND,
        OperatorError::Refused(_) => StatusCode::CONFLICT,
        OperatorError::Settings(_) => StatusCode::UNPROCESSABLE_ENTITY,
        OperatorError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `GET /api/v1/openapi.json`
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok().json(operator::openapi::document())
}

/// An error as RFC 9457 has it (`application/problem+json`), beside the key `error`.
fn error(status: StatusCode, text: &str) -> HttpResponse {
    let (kind, title) = operator::openapi::problem(status.as_u16());
    let body =
        json!({ "error": text, "type": kind, "title": title, "status": status.as_u16(), "detail": text });
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, operator::openapi::PROBLEM))
        .body(body.to_string())
}

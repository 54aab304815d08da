//! The receivers of Constant Contact hints (W5) and of Virtuous events: checked, kept on disk, then acknowledged.

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;

use super::{
    bodies::Held,
    connections::{Connections, Standing},
    events,
    guesses::{Caller, Shown},
    state::HttpState,
};
use crate::{
    config::CustomerSettings,
    constant_contact::{
        hints::{self, Hint, HintError},
        signature::verify_signature,
    },
    domain::{CustomerId, System},
    service::IntakeError,
    store::HintAbout,
};

/// The largest body of hints.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// `POST /hooks/constant-contact/{customer}/{token}`
pub async fn constant_contact(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let (customer, token) = path.into_inner();
    let settings = state.customer(&customer);
    let code = match &settings {
        // A caller learns nothing of which customers there are: a customer without a receiver is not found.
        Some(settings) if !settings.constant_contact.webhook_token.is_empty() => {
            receive_hints(&state, settings, &token, &request, payload).await
        }
        _ => unknown(&state, &request, System::ConstantContact).await,
    };
    answer(&state, settings.as_deref(), System::ConstantContact, code)
}

/// `POST /hooks/virtuous/{customer}/{token}`
pub async fn virtuous(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let (customer, token) = path.into_inner();
    let settings = state.customer(&customer);
    let code = match &settings {
        Some(settings) => receive_events(&state, settings, &token, &request, payload).await,
        None => unknown(&state, &request, System::Virtuous).await,
    };
    answer(&state, settings.as_deref(), System::Virtuous, code)
}

/// Counts a delivery by its status, and answers it.
fn answer(state: &HttpState, settings: Option<&CustomerSettings>, source: System, code: u16) -> HttpResponse {
    state.deps.metrics.webhook_request(settings.map(|settings| &settings.id), source, code);
    let text = match code {
        202 => "accepted",
        400 => "malformed",
        401 => "refused",
        404 => "not found",
        413 => "too large",
        _ => "try again",
    };
    let status = actix_web::http::StatusCode::from_u16(code).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    if code == 503 {
        response.insert_header(("Retry-After", "5"));
    }
    response.content_type("text/plain; charset=utf-8").body(text)
}

/// Whether a token is that of a customer's receiver; a wrong one is counted, costs waits, and gives the status of its answer.
async fn opens(
    state: &HttpState,
    request: &HttpRequest,
    (source, customer, token): (System, Option<&CustomerId>, &str),
    is_right: impl Fn() -> bool,
) -> Result<(), u16> {
    let door = format!("{} {}", source.as_str(), customer.map_or("", CustomerId::as_str));
    let shown = state.callers.guesses.compare(&Caller::of(request, &door), token, is_right).await;
    if shown != Shown::Right {
        state.deps.metrics.wrong_token(customer, source.as_str());
    }
    match shown {
        Shown::Right => Ok(()),
        Shown::Wrong => Err(401),
        Shown::Later => Err(503),
    }
}

/// The status for a customer that is not there, or has no receiver. Callers try through names no faster than through tokens.
async fn unknown(state: &HttpState, request: &HttpRequest, source: System) -> u16 {
    // Never "come again": who still sends for a customer that is gone would keep everybody slow.
    let _ = opens(state, request, (source, None, ""), || false).await;
    404
}

async fn receive_hints(
    state: &HttpState,
    settings: &CustomerSettings,
    token: &str,
    request: &HttpRequest,
    payload: web::Payload,
) -> u16 {
    let cc = &settings.constant_contact;
    let door = (System::ConstantContact, Some(&settings.id), token);
    if let Err(code) = opens(state, request, door, || cc.webhook_token.matches(token)).await {
        return code;
    }
    let mut held = state.callers.bodies.begin();
    let body = match body(request, payload, BODY_BYTES_MAX, &mut held).await {
        Ok(body) => body,
        Err(code) => return code,
    };
    if !cc.webhook_secret.is_empty() {
        let header = request.headers().get("x-tandem-signature").and_then(|value| value.to_str().ok());
        if !verify_signature(cc.webhook_secret.expose().as_bytes(), &body, header.unwrap_or_default()) {
            return 401;
        }
    }
    let hints = match hints::parse(&body) {
        Ok(hints) => hints,
        // Too many to be read one by one: a poll finds them together (W5).
        Err(HintError::TooMany) => vec![Hint::Nobody],
        Err(HintError::Malformed | HintError::NoObject) => return 400,
    };
    let about = hints.into_iter().map(|hint| match hint {
        Hint::Contact(id) => HintAbout::Contact(id.to_string()),
        Hint::Email(address) => HintAbout::Email(address),
        Hint::Nobody => HintAbout::Nobody,
    });
    match state.service.hints(&settings.id, about.collect()).await {
        Ok(()) => 202,
        Err(IntakeError::Unknown) => 404,
        Err(IntakeError::Busy | IntakeError::Store) => 503,
    }
}

async fn receive_events(
    state: &HttpState,
    settings: &CustomerSettings,
    token: &str,
    request: &HttpRequest,
    payload: web::Payload,
) -> u16 {
    let receiver = match events::Receiver::of(state, settings) {
        Ok(Some(receiver)) => receiver,
        Ok(None) => return unknown(state, request, System::Virtuous).await,
        Err(_) => return 503,
    };
    let door = (System::Virtuous, Some(&settings.id), token);
    if let Err(code) = opens(state, request, door, || receiver.is_meant(token)).await {
        return code;
    }
    let mut held = state.callers.bodies.begin();
    let body = match body(request, payload, events::BODY_BYTES_MAX, &mut held).await {
        Ok(body) => body,
        Err(code) => return code,
    };
    let header = request.headers().get(receiver.header()).and_then(|value| value.to_str().ok());
    receiver.take(state, header.unwrap_or_default(), body).await
}

/// Reads a body up to a limit, whatever its announced length, while there is room for it among all bodies. A connection whose body drips
/// is cut meanwhile (B4).
async fn body(
    request: &HttpRequest,
    mut payload: web::Payload,
    limit: usize,
    held: &mut Held,
) -> Result<Vec<u8>, u16> {
    let stands = |standing| {
        if let Some(connections) = request.app_data::<web::Data<Connections>>() {
            connections.stands(request.peer_addr(), standing);
        }
    };
    stands(Standing::Body);
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| 400u16)?;
        if body.len() + chunk.len() > limit {
            return Err(413);
        }
        if !held.has_come_to(body.len() + chunk.len()) {
            return Err(503);
        }
        body.extend_from_slice(&chunk);
    }
    stands(Standing::Served);
    Ok(body)
}

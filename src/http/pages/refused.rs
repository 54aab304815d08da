//! The page in place of what is not there, not allowed, or cannot be made: what is wrong, and where to go.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    prose::Prose,
    shell::{Shell, shown},
};
use crate::{
    http::{admin, state::HttpState},
    operator::OperatorError,
};

#[derive(Template)]
#[template(path = "refused.html", config = "src/http/pages/askama.toml")]
struct Refused {
    shell: Shell,
    text: Prose,
}

/// The page of a status, with a text.
pub fn page((request, state): (&HttpRequest, &HttpState), status: StatusCode, text: &str) -> HttpResponse {
    let title = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::TOO_MANY_REQUESTS => "Not now",
        StatusCode::BAD_REQUEST => "Asked wrongly",
        StatusCode::CONFLICT => "Not as things are",
        _ => "This did not work",
    };
    let shell = Shell::of(request, state, "", title);
    shown(status, &Refused { shell, text: Prose::of(text) })
}

/// The page of a question without an answer.
pub fn of((request, state): (&HttpRequest, &HttpState), error: &OperatorError) -> HttpResponse {
    page((request, state), admin::status_of(error), &error.to_string())
}

/// Any address without a page.
pub async fn not_found(request: HttpRequest, state: actix_web::web::Data<HttpState>) -> HttpResponse {
    page((&request, &state), StatusCode::NOT_FOUND, "There is no such page.")
}

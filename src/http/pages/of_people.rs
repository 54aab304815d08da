//! A page that names people: it is for who may see the customer, asks its questions, and is replaced by a page that says why not.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    door::{self, Shows},
    refused,
    shell::{Shell, shown},
};
use crate::{
    http::state::HttpState,
    operator::{OperatorContext, OperatorError},
};

/// The page that `page_of` makes of the answers to its questions, in a part of Tandem and under a title.
pub async fn answered<P: Template>(
    (request, state): (&HttpRequest, &HttpState),
    (section, title): (&'static str, &str),
    page_of: impl AsyncFnOnce(&OperatorContext, Shell) -> Result<P, OperatorError>,
) -> HttpResponse {
    let context = match door::enter(request, state, Shows::People).await {
        Ok(context) => context,
        Err(refused) => return refused,
    };
    match page_of(&context, Shell::of(request, state, section, title)).await {
        Ok(page) => shown(StatusCode::OK, &page),
        Err(error) => refused::of((request, state), &error),
    }
}

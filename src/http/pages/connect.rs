//! `/customers/{id}/connect`: what connecting means, the button that goes to Constant Contact, both names for a last look, and the
//! check with its remedies (I5).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;

use super::{
    customer, door,
    form::{Fields, field},
    of_people, plain,
    prose::Prose,
    refused,
    shell::{Shell, shown},
};
use crate::{
    auth::Caller,
    domain::CustomerId,
    http::{admin, oauth, state::HttpState},
    operator::{
        Operation, OperatorContext, OperatorError, questions::check::CheckView, shown::customer::CustomerView,
    },
};

/// The part of Tandem that the page belongs to, and its title.
const PLACE: (&str, &str) = ("connect", "Connect");

/// Something that the check found, and what to do.
struct Found {
    place: String,
    what: Prose,
    remedy: Prose,
}

#[derive(Template)]
#[template(path = "connect.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    customer: CustomerView,
    may_connect: bool,
    has_key: bool,
    /// Whether the import begins by itself.
    auto_start: bool,
    file: String,
    /// What the check found, once it ran.
    check: Option<Vec<Found>>,
}

/// `GET /customers/{customer}/connect`
pub async fn page(
    request: HttpRequest,
    path: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    of_people::answered((&request, &state), PLACE, async |context, shell| {
        page_of(context, &path, shell, None).await
    })
    .await
}

/// `POST /customers/{customer}/connect`: goes to Constant Contact, or has the customer checked.
pub async fn act(
    request: HttpRequest,
    path: web::Path<String>,
    form: web::Form<Fields>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let signed_in = match state.acting(&request, Some(field(&form, "csrf"))) {
        Ok(signed_in) => signed_in,
        Err(refused) => return door::not_acting(&refused, &path, "/connect"),
    };
    let done = match field(&form, "what") {
        "constant-contact" => go((&request, &path), signed_in.caller, &state).await,
        "check" => {
            let shell = Shell::of(&request, &state, PLACE.0, PLACE.1);
            checked(&path, signed_in.caller, (shell, &state)).await
        }
        _ => Err(OperatorError::Malformed("there is no such button".to_owned())),
    };
    done.unwrap_or_else(|error| refused::of((&request, &state), &error))
}

async fn page_of(
    context: &OperatorContext,
    id: &str,
    shell: Shell,
    check: Option<Vec<Found>>,
) -> Result<Page, OperatorError> {
    let customer = customer::of(context, id).await?;
    let settings = context.settings_of(&customer.id);
    let may_connect = context.caller.may_connect(&customer.id);
    // Where files are is no concern of a visitor that may see one customer.
    let file = settings.filter(|_| may_connect).map(|settings| settings.file.display().to_string());
    Ok(Page {
        shell: shell.about(&customer.id, &customer.name),
        may_connect,
        auto_start: settings.is_some_and(|settings| settings.import.auto_start),
        has_key: settings.is_some_and(|settings| !settings.virtuous.api_key.is_empty()),
        file: file.unwrap_or_else(|| "the customer's file".to_owned()),
        check,
        customer,
    })
}

/// Sends the browser to Constant Contact. Not by a redirect: a form of these pages is sent to Tandem alone, wherever it is sent on to.
async fn go(
    (request, id): (&HttpRequest, &str),
    caller: Caller,
    state: &HttpState,
) -> Result<HttpResponse, OperatorError> {
    let context = state.context(caller);
    let customer = customer::of(&context, id).await?;
    if !context.caller.may_connect(&customer.id) {
        let text = "Connecting an account needs the scope admin, or a link of `tandem customer link`.";
        return Err(OperatorError::Forbidden(text.to_owned()));
    }
    let Some(way) = oauth::begin_by_page(request, customer.id, context.caller, state) else {
        return Ok(oauth::not_yet());
    };
    let url = plain::escape(&way.url);
    let body = format!("<p>If nothing happens: <a href=\"{url}\">go on to Constant Contact</a>.</p>");
    let mut response = HttpResponse::Ok();
    if let Some(cookie) = way.cookie {
        response.insert_header((header::SET_COOKIE, cookie));
    }
    response.insert_header((header::REFRESH, format!("0; url={}", way.url)));
    let page = plain::page_of("On to Constant Contact", &body);
    Ok(response.content_type("text/html; charset=utf-8").body(page))
}

/// Asks the check about this customer alone.
async fn checked(
    id: &str,
    caller: Caller,
    (shell, state): (Shell, &HttpState),
) -> Result<HttpResponse, OperatorError> {
    let of: CustomerId = customer::id_of(id)?;
    if !caller.sees(&of) {
        return Err(OperatorError::Unknown(format!("there is no customer \"{of}\"")));
    }
    let shows = state.context(caller.clone());
    let context = state.context(Caller { only: Some([of].into()), ..caller });
    let (check, parameters) = Operation::at("POST", "check")
        .ok_or_else(|| OperatorError::Unknown("there is no check".to_owned()))?;
    let answer = admin::put(check, &parameters, &context, state).await?;
    let view: CheckView = serde_json::from_value(answer)
        .map_err(|_| OperatorError::Failed("the answer of the check cannot be read".to_owned()))?;
    let found = view.problems.into_iter().map(|one| Found {
        place: one.place,
        what: Prose::of(one.what),
        remedy: Prose::of(one.remedy),
    });
    let page = page_of(&shows, id, shell, Some(found.collect())).await?;
    Ok(shown(StatusCode::OK, &page))
}

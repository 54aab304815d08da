//! A plain status page: where every customer stands. No secrets, no people.

use std::fmt::Write;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{refusal, state::HttpState};
use crate::{
    auth::Caller,
    config::ConfigErrors,
    domain::{Lane, State},
    operator::questions::customer_list::CustomersView,
};

/// `GET /`: open on loopback, else with the admin token.
pub async fn page(request: HttpRequest, state: web::Data<HttpState>) -> HttpResponse {
    let page = |mut response: actix_web::HttpResponseBuilder, body: &str| {
        response.content_type("text/html; charset=utf-8").body(page_of("Tandem", body))
    };
    if let Some(refused) = refusal::of(state.local(&request).await) {
        return page(refused, "<p>This page needs the admin token.</p>");
    }
    match CustomersView::of(&state.context(Caller::page())).await {
        Ok(view) => page(HttpResponse::Ok(), &(broken(&state.broken()) + &table(&view))),
        Err(error) => {
            page(HttpResponse::InternalServerError(), &format!("<p>{}</p>", escape(&error.to_string())))
        }
    }
}

/// The customers' files that are wrong, whose customers do not run (B4).
fn broken(problems: &ConfigErrors) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let mut out = String::from("<p>These files are wrong, and their customers do not run:<ul>");
    for problem in &problems.0 {
        let _ = write!(out, "<li>{}", escape(&problem.to_string()));
    }
    out.push_str("</ul>");
    out
}

fn table(view: &CustomersView) -> String {
    let mut out = String::from("<table><tr><th>customer<th>stage");
    let names =
        State::ALL.iter().map(|state| state.as_str()).chain(Lane::ALL.iter().map(|lane| lane.as_str()));
    for name in names {
        let _ = write!(out, "<th>{name}");
    }
    out.push_str("<th>paused</tr>");
    for one in &view.customers {
        let _ = write!(
            out,
            "<tr><td>{} ({})<td>{}",
            escape(&one.name),
            escape(one.id.as_str()),
            one.stage.as_str()
        );
        let states = State::ALL.iter().map(|state| one.states.get(state));
        for count in states.chain(Lane::ALL.iter().map(|lane| one.lanes.get(lane))) {
            let _ = write!(out, "<td>{}", count.copied().unwrap_or_default());
        }
        let pause = one.pause.as_ref().map_or("", |pause| pause.reason.as_str());
        let _ = write!(out, "<td>{}</tr>", escape(pause));
    }
    out.push_str("</table>");
    out
}

/// How pages look. A file of its own: pages have nothing inline.
const STYLE: &str = "body{font-family:sans-serif;margin:2em}td,th{padding:.2em .6em;text-align:left}\n";

/// `GET /page.css`
pub async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// A whole page.
#[must_use]
pub fn page_of(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>\
         <link rel=stylesheet href=/page.css>\
         <h1>{title}</h1>{body}</html>\n"
    )
}

/// Text that is safe within a page.
#[must_use]
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

//! `/customers/{id}/people`: who is in which state, with the reason; page by page, or as a table for a spreadsheet.
//!
//! What is searched for may be an address, so that it stands in no URL: it is sent as a form.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use askama::Template;
use futures_util::stream;
use serde::Deserialize;

use super::{
    customer,
    door::{self, Shows},
    moment::Moment,
    of_people,
    prose::Prose,
    refused,
    shell::Shell,
    standing,
    words::{self, Count},
};
use crate::{
    domain::{Rule, State},
    http::state::HttpState,
    operator::{
        OperatorContext, OperatorError, Question,
        questions::people::{Listed, People, PeopleView, csv},
        shown::customer::CustomerView,
    },
};

/// People of a page.
const PEOPLE: u32 = 100;
/// People that are read at once for a table.
const ROWS: u32 = 1000;

/// What is asked of the page: by links, or by the form.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Asked {
    /// A state.
    #[serde(default)]
    state: String,
    /// A rule.
    #[serde(default)]
    rule: String,
    /// A part of an address or name, or an id.
    #[serde(default)]
    search: String,
    /// The last person of the page before.
    #[serde(default)]
    after: String,
}

/// A choice of people by their state.
struct Choice {
    state: &'static str,
    word: &'static str,
    people: Count,
    is_chosen: bool,
}

/// A person of the list.
struct Row {
    id: String,
    name: String,
    address: String,
    word: &'static str,
    colour: &'static str,
    reason: Prose,
    rule: &'static str,
    since: Moment,
}

#[derive(Template)]
#[template(path = "people.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    customer: CustomerView,
    asked: Asked,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
    unreadable: usize,
    /// The filter as a query, without what is searched for.
    query: String,
}

/// `GET /customers/{customer}/people`
pub async fn page(
    request: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    // An address in a link would stand in the history of the browser and in logs of proxies.
    let asked = Asked { search: String::new(), ..asked.into_inner() };
    answered(&request, &path, asked, &state).await
}

/// `POST /customers/{customer}/people`: the same with a search. It changes nothing.
pub async fn search(
    request: HttpRequest,
    path: web::Path<String>,
    asked: web::Form<Asked>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    answered(&request, &path, asked.into_inner(), &state).await
}

async fn answered(request: &HttpRequest, id: &str, asked: Asked, state: &HttpState) -> HttpResponse {
    of_people::answered((request, state), ("people", "People"), async |context, shell| {
        page_of(context, id, asked, shell).await
    })
    .await
}

/// The question that a page asks.
fn question(customer: &CustomerView, asked: &Asked, limit: u32) -> Result<People, OperatorError> {
    let wrong = |what: &str, text: &str| OperatorError::Malformed(format!("there is no {what} \"{text}\""));
    let state = match asked.state.as_str() {
        "" => None,
        text => Some(
            State::ALL
                .into_iter()
                .find(|state| state.as_str() == text)
                .ok_or_else(|| wrong("state", text))?,
        ),
    };
    let rule = match asked.rule.trim() {
        "" => None,
        text => Some(Rule::parse(&text.to_uppercase()).ok_or_else(|| wrong("rule", text))?),
    };
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(People {
        customer: customer.id.clone(),
        state,
        rule,
        search: given(&asked.search),
        after: given(&asked.after),
        limit: Some(limit),
    })
}

async fn page_of(
    context: &OperatorContext,
    id: &str,
    asked: Asked,
    shell: Shell,
) -> Result<Page, OperatorError> {
    let customer = customer::of(context, id).await?;
    let PeopleView { people, next, unreadable, .. } =
        question(&customer, &asked, PEOPLE)?.answer(context).await?;
    let zone = context.settings_of(&customer.id).map_or(chrono_tz::UTC, |settings| settings.time_zone);
    let row = |one: Listed| Row {
        id: one.id.to_string(),
        name: one.name,
        address: one.email.unwrap_or_default(),
        word: words::of_state(one.state),
        colour: words::colour(one.state),
        reason: Prose::of(one.reason),
        rule: one.rule.as_str(),
        since: Moment::of(one.since, context.now(), zone),
    };
    let choice = |state: State| Choice {
        state: state.as_str(),
        word: words::of_state(state),
        people: Count(standing::of(&customer, state)),
        is_chosen: asked.state == state.as_str(),
    };
    Ok(Page {
        shell: shell.about(&customer.id, &customer.name),
        choices: State::ALL.into_iter().map(choice).collect(),
        rows: people.into_iter().map(row).collect(),
        next,
        unreadable,
        query: query(&asked, None),
        asked,
        customer,
    })
}

/// The filter as a query.
fn query(asked: &Asked, after: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let given = [
        ("state", asked.state.as_str()),
        ("rule", asked.rule.as_str()),
        ("after", after.unwrap_or_default()),
    ];
    query.extend_pairs(given.into_iter().filter(|(_, text)| !text.is_empty()));
    query.finish()
}

impl Page {
    fn next_query(&self) -> String {
        query(&self.asked, self.next.as_deref())
    }
}

/// `GET /customers/{customer}/people.csv`: all of them, read and sent a piece at a time.
pub async fn table(
    request: HttpRequest,
    path: web::Path<String>,
    asked: web::Query<Asked>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let context = match door::enter(&request, &state, Shows::People).await {
        Ok(context) => context,
        Err(refused) => return refused,
    };
    let asked = Asked { search: String::new(), after: String::new(), ..asked.into_inner() };
    let first = async {
        let customer = customer::of(&context, &path).await?;
        let question = question(&customer, &asked, ROWS)?;
        let view = question.answer(&context).await?;
        Ok::<_, OperatorError>((question, view))
    };
    let (question, view) = match first.await {
        Ok(first) => first,
        Err(error) => return refused::of((&request, &state), &error),
    };
    let name = format!("attachment; filename=\"people-{}.csv\"", question.customer);
    let pieces = stream::unfold(Some((question, Some(view), context, 0)), |left| async {
        let (mut question, view, context, left_out) = left?;
        let is_first = view.is_some();
        let view = match view {
            Some(view) => view,
            None => match question.answer(&context).await {
                Ok(view) => view,
                // The connection breaks off, so that a part is not taken for all.
                Err(error) => {
                    return Some((Err(actix_web::error::ErrorInternalServerError(error.to_string())), None));
                }
            },
        };
        let head = if is_first { csv::HEAD } else { "" };
        let left_out = left_out + view.unreadable;
        let last = if view.next.is_none() { csv::last_row(left_out) } else { String::new() };
        let piece = head.to_owned() + &view.people.iter().map(csv::row).collect::<String>() + &last;
        let left = view.next.map(|next| {
            question.after = Some(next);
            (question, None, context, left_out)
        });
        Some((Ok::<_, actix_web::Error>(web::Bytes::from(piece)), left))
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(pieces)
}

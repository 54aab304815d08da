//! `/activity`: who did what, when, from where.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{customer, moment::Moment, of_people, shell::Shell};
use crate::{
    domain::{CustomerId, Timestamp},
    http::state::HttpState,
    operator::{
        OperatorContext, OperatorError, Question,
        questions::audit::{ActionView, ActionsView, Audit},
    },
};

/// Actions of a page.
const ACTIONS: u32 = 100;

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// Only what concerns this customer.
    customer: Option<String>,
    /// Only what was done before.
    before: Option<String>,
}

/// An action as the page shows it.
struct Action {
    at: Moment,
    action: ActionView,
    is_done: bool,
}

#[derive(Template)]
#[template(path = "activity.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    actions: Vec<Action>,
    older: Option<String>,
    is_first: bool,
}

/// `GET /activity`
pub async fn page(
    request: HttpRequest,
    asked: web::Query<Asked>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    of_people::answered((&request, &state), ("activity", "Activity"), async |context, shell| {
        page_of(context, &asked, shell).await
    })
    .await
}

async fn page_of(context: &OperatorContext, asked: &Asked, shell: Shell) -> Result<Page, OperatorError> {
    let of = asked.customer.as_deref().filter(|text| !text.is_empty()).map(customer::id_of).transpose()?;
    let shell = match &of {
        Some(id) => {
            let view = customer::of(context, id.as_str()).await?;
            shell.about(&view.id, &view.name)
        }
        None => shell,
    };
    let before = asked.before.as_deref().and_then(Timestamp::parse);
    let question = Audit { customer: of.clone(), limit: Some(ACTIONS), before };
    let ActionsView { actions, next } = question.answer(context).await?;
    let zone = of.as_ref().and_then(|id| context.settings_of(id)).map_or(chrono_tz::UTC, |one| one.time_zone);
    let now = context.now();
    let shows = |action: ActionView| Action {
        at: Moment::of(action.at, now, zone),
        is_done: action.outcome == "done",
        action,
    };
    let older = next.map(|next| query(of.as_ref(), next));
    Ok(Page { shell, actions: actions.into_iter().map(shows).collect(), older, is_first: before.is_none() })
}

fn query(customer: Option<&CustomerId>, before: Timestamp) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(customer) = customer {
        query.append_pair("customer", customer.as_str());
    }
    query.append_pair("before", &before.to_string()).finish()
}

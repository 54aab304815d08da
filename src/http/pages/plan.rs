//! `/customers/{id}/plan`: the dry run: what would be written, in how many calls, and what staff must do first (B2).

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    customer, of_people,
    prose::Prose,
    rule_text,
    shell::Shell,
    standing,
    words::{self, Count},
};
use crate::{
    domain::{ContactId, State},
    http::state::HttpState,
    operator::{
        OperatorContext, OperatorError, Question,
        questions::plan::{self, PlanCustomer, PlanView},
        shown::customer::CustomerView,
    },
};

/// Reasons that a page shows, the most frequent first.
const REASONS: usize = 60;

/// A number of the plan.
struct Figure {
    count: Count,
    what: &'static str,
}

/// Why something is to be done or waits.
struct Reason {
    people: Count,
    rule: &'static str,
    rule_text: Prose,
    text: Prose,
}

/// A person of the plan.
struct Sample {
    id: String,
    name: String,
    what: String,
    rule: &'static str,
    text: Prose,
}

#[derive(Template)]
#[template(path = "plan.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    customer: CustomerView,
    is_unread: bool,
    in_virtuous: Vec<Figure>,
    to_cc: Count,
    waiting: Vec<Figure>,
    calls_virtuous: Count,
    calls_cc: Count,
    hours: String,
    window: Option<String>,
    not_looked_up: Count,
    missing_tags: Vec<String>,
    brake: Option<Prose>,
    reasons: Vec<Reason>,
    further: Count,
    samples: Vec<Sample>,
}

/// `GET /customers/{customer}/plan`
pub async fn page(
    request: HttpRequest,
    path: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    of_people::answered((&request, &state), ("plan", "Dry run"), async |context, shell| {
        page_of(context, &path, shell).await
    })
    .await
}

async fn page_of(context: &OperatorContext, id: &str, shell: Shell) -> Result<Page, OperatorError> {
    let view = customer::of(context, id).await?;
    let plan: PlanView = PlanCustomer { customer: view.id.clone() }.answer(context).await?;
    let names = plan::names(context, &view.id, &plan)?;
    let window = context.settings_of(&view.id).and_then(|settings| words::hours(settings.import.window));
    let figure = |count, what| Figure { count: Count(count), what };
    let further = plan.reasons.len().saturating_sub(REASONS) as u64;
    Ok(Page {
        shell: shell.about(&view.id, &view.name),
        is_unread: view.import.subjects == 0,
        in_virtuous: vec![
            figure(plan.create, "contacts created"),
            figure(plan.update, "people changed"),
            figure(plan.opt_out, "opted out"),
            figure(plan.opt_in, "opted in"),
            figure(plan.tag, "tags put on"),
            figure(plan.untag, "tags taken off"),
            figure(plan.note, "notes added"),
        ],
        to_cc: Count(plan.to_cc),
        waiting: vec![
            figure(standing::of(&view, State::InSync), "in step already"),
            figure(plan.held, "held"),
            figure(plan.review, "need a decision"),
            figure(plan.excluded, "left out by rule"),
        ],
        calls_virtuous: Count(plan.calls_virtuous),
        calls_cc: Count(plan.calls_cc),
        hours: in_hours(plan.hours),
        window,
        not_looked_up: Count(plan.not_looked_up),
        missing_tags: plan.missing_tags.clone(),
        brake: plan.brake.as_ref().map(|brake| Prose::of(&*brake.reason)),
        reasons: plan.reasons.iter().take(REASONS).map(Reason::of).collect(),
        further: Count(further),
        samples: samples(&plan, &names),
        customer: view,
    })
}

impl Reason {
    fn of(because: &crate::operator::questions::plan::Because) -> Self {
        Self {
            people: Count(because.count),
            rule: because.rule.as_str(),
            rule_text: rule_text::of(because.rule),
            text: Prose::of(&*because.reason),
        }
    }
}

fn samples(plan: &PlanView, names: &BTreeMap<ContactId, String>) -> Vec<Sample> {
    let of = |sample: &crate::operator::questions::plan::Sample| Sample {
        id: sample.id.to_string(),
        name: names.get(&sample.id).cloned().unwrap_or_else(|| sample.id.to_string()),
        what: sample.what.iter().map(|what| words::plain(what)).collect::<Vec<_>>().join(", "),
        rule: sample.rule.as_str(),
        text: Prose::of(&*sample.reason),
    };
    plan.samples.iter().map(of).collect()
}

/// Hours in words.
fn in_hours(hours: f64) -> String {
    let minutes = (hours * 60.0).ceil().max(0.0) as u64;
    super::moment::lasting(std::time::Duration::from_secs(minutes * 60))
}

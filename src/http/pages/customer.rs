//! `/customers/{id}`: where one customer stands, what it waits for and until when.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    door::{self, Shows},
    moment::Moment,
    prose::Prose,
    refused,
    shell::{Shell, shown},
    standing::{self, Standing},
    streams::{self, Reading},
    words::{self, Count},
};
use crate::{
    config::CustomerSettings,
    domain::{CustomerId, Lane, State, System, Timestamp},
    http::state::HttpState,
    metrics::Snapshot,
    operator::{
        OperatorContext, OperatorError, Question,
        questions::customer_show::CustomerShow,
        shown::{customer::CustomerView, reading::SideView},
    },
};

/// The width of the bar of states.
const BAR: f64 = 1000.0;

/// The people of one state, as a part of the bar and a line of its key.
struct Part {
    state: &'static str,
    word: &'static str,
    meaning: &'static str,
    people: Count,
    /// Where it begins on the bar, and how wide it is.
    from: String,
    width: String,
}

/// One side of the last whole reading.
struct Side {
    system: &'static str,
    done: Option<Moment>,
    drift: String,
}

#[derive(Template)]
#[template(path = "customer.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    view: CustomerView,
    standing: Standing,
    zone: String,
    parts: Vec<Part>,
    in_step: Count,
    waits: Count,
    needs: Count,
    all: Count,
    waits_for: Option<(Prose, Option<Moment>)>,
    opt_out: Option<Moment>,
    error: Option<(Moment, &'static str, Prose)>,
    paused: Option<Moment>,
    lanes: Vec<(&'static str, Count)>,
    readings: Vec<Reading>,
    sides: Vec<Side>,
    events: Prose,
    started: Option<Moment>,
    done: Option<Moment>,
    scan: Option<(Count, Option<Moment>)>,
    submitted: Count,
    confirmed: Count,
    percent: String,
    window: Option<String>,
    /// When the window opens, if it is closed.
    opens: Option<Moment>,
    left: Vec<(&'static str, Count)>,
}

/// `GET /customers/{customer}`
pub async fn page(
    request: HttpRequest,
    path: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let context = match door::enter(&request, &state, Shows::Customers).await {
        Ok(context) => context,
        Err(refused) => return refused,
    };
    let view = match of(&context, &path).await {
        Ok(view) => view,
        Err(error) => return refused::of((&request, &state), &error),
    };
    let snapshot = if context.caller.only.is_none() { Some(state.service.snapshot().await) } else { None };
    let shell = Shell::of(&request, &state, "customer", "Overview").about(&view.id, &view.name);
    let wrong: Vec<String> = context
        .broken
        .0
        .iter()
        .filter(|problem| problem.customer() == Some(view.id.as_str()))
        .map(ToString::to_string)
        .collect();
    let wrong = (!wrong.is_empty()).then(|| wrong.join("; "));
    let standing = Standing::of(&view, wrong.as_deref(), context.now());
    let settings = context.settings_of(&view.id).cloned();
    shown(
        StatusCode::OK,
        &Page::of((shell, standing, view), settings.as_deref(), snapshot.as_ref(), context.now()),
    )
}

/// The customer of an address; a hidden customer is answered as if it were not there.
pub(super) async fn of(context: &OperatorContext, customer: &str) -> Result<CustomerView, OperatorError> {
    CustomerShow { customer: id_of(customer)? }.answer(context).await
}

/// The customer's id in an address.
pub(super) fn id_of(customer: &str) -> Result<CustomerId, OperatorError> {
    customer.parse().map_err(|_| OperatorError::Unknown(format!("there is no customer \"{customer}\"")))
}

impl Page {
    fn of(
        (shell, standing, view): (Shell, Standing, CustomerView),
        settings: Option<&CustomerSettings>,
        snapshot: Option<&Snapshot>,
        now: Timestamp,
    ) -> Self {
        let zone = settings.map_or(chrono_tz::UTC, |settings| settings.time_zone);
        let moment = |at| Moment::of(at, now, zone);
        let import = &view.import;
        let side =
            |system, side: &SideView| Side { system, done: side.done_at.map(moment), drift: drift(side) };
        Self {
            parts: parts(&view),
            in_step: Count(standing::of(&view, State::InSync)),
            waits: Count(standing::waiting(&view)),
            needs: Count(standing::needing(&view)),
            all: Count(import.subjects),
            waits_for: view.waits_for.as_ref().map(|wait| (Prose::of(&*wait.what), wait.until.map(moment))),
            opt_out: view.oldest_opt_out.filter(|_| view.stage.may_write()).map(moment),
            error: view
                .last_error
                .as_ref()
                .map(|error| (moment(error.at), system(&error.system), Prose::of(&*error.what))),
            paused: view.pause.as_ref().map(|pause| moment(pause.since)),
            lanes: Lane::ALL
                .into_iter()
                .map(|lane| (words::of_lane(lane), Count(view.lanes.get(&lane).copied().unwrap_or_default())))
                .collect(),
            readings: streams::of(&view, settings, now),
            sides: view
                .reading
                .iter()
                .flat_map(|reading| {
                    [side("Constant Contact", &reading.constant_contact), side("Virtuous", &reading.virtuous)]
                })
                .collect(),
            events: Prose::of(view.events.to_string()),
            started: import.started_at.map(moment),
            done: import.done_at.map(moment),
            scan: import.scan.as_ref().map(|scan| (Count(scan.read), scan.done_at.map(moment))),
            submitted: Count(import.submitted),
            confirmed: Count(import.confirmed),
            percent: format!("{:.1}", import.percent),
            window: settings.and_then(|settings| words::hours(settings.import.window)),
            opens: settings.and_then(|settings| opens(settings, now)),
            left: left(&view.id, snapshot),
            zone: zone.name().to_owned(),
            shell,
            standing,
            view,
        }
    }
}

fn system(name: &str) -> &'static str {
    if name == System::Virtuous.as_str() { "Virtuous" } else { "Constant Contact" }
}

/// When the window of the import opens, if it is closed.
fn opens(settings: &CustomerSettings, now: Timestamp) -> Option<Moment> {
    let (window, zone) = (settings.import.window, settings.time_zone);
    (!window.contains(now, zone)).then(|| Moment::of(window.next_open(now, zone), now, zone))
}

/// The calls that are left: of the key today, of the organisation this hour.
fn left(id: &CustomerId, snapshot: Option<&Snapshot>) -> Vec<(&'static str, Count)> {
    let budgets = snapshot.map(|snapshot| snapshot.budgets.as_slice()).unwrap_or_default();
    let of = |budget: &crate::metrics::BudgetSnapshot| match budget.system {
        System::ConstantContact => Some(("Constant Contact, today", Count(budget.remaining))),
        System::Virtuous => {
            (budget.key == id.as_str()).then_some(("Virtuous, this hour", Count(budget.remaining)))
        }
    };
    budgets.iter().filter_map(of).collect()
}

fn drift(side: &SideView) -> String {
    let found = side.drift.iter().filter(|(_, people)| **people > 0);
    let found: Vec<String> = found
        .map(|(facet, people)| format!("{facet} of {}", words::counted(*people, "person", "people")))
        .collect();
    if found.is_empty() { "nothing differed from what was known".to_owned() } else { found.join(", ") }
}

/// The bar of states, as far as anybody is in them.
fn parts(view: &CustomerView) -> Vec<Part> {
    let all = view.states.values().sum::<u64>().max(1) as f64;
    let mut from = 0.0;
    let mut parts = Vec::new();
    for state in State::ALL {
        let people = standing::of(view, state);
        let width = people as f64 / all * BAR;
        if people > 0 {
            parts.push(Part {
                state: state.as_str(),
                word: words::of_state(state),
                meaning: words::meaning(state),
                people: Count(people),
                from: format!("{from:.1}"),
                width: format!("{width:.1}"),
            });
        }
        from += width;
    }
    parts
}

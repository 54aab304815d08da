//! `/customers/{id}/people/{contact}`: both systems and what was agreed side by side, why it is so, what happens next.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono_tz::Tz;

use super::{customer, moment::Moment, of_people, prose::Prose, rule_text, shell::Shell, words};
use crate::{
    domain::Timestamp,
    http::state::HttpState,
    operator::{
        OperatorContext, OperatorError, Question,
        offers::Offer,
        questions::contact::{ContactView, Line, Namesake, PersonView, ShowContact, VirtuousSide},
        shown::customer::CustomerView,
    },
};

/// Lines of the timeline that a page shows, the newest first.
const LINES: usize = 150;

/// A row of the two systems and what was agreed.
struct Row {
    word: String,
    cc: String,
    virtuous: String,
    agreed: String,
    differs: bool,
}

/// A line of the timeline.
struct Happened {
    at: Moment,
    what: String,
    text: Prose,
    rule: &'static str,
}

/// A contact of Virtuous that may be the person.
struct Candidate {
    id: i64,
    addresses: String,
    tags: String,
}

#[derive(Template)]
#[template(path = "person.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    customer: CustomerView,
    id: String,
    title: String,
    address: Option<String>,
    word: &'static str,
    meaning: &'static str,
    colour: &'static str,
    reason: Prose,
    rule: &'static str,
    rule_text: Prose,
    next: Prose,
    to_do: Vec<Prose>,
    actions: Vec<Offer>,
    because: Vec<Prose>,
    remarks: Vec<Prose>,
    rows: Vec<Row>,
    has_virtuous: bool,
    has_base: bool,
    linked: Option<(i64, i64, bool)>,
    candidates: Vec<Candidate>,
    seen_cc: Moment,
    seen_virtuous: Option<Moment>,
    deleted: Option<Moment>,
    bounce: Option<String>,
    timeline: Vec<Happened>,
    older: usize,
    several: Vec<Namesake>,
}

/// `GET /customers/{customer}/people/{contact}`
pub async fn page(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let (id, who) = path.into_inner();
    of_people::answered((&request, &state), ("people", "Person"), async |context, shell| {
        page_of(context, (&id, who), shell).await
    })
    .await
}

async fn page_of(
    context: &OperatorContext,
    (id, who): (&str, String),
    shell: Shell,
) -> Result<Page, OperatorError> {
    let customer = customer::of(context, id).await?;
    let person = ShowContact { customer: customer.id.clone(), who }.answer(context).await?;
    let zone = context.settings_of(&customer.id).map_or(chrono_tz::UTC, |settings| settings.time_zone);
    Ok(Page::of(shell, customer, person, (context.now(), zone)))
}

impl Page {
    fn word(&self, offer: &Offer) -> &'static str {
        words::of_verb(&offer.verb)
    }

    fn of(shell: Shell, customer: CustomerView, view: ContactView, (now, zone): (Timestamp, Tz)) -> Self {
        let moment = |at| Moment::of(at, now, zone);
        let name = format!("{} {}", view.cc.first_name, view.cc.last_name).trim().to_owned();
        let title =
            if name.is_empty() { view.email.clone().unwrap_or_else(|| view.id.to_string()) } else { name };
        let (linked, candidates) = match &view.virtuous {
            Some(VirtuousSide::Linked(person)) => (Some(person.as_ref()), Vec::new()),
            Some(VirtuousSide::Candidates { candidates }) => {
                (None, candidates.iter().map(Candidate::of).collect())
            }
            None => (None, Vec::new()),
        };
        let older = view.timeline.len().saturating_sub(LINES);
        Self {
            shell: Shell { title: title.clone(), ..shell.about(&customer.id, &customer.name) },
            id: view.id.to_string(),
            title,
            address: view.email.clone(),
            word: words::of_state(view.state),
            meaning: words::meaning(view.state),
            colour: words::colour(view.state),
            reason: Prose::of(&*view.reason),
            rule: view.rule.as_str(),
            rule_text: rule_text::of(view.rule),
            next: Prose::of(&*view.next),
            to_do: view.to_do.iter().map(Prose::of).collect(),
            because: view.because.iter().map(Prose::of).collect(),
            actions: view.actions.clone(),
            remarks: view.remarks.iter().map(Prose::of).collect(),
            rows: rows(&view, linked),
            has_virtuous: linked.is_some(),
            has_base: view.base.is_some(),
            linked: linked.map(|person| (person.contact, person.individual, person.restricted)),
            seen_cc: moment(view.cc.seen_at),
            seen_virtuous: linked.map(|person| moment(person.seen_at)),
            candidates,
            deleted: view.cc.deleted_at.map(moment),
            bounce: view.cc.bounce.as_ref().map(|bounce| {
                format!("{} of {}, campaign “{}”", bounce.code, bounce.at.to_date(), bounce.campaign)
            }),
            timeline: view
                .timeline
                .iter()
                .rev()
                .take(LINES)
                .map(|line| Happened::of(line, now, zone))
                .collect(),
            older,
            several: view.several,
            customer,
        }
    }
}

impl Candidate {
    fn of(person: &PersonView) -> Self {
        Self { id: person.contact, addresses: addresses(person), tags: person.tags.join("; ") }
    }
}

impl Happened {
    fn of(line: &Line, now: Timestamp, zone: Tz) -> Self {
        Self {
            at: Moment::of(line.at, now, zone),
            what: words::plain(line.what.as_str()),
            text: Prose::of(&*line.detail),
            rule: line.rule.as_str(),
        }
    }
}

fn addresses(person: &PersonView) -> String {
    let one = |address: &crate::operator::questions::contact::AddressView| {
        format!("{} ({})", address.value, if address.opted_in { "opted in" } else { "opted out" })
    };
    person.emails.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// What is compared, then what only one of the systems has.
fn rows(view: &ContactView, linked: Option<&PersonView>) -> Vec<Row> {
    let differs = |facet: &str| view.differences.iter().any(|one| one.facet == facet);
    let mut rows: Vec<Row> = view
        .rows
        .iter()
        .map(|row| Row {
            word: word_of(&row.facet).to_owned(),
            cc: row.cc.clone(),
            virtuous: row.virtuous.clone(),
            agreed: row.base.clone(),
            differs: differs(&row.facet),
        })
        .collect();
    rows.extend(fields(view, linked));
    let of = |word: &str, cc: String, virtuous: String| Row {
        word: word.to_owned(),
        cc,
        virtuous,
        agreed: String::new(),
        differs: false,
    };
    rows.push(of("Lists", view.cc.lists.join("; "), String::new()));
    if !view.cc.tags.is_empty() {
        rows.push(of("Tags", view.cc.tags.join("; "), String::new()));
    }
    if let Some(person) = linked {
        rows.push(of("All addresses", String::new(), addresses(person)));
    }
    rows
}

/// The custom fields of either side, by name.
fn fields(view: &ContactView, linked: Option<&PersonView>) -> Vec<Row> {
    let mut names: BTreeMap<&str, ()> = BTreeMap::new();
    let there = linked.map(|person| &person.fields);
    names.extend(view.cc.fields.keys().map(|name| (name.as_str(), ())));
    names.extend(there.into_iter().flatten().map(|(name, _)| (name.as_str(), ())));
    let text = |fields: Option<&BTreeMap<String, String>>, name: &str| {
        fields.and_then(|fields| fields.get(name)).cloned().unwrap_or_default()
    };
    let row = |name: &str| Row {
        word: name.to_owned(),
        cc: text(Some(&view.cc.fields), name),
        virtuous: text(there, name),
        agreed: text(view.base.as_ref().map(|base| &base.fields), name),
        differs: view.differences.iter().any(|one| one.facet == name),
    };
    names.into_keys().map(row).collect()
}

fn word_of(facet: &str) -> &str {
    match facet {
        "consent" => "Mail",
        "email" => "Address",
        "segments" => "Lists as tags",
        other => other,
    }
}

//! `/`: all customers, the unwell first; of each what is wrong and the one thing to do (B4).

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    door::{self, Shows},
    moment::{Moment, lasting},
    prose::Prose,
    refused,
    shell::{Shell, shown},
    standing::{self, Rank, Standing},
    words::{Count, counted},
};
use crate::{
    domain::{State, Stream, System, Timestamp},
    http::state::HttpState,
    metrics::Snapshot,
    operator::{OperatorContext, questions::customer_list::CustomersView, shown::customer::CustomerView},
};

/// Customers of a page; more are on the next, so that each stays small.
const ROWS: usize = 100;

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `unwell`, `questions` or `well`; all without.
    #[serde(default)]
    show: String,
    /// A part of a name or id.
    #[serde(default)]
    search: String,
    /// The page, from 1.
    #[serde(default)]
    page: String,
}

struct Row {
    id: String,
    name: String,
    standing: Standing,
    /// Whether it is known beyond its file.
    is_enrolled: bool,
    in_step: Count,
    waits: Count,
    needs: Count,
    read_cc: Option<Moment>,
    read_virtuous: Option<Moment>,
}

impl Row {
    fn of(view: &CustomerView, wrong: Option<&str>, now: Timestamp) -> Self {
        let moment = |at| Moment::of(at, now, chrono_tz::UTC);
        let read = |streams: &[Stream]| streams.iter().filter_map(|one| view.polls.get(one).copied()?).max();
        Self {
            id: view.id.to_string(),
            name: view.name.clone(),
            standing: Standing::of(view, wrong, now),
            is_enrolled: true,
            in_step: Count(standing::of(view, State::InSync)),
            waits: Count(standing::waiting(view)),
            needs: Count(standing::needing(view)),
            read_cc: read(&[Stream::Changes, Stream::OptOuts, Stream::Sweep]).map(moment),
            read_virtuous: read(&[Stream::Virtuous]).map(moment),
        }
    }

    fn of_file(name: &str, problem: &str) -> Self {
        Self {
            id: name.to_owned(),
            name: name.to_owned(),
            standing: Standing::of_file(problem),
            is_enrolled: false,
            in_step: Count(0),
            waits: Count(0),
            needs: Count(0),
            read_cc: None,
            read_virtuous: None,
        }
    }
}

/// A figure on top.
struct Figure {
    value: String,
    what: String,
    colour: &'static str,
}

/// A choice of rows, with how many it has.
struct Choice {
    show: &'static str,
    word: &'static str,
    count: Count,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "customers.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    figures: Vec<Figure>,
    /// What is wrong with files of no single customer.
    problems: Vec<Prose>,
    choices: Vec<Choice>,
    search: String,
    show: String,
    rows: Vec<Row>,
    folder: String,
    is_empty: bool,
    pages: Vec<Link>,
    found: String,
}

/// A further page.
struct Link {
    number: usize,
    query: String,
    is_here: bool,
}

/// `GET /`
pub async fn page(
    request: HttpRequest,
    asked: web::Query<Asked>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let context = match door::enter(&request, &state, Shows::Customers).await {
        Ok(context) => context,
        Err(refused) => return refused,
    };
    let view = match CustomersView::of(&context).await {
        Ok(view) => view,
        Err(error) => return refused::of((&request, &state), &error),
    };
    // Budgets and backups are of the whole process: for visitors that may see all.
    let sees_all = context.caller.only.is_none();
    let snapshot = if sees_all { Some(state.service.snapshot().await) } else { None };
    let shell = Shell::of(&request, &state, "customers", "Customers");
    shown(StatusCode::OK, &page_of(shell, &context, (&view, snapshot.as_ref()), &asked))
}

fn page_of(
    shell: Shell,
    context: &OperatorContext,
    (view, snapshot): (&CustomersView, Option<&Snapshot>),
    asked: &Asked,
) -> Page {
    let (all, problems) = rows(context, view);
    let is_empty = all.is_empty();
    let choices = choices(&all, &asked.show);
    let figures = figures(view, &all, snapshot, context.now());
    let wanted = asked.search.trim().to_lowercase();
    let matches = |row: &Row| {
        is_shown(row, &asked.show) && (row.name.to_lowercase().contains(&wanted) || row.id.contains(&wanted))
    };
    let mut rows: Vec<Row> = all.into_iter().filter(matches).collect();
    let (pages, found) =
        (rows.len().div_ceil(ROWS).max(1), counted(rows.len() as u64, "customer", "customers"));
    let page = asked.page.parse().unwrap_or(1).clamp(1, pages);
    rows.drain(..(page - 1) * ROWS);
    rows.truncate(ROWS);
    Page {
        shell,
        figures,
        problems,
        choices,
        search: asked.search.trim().to_owned(),
        show: asked.show.clone(),
        rows,
        folder: context.deps.settings.customers_dir.display().to_string(),
        is_empty,
        pages: links(page, pages, asked),
        found,
    }
}

/// The ways to all pages; none where one shows everything.
fn links(here: usize, pages: usize, asked: &Asked) -> Vec<Link> {
    let query = |number: usize| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("page", &number.to_string());
        query.append_pair("show", &asked.show).append_pair("search", asked.search.trim()).finish()
    };
    let all = (1..=pages).filter(|_| pages > 1);
    all.map(|number| Link { number, query: query(number), is_here: number == here }).collect()
}

/// All rows, the most urgent first; beside them what is wrong with files of no single customer.
fn rows(context: &OperatorContext, view: &CustomersView) -> (Vec<Row>, Vec<Prose>) {
    let mut wrong: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut problems = Vec::new();
    for problem in &context.broken.0 {
        match problem.customer() {
            Some(name) => wrong.entry(name).or_default().push(problem.to_string()),
            None => problems.push(Prose::of(problem.to_string())),
        }
    }
    let wrong: BTreeMap<&str, String> =
        wrong.into_iter().map(|(name, texts)| (name, texts.join("; "))).collect();
    let of = |one: &CustomerView| Row::of(one, wrong.get(one.id.as_str()).map(String::as_str), context.now());
    let mut rows: Vec<Row> = view.customers.iter().map(of).collect();
    let is_known = |name: &str| view.customers.iter().any(|one| one.id.as_str() == name);
    rows.extend(
        wrong.iter().filter(|(name, _)| !is_known(name)).map(|(name, text)| Row::of_file(name, text)),
    );
    rows.sort_by(|one, other| {
        let key = |row: &Row| (row.standing.rank, std::cmp::Reverse(row.needs));
        key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
    });
    (rows, problems)
}

fn is_shown(row: &Row, show: &str) -> bool {
    let rank = row.standing.rank;
    match show {
        "unwell" => rank.is_unwell(),
        "questions" => row.needs > Count(0) || matches!(rank, Rank::NotConnected | Rank::Questions),
        "well" => rank >= Rank::Busy,
        _ => true,
    }
}

fn choices(rows: &[Row], chosen: &str) -> Vec<Choice> {
    let of = |(show, word): (&'static str, &'static str)| Choice {
        show,
        word,
        count: Count(rows.iter().filter(|row| is_shown(row, show)).count() as u64),
        is_chosen: show == chosen,
    };
    [("", "All"), ("unwell", "Unwell"), ("questions", "Waiting for you"), ("well", "Well")].map(of).into()
}

fn figures(view: &CustomersView, rows: &[Row], snapshot: Option<&Snapshot>, now: Timestamp) -> Vec<Figure> {
    let sum = |state| view.customers.iter().map(|one| standing::of(one, state)).sum::<u64>();
    let all: u64 = view.customers.iter().map(|one| one.import.subjects).sum();
    let unwell = rows.iter().filter(|row| row.standing.rank.is_unwell()).count() as u64;
    let figure = |value: String, what: &str, colour| Figure { value, what: what.to_owned(), colour };
    let mut figures = vec![
        figure(
            Count(unwell).to_string(),
            &format!("of {} unwell", counted(rows.len() as u64, "customer", "customers")),
            if unwell > 0 { "bad" } else { "well" },
        ),
        figure(
            Count(sum(State::InSync)).to_string(),
            &format!("of {} in step", counted(all, "person", "people")),
            "",
        ),
        figure(Count(sum(State::Review) + sum(State::Failed)).to_string(), "people wait for you", ""),
    ];
    let owed = view.customers.iter().filter(|one| one.stage.may_write());
    let oldest = owed.filter_map(|one| Some((one.oldest_opt_out?, one))).min_by_key(|(since, _)| *since);
    figures.push(match oldest {
        Some((since, one)) => {
            let waits = now.since(since);
            let colour = if waits.as_secs() > 900 { "bad" } else { "" };
            figure(lasting(waits), &format!("the oldest opt-out waits ({})", one.name), colour)
        }
        None => figure("none".to_owned(), "no opt-out waits", "well"),
    });
    let Some(snapshot) = snapshot else { return figures };
    if let Some(left) = snapshot.budgets.iter().find(|budget| budget.system == System::ConstantContact) {
        let colour = if left.remaining == 0 { "bad" } else { "" };
        figures.push(figure(
            Count(left.remaining).to_string(),
            "calls of Constant Contact left today",
            colour,
        ));
    }
    if let Some(age) = snapshot.backup_age {
        let colour = if age.as_secs() > 2 * 86_400 { "bad" } else { "" };
        figures.push(figure(lasting(age), "since the newest backup", colour));
    }
    figures
}

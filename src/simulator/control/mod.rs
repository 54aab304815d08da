//! The controls: what a test, a demo or a person at the keyboard does to both systems from outside. JSON in and out;
//! every one is listed with an example in `docs/SIMULATOR.md`.

mod edit;
mod people;
mod staff;
mod state;

use serde_json::json;

use self::edit::Edit;
use super::{
    Simulator,
    wire::{SimRequest, SimResponse},
};
use crate::{domain::Timestamp, transport::Method};

/// What a control gives: an answer, or why not.
type Done = Result<SimResponse, Refusal>;

/// Why a control did nothing.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Bad(String),
    #[error("{0}")]
    Missing(String),
    #[error("the body is not what this control takes: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Edit(#[from] super::constant_contact::EditError),
}

impl Refusal {
    fn missing(what: &str) -> Self {
        Self::Missing(format!("there is no {what}"))
    }

    fn needs(what: &str) -> Self {
        Self::Bad(format!("{what} is needed"))
    }
}

/// Carries out one control; `/control` is already taken off the path.
pub fn handle(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> SimResponse {
    simulator.virtuous.tick(now);
    simulator.constant_contact.run_due(now);
    let answer = route(simulator, request, now);
    answer.unwrap_or_else(|refusal| {
        let status = if matches!(refusal, Refusal::Missing(_)) { 404 } else { 400 };
        SimResponse::json(status, &json!({"message": refusal.to_string()}))
    })
}

fn route(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> Done {
    let segments = request.segments();
    match (request.method, segments.as_slice()) {
        (Method::Post, ["seed"]) => state::seed(simulator, request, now),
        (Method::Get, ["state"]) => state::dump(simulator, request),
        (Method::Get, ["calls"]) => state::calls(simulator, request),
        (Method::Post, ["calls", "reset"]) => Ok(state::reset(simulator)),
        (Method::Get, ["switches"]) => Ok(state::switches(simulator)),
        (Method::Post, ["switches"]) => state::set_switches(simulator, request, now),
        (Method::Get, ["faults"]) => Ok(state::faults(simulator)),
        (Method::Post, ["faults"]) => state::add_faults(simulator, request),
        (Method::Delete, ["faults"]) => Ok(state::clear_faults(simulator)),
        (Method::Get | Method::Post, ["differences"]) => state::differences(simulator, request),
        (Method::Post, ["advance"]) => state::advance(simulator, request, now),
        (Method::Post, ["cc", control]) => people::run(simulator, control, &Edit::read(request)?, now),
        (Method::Post, ["virtuous", control]) => staff::run(simulator, control, Edit::read(request)?, now),
        _ => Err(Refusal::Missing("no such control: see docs/SIMULATOR.md".to_owned())),
    }
}

#[cfg(test)]
mod tests;

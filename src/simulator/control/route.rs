//! Which control a path names.

use serde_json::json;

use super::{
    edit::Edit,
    outcome::{Done, Refusal},
    people, staff, state,
};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        wire::{SimRequest, SimResponse},
    },
    transport::Method,
};

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
        (Method::Post, ["cc", "unreliable"]) => state::set_cc_unreliable(simulator, request, now),
        (Method::Post, ["virtuous", "unreliable"]) => state::set_unreliable(simulator, request, now),
        (Method::Post, ["switches"]) => state::set_switches(simulator, request, now),
        (Method::Get, ["faults"]) => Ok(state::faults(simulator)),
        (Method::Post, ["faults"]) => state::add_faults(simulator, request),
        (Method::Delete, ["faults"]) => Ok(state::clear_faults(simulator)),
        (Method::Get | Method::Post, ["differences"]) => state::differences(simulator, request),
        (Method::Post, ["advance"]) => state::advance(simulator, request, now),
        (Method::Post, ["cc", control]) => people::run(simulator, control, &Edit::read(request)?, now),
        (Method::Post, ["virtuous", control]) => staff::run(simulator, control, &Edit::read(request)?, now),
        _ => Err(Refusal::Missing("no such control: see docs/SIMULATOR.md".to_owned())),
    }
}

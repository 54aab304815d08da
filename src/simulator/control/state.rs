//! Accounts, switches, faults, counts, and how far both sides agree.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    edit::account_named,
    outcome::{Done, Refusal},
};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        compare::{self, CompareRules, VirtuousSnapshot},
        constant_contact::{Limits, Switches},
        faults::{Fault, System},
        generator::{self, AccountSpec},
        virtuous::unreliable::Unreliable,
        wire::{SimRequest, SimResponse},
    },
};

fn done() -> SimResponse {
    SimResponse::json(200, &json!({"ok": true}))
}

pub(super) fn seed(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> Done {
    let spec: AccountSpec = if request.body.is_empty() { AccountSpec::default() } else { request.json()? };
    let generated = generator::generate(simulator, &spec, now)?;
    if let Some(organisation) = simulator.virtuous.organisation_mut(&generated.api_key) {
        organisation.baseline = Some(VirtuousSnapshot::take(organisation, "CC: "));
    }
    Ok(SimResponse::json(200, &generated))
}

pub(super) fn dump(simulator: &Simulator, request: &SimRequest) -> Done {
    #[derive(Serialize)]
    struct State<T> {
        constant_contact: Value,
        virtuous: Vec<T>,
    }
    let wanted = request.query_value("account");
    let mut cc = simulator.constant_contact.dump();
    let accounts = cc.get_mut("accounts").and_then(Value::as_object_mut);
    if let (Some(wanted), Some(accounts)) = (wanted, accounts) {
        accounts.retain(|name, _| name == wanted);
    }
    let organisations = simulator.virtuous.organisations().iter();
    let shown = organisations.filter(|held| wanted.is_none_or(|wanted| held.name == wanted));
    let dumps: Vec<_> = shown.map(|held| held.dump()).collect();
    Ok(SimResponse::json(200, &State { constant_contact: cc, virtuous: dumps }))
}

pub(super) fn calls(simulator: &Simulator, request: &SimRequest) -> Done {
    let wanted = request.query_value("account");
    let with_writes = request.query_value("writes") == Some("true");
    let tally = simulator.constant_contact.tally();
    let organisations = simulator.virtuous.organisations().iter();
    let shown = organisations.filter(|held| wanted.is_none_or(|wanted| held.name == wanted));
    let reports: Vec<_> = shown.map(|held| held.call_report(with_writes)).collect();
    let cc = json!({"total": tally.total(wanted), "calls": tally.to_json()});
    Ok(SimResponse::json(200, &json!({"constant_contact": cc, "virtuous": reports})))
}

pub(super) fn reset(simulator: &mut Simulator) -> SimResponse {
    simulator.constant_contact.reset_tally();
    for organisation in simulator.virtuous.organisations_mut() {
        organisation.meter.reset();
    }
    done()
}

pub(super) fn switches(simulator: &Simulator) -> SimResponse {
    let virtuous: serde_json::Map<String, Value> = simulator
        .virtuous
        .organisations()
        .iter()
        .map(|held| (held.name.clone(), json!(held.switches)))
        .collect();
    let cc = &simulator.constant_contact;
    SimResponse::json(
        200,
        &json!({"constant_contact": cc.switches, "limits": cc.limits, "virtuous": virtuous}),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SwitchBody {
    /// Virtuous' switches of this organisation only; empty: of all.
    #[serde(default)]
    account: String,
    constant_contact: Option<Value>,
    limits: Option<Limits>,
    virtuous: Option<Value>,
}

pub(super) fn set_switches(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> Done {
    let body: SwitchBody = request.json()?;
    if let Some(patch) = &body.constant_contact {
        let mut all = serde_json::to_value(&simulator.constant_contact.switches)?;
        if let (Some(all), Some(patch)) = (all.as_object_mut(), patch.as_object()) {
            all.extend(patch.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        simulator.constant_contact.switches = serde_json::from_value::<Switches>(all)?;
    }
    if let Some(limits) = body.limits {
        simulator.constant_contact.limits = limits;
    }
    if let Some(patch) = &body.virtuous {
        for organisation in simulator.virtuous.organisations_mut() {
            if body.account.is_empty() || organisation.name == body.account {
                let new = organisation.switches.patched(patch)?;
                organisation.set_switches(new, now);
            }
        }
    }
    Ok(switches(simulator))
}

/// How reliable the answers of Constant Contact are from now on; what is left out is reliable.
pub(super) fn set_cc_unreliable(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> Done {
    let cc = &mut simulator.constant_contact;
    cc.unreliable = request.json()?;
    // Earlier versions are kept from now on, not from the next call on.
    cc.run_due(now);
    Ok(SimResponse::json(200, &cc.unreliable))
}

/// How reliable the answers of all organisations are from now on; what is left out is reliable.
pub(super) fn set_unreliable(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> Done {
    let unreliable: Unreliable = request.json()?;
    for organisation in simulator.virtuous.organisations_mut() {
        organisation.set_unreliable(unreliable.clone(), now);
    }
    Ok(SimResponse::json(200, &unreliable))
}

pub(super) fn faults(simulator: &Simulator) -> SimResponse {
    let (cc, virtuous) = (simulator.constant_contact.faults.active(), simulator.virtuous.faults.active());
    SimResponse::json(200, &json!({"faults": cc.iter().chain(virtuous).collect::<Vec<_>>()}))
}

/// One fault, or several.
pub(super) fn add_faults(simulator: &mut Simulator, request: &SimRequest) -> Done {
    let body: Value = request.json()?;
    let list = if body.is_array() { body } else { json!([body]) };
    for fault in serde_json::from_value::<Vec<Fault>>(list)? {
        match fault.system {
            System::ConstantContact => simulator.constant_contact.faults.add(fault),
            System::Virtuous => simulator.virtuous.faults.add(fault),
        };
    }
    Ok(faults(simulator))
}

pub(super) fn clear_faults(simulator: &mut Simulator) -> SimResponse {
    simulator.constant_contact.faults.clear();
    simulator.virtuous.faults.clear();
    done()
}

/// GET takes the default rules, POST takes rules as its body.
pub(super) fn differences(simulator: &Simulator, request: &SimRequest) -> Done {
    let rules: CompareRules =
        if request.body.is_empty() { CompareRules::default() } else { request.json()? };
    let account = account_named(simulator, request.query_value("account").unwrap_or_default())?;
    let baseline = simulator.virtuous.organisation(&account).and_then(|held| held.baseline.as_ref());
    let found = compare::differences(simulator, &account, &account, &rules, baseline);
    let found = found.ok_or_else(|| Refusal::missing("such organisation"))?;
    Ok(SimResponse::json(200, &found))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

/// Does what will be due by then, imports and bulk activities. The clock itself stays: it is not the simulator's.
pub(super) fn advance(simulator: &mut Simulator, request: &SimRequest, now: Timestamp) -> Done {
    let body: Advance = request.json()?;
    let then = now.plus(std::time::Duration::from_secs(body.seconds));
    simulator.virtuous.tick(then);
    simulator.constant_contact.run_due(then);
    Ok(done())
}

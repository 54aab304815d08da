//! Paging, limits, hints and refused keys.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{CustomerId, State, Timestamp},
    operator::questions::{check::Check, customer_resume::CustomerResume},
    service::Service,
    simulator::{
        constant_contact::Limits,
        faults::{ErrorBody, Fault, FaultKind, System},
        generator::AccountSpec,
    },
    store::HintAbout,
    transport::Method,
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

const SECOND: Duration = Duration::from_secs(1);

fn cc(kind: FaultKind) -> Fault {
    Fault::once(System::ConstantContact, kind)
}

#[actix::test]
async fn w2_records_that_move_while_pages_are_read_are_not_lost() {
    if !is_full_run() {
        return;
    }
    for seed in [71, 72] {
        println!("seed {seed}");
        let setup = Setup { virtuous: json!({}), ..Setup::new(1_300, seed) };
        let world = World::start(&setup).await;
        // Pages come slowly, and the account changes between them.
        world.fault(Fault { remaining: Some(12), ..cc(FaultKind::Latency(10_000)).on("/v3/contacts") });
        for round in 0..6 {
            world.pass(7 * SECOND).await;
            world.edit("cc/delete", &json!({"count": 15, "seed": round}));
            world.edit("cc/edit", &json!({"count": 15, "seed": round}));
            world.edit("cc/add", &json!({"count": 10}));
            world.edit("cc/unsubscribe", &json!({"count": 5, "seed": round}));
        }
        world.until_settled("the account that moved", 6 * HOUR).await;
        let living = {
            let simulator = world.simulator();
            let account = simulator.constant_contact.account(HOPE).unwrap();
            account.roster.iter().map(|contact| contact.id.to_string()).collect::<Vec<_>>()
        };
        let unknown = living.iter().filter(|id| world.subject(id).is_none()).count();
        assert_eq!(unknown, 0, "contacts that Tandem never saw");
        world.finish().await;
    }
}

#[actix::test]
async fn w4_throttled_waits_and_goes_on() {
    let setup = Setup { cc_limits: Limits { per_second: 4, per_day: 10_000 }, ..Setup::new(60, 81) };
    let world = World::start(&Setup { cc_calls: (4, 10_000), ..setup }).await;
    world.fault(Fault { remaining: Some(5), ..cc(FaultKind::Throttled) });
    world.until_settled("throttled at first", 2 * HOUR).await;
    let limited: u64 = {
        let simulator = world.simulator();
        simulator.constant_contact.tally().iter().map(|line| line.3.limited).sum()
    };
    // At its own pace Tandem is not throttled; the injected refusals are answered before the count.
    assert!(limited <= 5, "{limited} calls were refused");
    world.finish().await;
}

#[actix::test]
async fn w4_a_used_up_day_is_left_alone_until_midnight_utc() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(60, 82)).await;
    world.fault(cc(FaultKind::QuotaExceeded));
    world.pass(2 * MINUTE).await;
    assert!(world.simulator().constant_contact.faults.active().is_empty(), "the fault was met");
    world.edit("cc/unsubscribe", &json!({"count": 5}));
    let calls = world.cc_calls(HOPE);
    let check = world.ask(Check {}).await.unwrap();
    let remedies = check["problems"].as_array().unwrap().iter().map(|problem| problem["remedy"].as_str());
    assert!(remedies.flatten().any(|remedy| remedy.contains("00:00 UTC")), "{check}");
    let midnight = world.now().next_utc_midnight();
    world.pass(midnight.since(world.now()) - MINUTE).await;
    assert_eq!(world.cc_calls(HOPE), calls, "called into an exhausted day");
    world.pass(5 * MINUTE).await;
    assert!(world.cc_calls(HOPE) > calls, "goes on after midnight");
    world.until_settled("the next day", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn w4_the_day_of_the_key_is_shared_and_kept() {
    if !is_full_run() {
        return;
    }
    // 300 calls a day are used up by polls of every minute, and never exceeded.
    let setup = Setup { cc_calls: (4, 300), ..Setup::new(60, 83) };
    let world = World::start(&Setup { cc_limits: Limits { per_second: 4, per_day: 300 }, ..setup }).await;
    world.until_settled("the first sync within a small day", 2 * DAY).await;
    world.edit("cc/unsubscribe", &json!({"count": 5}));
    world.pass(DAY).await;
    world.until_settled("the next day", DAY).await;
    let limited: u64 = world.simulator().constant_contact.tally().iter().map(|line| line.3.limited).sum();
    assert_eq!(limited, 0, "calls were refused for the quota");
    world.finish().await;
}

#[actix::test]
async fn the_hour_of_virtuous_is_kept() {
    let setup =
        Setup { virtuous: json!({"hourly_limit": 120}), virtuous_calls: 1_500, ..Setup::new(150, 84) };
    let world = World::start(&Setup { query_every: "10m", ..setup }).await;
    world.until_settled("the first sync within small hours", 2 * DAY).await;
    let refused = world.organisation(|held| held.meter.refused());
    assert!(refused <= 10, "{refused} calls were refused");
    world.finish().await;
}

/// The hour belongs to the organisation: what other tools use of it is not there for Tandem.
#[actix::test]
async fn the_hour_is_shared_with_other_tools() {
    let virtuous = json!({"hourly_limit": 400, "other_tools_per_hour": 280});
    let setup = Setup { virtuous, virtuous_calls: 1_500, ..Setup::new(150, 84) };
    let world = World::start(&Setup { query_every: "10m", ..setup }).await;
    world.until_settled("the first sync beside other tools", 2 * DAY).await;
    let refused = world.organisation(|held| held.meter.refused());
    assert!(refused <= 10, "{refused} calls were refused");
    world.finish().await;
}

#[actix::test]
async fn w5_a_hint_has_one_contact_read_at_once_and_claims_nothing() {
    let world = World::synced(&Setup { poll_every: "4h", query_every: "4h", ..Setup::new(60, 91) }).await;
    let new = json!({"email": "hal@example.com", "first_name": "Hal", "last_name": "Moe"});
    let id = world.subscribe(&new, &["Newsletter"]);
    let hope: CustomerId = HOPE.parse().unwrap();
    world.app.hints(&hope, vec![HintAbout::Contact(id.clone())]).await.unwrap();
    world.pass(5 * SECOND).await;
    assert_eq!(world.state(&id), Some(State::Submitted), "{}", world.describe());
    world.until_settled("Hal is created", 9 * HOUR).await;
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    world.app.hints(&hope, vec![HintAbout::Email("hal@example.com".to_owned())]).await.unwrap();
    world.pass(5 * SECOND).await;
    assert_eq!(world.opt_ins("hal@example.com"), [false], "{}", world.describe());
    world.until_settled("tags follow", 9 * HOUR).await;
    // A hint that lies: one reading, and nothing is written.
    world.pass(MINUTE).await;
    let (writes, reads) = (world.writes(), world.cc_calls(HOPE));
    world.app.hints(&hope, vec![HintAbout::Contact(id)]).await.unwrap();
    world.pass(5 * SECOND).await;
    assert_eq!((world.writes(), world.cc_calls(HOPE)), (writes, reads + 1));
    // Hints about nobody known: at most one poll a minute.
    let polls = || world.cc_calls_of("GET", "/contacts");
    let before = polls();
    for number in 0..20 {
        let address = format!("nobody{number}@example.com");
        world.app.hints(&hope, vec![HintAbout::Email(address)]).await.unwrap();
        world.pass(3 * SECOND).await;
    }
    // A poll reads opt-outs and changes.
    let after = polls() - before;
    assert!((2..=2 * 2).contains(&after), "{after} calls");
    world.finish().await;
}

#[actix::test]
async fn b3_one_refused_row_does_not_stop_the_others() {
    let mut setup = Setup::new(120, 101);
    // Virtuous needs both names here, and says so by refusing a whole batch.
    setup.virtuous = json!({"both_names_required": true});
    let world = World::synced(&setup).await;
    assert!(world.calls_of(Method::Post, "/api/Contact/Batch") > 1);
    assert!(world.record().partial_names_refused);
    world.finish().await;
}

#[actix::test]
async fn b3_passing_failures_are_tried_again() {
    let world = World::start(&Setup::new(120, 102)).await;
    for body in [ErrorBody::Empty, ErrorBody::Html, ErrorBody::Message] {
        let kind = FaultKind::Status { status: 500, body };
        let fault = Fault::once(System::Virtuous, kind);
        world.fault(Fault { remaining: Some(40), probability: 0.3, ..fault });
    }
    world.until_settled("through failures", DAY).await;
    assert_eq!(world.count(State::Failed), 0);
    world.finish().await;
}

fn two_customers(contacts: usize, seed: u64) -> Setup {
    Setup::new(contacts, seed).and(AccountSpec::new("other", contacts, seed + 1))
}

pub async fn resume(world: &World, name: &str) {
    world.ask(CustomerResume { customer: name.parse().unwrap() }).await.unwrap();
    world.nudge(name);
}

#[actix::test]
async fn b3_a_refused_key_pauses_only_its_customer() {
    let world = World::start(&two_customers(60, 111)).await;
    world
        .until("both are synced", 4 * HOUR, |world| world.is_settled(HOPE) && world.is_settled("other"))
        .await;
    world.control("virtuous/revoke-key", &json!({"key": "key-other"}));
    for name in [HOPE, "other"] {
        world.edit("cc/unsubscribe", &json!({"account": name, "count": 5}));
    }
    world.pass(5 * MINUTE).await;
    assert!(world.record_of("other").pause.is_some());
    assert!(world.record().pause.is_none());
    world.until_settled("the other goes on", HOUR).await;
    let calls = world.cc_calls("other");
    world.pass(HOUR).await;
    assert_eq!(world.cc_calls("other"), calls, "a paused customer calls nobody");
    world.control("virtuous/add-key", &json!({"account": "other", "key": "key-other"}));
    resume(&world, "other").await;
    world.until("the resumed customer", HOUR, |world| world.is_settled("other")).await;
    world.finish().await;
}

#[actix::test]
async fn b3_a_revoked_grant_pauses_only_its_customer() {
    let world = World::start(&two_customers(60, 113)).await;
    world
        .until("both are synced", 4 * HOUR, |world| world.is_settled(HOPE) && world.is_settled("other"))
        .await;
    {
        let mut simulator = world.simulator();
        simulator.constant_contact.revoke_grants("other");
        simulator.constant_contact.end_access_tokens("other");
    }
    world.edit("cc/unsubscribe", &json!({"account": HOPE, "count": 5}));
    world.pass(5 * MINUTE).await;
    let pause = world.record_of("other").pause.expect("paused");
    assert!(!pause.by_operator);
    assert!(world.record().pause.is_none());
    world.until_settled("the other goes on", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn tokens_of_single_use_last_for_days() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { poll_every: "15m", query_every: "4h", ..Setup::new(60, 121) }).await;
    let began: Timestamp = world.now();
    for _ in 0..3 {
        world.pass(DAY).await;
        world.edit("cc/unsubscribe", &json!({"count": 2}));
    }
    world.until_settled("after three days", HOUR).await;
    assert!(world.record().pause.is_none());
    assert!(world.now().since(began) >= 3 * DAY);
    assert!((3..=8).contains(&world.cc_calls_of("POST", "/oauth/token")));
    world.finish().await;
}

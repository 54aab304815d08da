//! B3: a refused key or grant is doubted once, pauses its customer when it is refused a minute later, and the pause lifts itself.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{ApiPart, Hindrance, PROBE_EVERY, Refused, Rule},
    metrics::Snapshot,
    operator::questions::{customer_pause::CustomerPause, customer_show::CustomerShow},
    service::Service,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
    transport::Method,
};

use crate::{
    scene::{linked, opted_in, quick, settle},
    world::{HOPE, HOUR, MINUTE, World},
};

const SECOND: Duration = Duration::from_secs(1);

/// Every call is refused, in the API's own words.
fn refuse(world: &World, system: System) {
    let body = if system == System::Virtuous { ErrorBody::Message } else { ErrorBody::Array };
    let kind = FaultKind::Status { status: 401, body };
    world.fault(Fault { remaining: None, ..Fault::once(system, kind) });
}

fn take_again(world: &World) {
    world.simulator().constant_contact.faults.clear();
    world.simulator().virtuous.faults.clear();
}

/// Refusals that this process has heard.
fn refused(world: &World, system: System) -> u64 {
    let name = if system == System::Virtuous { "virtuous" } else { "constant_contact" };
    let page = world.app.deps.metrics.render(&Snapshot::default());
    let line = format!(r#"tandem_calls_total{{customer="{HOPE}",system="{name}",outcome="unauthorized"}} "#);
    page.lines().find_map(|one| one.strip_prefix(&line)?.parse().ok()).unwrap_or_default()
}

/// Waits in steps of a second; gives how long.
async fn within(world: &World, what: &str, most: Duration, is_so: impl Fn() -> bool) -> Duration {
    let began = world.now();
    while !is_so() {
        assert!(world.now().since(began) <= most, "{what}: not within {most:?}\n{}", world.describe());
        world.pass(SECOND).await;
    }
    world.now().since(began)
}

#[actix::test]
async fn b3_eight_seconds_of_refusals_pause_nobody_and_an_opt_out_waits_for_a_try_of_its_own() {
    for system in [System::ConstantContact, System::Virtuous] {
        let world = World::start(&quick()).await;
        let ann = linked(&world, "Ann", &[]).await;
        let bob = linked(&world, "Bob", &[]).await;
        refuse(&world, system);
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        within(&world, "the first refusal", 5 * MINUTE, || refused(&world, system) > 0).await;
        world.pass(8 * SECOND).await;
        take_again(&world);
        within(&world, "the opt-out", 15 * SECOND, || opted_in(&world, "Ann") == [false]).await;
        assert!(world.record().pause.is_none(), "{system:?}: {:?}", world.record().pause);
        world.edit("cc/unsubscribe", &json!({"contact": bob}));
        settle(&world, "all goes on").await;
        world.finish().await;
    }
}

#[actix::test]
async fn b3_while_constant_contact_refuses_opt_outs_go_on_in_virtuous() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    let known = |world: &World| world.subject(&ann).is_some_and(|one| one.opt_out_owed_since.is_some());
    // Seen, and not written yet: every write fails for a while.
    let busy = FaultKind::Status { status: 503, body: ErrorBody::Empty };
    world.fault(Fault { remaining: None, ..Fault::once(System::Virtuous, busy) });
    within(&world, "the capture", HOUR, || known(&world)).await;
    refuse(&world, System::ConstantContact);
    world.simulator().virtuous.faults.clear();
    within(&world, "the opt-out", 50 * SECOND, || opted_in(&world, "Ann") == [false]).await;
    assert!(world.record().pause.is_none());
    take_again(&world);
    settle(&world, "the rest").await;
    world.finish().await;
}

#[actix::test]
async fn b3_a_pause_for_a_refusal_tries_every_quarter_of_an_hour_and_lifts_itself() {
    for system in [System::ConstantContact, System::Virtuous] {
        let world = World::start(&quick()).await;
        let ann = linked(&world, "Ann", &[]).await;
        refuse(&world, system);
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        within(&world, "the pause", 5 * MINUTE, || world.record().pause.is_some()).await;
        let pause = world.record().pause.unwrap();
        assert_eq!((pause.reason.rule, pause.by_operator), (Rule::B3, false));
        let shown = world.ask(CustomerShow { customer: HOPE.parse().unwrap() }).await.unwrap();
        let until = pause.probe.unwrap().next;
        assert_eq!(shown["waits_for"]["until"], json!(until.to_string()), "{shown}");
        world.pass(10 * SECOND).await;
        // No restart brings the next try forward.
        let mut world = world;
        for _ in 0..3 {
            world = world.restarted(&quick()).await;
            world.pass(2 * MINUTE).await;
            assert_eq!(refused(&world, system), 0, "{system:?}");
        }
        world.pass(HOUR).await;
        let tries = refused(&world, system);
        // Constant Contact is asked twice a try: with the token, and with a fresh one.
        assert!((4..=10).contains(&tries), "{system:?}: {tries} tries in an hour");
        assert!(world.record().pause.is_some());
        take_again(&world);
        within(&world, "the pause lifts itself", PROBE_EVERY + MINUTE, || world.record().pause.is_none())
            .await;
        within(&world, "the opt-out", 2 * MINUTE, || opted_in(&world, "Ann") == [false]).await;
        settle(&world, "all goes on").await;
        world.finish().await;
    }
}

#[actix::test]
async fn b3_a_pause_by_a_person_never_lifts_itself() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    refuse(&world, System::Virtuous);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    within(&world, "the pause", 5 * MINUTE, || world.record().pause.is_some()).await;
    world.ask(CustomerPause { customer: HOPE.parse().unwrap() }).await.unwrap();
    take_again(&world);
    let before = (world.cc_calls(HOPE), world.calls_of(Method::Get, "/api/Organization/Current"));
    world.pass(3 * HOUR).await;
    let after = (world.cc_calls(HOPE), world.calls_of(Method::Get, "/api/Organization/Current"));
    assert_eq!(after, before, "nothing is tried");
    let pause = world.record().pause.unwrap();
    assert!(pause.by_operator && pause.probe.is_none());
    assert_eq!(opted_in(&world, "Ann"), [true]);
    world.finish_differing().await;
}

#[actix::test]
async fn b3_a_grant_that_the_token_host_refuses_for_a_while_is_asked_for_again() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let gone = r#"{"error":"invalid_grant","error_description":"not now"}"#;
    let kind = FaultKind::Status { status: 400, body: ErrorBody::Text(gone.to_owned()) };
    world.fault(Fault { remaining: None, ..Fault::once(System::ConstantContact, kind).on("/oauth") });
    world.simulator().constant_contact.end_access_tokens(HOPE);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    within(&world, "the pause", 5 * MINUTE, || world.record().pause.is_some()).await;
    take_again(&world);
    within(&world, "the pause lifts itself", PROBE_EVERY + MINUTE, || world.record().pause.is_none()).await;
    settle(&world, "all goes on").await;
    assert_eq!(opted_in(&world, "Ann"), [false]);
    world.finish().await;
}

/// A grant that lacks a privilege: 403 for contacts, while the account is told.
fn forbid_contacts(world: &World) {
    let kind = FaultKind::Status { status: 403, body: ErrorBody::Array };
    world.fault(Fault { remaining: None, ..Fault::once(System::ConstantContact, kind).on("/v3/contacts") });
}

#[actix::test]
async fn b3_a_privilege_that_is_refused_twice_with_an_answer_between_pauses_nobody() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    for _ in 0..2 {
        let before = refused(&world, System::ConstantContact);
        forbid_contacts(&world);
        let is_refused = || refused(&world, System::ConstantContact) > before;
        within(&world, "a refusal", 5 * MINUTE, is_refused).await;
        let outside = world.app.outside(&HOPE.parse().unwrap());
        assert_eq!(outside.awaited.map(|awaited| awaited.hindrance), Some(Hindrance::Refused));
        assert!(outside.last_error.is_some_and(|error| error.what.contains("forbidden")));
        take_again(&world);
        world.pass(2 * MINUTE).await;
        assert!(world.record().pause.is_none(), "{:?}", world.record().pause);
    }
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "all goes on").await;
    world.finish().await;
}

/// The account is told all the same: only what was refused shows whether it is taken again, and an alarm on the length of the pause
/// rings. Other work stays away meanwhile.
#[actix::test]
async fn b3_a_pause_for_a_missing_privilege_lasts_until_the_privilege_is_there() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    forbid_contacts(&world);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    within(&world, "the pause", 5 * MINUTE, || world.record().pause.is_some()).await;
    let pause = world.record().pause.unwrap();
    assert_eq!(pause.probe.unwrap().of, Refused::Reading(ApiPart::Contacts));
    // No restart forgets what was refused.
    let world = world.restarted(&quick()).await;
    for _ in 0..50 {
        world.pass(MINUTE).await;
        let standing = world.record().pause.map(|pause| pause.since);
        assert_eq!(standing, Some(pause.since), "{}", world.describe());
    }
    take_again(&world);
    within(&world, "the pause lifts itself", PROBE_EVERY + MINUTE, || world.record().pause.is_none()).await;
    settle(&world, "all goes on").await;
    assert_eq!(opted_in(&world, "Ann"), [false]);
    world.finish().await;
}

/// Virtuous tells whose key it is, and refuses it for contacts.
#[actix::test]
async fn b3_a_key_that_is_refused_for_contacts_alone_stays_paused() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let kind = FaultKind::Status { status: 401, body: ErrorBody::Message };
    world.fault(Fault { remaining: None, ..Fault::once(System::Virtuous, kind).on("/api/Contact") });
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    within(&world, "the pause", 5 * MINUTE, || world.record().pause.is_some()).await;
    for _ in 0..40 {
        world.pass(MINUTE).await;
        assert!(world.record().pause.is_some());
    }
    take_again(&world);
    within(&world, "the pause lifts itself", PROBE_EVERY + MINUTE, || world.record().pause.is_none()).await;
    settle(&world, "all goes on").await;
    world.finish().await;
}

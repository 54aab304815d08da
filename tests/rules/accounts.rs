//! I5: which account and which organisation a customer is.

use serde_json::json;
use tandem::{
    domain::{Cause, CustomerRecord, Stage, State},
    operator::questions::{
        customer_pause::CustomerPause, customer_rebind::CustomerRebind, customer_resume::CustomerResume,
        customer_show::CustomerShow,
    },
    service::Service,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        generator::AccountSpec,
        wire::SimRequest,
    },
    transport::Method,
};

use crate::{
    scene::{linked, named, opted_in, quick, settle},
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

const MERCY: &str = "mercy";

fn two() -> Setup {
    quick().and(AccountSpec::new(MERCY, 0, 2))
}

/// The connect page in a browser where this account is signed in; gives what the page says.
async fn consent(world: &World, account: &str) -> Result<String, String> {
    let customer = HOPE.parse().unwrap();
    let verifier = "v".repeat(43);
    let url = world.app.authorize_url(&customer, "begun", &verifier).unwrap();
    let path = url.strip_prefix("http://sim").unwrap();
    let request = SimRequest::new(Method::Get, &format!("{path}&account={account}"));
    let answer = world.simulator().handle(&request, world.now());
    let location = answer.response.header("location").unwrap().to_owned();
    let code = location.split(['?', '&']).find_map(|part| part.strip_prefix("code=")).unwrap().to_owned();
    world.app.connect(&customer, code, verifier).await
}

/// From now on the grant of the first customer is of another account.
fn becomes_another_account(world: &World) {
    let mut simulator = world.simulator();
    let account = simulator.constant_contact.account_mut(HOPE).unwrap();
    (account.encoded_id, account.organization_name) = ("a-stranger".into(), "Strangers".into());
}

fn paused_by(world: &World) -> Option<(Cause, String)> {
    world.record().pause.map(|pause| (pause.reason.cause, pause.reason.detail))
}

#[actix::test]
async fn i5_a_grant_of_another_account_is_refused_at_the_connect_page() {
    let world = World::start(&two()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let kept = world.record().accounts.constant_contact.unwrap();
    let refused = consent(&world, MERCY).await.unwrap_err();
    let came = world.record_of(MERCY).accounts.constant_contact.unwrap();
    for part in [&kept.name, &kept.id, &came.name, &came.id, "Nothing was changed"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert_eq!((world.record().accounts.constant_contact, paused_by(&world)), (Some(kept.clone()), None));
    // The former grant goes on.
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "opted out by the former grant").await;
    assert_eq!(opted_in(&world, "Ann"), [false]);
    assert_eq!(consent(&world, HOPE).await.unwrap(), kept.to_string());
    world.finish().await;
}

#[actix::test]
async fn i5_another_account_pauses_before_anything_is_read() {
    let setup = quick();
    let world = World::start(&setup).await;
    linked(&world, "Ann", &[]).await;
    let writes = world.writes();
    becomes_another_account(&world);
    let read = world.cc_calls_of("GET", "/contacts");
    assert!(read > 0);
    let stranger = world.subscribe(&named("Bob"), &[]);
    let world = world.restarted(&setup).await;
    world.pass(HOUR).await;
    let (cause, detail) = paused_by(&world).unwrap();
    assert_eq!(cause, Cause::AnotherAccount);
    for part in ["Strangers", HOPE, "`tandem customer rebind hope`"] {
        assert!(detail.contains(part), "{detail}");
    }
    assert_eq!(
        (world.cc_calls_of("GET", "/contacts"), world.writes()),
        (read, writes),
        "nothing was read or written"
    );
    // To resume without a remedy pauses again.
    world.ask(CustomerResume { customer: HOPE.parse().unwrap() }).await.unwrap();
    world.pass(HOUR).await;
    assert_eq!(paused_by(&world).map(|(cause, _)| cause), Some(Cause::AnotherAccount));
    assert_eq!((world.cc_calls_of("GET", "/contacts"), world.state(&stranger)), (read, None));
    // A person accepts it: everything is read and linked anew.
    world.ask(CustomerRebind { customer: HOPE.parse().unwrap() }).await.unwrap();
    settle(&world, "linked anew").await;
    assert_eq!(world.record().stage, Stage::Live);
    assert_eq!(world.state(&stranger), Some(State::InSync));
    let shown = world.ask(CustomerShow { customer: HOPE.parse().unwrap() }).await.unwrap();
    assert_eq!(shown["account"]["constant_contact"], json!({"id": "a-stranger", "name": "Strangers"}));
    assert_eq!(shown["account"]["virtuous"]["name"], HOPE);
    world.finish().await;
}

#[actix::test]
async fn i5_another_organisation_pauses_and_held_work_loses_nothing() {
    let setup = two();
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &[]).await;
    let written = |world: &World, name: &str| {
        world.simulator().virtuous.organisation(name).unwrap().meter.writes().len()
    };
    let before = (written(&world, HOPE), written(&world, MERCY));
    // The files give each customer the key of the other.
    let mut wrong = two();
    (wrong.accounts[0].api_key, wrong.accounts[1].api_key) =
        (setup.accounts[1].api_key(), setup.accounts[0].api_key());
    let world = world.restarted(&wrong).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(HOUR).await;
    let (cause, detail) = paused_by(&world).unwrap();
    assert_eq!(cause, Cause::AnotherOrganisation);
    for part in [HOPE, MERCY, "`tandem customer rebind hope`"] {
        assert!(detail.contains(part), "{detail}");
    }
    assert_eq!((written(&world, HOPE), written(&world, MERCY)), before, "nothing was written to strangers");
    // The right keys again: the opt-out that was held arrives.
    let world = world.restarted(&setup).await;
    settle(&world, "with the right key").await;
    assert_eq!((paused_by(&world), opted_in(&world, "Ann")), (None, vec![false]));
    world.finish().await;
}

#[actix::test]
async fn i5_an_outage_at_start_concludes_nothing_and_is_waited_for() {
    let setup = quick();
    let world = World::start(&setup).await;
    let ann = linked(&world, "Ann", &[]).await;
    let kept = world.record().accounts;
    for (system, path) in
        [(System::ConstantContact, "/v3/account/summary"), (System::Virtuous, "/api/Organization/Current")]
    {
        let fault = Fault::once(system, FaultKind::Status { status: 503, body: ErrorBody::default() });
        world.fault(Fault { path_prefix: path.to_owned(), remaining: Some(6), ..fault });
    }
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    let read = world.cc_calls_of("GET", "/contacts");
    let world = world.restarted(&setup).await;
    world.pass(MINUTE).await;
    assert_eq!((world.cc_calls_of("GET", "/contacts"), opted_in(&world, "Ann")), (read, vec![true]));
    settle(&world, "after the outage").await;
    assert_eq!((opted_in(&world, "Ann"), world.record().accounts), (vec![false], kept));
    world.finish().await;
}

#[actix::test]
async fn i5_an_outage_of_the_comparison_stops_no_opt_out_under_the_key_that_was_compared() {
    let setup = two();
    let world = World::start(&setup).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    let fault = Fault::once(System::Virtuous, FaultKind::Status { status: 503, body: ErrorBody::default() });
    world.fault(Fault { path_prefix: "/api/Organization/Current".to_owned(), remaining: None, ..fault });
    let world = world.restarted(&setup).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), paused_by(&world)), (vec![false], None), "{}", world.describe());
    // A key that was never compared waits.
    let mut wrong = two();
    (wrong.accounts[0].api_key, wrong.accounts[1].api_key) =
        (setup.accounts[1].api_key(), setup.accounts[0].api_key());
    let world = world.restarted(&wrong).await;
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Bob"), paused_by(&world)), (vec![true], None));
    // It is compared as soon as Virtuous tells.
    world.simulator().virtuous.faults.clear();
    world.pass(HOUR).await;
    assert_eq!(paused_by(&world).map(|(cause, _)| cause), Some(Cause::AnotherOrganisation));
    let world = world.restarted(&setup).await;
    settle(&world, "with the right key").await;
    assert_eq!(opted_in(&world, "Bob"), [false]);
    world.finish().await;
}

#[actix::test]
async fn i5_what_another_customer_has_is_refused_unless_both_share_it() {
    let setup = two();
    let world = World::start(&setup).await;
    linked(&world, "Ann", &[]).await;
    let mercy = || MERCY.parse().unwrap();
    world.ask(CustomerPause { customer: mercy() }).await.unwrap();
    world.ask(CustomerRebind { customer: mercy() }).await.unwrap();
    let mut same = two();
    same.accounts[1].api_key = setup.accounts[0].api_key();
    let world = world.restarted(&same).await;
    let resume = async || {
        world.ask(CustomerResume { customer: mercy() }).await.unwrap();
        world.nudge(MERCY);
        world.pass(HOUR).await;
        world.record_of(MERCY).pause.map(|pause| (pause.reason.cause, pause.reason.detail))
    };
    let (cause, detail) = resume().await.unwrap();
    assert_eq!(cause, Cause::SharedAccount);
    assert!(detail.contains(HOPE) && detail.contains("shared_account = true"), "{detail}");
    assert_eq!(paused_by(&world), None, "the first one goes on");
    let number = |name: &str| world.record_of(name).number;
    for number in [number(HOPE), number(MERCY)] {
        let share = |record: &mut CustomerRecord| record.accounts.is_shared = true;
        world.app.deps.store.of(number).update_customer(share).await.unwrap();
    }
    assert_eq!(resume().await, None);
    world.finish().await;
}

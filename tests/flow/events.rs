//! Events of Virtuous: each has a contact read again at once, whatever form it comes in; what is forged, doubled or old changes
//! nothing; what is lost is found by the query (V1, V2).

use std::time::Duration;

use serde_json::{Value, json};
use tandem::{
    operator::questions::customer_show::CustomerShow,
    service::Service,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::{
            model::{NewContact, NewIndividual, NewMethod},
            webhooks::Delivery,
        },
    },
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

const KNOWN: &str = "tandem_events_total{customer=\"hope\",outcome=\"known\"}";

/// Virtuous is looked at once a day, but for its events.
fn nightly() -> Setup {
    let cc = "lists_every = \"1d\"\nsweep_every = \"7d\"";
    Setup { events: true, poll_every: "1h", query_every: "24h", lookup_after: "24h", cc, ..Setup::empty() }
}

pub async fn with_ann(virtuous: Value, more: &'static str) -> (World, String) {
    with_ann_in(&Setup { virtuous, more, ..nightly() }).await
}

async fn with_ann_in(setup: &Setup) -> (World, String) {
    let world = World::start(setup).await;
    let new = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"});
    let ann = world.subscribe(&new, &["Newsletter"]);
    for _ in 0..3 {
        world.pass(HOUR).await;
        world.deliver_all().await;
    }
    world.until_settled("Ann is created", DAY).await;
    world.pass(HOUR).await;
    world.deliver_all().await;
    assert_eq!(subscriptions(&world), 1);
    let shown = world.ask(CustomerShow { customer: HOPE.parse().unwrap() }).await.unwrap()["events"].clone();
    assert_eq!((&shown["managed"], &shown["active"]), (&json!(true), &json!(true)), "{shown}");
    (world, ann)
}

pub fn subscriptions(world: &World) -> usize {
    world.organisation(|held| held.webhooks.subscriptions().iter().filter(|one| one.active).count())
}

fn is_unsubscribed(world: &World, address: &str) -> bool {
    let simulator = world.simulator();
    let account = simulator.constant_contact.account(HOPE).unwrap();
    account.roster.by_email(address).unwrap().is_unsubscribed()
}

fn events(world: &World, outcome: &str) -> u64 {
    world.counted(&format!("tandem_events_total{{customer=\"hope\",outcome=\"{outcome}\"}}"))
}

/// Waits until Constant Contact has Ann's opt-out, and both sides agree.
pub async fn told(world: World, within: Duration) {
    world.until("Constant Contact is told", within, |world| is_unsubscribed(world, "ann@example.com")).await;
    world.pass(3 * HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn p1_a_change_by_staff_is_heard_whatever_form_its_event_has() {
    if !is_full_run() {
        return;
    }
    let forms = [
        json!({}),
        json!({"webhook_envelope": "event_type"}),
        json!({"webhook_signature": "hex"}),
        json!({"webhook_bulk": false}),
        json!({"webhook_omits_methods": true}),
        json!({"webhook_envelope": "event_type", "webhook_omits_methods": true}),
    ];
    for form in forms {
        let (world, ann) = with_ann(form.clone(), "").await;
        world.edit("virtuous/opt-out", &json!({"contact": ann}));
        assert!(world.deliver_all().await > 0, "{form}");
        told(world, 2 * MINUTE).await;
    }
}

#[actix::test]
async fn the_header_of_the_signature_is_a_setting() {
    if !is_full_run() {
        return;
    }
    let form = json!({"webhook_header": "X-Hook-Signature"});
    let more = "";
    let setup = Setup { virtuous: form, more, events: true, poll_every: "15m", ..Setup::empty() };
    // Another header than the settings say: unsigned, so that nothing is taken, and the query is what is left.
    let world = World::start(&setup).await;
    let new = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"});
    let ann = world.subscribe(&new, &[]);
    world.until_settled("Ann is created", DAY).await;
    world.pass(HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    for delivery in world.events_due() {
        assert_eq!(world.deliver(&delivery).await, 401);
    }
    world.until("the query finds it", HOUR, |world| is_unsubscribed(world, "ann@example.com")).await;
    world.pass(2 * DAY).await;
    world.pass(3 * HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn v2_what_fires_no_event_is_found_by_the_query() {
    if !is_full_run() {
        return;
    }
    for silent in [json!({"method_fires": false}), json!({"tag_fires": false})] {
        let (world, ann) = with_ann(silent, "").await;
        world.edit("virtuous/opt-out", &json!({"contact": ann}));
        world.deliver_all().await;
        world.pass(2 * DAY).await;
        assert!(is_unsubscribed(&world, "ann@example.com"));
        world.pass(3 * HOUR).await;
        world.finish().await;
    }
}

#[actix::test]
async fn v1_forged_doubled_and_old_events_change_nothing_and_are_counted() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": "Board"}));
    let first = world.events_due();
    world.pass(MINUTE).await;
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": "Gala"}));
    let second = world.events_due();
    let reads = |world: &World| world.calls_of(tandem::transport::Method::Get, "/api/Contact/{id}");
    assert_eq!((first.len(), second.len()), (1, 1));
    // Out of order: the later one first.
    assert_eq!(world.deliver(&second[0]).await, 202);
    world.pass(MINUTE).await;
    let (read, taken) = (reads(&world), events(&world, "taken"));
    let (doubled, stale) = (events(&world, "doubled"), events(&world, "stale"));
    assert_eq!(world.deliver(&first[0]).await, 202);
    assert_eq!(world.deliver(&second[0]).await, 202);
    for spoilt in ["body", "signature", "token", "unsigned"] {
        let mut forged = second[0].clone();
        match spoilt {
            "body" => forged.body.push(b' '),
            "signature" => {
                forged.headers.iter_mut().for_each(|(_, value)| *value = "c2lnbmF0dXJl".to_owned())
            }
            "token" => forged.url.push('x'),
            _ => forged.headers.clear(),
        }
        assert_eq!(world.deliver(&forged).await, 401, "{spoilt}");
    }
    world.pass(HOUR).await;
    assert_eq!((reads(&world), events(&world, "taken")), (read, taken));
    assert_eq!((events(&world, "stale"), events(&world, "doubled")), (stale + 1, doubled + 1));
    world.pass(3 * HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn v1_a_restart_between_the_answer_and_the_reading_loses_nothing() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    // The answer means that it is on disk; nobody has looked at it yet.
    let due = world.events_due();
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().switches.hourly_limit = 0;
    for delivery in &due {
        assert_eq!(world.deliver(delivery).await, 202);
    }
    let world = world.restarted(&nightly()).await;
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().switches.hourly_limit = 1_000_000;
    told(world, 2 * HOUR).await;
}

/// Contacts that staff add while no event is sent.
fn staff_add_silently(world: &World, count: usize) -> Vec<i64> {
    let switch = |active: bool| {
        let mut simulator = world.simulator();
        let webhooks = &mut simulator.virtuous.organisation_mut(HOPE).unwrap().webhooks;
        let id = webhooks.subscriptions()[0].id;
        webhooks.subscription_mut(id).unwrap().active = active;
    };
    switch(false);
    let contacts: Vec<NewContact> = (0..count)
        .map(|number| NewContact {
            individuals: vec![NewIndividual {
                first_name: format!("Pat{number}"),
                last_name: "Poe".to_owned(),
                methods: vec![NewMethod::email(&format!("pat{number}@example.org"), true)],
                ..NewIndividual::default()
            }],
            ..NewContact::default()
        })
        .collect();
    let ids = world.staff_add_all(&contacts);
    switch(true);
    ids
}

/// One event about all of these, signed.
fn bulk(world: &World, ids: &[i64]) -> Delivery {
    world.edit("virtuous/tag", &json!({"contact": ids[0].to_string(), "tag": "Board"}));
    let mut delivery = world.events_due().remove(0);
    let models: Vec<Value> =
        ids.iter().map(|id| json!({"contact": {"id": id, "filler": "x".repeat(950)}})).collect();
    delivery.body = json!({"event": "ContactUpdate", "models": models}).to_string().into_bytes();
    let secret = world.organisation(|held| held.webhooks.subscriptions()[0].secret.clone());
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = data_encoding::BASE64.encode(ring::hmac::sign(&key, &delivery.body).as_ref());
    delivery.headers = vec![("X-Virtuous-Signature".to_owned(), tag)];
    delivery
}

/// Contacts of events that are not read yet.
fn waiting(world: &World) -> usize {
    world.app.deps.store.of(world.record().number).events(world.now(), usize::MAX).unwrap().due.len()
}

/// A bulk edit by staff: one body, far too many to read one by one.
#[actix::test]
async fn v1_many_contacts_of_one_event_are_read_by_the_query() {
    if !is_full_run() {
        return;
    }
    let (world, _) = with_ann(json!({}), "").await;
    let delivery = bulk(&world, &staff_add_silently(&world, 5_000));
    assert!(delivery.body.len() > 4_800_000, "{}", delivery.body.len());
    let taken = events(&world, "taken");
    let singles = world.calls_of(tandem::transport::Method::Get, "/api/Contact/{id}");
    assert_eq!(world.deliver(&delivery).await, 202);
    assert_eq!(events(&world, "taken") - taken, 5_000);
    world.until("all are read", 2 * HOUR, |world| waiting(world) == 0).await;
    let read = world.calls_of(tandem::transport::Method::Get, "/api/Contact/{id}") - singles;
    assert!(read < 50, "{read} were read one by one");
    world.pass(3 * HOUR).await;
    world.finish().await;
}

/// Thousands that no query shows take hours to be read one by one: what staff do meanwhile, and what Constant Contact says, does
/// not wait for them.
#[actix::test]
async fn v1_many_that_the_query_does_not_show_hold_nothing_up() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann_in(&Setup { virtuous_calls: 500, ..nightly() }).await;
    let ids = staff_add_silently(&world, 3_000);
    // The query reaches a day back from the newest change that it saw.
    world.pass(2 * DAY).await;
    world.edit("virtuous/rename", &json!({"contact": ann, "first_name": "Anna", "last_name": "Lee"}));
    world.deliver_all().await;
    world.pass(2 * DAY).await;
    assert_eq!(world.deliver(&bulk(&world, &ids)).await, 202);
    world.pass(HOUR / 2).await;
    assert!(waiting(&world) > 2_000, "{}", waiting(&world));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Volunteers"]}));
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": "CC: Events"}));
    assert!(world.deliver_all().await > 0);
    let both = |world: &World| {
        let has_tag = world.tags(&world.referenced(&ann).unwrap()).contains(&"CC: Volunteers".to_owned());
        let simulator = world.simulator();
        let account = simulator.constant_contact.account(HOPE).unwrap();
        has_tag && account.roster.by_email("ann@example.com").unwrap().lists.len() == 3
    };
    world.until("both are done", 3 * HOUR, both).await;
    assert!(waiting(&world) > 1_000, "{}", waiting(&world));
    world.until("all are read", DAY, |world| waiting(world) == 0).await;
    world.pass(3 * HOUR).await;
    world.finish().await;
}

/// An answer that cannot be used is no answer: the next query is a day away.
#[actix::test]
async fn b3_the_contact_of_an_event_that_is_refused_is_asked_for_again() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    let kind = FaultKind::Status { status: 400, body: ErrorBody::Message };
    let fault = Fault::once(System::Virtuous, kind).on("/api/Contact/");
    world.fault(Fault { method: Some("GET".to_owned()), remaining: Some(3), ..fault });
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    assert!(world.deliver_all().await > 0);
    told(world, HOUR).await;
}

#[actix::test]
async fn the_subscription_is_watched_and_made_again() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(json!({}), "").await;
    let edit = |change: &dyn Fn(&mut tandem::simulator::virtuous::webhooks::Subscription)| {
        let mut simulator = world.simulator();
        let webhooks = &mut simulator.virtuous.organisation_mut(HOPE).unwrap().webhooks;
        let id = webhooks.subscriptions()[0].id;
        change(webhooks.subscription_mut(id).unwrap());
        id
    };
    let secret = || world.organisation(|held| held.webhooks.subscriptions()[0].secret.clone());
    let first = secret();
    assert_eq!(first.len(), 64);
    let id = edit(&|held| held.active = false);
    world.pass(DAY + HOUR).await;
    assert_eq!(subscriptions(&world), 1, "put on again");
    assert_eq!(secret(), first);
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().webhooks.unsubscribe(id);
    world.pass(DAY + HOUR).await;
    assert_eq!(subscriptions(&world), 1, "made again");
    assert_ne!(secret(), first, "with a fresh secret");
    world.events_due();
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    assert!(world.deliver_all().await > 0);
    told(world, 2 * MINUTE).await;
}

/// C4: before the import nothing is written, and a subscription is a write.
#[actix::test]
async fn c4_nobody_subscribes_before_the_import() {
    let world = World::start(&Setup { auto_start: false, ..nightly() }).await;
    world.pass(DAY).await;
    assert_eq!((subscriptions(&world), world.writes()), (0, 0));
    world.finish_differing().await;
}

/// A file that is moved away and applied ends the customer, and then the subscription: nobody makes it again.
#[actix::test]
async fn a_customer_that_goes_ends_its_subscription() {
    let (world, _) = with_ann(json!({}), "").await;
    // There are no files in this world.
    world.app.apply().await.unwrap();
    assert_eq!(subscriptions(&world), 0);
    world.pass(2 * DAY).await;
    assert_eq!(subscriptions(&world), 0);
    assert!(world.app.stop().await);
}

/// V3: the echo of Tandem's own writes costs no call, and shows them (E1): what staff do right after it is theirs.
#[actix::test]
async fn v3_an_event_that_says_what_is_known_costs_no_call() {
    let (world, ann) = with_ann_in(&Setup { cc: "lists_every = \"1 polls\"", ..nightly() }).await;
    let calls = |world: &World| world.organisation(|held| held.meter.total());
    let mut before = calls(&world);
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    let tags = |world: &World| world.tags(&world.referenced(&ann).unwrap());
    world.until("the tag is on", 2 * HOUR, |world| tags(world).len() == 2).await;
    assert_eq!(calls(&world) - before, 1, "a call for each tag");
    before = calls(&world);
    let known = world.counted(KNOWN);
    assert!(world.deliver_all().await > 0, "the echo");
    world.pass(30 * MINUTE).await;
    assert_eq!((calls(&world) - before, world.counted(KNOWN) - known), (0, 1), "{}", world.describe());
    // The tag was shown: that it is gone again is staff's doing.
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": "CC: Events"}));
    assert!(world.deliver_all().await > 0);
    world.pass(30 * MINUTE).await;
    let lists = || {
        let simulator = world.simulator();
        simulator
            .constant_contact
            .account(HOPE)
            .unwrap()
            .roster
            .by_email("ann@example.com")
            .unwrap()
            .lists
            .len()
    };
    assert_eq!((lists(), tags(&world)), (1, vec!["CC: Newsletter".to_owned()]), "{}", world.describe());
    world.deliver_all().await;
    world.until_settled("in step", HOUR).await;
    before = calls(&world);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.until("opted out", 2 * HOUR, |world| world.opt_ins("ann@example.com") == [false]).await;
    world.until_settled("opted out, and its tag off", HOUR).await;
    let made = calls(&world) - before;
    before = calls(&world);
    world.deliver_all().await;
    world.pass(30 * MINUTE).await;
    assert_eq!((made, calls(&world) - before), (4, 0), "read and written; the tag's join read and deleted");
    world.finish().await;
}

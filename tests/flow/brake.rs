//! B1: what would concern too many people stops before its first write, and everything else goes on.

use serde_json::{Value, json};
use tandem::{
    domain::{Permission, Rule, State, Subject, What},
    operator::{Verb, questions::import_start::ImportStart},
    service::Service,
    simulator::virtuous::model::Contact,
    transport::Method,
};

use crate::{
    full::is_full_run,
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

/// Subscribers of the account: the most of them are on the newsletter.
const CONTACTS: usize = 300;
const LIST: &str = "Newsletter";
const TAG: &str = "CC: Newsletter";
const UNTAG: &str = "/api/ContactTag/{id}";

pub async fn decide(world: &World, verb: Verb, item: &str) -> Result<Value, String> {
    world.decide(verb, item, None).await
}

/// Subscribers whose contact carries the newsletter's tag, put on by Tandem. Who unsubscribed is not braked.
fn tagged(world: &World) -> u64 {
    let mut subjects = world.subjects();
    let has = |subject: &Subject| subject.base.segments.iter().any(|(_, tag)| tag == TAG);
    subjects.retain(|subject| has(subject) && subject.cc.permission != Permission::Unsubscribed);
    subjects.len() as u64
}

fn untagged(world: &World) -> u64 {
    world.calls_of(Method::Delete, UNTAG)
}

/// Who was opted out for no other reason than the deletion, with the note that says so.
fn opt_outs_by_deletion(world: &World) -> usize {
    let mut subjects = world.subjects();
    let told = |subject: &Subject| subject.base.notes.iter().any(|note| note.starts_with("deleted"));
    subjects.retain(|subject| told(subject) && subject.cc.permission != Permission::Unsubscribed);
    subjects.len()
}

async fn until_held(world: &World) {
    world.until("the brake holds", HOUR, |world| world.record().brake.held.is_some()).await;
}

async fn gauge(world: &World) -> bool {
    world.app.snapshot().await.customers[0].brake
}

#[actix::test]
async fn b1_s3_a_deleted_list_of_many_waits_for_a_person_and_all_else_goes_on() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(CONTACTS, 7)).await;
    let members = tagged(&world);
    assert!(members > 100, "{members}");
    world.control("cc/delete-list", &json!({"list": LIST}));
    until_held(&world).await;
    let before = untagged(&world);
    assert_eq!(tagged(&world), members);
    let brake = world.work().await["brake"].clone();
    assert_eq!(brake["count"].as_u64(), Some(members), "{brake}");
    assert!(brake["reason"].as_str().unwrap().contains(TAG), "{brake}");
    assert!(gauge(&world).await);
    // All else goes on: who is new, who unsubscribes, even of those who wait.
    let waiting = world.subjects().into_iter().find(|subject| subject.is_at_brake()).unwrap();
    world.edit("cc/unsubscribe", &json!({"contact": waiting.id.to_string()}));
    let ann = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"});
    let ann = world.subscribe(&ann, &[]);
    world.pass(20 * MINUTE).await;
    let address = waiting.cc.email.unwrap();
    assert!(world.opt_ins(&address).iter().all(|opted_in| !opted_in), "{}", world.describe());
    assert_eq!(world.state(&ann), Some(State::InSync), "{}", world.describe());
    // The person's own unsubscribe takes the person's own tags off, and nobody else's.
    let own = u64::try_from(waiting.base.segments.len()).unwrap();
    assert!(untagged(&world) - before <= own, "a tag came off behind the brake");
    let left = world.work().await["brake"]["count"].as_u64().unwrap();
    assert_eq!(left, tagged(&world));
    // A person lets it go on.
    let decided = decide(&world, Verb::Accept, "brake").await.unwrap();
    assert_eq!(decided["items"].as_u64(), Some(left));
    world.until_settled("the tags go off", 2 * HOUR).await;
    assert_eq!(tagged(&world), 0);
    assert!(!gauge(&world).await && world.work().await["brake"].is_null());
    let someone = world.subjects().into_iter().find(|subject| {
        subject.id != waiting.id && {
            let timeline = world.app.deps.store.of(world.record().number).timeline(subject).unwrap();
            timeline.iter().any(|event| event.what == What::Decided && event.reason.rule == Rule::B1)
        }
    });
    assert!(someone.is_some(), "the decision is in nobody's timeline");
    // What was accepted is no part of the next run.
    world.edit("cc/delete", &json!({"count": 3}));
    world.pass(10 * MINUTE).await;
    world.until_settled("three deletions", HOUR).await;
    assert!(world.record().brake.held.is_none());
    world.finish().await;
}

#[actix::test]
async fn b1_members_who_leave_a_list_all_at_once_are_counted_before_the_first_tag_goes_off() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(CONTACTS, 8)).await;
    let (members, before) = (tagged(&world), untagged(&world));
    world.edit("cc/move-lists", &json!({"count": CONTACTS, "remove": [LIST]}));
    until_held(&world).await;
    let held = world.work().await["brake"].clone();
    assert_eq!((untagged(&world), tagged(&world)), (before, members), "{held}");
    assert!(held["reason"].as_str().unwrap().contains(TAG), "{held}");
    // Put right in Constant Contact, there is nothing left to hold.
    world.edit("cc/move-lists", &json!({"count": CONTACTS, "add": [LIST]}));
    world.until("the brake is lifted", 2 * HOUR, |world| world.record().brake.held.is_none()).await;
    world.until_settled("all is as it was", HOUR).await;
    assert_eq!(untagged(&world), before);
    world.finish().await;
}

#[actix::test]
async fn b1_d1_many_deletions_wait_and_a_kill_after_the_acceptance_forgets_nothing() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(CONTACTS, 9)).await;
    let before = opt_outs_by_deletion(&world);
    world.edit("cc/delete", &json!({"count": 120}));
    until_held(&world).await;
    let own = world.edit("cc/unsubscribe", &json!({"count": 60}));
    world.pass(HOUR).await;
    assert_eq!(opt_outs_by_deletion(&world), before);
    assert_eq!(world.count(State::Pending), world.record().brake.held.unwrap().count, "{}", world.describe());
    for id in own {
        let subject = world.subject(&id).unwrap();
        assert!(subject.opt_out_owed_since.is_none(), "a person's own unsubscribe waits: {}", subject.reason);
    }
    // As it stands when the process is killed right after the acceptance was made durable.
    let number = world.record().number;
    world.app.deps.store.of(number).update_customer(|record| record.brake.accepted = true).await.unwrap();
    world.nudge(HOPE);
    world.until_settled("the deletions", 2 * HOUR).await;
    assert!(opt_outs_by_deletion(&world) > before + 50);
    assert!(world.record().brake.held.is_none());
    world.finish().await;
}

#[actix::test]
async fn b1_d3_whoever_comes_back_while_the_brake_holds_is_not_opted_out_past_it() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(CONTACTS, 9)).await;
    let gone = world.edit("cc/delete", &json!({"count": 120}));
    until_held(&world).await;
    let held: Vec<Subject> = world.subjects().into_iter().filter(|subject| subject.is_at_brake()).collect();
    assert!(held.len() > 50, "{}", world.describe());
    let puts = |world: &World| world.calls_of(Method::Put, "/api/ContactMethod/{id}");
    let (before, opted_out) = (puts(&world), opt_outs_by_deletion(&world));
    // It was a mistake, and is put right in Constant Contact; lists do not come back with the contacts.
    for id in &gone {
        world.edit("cc/revive", &json!({"contact": id}));
    }
    world.pass(2 * HOUR).await;
    assert_eq!((puts(&world), opt_outs_by_deletion(&world)), (before, opted_out), "{}", world.describe());
    for subject in held {
        let now = world.subject(&subject.id.to_string()).unwrap();
        assert!(now.opt_out_owed_since.is_none(), "an opt-out is still owed: {}", now.reason);
    }
}

#[actix::test]
async fn b1_few_need_nobody() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup::new(CONTACTS, 10)).await;
    world.edit("cc/delete", &json!({"count": 10}));
    world.edit("cc/move-lists", &json!({"count": 20}));
    world.pass(10 * MINUTE).await;
    world.until_settled("few", HOUR).await;
    assert!(world.record().brake.held.is_none() && opt_outs_by_deletion(&world) > 0);
    assert!(decide(&world, Verb::Accept, "brake").await.unwrap_err().contains("does not hold"));
    world.finish().await;
}

/// At the size of a real list.
#[actix::test]
async fn b1_a_list_of_3000_members_is_deleted_and_nothing_is_written_until_a_person_accepts() {
    if !is_full_run() {
        return;
    }
    let members = 3000;
    let mut setup = Setup::new(members * 2, 12);
    setup.auto_start = false;
    (setup.poll_every, setup.query_every) = ("15m", "4h");
    let world = World::start(&setup).await;
    world.control("cc/add-list", &json!({"name": "Jubilee"}));
    world.control("virtuous/add-tag", &json!({"name": "CC: Jubilee"}));
    let on_list = world.edit("cc/move-lists", &json!({"count": members, "add": ["Jubilee"]}));
    assert_eq!(on_list.len(), members);
    world.ask(ImportStart { customer: HOPE.parse().unwrap(), yes: true }).await.unwrap();
    world.pass(10 * MINUTE).await;
    // Tags are read again daily (S4).
    world.until_settled("the first sync", 48 * HOUR).await;
    // People of one household share its tag: each is held, and the tag goes off once.
    let tagged = |world: &World| {
        let mut subjects = world.subjects();
        subjects.retain(|subject| subject.base.segments.iter().any(|(_, tag)| tag == "CC: Jubilee"));
        subjects.len()
    };
    let contacts = |world: &World| {
        world.organisation(|held| {
            let has = |contact: &&Contact| held.tag_names(&contact.tags).any(|tag| tag == "CC: Jubilee");
            held.book.contacts().iter().filter(has).count()
        })
    };
    let linked = tagged(&world);
    assert!(linked > members * 8 / 10, "{linked} of {members} carry the tag");
    let (before, off_before, on) = (world.writes(), untagged(&world), contacts(&world));
    world.control("cc/delete-list", &json!({"list": "Jubilee"}));
    world.until("the brake holds", 4 * HOUR, |world| world.record().brake.held.is_some()).await;
    world.pass(HOUR).await;
    assert_eq!((world.writes(), tagged(&world)), (before, linked), "something was written behind the brake");
    assert_eq!(world.work().await["brake"]["count"].as_u64(), Some(linked as u64));
    decide(&world, Verb::Accept, "brake").await.unwrap();
    world.until_settled("the tags go off", 24 * HOUR).await;
    assert_eq!((untagged(&world) - off_before, tagged(&world), contacts(&world)), (on as u64, 0, 0));
    world.finish().await;
}

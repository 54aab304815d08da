//! What changes in Constant Contact after the first sync.

use serde_json::{Value, json};
use tandem::{
    simulator::{constant_contact::Contact, wire::SimRequest},
    transport::Method,
};

use crate::{
    full::is_full_run,
    world::{HOPE, HOUR, MINUTE, Setup, World, uuid},
};

fn contact(world: &World, id: &str) -> Contact {
    world.simulator().constant_contact.account(HOPE).unwrap().roster.get(uuid(id)).unwrap().clone()
}

/// Ids that Constant Contact gives for a query of its own.
fn asked(world: &World, query: &str) -> Vec<String> {
    let now = world.now();
    let mut simulator = world.simulator();
    let token = simulator.constant_contact.access_token(HOPE, "demo", now);
    let request = SimRequest::new(Method::Get, &format!("/cc/v3/contacts?{query}"));
    let answer = simulator.handle(&request.with_header("authorization", format!("Bearer {token}")), now);
    assert!(answer.response.is_success(), "{}", answer.value());
    let value: Value = answer.value();
    let contacts = value["contacts"].as_array().unwrap().iter();
    contacts.map(|contact| contact["contact_id"].as_str().unwrap().to_owned()).collect()
}

#[actix::test]
async fn p1_an_unsubscribe_that_moves_no_date_of_the_record_reaches_virtuous_in_the_next_poll() {
    let world = World::synced(&Setup::new(60, 11)).await;
    let new = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"});
    let id = world.subscribe(&new, &["Newsletter"]);
    world.pass(2 * MINUTE).await;
    world.until_settled("Ann is created", HOUR).await;
    world.pass(3 * MINUTE).await;
    assert_eq!(world.opt_ins("ann@example.com"), [true]);
    let before = contact(&world, &id);
    let since = world.now();
    world.pass(MINUTE / 60).await;
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    let after = contact(&world, &id);
    assert_eq!(before.updated_at, after.updated_at, "the record's own date did not move");
    world.pass(MINUTE + MINUTE / 6).await;
    assert_eq!(world.opt_ins("ann@example.com"), [false], "{}", world.describe());
    // Why the stream of opt-outs is needed: the stream of changes alone is not shown it, not even much later.
    let since = since.to_rfc3339_secs();
    assert!(!asked(&world, &format!("updated_after={since}&status=all&limit=500")).contains(&id));
    assert!(asked(&world, &format!("optout_after={since}&status=unsubscribed&limit=500")).contains(&id));
    world.until_settled("tags follow", HOUR).await;
    world.finish().await;
}

#[actix::test]
async fn changes_of_all_kinds_arrive_and_then_nothing_is_written_any_more() {
    if !is_full_run() {
        return;
    }
    for seed in [21, 22, 23] {
        println!("seed {seed}");
        let world = World::synced(&Setup::new(200, seed)).await;
        world.edit("cc/unsubscribe", &json!({"count": 20}));
        world.edit("cc/move-lists", &json!({"count": 30}));
        world.edit("cc/edit", &json!({"count": 10}));
        world.edit("cc/add", &json!({"count": 5}));
        world.pass(2 * MINUTE).await;
        world.until_settled("the changes", 4 * HOUR).await;
        world.pass(10 * MINUTE).await;
        let writes = world.writes();
        world.pass(50 * MINUTE).await;
        assert_eq!(world.writes(), writes, "50 polls without a change wrote something");
        world.finish().await;
    }
}

#[actix::test]
async fn an_opt_out_of_a_linked_contact_costs_two_calls() {
    let mut setup = Setup::new(300, 31);
    // Only consent changes, so that its calls can be told from those of tags.
    setup.constant_contact = json!({"unsubscribe_strips_lists": false});
    setup.query_every = "1h";
    let world = World::synced(&setup).await;
    world.control("calls/reset", &json!({}));
    let left = world.edit("cc/unsubscribe", &json!({"count": 60}));
    let linked = left.iter().filter(|id| world.subject(id).is_some_and(|it| it.virtuous.linked().is_some()));
    let linked = linked.count() as u64;
    world.pass(2 * MINUTE).await;
    world.until_settled("the opt-outs", HOUR / 2).await;
    let (opt_outs, calls) = world.organisation(|held| {
        let opt_outs = held.meter.calls_of(Method::Put, "/api/ContactMethod/{id}");
        let query = "/api/Contact/Query/FullContact";
        let calls =
            held.meter.calls().filter(|(_, pattern, _)| *pattern != query && !pattern.contains("ContactTag"));
        (opt_outs, calls.map(|call| call.2).sum::<u64>())
    });
    println!("{linked} linked, {opt_outs} methods opted out, {calls} calls");
    assert!(opt_outs >= 40, "{opt_outs}");
    // An address may stand under two methods of one person; each is written.
    let people = linked.max(opt_outs);
    let all: Vec<_> = world.organisation(|held| held.meter.calls().collect());
    assert!(calls <= 2 * people, "{calls} calls for {linked} linked, {opt_outs} methods: {all:?}");
    world.finish().await;
}

#[actix::test]
async fn f1_fields_of_all_types_follow() {
    let world = World::synced(&Setup::new(60, 41)).await;
    let fields = {
        let simulator = world.simulator();
        let account = simulator.constant_contact.account(HOPE).unwrap();
        account
            .custom_fields
            .iter()
            .map(|f| (f.label.to_string(), f.custom_field_id.to_string()))
            .collect::<Vec<_>>()
    };
    let field =
        |label: &str| fields.iter().find(|field| field.0 == label).map(|field| field.1.clone()).unwrap();
    let new = json!({"email": "fay@example.com", "first_name": "Fay", "last_name": "Orr"});
    let id = world.subscribe(&new, &[]);
    world.pass(2 * MINUTE).await;
    world.until_settled("Fay is created", HOUR).await;
    let values = json!([
        {"custom_field_id": field("Favorite Program"), "choice_ids": ["000002"]},
        {"custom_field_id": field("Household Size"), "value": "4"},
        {"custom_field_id": field("How Heard"), "value": "A friend"},
    ]);
    world.edit("cc/edit", &json!({"contact": id, "fields": {"custom_fields": values}}));
    world.pass(2 * MINUTE).await;
    world.until_settled("the fields", HOUR).await;
    let held = world.referenced(&id).unwrap();
    assert_eq!(held.custom_fields.len(), 3, "{:?}", held.custom_fields);
    world.finish().await;
}

#[actix::test]
async fn d1_n1_a_deletion_opts_out_and_leaves_exactly_one_note() {
    let world = World::synced(&Setup::new(60, 51)).await;
    let new = json!({"email": "dee@example.com", "first_name": "Dee", "last_name": "Fox"});
    let id = world.subscribe(&new, &["Newsletter"]);
    world.pass(2 * MINUTE).await;
    world.until_settled("Dee is created", HOUR).await;
    world.pass(2 * MINUTE).await;
    world.edit("cc/delete", &json!({"contact": id}));
    world.pass(2 * MINUTE).await;
    world.until_settled("the deletion", HOUR).await;
    assert_eq!(world.opt_ins("dee@example.com"), [false]);
    let notes = |world: &World| {
        let contact = world.referenced(&id).unwrap().id;
        world.organisation(|held| held.notes_of(contact).count())
    };
    world.until("the note", HOUR, |world| notes(world) > 0).await;
    world.pass(HOUR).await;
    assert_eq!(notes(&world), 1);
    world.finish().await;
}

#[actix::test]
async fn s3_a_renamed_list_takes_its_tag_along_once_staff_have_made_it() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&Setup { poll_every: "15m", query_every: "15m", ..Setup::new(60, 61) }).await;
    world.control("cc/rename-list", &json!({"list": "Press", "name": "Media"}));
    world.control("virtuous/add-tag", &json!({"name": "CC: Media"}));
    world.pass(26 * HOUR).await;
    world.until_settled("the rename", 4 * HOUR).await;
    assert_eq!(world.comparison().waiting_tags, 0);
    world.finish().await;
}

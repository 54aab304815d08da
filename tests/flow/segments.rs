//! Lists and tags of Constant Contact in the forms that a customer may choose (S1, S3, S6).

use serde_json::json;
use tandem::domain::{Stage, State};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World, uuid},
};

const FIELD: &str = "How Heard";

async fn with_ann(setup: &Setup, lists: &[&str]) -> (World, String) {
    let world = World::start(setup).await;
    // The comparison knows lists as tags only, so that it cannot say that both sides agree.
    let quiet = |world: &World| {
        let waiting = world.count(State::Pending) + world.count(State::Submitted);
        world.record().stage == Stage::Live && waiting == 0
    };
    world.until("the first sync", 4 * HOUR, quiet).await;
    let new = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"});
    let id = world.subscribe(&new, lists);
    world.pass(HOUR).await;
    world.until("Ann is created", 4 * HOUR, |world| is_in_sync(world, &id)).await;
    (world, id)
}

fn is_in_sync(world: &World, id: &str) -> bool {
    world.state(id) == Some(State::InSync)
}

/// The custom field of a subscriber's contact.
fn field(world: &World, id: &str) -> String {
    let contact = world.referenced(id).unwrap();
    let place = world.organisation(|held| held.contact_fields.iter().position(|field| &*field.name == FIELD));
    let held = contact.custom_fields.iter().find(|held| Some(usize::from(held.field)) == place);
    held.map(|held| held.value.to_string()).unwrap_or_default()
}

async fn until_field(world: &World, id: &str, value: &str) {
    world.until(&format!("the field says {value:?}"), 2 * HOUR, |world| field(world, id) == value).await;
    world.pass(10 * MINUTE).await;
    assert!(is_in_sync(world, id), "{}", world.describe());
    assert_eq!(field(world, id), value);
}

fn hourly(seed: u64) -> Setup {
    Setup { poll_every: "30m", query_every: "1h", ..Setup::new(60, seed) }
}

fn in_a_field() -> Setup {
    let more = "[mapping]\nlists = \"field:How Heard\"\n";
    let cc = "lists_every = \"1 polls\"";
    Setup { more, cc, poll_every: "5m", query_every: "5m", ..Setup::new(60, 95) }
}

#[actix::test]
async fn s1_lists_may_stand_in_one_field_sorted_and_one_way() {
    if !is_full_run() {
        return;
    }
    let (world, ann) = with_ann(&in_a_field(), &[]).await;
    assert_eq!(field(&world, &ann), "");
    for list in ["Zoo friends", "Art club"] {
        world.control("cc/add-list", &json!({"name": list}));
    }
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Zoo friends", "Art club"]}));
    until_field(&world, &ann, "Art club; Zoo friends").await;
    assert_eq!(world.tags(&world.referenced(&ann).unwrap()), Vec::<String>::new(), "no tag beside the field");
    // S3: the new name in the old one's stead.
    world.control("cc/rename-list", &json!({"list": "Art club", "name": "Painting"}));
    until_field(&world, &ann, "Painting; Zoo friends").await;
    // A member leaves.
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Zoo friends"]}));
    until_field(&world, &ann, "Painting").await;
    // A deleted list: its name goes, behind the brake, which few do not stop (S3, B1).
    world.control("cc/delete-list", &json!({"list": "Painting"}));
    until_field(&world, &ann, "").await;
    let writes = world.writes();
    world.pass(DAY).await;
    assert_eq!(world.writes(), writes);
    // The comparison knows tags only.
    world.finish_differing().await;
}

#[actix::test]
async fn s1_b1_a_deleted_list_that_many_are_on_is_held_in_the_field_too() {
    if !is_full_run() {
        return;
    }
    let setup =
        Setup { more: "[mapping]\nlists = \"field:How Heard\"\n[brake]\nfloor = 2\n", ..in_a_field() };
    let (world, ann) = with_ann(&setup, &[]).await;
    world.control("cc/add-list", &json!({"name": "Art club"}));
    world.edit("cc/move-lists", &json!({"count": 20, "add": ["Art club"], "seed": 7}));
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Art club"]}));
    until_field(&world, &ann, "Art club").await;
    world.pass(HOUR).await;
    let writes = world.writes();
    world.control("cc/delete-list", &json!({"list": "Art club"}));
    world.until("the brake holds", 2 * HOUR, |world| world.record().brake.held.is_some()).await;
    assert_eq!(field(&world, &ann), "Art club");
    assert_eq!(world.writes(), writes);
    let number = world.record().number;
    world.app.deps.store.of(number).update_customer(|record| record.brake.accepted = true).await.unwrap();
    world.nudge(HOPE);
    until_field(&world, &ann, "").await;
    assert!(world.record().brake.held.is_none());
    world.finish_differing().await;
}

#[actix::test]
async fn s6_tags_of_constant_contact_become_tags_with_their_own_prefix() {
    if !is_full_run() {
        return;
    }
    let more = "[mapping]\ncc_tags = true\n";
    let cc = "lists_every = \"1 polls\"\nsweep_every = \"6h\"";
    let (world, ann) = with_ann(&Setup { more, cc, ..hourly(96) }, &["Newsletter"]).await;
    let tag = |world: &World, name: &str| {
        let now = world.now();
        world.control("virtuous/add-tag", &json!({"name": format!("CC tag: {name}")}));
        world.simulator().constant_contact.add_tag(HOPE, name, now).unwrap()
    };
    let (board, ball) = (tag(&world, "Board"), tag(&world, "Ball"));
    world.control("virtuous/add-tag", &json!({"name": "CC tag: Trustees"}));
    // New tags of Virtuous are seen with the day's reading.
    world.pass(DAY + HOUR).await;
    let move_tags = |world: &World, add: &[_], remove: &[_]| {
        let now = world.now();
        world.simulator().constant_contact.move_tags(HOPE, uuid(&ann), add, remove, now).unwrap();
    };
    let tags = |world: &World| {
        let mut tags = world.tags(&world.referenced(&ann).unwrap());
        tags.retain(|tag| tag.starts_with("CC tag: "));
        tags.sort();
        tags
    };
    let until_tags = async |world: &World, expected: &[&str]| {
        // Tagging may move no date of the contact, so that the next sweep shows it.
        world.until(&format!("{expected:?}"), DAY, |world| tags(world) == expected).await;
        world.pass(HOUR).await;
        assert_eq!(tags(world), expected);
    };
    move_tags(&world, &[board, ball], &[]);
    until_tags(&world, &["CC tag: Ball", "CC tag: Board"]).await;
    // Renamed (S3).
    {
        let mut simulator = world.simulator();
        let account = simulator.constant_contact.account_mut(HOPE).unwrap();
        account.tags.iter_mut().find(|tag| tag.tag_id == board).unwrap().name = "Trustees".into();
    }
    until_tags(&world, &["CC tag: Ball", "CC tag: Trustees"]).await;
    move_tags(&world, &[], &[ball]);
    until_tags(&world, &["CC tag: Trustees"]).await;
    // Deleted.
    {
        let mut simulator = world.simulator();
        simulator.constant_contact.account_mut(HOPE).unwrap().tags.retain(|tag| tag.tag_id != board);
    }
    until_tags(&world, &[]).await;
    assert_eq!(world.tags(&world.referenced(&ann).unwrap()), ["CC: Newsletter"]);
    world.finish_differing().await;
}

#[actix::test]
async fn s6_tags_that_are_switched_on_later_reach_who_had_them_before() {
    if !is_full_run() {
        return;
    }
    let cc = "lists_every = \"1 polls\"";
    let (world, ann) = with_ann(&Setup { cc, ..hourly(97) }, &["Newsletter"]).await;
    world.control("virtuous/add-tag", &json!({"name": "CC tag: Board"}));
    let now = world.now();
    let board = world.simulator().constant_contact.add_tag(HOPE, "Board", now).unwrap();
    world.simulator().constant_contact.move_tags(HOPE, uuid(&ann), &[board], &[], now).unwrap();
    world.pass(DAY + HOUR).await;
    let mut changed = tandem::config::CustomerSettings::clone(&world.app.customers.read().unwrap()[0]);
    changed.mapping.cc_tags = true;
    world.app.run(vec![changed]).await.unwrap();
    let tagged =
        |world: &World| world.tags(&world.referenced(&ann).unwrap()).contains(&"CC tag: Board".to_owned());
    world.until("the tag is on", 2 * HOUR, tagged).await;
    world.until_settled("both agree", HOUR).await;
    world.finish().await;
}

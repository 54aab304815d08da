//! F1 and F2: what belongs to Constant Contact, and what to the CRM.

use serde_json::{Value, json};
use tandem::{
    domain::State,
    simulator::{
        faults::{Fault, FaultKind, System},
        virtuous::model::NewContact,
    },
};

use crate::{
    scene::{address, calm, field, in_cc, individual, label_id, linked, opted_in, quick, settle, tags},
    world::{DAY, HOUR, Setup, World},
};

#[actix::test]
async fn f1_fields_follow_constant_contact_and_a_value_that_does_not_fit_is_left_alone() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    let set = |fields: Value| {
        world.edit("cc/edit", &json!({"contact": ann, "fields": {"custom_fields": fields}}));
    };
    let (size, heard) = (label_id(&world, "Household Size"), label_id(&world, "How Heard"));
    set(json!([{"custom_field_id": size, "value": "4"}, {"custom_field_id": heard, "value": "A friend"}]));
    settle(&world, "the fields").await;
    let shown = |world: &World| (field(world, &ann, "Household Size"), field(world, &ann, "How Heard"));
    assert_eq!(shown(&world), (Some("4".into()), Some("A friend".into())));
    set(
        json!([{"custom_field_id": size, "value": "many"}, {"custom_field_id": heard, "value": "The radio"}]),
    );
    world.pass(10 * crate::world::MINUTE).await;
    assert_eq!(shown(&world), (Some("4".into()), Some("The radio".into())), "{}", world.describe());
    world.finish_differing().await;
}

/// What a write left whose answer was lost is no form of the value that was written before: edited back, the field would never be written.
#[actix::test]
async fn e3_f1_a_value_that_a_lost_write_left_is_no_form_of_the_one_before() {
    for edits_between in [true, false] {
        let world = World::start(&quick()).await;
        let ann = linked(&world, "Ann", &[]).await;
        let heard = label_id(&world, "How Heard");
        let set = |value: &str| {
            let fields = json!({"custom_fields": [{"custom_field_id": heard, "value": value}]});
            world.edit("cc/edit", &json!({"contact": ann, "fields": fields}));
        };
        let is_shown = |value: &'static str| {
            move |world: &World, id: &str| field(world, id, "How Heard") == Some(value.into())
        };
        set("A friend");
        world.until("the first", HOUR, |world| is_shown("A friend")(world, &ann)).await;
        let lost = Fault::once(System::Virtuous, FaultKind::DropAfter).on("/api/Contact");
        world.fault(Fault { method: Some("PUT".to_owned()), ..lost });
        set("The radio");
        world.until("the second", HOUR, |world| is_shown("The radio")(world, &ann)).await;
        if edits_between {
            settle(&world, "the second").await;
        }
        set("A friend");
        settle(&world, "the first again").await;
        assert_eq!(field(&world, &ann, "How Heard"), Some("A friend".into()), "{}", world.describe());
        world.finish().await;
    }
}

#[actix::test]
async fn f2_the_crm_keeps_its_names() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let name = |world: &World| {
        let person = world.referenced(&ann).unwrap().individuals.remove(0);
        (person.first_name.to_string(), person.last_name.to_string())
    };
    assert_eq!(name(&world), ("Ann".into(), "Poe".into()));
    world.edit("virtuous/rename", &json!({"contact": ann, "first_name": "Anna", "last_name": "Poe-Lee"}));
    let writes = world.writes();
    for last in ["Other", ""] {
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "", "last_name": last}));
        settle(&world, "another name").await;
    }
    assert_eq!((name(&world), world.writes()), (("Anna".into(), "Poe-Lee".into()), writes));
    world.finish().await;
}

/// (21): an opt-out that staff make days after a row of the profile is theirs, whether or not such rows set the opt-in, and though the
/// row still waits for a person.
#[actix::test]
async fn f2_p1_an_opt_out_of_staff_days_after_a_row_of_the_profile_is_told() {
    for (flips, waits) in [(false, false), (true, false), (false, true)] {
        let virtuous = json!({"import_flips_opt_in": flips, "updates_wait_for_person": waits,
            "import_replaces_tags": true});
        let more = "[mapping]\nprofile = \"transaction\"\n";
        let world = World::start(&Setup { more, virtuous, ..calm() }).await;
        let ann = linked(&world, "Ann", &["Newsletter"]).await;
        world.edit("cc/edit", &json!({"contact": ann, "last_name": "Poe-Lee"}));
        world.pass(2 * DAY).await;
        let name = world.referenced(&ann).unwrap().individuals[0].last_name.to_string();
        assert_eq!((name == "Poe-Lee", tags(&world, &ann)), (!waits, vec!["CC: Newsletter".to_owned()]));
        assert_eq!(opted_in(&world, "Ann"), [true]);
        world.edit("virtuous/opt-out", &json!({"contact": ann}));
        world.pass(2 * HOUR).await;
        assert!(in_cc(&world, &ann).is_unsubscribed(), "{flips}, {waits}: {}", world.describe());
        assert_eq!(opted_in(&world, "Ann"), [false], "{flips}, {waits}");
        assert_eq!(world.count(State::Review), 0, "{flips}, {waits}: {}", world.describe());
        world.finish_differing().await;
    }
}

/// (34): of a household the first living subscriber with a value is heard.
#[actix::test]
async fn f1_of_a_household_the_first_living_subscriber_with_a_value_is_heard() {
    let world = World::start(&quick()).await;
    let both = vec![individual("Ann", &address("Ann"), true), individual("Bob", &address("Bob"), true)];
    world.staff_add(&NewContact { individuals: both, ..NewContact::default() });
    let mut ids = [linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await];
    ids.sort();
    let size = label_id(&world, "Household Size");
    let set = |id: &str, value: &str| {
        let fields = json!({"custom_fields": [{"custom_field_id": size, "value": value}]});
        world.edit("cc/edit", &json!({"contact": id, "fields": fields}));
    };
    let shown = |world: &World| field(world, &ids[1], "Household Size");
    set(&ids[1], "5");
    settle(&world, "the second has a value, the first none").await;
    assert_eq!(shown(&world), Some("5".into()), "{}", world.describe());
    set(&ids[0], "4");
    settle(&world, "the first has one, too").await;
    assert_eq!(shown(&world), Some("4".into()));
    // The first takes it back.
    set(&ids[0], "");
    world.pass(10 * crate::world::MINUTE).await;
    assert_eq!(shown(&world), Some("5".into()), "{}", world.describe());
    set(&ids[0], "4");
    settle(&world, "once more").await;
    assert_eq!(shown(&world), Some("4".into()));
    world.edit("cc/delete", &json!({"contact": ids[0]}));
    world.until("the other is heard", HOUR, |world| shown(world) == Some("5".into())).await;
    set(&ids[1], "6");
    settle(&world, "and stays so").await;
    assert_eq!(shown(&world), Some("6".into()));
    world.finish().await;
}

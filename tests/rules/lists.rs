//! S1 to S6: lists, and the tags that stand for them.

use serde_json::json;
use tandem::{
    domain::{Cause, ContactId, State},
    simulator::{constant_contact::ContactEdit, virtuous::model::NewContact},
    transport::Method,
};

use crate::{
    scene::{
        address, calm, donor, in_cc, individual, linked, named, opted_in, quick, settle, standing, tags,
    },
    world::{DAY, HOPE, HOUR, Setup, World, uuid},
};

#[actix::test]
async fn s1_being_on_a_list_is_a_tag_or_a_name_in_one_field() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter", "Events"]).await;
    assert_eq!(tags(&world, &ann), ["CC: Events", "CC: Newsletter"]);
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Events"], "add": ["Press"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    settle(&world, "moved").await;
    assert_eq!(tags(&world, &ann), ["CC: Newsletter", "CC: Press"]);
    world.finish().await;
    let more = "[mapping]\nlists = \"field:How Heard\"\n";
    let world = World::start(&Setup { more, ..quick() }).await;
    world.staff_add(&donor("Ann"));
    let ann = world.subscribe(&named("Ann"), &["Press", "Events"]);
    let value = |world: &World| crate::scene::field(world, &ann, "How Heard");
    world.pass(HOUR).await;
    assert_eq!(value(&world).as_deref(), Some("Events; Press"), "{}", world.describe());
    assert_eq!(tags(&world, &ann), Vec::<String>::new());
    // One way: what staff write there is not read as membership.
    assert_eq!(crate::scene::cc_writes(&world), 0);
    world.finish_differing().await;
}

/// The join that an answer told is remembered: whoever moves between lists costs a call for each tag.
#[actix::test]
async fn s1_a_move_between_lists_costs_a_call_for_each_tag() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter", "Press"]).await;
    let made = || {
        world.organisation(|held| {
            let of = |method, path| held.meter.calls_of(method, path);
            let (put, cut) = ("/api/ContactTag", "/api/ContactTag/{id}");
            let read = of(Method::Get, "/api/ContactTag/ByContact/{id}");
            (of(Method::Post, put), read, of(Method::Delete, cut))
        })
    };
    let moved = async |add: &[&str], remove: &[&str]| {
        world.control("calls/reset", &json!({}));
        world.edit("cc/move-lists", &json!({"contact": ann, "add": add, "remove": remove}));
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
        settle(&world, "moved").await;
        made()
    };
    assert_eq!(moved(&["Events"], &[]).await, (1, 0, 0), "{}", world.describe());
    assert_eq!(moved(&[], &["Events"]).await, (0, 0, 1), "the answer told the join");
    // The import told none: they are read once, for every tag of the contact.
    assert_eq!(moved(&[], &["Press"]).await, (0, 1, 1), "{}", world.describe());
    assert_eq!(moved(&["Events"], &["Newsletter"]).await, (1, 0, 1), "{}", world.describe());
    // The tag that staff put on again is another join: a 404 says nothing, and is read.
    let contact = world.referenced(&ann).unwrap().id;
    let now = world.now();
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().staff_remove_tag(contact, "CC: Events", now);
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().staff_add_tag(contact, "CC: Events", now);
    assert_eq!(moved(&[], &["Events"]).await, (0, 1, 2), "{}", world.describe());
    assert_eq!(tags(&world, &ann), Vec::<String>::new());
    world.finish().await;
}

#[actix::test]
async fn s2_tags_of_others_are_left_alone() {
    let world = World::start(&quick()).await;
    let own = ["CC: Old list of ours", "Major Donor", "Newsletter"];
    let contact = NewContact { tags: own.map(str::to_owned).to_vec(), ..donor("Ann") };
    world.staff_add(&contact);
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let with = |more: &[&str]| {
        let mut all: Vec<String> = own.iter().chain(more).map(|&tag| tag.to_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(tags(&world, &ann), with(&["CC: Newsletter"]));
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "off every list").await;
    assert_eq!(tags(&world, &ann), with(&[]));
    world.finish().await;
}

#[actix::test]
async fn s5_a_tag_made_anew_under_its_name_is_taken_off_nobody() {
    let world = World::start(&quick()).await;
    let mut ids = Vec::new();
    for first in ["Ann", "Bob", "Cid"] {
        ids.push(linked(&world, first, &["Newsletter"]).await);
    }
    let is_on = |world: &World, id: &str| !in_cc(world, id).lists.is_empty();
    world.control("virtuous/rename-tag", &json!({"tag": "CC: Newsletter", "name": "Old letter"}));
    world.control("virtuous/add-tag", &json!({"name": "CC: Newsletter"}));
    // The contacts are read again, some before and some after it is known that the tag is another one.
    for id in &ids[..2] {
        world.edit("virtuous/note", &json!({"contact": id, "reason": "called"}));
        world.edit("virtuous/rename", &json!({"contact": id, "first_name": "Sam", "last_name": "Ng"}));
    }
    settle(&world, "the new tag is on").await;
    world.edit("virtuous/rename", &json!({"contact": ids[2], "first_name": "Sam", "last_name": "Ng"}));
    settle(&world, "everywhere").await;
    for id in &ids {
        assert!(is_on(&world, id), "{}", world.describe());
        assert_eq!(tags(&world, id), ["CC: Newsletter", "Old letter"]);
    }
    assert_eq!(crate::scene::cc_writes(&world), 0);
    // The new tag is the one that counts once a reading has shown it (E1).
    world.edit("virtuous/rename", &json!({"contact": ids[0], "first_name": "Ann", "last_name": "Poe"}));
    world.pass(HOUR).await;
    world.edit("virtuous/untag", &json!({"contact": ids[0], "tag": "CC: Newsletter"}));
    world.pass(HOUR).await;
    assert_eq!([is_on(&world, &ids[0]), is_on(&world, &ids[1])], [false, true], "{}", world.describe());
    world.finish().await;
}

#[actix::test]
async fn s5_a_tag_made_anew_takes_nobody_off_a_list_who_was_stored_before_ids_of_tags_were_kept() {
    let world = World::start(&quick()).await;
    let mut ids = Vec::new();
    for first in ["Ann", "Bob"] {
        ids.push(linked(&world, first, &["Newsletter"]).await);
    }
    let forget_ids = |id: &String| {
        let (store, number) = (world.operator().deps.store.clone(), world.record().number);
        let id = ContactId::new(id);
        async move { store.of(number).amend(id, |subject| subject.base.tag_ids.clear()).await.unwrap() }
    };
    for id in &ids {
        forget_ids(id).await;
    }
    // The same tag as before: staff took it off, and are heard.
    world.edit("virtuous/untag", &json!({"contact": ids[0], "tag": "CC: Newsletter"}));
    settle(&world, "off the list").await;
    assert!(in_cc(&world, &ids[0]).lists.is_empty(), "{}", world.describe());
    // Another tag under the name: the person is put on it again.
    world.control("virtuous/rename-tag", &json!({"tag": "CC: Newsletter", "name": "Old letter"}));
    world.control("virtuous/add-tag", &json!({"name": "CC: Newsletter"}));
    world.edit("virtuous/rename", &json!({"contact": ids[1], "first_name": "Sam", "last_name": "Ng"}));
    settle(&world, "the new tag is on").await;
    assert!(!in_cc(&world, &ids[1]).lists.is_empty(), "{}", world.describe());
    assert_eq!(tags(&world, &ids[1]), ["CC: Newsletter", "Old letter"]);
    world.finish().await;
}

/// The import makes the tag of a list, and the names of tags are read after the contacts.
#[actix::test]
async fn s5_a_tag_that_an_import_made_is_staffs_to_take_off() {
    let world = World::start(&calm()).await;
    world.control("cc/add-list", &json!({"name": "Gala"}));
    world.pass(HOUR).await;
    let ann = linked(&world, "Ann", &["Gala"]).await;
    assert_eq!(tags(&world, &ann), ["CC: Gala"]);
    world.pass(3 * DAY).await;
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": "CC: Gala"}));
    settle(&world, "off the list").await;
    assert!(in_cc(&world, &ann).lists.is_empty(), "{}", world.describe());
    assert_eq!(tags(&world, &ann), [""; 0]);
    world.finish().await;
}

#[actix::test]
async fn s5_a_tag_by_staff_is_a_membership_in_constant_contact_but_for_who_unsubscribed() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    let lists = |world: &World, id: &str| in_cc(world, id).lists.len();
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    settle(&world, "Bob is opted out").await;
    let before = lists(&world, &bob);
    for id in [&ann, &bob] {
        world.edit("virtuous/tag", &json!({"contact": id, "tag": "CC: Events"}));
    }
    settle(&world, "the tags").await;
    assert_eq!((lists(&world, &ann), lists(&world, &bob)), (2, before), "{}", world.describe());
    assert_eq!(tags(&world, &ann), ["CC: Events", "CC: Newsletter"]);
    assert!(!tags(&world, &bob).contains(&"CC: Events".to_owned()), "Constant Contact wins");
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": "CC: Newsletter"}));
    settle(&world, "the tag is off").await;
    assert_eq!((lists(&world, &ann), tags(&world, &ann)), (1, vec!["CC: Events".to_owned()]));
    world.finish().await;
}

#[actix::test]
async fn s3_a_renamed_lists_new_tag_is_on_before_the_old_one_is_off() {
    let world = World::start(&calm()).await;
    let ann = linked(&world, "Ann", &["Press"]).await;
    let bob = linked(&world, "Bob", &["Events"]).await;
    world.control("cc/rename-list", &json!({"list": "Press", "name": "Media"}));
    world.pass(6 * HOUR).await;
    assert_eq!(tags(&world, &ann), ["CC: Press"], "the new tag does not exist yet");
    world.control("virtuous/add-tag", &json!({"name": "CC: Media"}));
    world.pass(DAY + HOUR).await;
    settle(&world, "the new tag").await;
    assert_eq!(tags(&world, &ann), ["CC: Media"]);
    // Deleted: its tag off, few enough for the brake, and nobody unsubscribed by that.
    world.control("cc/delete-list", &json!({"list": "Events"}));
    world.pass(HOUR).await;
    settle(&world, "the deleted list").await;
    assert_eq!((tags(&world, &bob), opted_in(&world, "Bob")), (Vec::new(), vec![true]));
    world.finish().await;
}

/// Two subscribers of one contact are on the list: each kept the old name on for the other.
#[actix::test]
async fn s3_i4_a_renamed_lists_old_tag_leaves_a_household_of_two() {
    let world = World::start(&calm()).await;
    let both = ["Ann", "Bob"].map(|first| individual(first, &address(first), true));
    world.staff_add(&NewContact { individuals: both.into(), ..NewContact::default() });
    let ann = linked(&world, "Ann", &["Press"]).await;
    let bob = linked(&world, "Bob", &["Press"]).await;
    let contact = |id: &str| world.referenced(id).map(|contact| contact.id);
    assert_eq!((contact(&ann), tags(&world, &ann)), (contact(&bob), vec!["CC: Press".to_owned()]));
    world.control("cc/rename-list", &json!({"list": "Press", "name": "Media"}));
    world.pass(HOUR).await;
    assert_eq!(tags(&world, &ann), ["CC: Press"], "the new tag does not exist yet");
    world.control("virtuous/add-tag", &json!({"name": "CC: Media"}));
    world.pass(DAY + HOUR).await;
    settle(&world, "the new tag").await;
    assert_eq!(tags(&world, &ann), ["CC: Media"]);
    // It stays while either is on the list.
    for (id, left) in [(&ann, vec!["CC: Media".to_owned()]), (&bob, Vec::new())] {
        world.edit("cc/move-lists", &json!({"contact": id, "remove": ["Media"]}));
        world.edit("cc/edit", &json!({"contact": id, "last_name": "Ng"}));
        settle(&world, "left").await;
        assert_eq!(tags(&world, &ann), left);
    }
    world.finish().await;
}

#[actix::test]
async fn s4_a_missing_tag_is_listed_for_staff_and_waits_for_them() {
    let mut setup = calm();
    setup.accounts[0].missing_tags = 1;
    let world = World::start(&setup).await;
    world.staff_add(&donor("Ann"));
    let ann = world.subscribe(&named("Ann"), &["Newsletter"]);
    world.pass(HOUR).await;
    assert_eq!(tags(&world, &ann), Vec::<String>::new());
    let work = world.work().await;
    assert!(work["missing_tags"].to_string().contains("CC: Newsletter"), "{work}");
    world.control("virtuous/add-tag", &json!({"name": "CC: Newsletter"}));
    world.pass(DAY + HOUR).await;
    settle(&world, "the tag is there").await;
    assert_eq!(tags(&world, &ann), ["CC: Newsletter"]);
    // That it was not on was nobody's wish.
    let list = in_cc(&world, &ann).lists.len();
    assert_eq!((list, crate::scene::cc_writes(&world)), (1, 0));
    // A second tag of the name: a person chooses.
    world.control("virtuous/add-tag", &json!({"name": "CC: Newsletter"}));
    world.pass(DAY + HOUR).await;
    let bob = world.subscribe(&named("Bob"), &["Newsletter"]);
    world.staff_add(&donor("Bob"));
    world.pass(HOUR).await;
    assert_eq!(standing(&world, &bob), Some((State::Review, Cause::TagTwice)));
    world.finish_differing().await;
}

#[actix::test]
async fn s6_tags_of_constant_contact_map_with_their_own_prefix_when_switched_on() {
    for on in [false, true] {
        let more = if on { "[mapping]\ncc_tags = true\n" } else { "" };
        let world = World::start(&Setup { more, ..calm() }).await;
        let ann = linked(&world, "Ann", &["Newsletter"]).await;
        let (name, now) = ("Cyclist", world.now());
        let tag = world.simulator().constant_contact.add_tag(HOPE, name, now).unwrap();
        world.control("virtuous/add-tag", &json!({"name": format!("CC tag: {name}")}));
        world.pass(DAY + HOUR).await;
        world.simulator().constant_contact.move_tags(HOPE, uuid(&ann), &[tag], &[], world.now()).unwrap();
        world.edit("cc/edit", &json!({"contact": ann, "fields": ContactEdit::default()}));
        world.pass(HOUR).await;
        let mut expected = vec!["CC: Newsletter".to_owned()];
        expected.extend(on.then(|| format!("CC tag: {name}")));
        expected.sort();
        assert_eq!(tags(&world, &ann), expected, "{}", world.describe());
        world.simulator().constant_contact.move_tags(HOPE, uuid(&ann), &[], &[tag], world.now()).unwrap();
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
        world.pass(HOUR).await;
        assert_eq!(tags(&world, &ann), ["CC: Newsletter"]);
        world.finish_differing().await;
    }
}

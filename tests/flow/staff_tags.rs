//! Tags that staff put on or take off become list memberships in Constant Contact (S5).

use serde_json::json;
use tandem::{
    domain::{State, Timestamp},
    operator::questions::contact::ShowContact,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::model::{NewContact, NewIndividual, NewMethod},
    },
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World, uuid},
};

const TAG: &str = "CC: Events";
const ADD: &str = "/activities/add_list_memberships";
const REMOVE: &str = "/activities/remove_list_memberships";

fn quick() -> Setup {
    Setup { poll_every: "10m", query_every: "10m", cc: "lists_every = \"1 polls\"", ..Setup::empty() }
}

/// People with contacts, linked and settled, all on the newsletter.
async fn with_people(setup: &Setup, names: &[&str]) -> (World, Vec<String>) {
    let world = World::start(setup).await;
    let person = |name: &&str| {
        let email = format!("{}@example.com", name.to_lowercase());
        world.subscribe(&json!({"email": email, "first_name": name, "last_name": "Lee"}), &["Newsletter"])
    };
    let ids = names.iter().map(person).collect();
    world.until_settled("everybody is created", DAY).await;
    world.pass(HOUR).await;
    (world, ids)
}

fn lists(world: &World, id: &str) -> Vec<String> {
    let simulator = world.simulator();
    let account = simulator.constant_contact.account(HOPE).unwrap();
    let contact = account.roster.get(uuid(id)).unwrap();
    let mut names: Vec<String> = contact
        .lists
        .iter()
        .filter_map(|list| account.list(*list))
        .map(|list| list.name.to_string())
        .collect();
    names.sort();
    names
}

fn tags(world: &World, id: &str) -> Vec<String> {
    let mut tags = world.tags(&world.referenced(id).unwrap());
    tags.sort();
    tags
}

async fn until_lists(world: &World, id: &str, wanted: &[&str]) {
    world.until(&format!("the lists are {wanted:?}"), 2 * HOUR, |world| lists(world, id) == wanted).await;
    world.until_settled("both agree", 2 * HOUR).await;
    let tagged: Vec<String> = wanted.iter().map(|list| format!("CC: {list}")).collect();
    let mut found = tags(world, id);
    found.retain(|tag| tag.starts_with("CC: "));
    assert_eq!((lists(world, id), found), (wanted.iter().map(|list| (*list).to_owned()).collect(), tagged));
}

#[actix::test]
async fn s5_a_tag_by_staff_becomes_a_membership_and_back() {
    if !is_full_run() {
        return;
    }
    let (world, ids) = with_people(&quick(), &["Ann"]).await;
    let ann = &ids[0];
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": TAG}));
    until_lists(&world, ann, &["Events", "Newsletter"]).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 1);
    let timeline = world.work().await;
    assert!(timeline["dead_letters"].as_array().unwrap().is_empty(), "{timeline}");
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": TAG}));
    until_lists(&world, ann, &["Newsletter"]).await;
    assert_eq!(world.cc_calls_of("POST", REMOVE), 1);
    // No echo: nothing is written any more.
    let writes = world.writes();
    world.pass(DAY).await;
    assert_eq!(world.writes(), writes);
    world.finish().await;
}

#[actix::test]
async fn s5_whoever_is_unsubscribed_or_deleted_joins_nothing() {
    let (world, ids) = with_people(&quick(), &["Ann", "Bea"]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ids[0]}));
    world.edit("cc/delete", &json!({"contact": ids[1]}));
    world.until_settled("both are opted out", DAY).await;
    world.pass(HOUR).await;
    let before: Vec<_> = ids.iter().map(|id| lists(&world, id)).collect();
    for id in &ids {
        world.edit("virtuous/tag", &json!({"contact": id, "tag": TAG}));
    }
    world.pass(2 * HOUR).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 0);
    assert_eq!(ids.iter().map(|id| lists(&world, id)).collect::<Vec<_>>(), before);
    // Constant Contact wins, which is noted.
    assert!(!tags(&world, &ids[0]).contains(&TAG.to_owned()), "{}", world.describe());
    let contact =
        world.ask(ShowContact { customer: HOPE.parse().unwrap(), who: ids[0].clone() }).await.unwrap();
    assert!(contact["timeline"].as_array().unwrap().iter().any(|line| line["rule"] == "S5"), "{contact}");
    world.finish_differing().await;
}

#[actix::test]
async fn s5_p3_who_is_asked_about_leaves_lists_and_joins_none() {
    let world = World::start(&quick()).await;
    let methods = vec![NewMethod::email("ann@example.com", false)];
    let ann = NewIndividual { first_name: "Ann".to_owned(), methods, ..NewIndividual::default() };
    world.staff_add(&NewContact { individuals: vec![ann], ..NewContact::default() });
    let bare = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"});
    let ann = world.subscribe(&bare, &["Events", "Newsletter"]);
    world.until_settled("a person is asked", DAY).await;
    world.pass(HOUR).await;
    assert_eq!(world.state(&ann), Some(State::Review), "{}", world.describe());
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": TAG}));
    world.until("the list is left", 2 * HOUR, |world| lists(world, &ann) == ["Newsletter"]).await;
    world.pass(2 * HOUR).await;
    assert_eq!(
        (world.state(&ann), tags(&world, &ann)),
        (Some(State::Review), vec!["CC: Newsletter".to_owned()])
    );
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": "CC: Press"}));
    world.pass(2 * HOUR).await;
    assert_eq!((world.cc_calls_of("POST", ADD), lists(&world, &ann)), (0, vec!["Newsletter".to_owned()]));
    assert_eq!(world.state(&ann), Some(State::Review));
    world.finish_differing().await;
}

#[actix::test]
async fn s5_many_share_one_activity_and_each_was_read_again() {
    let names: Vec<String> = (0..30).map(|number| format!("Pat{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (world, ids) = with_people(&quick(), &names).await;
    let reads = world.cc_calls_of("GET", "/contacts/{contact_id}");
    for id in &ids {
        world.edit("virtuous/tag", &json!({"contact": id, "tag": TAG}));
    }
    for id in &ids {
        until_lists(&world, id, &["Events", "Newsletter"]).await;
    }
    assert_eq!(world.cc_calls_of("POST", ADD), 1, "one for all");
    assert_eq!(
        world.cc_calls_of("GET", "/contacts/{contact_id}") - reads,
        30,
        "each was read once, just before"
    );
    world.finish().await;
}

#[actix::test]
async fn s5_a_slow_activity_is_waited_for_and_no_poll_undoes_staffs_tag() {
    let slow = json!({"activity_millis": 2 * 3_600_000});
    let (world, ids) = with_people(&Setup { constant_contact: slow, ..quick() }, &["Ann"]).await;
    let ann = &ids[0];
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": TAG}));
    world.until("it is sent", HOUR, |world| world.cc_calls_of("POST", ADD) == 1).await;
    // Meanwhile the contact is read with its old lists, and Tandem restarts.
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Anna"}));
    world.pass(HOUR).await;
    assert!(tags(&world, ann).contains(&TAG.to_owned()));
    assert_eq!(world.state(ann), Some(State::Pending));
    let setup = quick();
    let world = world.restarted(&setup).await;
    until_lists(&world, ann, &["Events", "Newsletter"]).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 1, "sent again though it was under way");
    assert!(world.cc_calls_of("GET", "/activities/{activity_id}") < 200, "asked for too often");
    world.finish().await;
}

#[actix::test]
async fn s5_a_tag_that_goes_again_while_it_is_carried_out_ends_off() {
    let slow = json!({"activity_millis": 3_600_000});
    let (world, ids) = with_people(&Setup { constant_contact: slow, ..quick() }, &["Ann"]).await;
    let ann = &ids[0];
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": TAG}));
    world.until("it is sent", HOUR, |world| world.cc_calls_of("POST", ADD) == 1).await;
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": TAG}));
    world.pass(4 * HOUR).await;
    until_lists(&world, ann, &["Newsletter"]).await;
    world.finish().await;
}

#[actix::test]
async fn s5_b3_failures_and_lost_answers_are_tried_again() {
    for kind in [
        FaultKind::DropAfter,
        FaultKind::DropBefore,
        FaultKind::Throttled,
        FaultKind::Status { status: 500, body: ErrorBody::Html },
    ] {
        let (world, ids) = with_people(&quick(), &["Ann"]).await;
        world.fault(Fault {
            method: Some("POST".to_owned()),
            path_prefix: "/v3/activities".to_owned(),
            remaining: Some(3),
            ..Fault::once(System::ConstantContact, kind)
        });
        world.edit("virtuous/tag", &json!({"contact": ids[0], "tag": TAG}));
        world.pass(HOUR).await;
        until_lists(&world, &ids[0], &["Events", "Newsletter"]).await;
        world.finish().await;
    }
}

#[actix::test]
async fn s5_an_activity_that_fails_as_a_whole_is_sent_again() {
    let (world, ids) = with_people(&quick(), &["Ann"]).await;
    world.simulator().constant_contact.account_mut(HOPE).unwrap().activities.fail_next(2);
    world.edit("virtuous/tag", &json!({"contact": ids[0], "tag": TAG}));
    world.pass(HOUR).await;
    until_lists(&world, &ids[0], &["Events", "Newsletter"]).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 3);
    world.finish().await;
}

/// Whoever unsubscribes between the reading and the activity is not added: Constant Contact's word stands, and the tag goes.
#[actix::test]
async fn s5_an_error_of_a_completed_activity_is_constant_contacts_word() {
    let slow = json!({"activity_millis": 30 * 60_000, "unsubscribe_strips_lists": false});
    let (world, ids) = with_people(&Setup { constant_contact: slow, ..quick() }, &["Ann"]).await;
    let ann = &ids[0];
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": TAG}));
    world.until("it is sent", HOUR, |world| world.cc_calls_of("POST", ADD) == 1).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(4 * HOUR).await;
    assert_eq!(world.opt_ins("ann@example.com"), [false]);
    assert!(!tags(&world, ann).contains(&TAG.to_owned()), "{}", world.describe());
    assert!(!lists(&world, ann).contains(&"Events".to_owned()));
    world.finish().await;
}

/// A tag that staff rename is off everybody at once; nobody took it off anybody.
#[actix::test]
async fn s4_s5_a_renamed_tag_takes_nobody_off_a_list() {
    if !is_full_run() {
        return;
    }
    let (world, ids) = with_people(&quick(), &["Ann", "Bea"]).await;
    world.control("virtuous/rename-tag", &json!({"tag": "CC: Newsletter", "name": "CC: News"}));
    for id in &ids {
        // Something else moves the contacts, so that they are read.
        world.edit("virtuous/tag", &json!({"contact": id, "tag": "Board"}));
    }
    world.pass(3 * HOUR).await;
    assert_eq!(world.cc_calls_of("POST", REMOVE), 0);
    assert_eq!(lists(&world, &ids[0]), ["Newsletter"]);
    assert_eq!(world.state(&ids[0]), Some(State::Held), "{}", world.describe());
    // Staff name it back.
    world.control("virtuous/rename-tag", &json!({"tag": "CC: News", "name": "CC: Newsletter"}));
    world.pass(DAY + HOUR).await;
    until_lists(&world, &ids[0], &["Newsletter"]).await;
    world.finish().await;
}

/// B3: as long as the tags of Virtuous cannot be read, nobody is taken off a list by their tags, and everybody else goes on.
#[actix::test]
async fn b3_s5_tags_that_cannot_be_read_keep_only_those_who_would_leave() {
    let (world, ids) = with_people(&quick(), &["Ann", "Bea"]).await;
    world.fault(Fault {
        method: Some("GET".to_owned()),
        path_prefix: "/api/Tag".to_owned(),
        remaining: Some(1_000),
        ..Fault::once(System::Virtuous, FaultKind::Status { status: 500, body: ErrorBody::Html })
    });
    world.edit("virtuous/untag", &json!({"contact": ids[0], "tag": "CC: Newsletter"}));
    world.pass(HOUR).await;
    world.edit("virtuous/tag", &json!({"contact": ids[1], "tag": TAG}));
    world.until("Bea joins", HOUR, |world| lists(world, &ids[1]).len() == 2).await;
    assert_eq!((lists(&world, &ids[0]).len(), world.cc_calls_of("POST", REMOVE)), (1, 0));
    world.simulator().virtuous.faults.clear();
    world.pass(2 * HOUR).await;
    until_lists(&world, &ids[0], &[]).await;
    world.finish().await;
}

#[actix::test]
async fn s5_b1_tags_that_many_lose_at_once_wait_at_the_brake() {
    let names: Vec<String> = (0..8).map(|number| format!("Pat{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (world, ids) = with_people(&Setup { more: "[brake]\nfloor = 3\n", ..quick() }, &names).await;
    for id in &ids[..6] {
        world.edit("virtuous/untag", &json!({"contact": id, "tag": "CC: Newsletter"}));
    }
    world.until("the brake holds", 2 * HOUR, |world| world.record().brake.held.is_some()).await;
    assert_eq!(world.cc_calls_of("POST", REMOVE), 0);
    let number = world.record().number;
    world.app.deps.store.of(number).update_customer(|record| record.brake.accepted = true).await.unwrap();
    world.nudge(HOPE);
    for id in &ids[..6] {
        until_lists(&world, id, &[]).await;
    }
    assert_eq!(lists(&world, &ids[7]), ["Newsletter"]);
    world.finish().await;
}

#[actix::test]
async fn s5_one_way_staffs_tags_are_put_back() {
    let more = "[consent]\ntwo_way = false\n";
    let (world, ids) = with_people(&Setup { more, ..quick() }, &["Ann"]).await;
    world.edit("virtuous/untag", &json!({"contact": ids[0], "tag": "CC: Newsletter"}));
    world.edit("virtuous/tag", &json!({"contact": ids[0], "tag": TAG}));
    world.pass(2 * HOUR).await;
    until_lists(&world, &ids[0], &["Newsletter"]).await;
    assert_eq!(world.cc_calls_of("POST", ADD) + world.cc_calls_of("POST", REMOVE), 0);
    world.finish().await;
}

/// I4: a household has one set of tags. One of it joins what staff tag; all of it leave what staff untag.
#[actix::test]
async fn i4_s5_one_of_a_household_joins_and_all_leave() {
    let world = World::start(&quick()).await;
    let individual = |first: &str, email: &str| tandem::simulator::virtuous::model::NewIndividual {
        first_name: first.into(),
        last_name: "Lee".into(),
        methods: vec![tandem::simulator::virtuous::model::NewMethod::email(email, true)],
        ..Default::default()
    };
    world.staff_add(&tandem::simulator::virtuous::model::NewContact {
        individuals: vec![individual("Ann", "ann@example.com"), individual("Bob", "bob@example.com")],
        created: Some(Timestamp::parse("2026-01-01T00:00:00Z").unwrap()),
        ..Default::default()
    });
    let of = |name: &str, email: &str| {
        world.subscribe(&json!({"email": email, "first_name": name, "last_name": "Lee"}), &["Newsletter"])
    };
    let (ann, bob) = (of("Ann", "ann@example.com"), of("Bob", "bob@example.com"));
    world.until_settled("both are linked", DAY).await;
    world.pass(HOUR).await;
    let both = |world: &World| {
        let on = |id| usize::from(lists(world, id).contains(&"Events".to_owned()));
        on(&ann) + on(&bob)
    };
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": TAG}));
    world.until("one joins", 2 * HOUR, |world| both(world) > 0).await;
    world.pass(2 * HOUR).await;
    assert_eq!(both(&world), 1, "{}", world.describe());
    world.until_settled("both agree", HOUR).await;
    world.edit("virtuous/untag", &json!({"contact": ann, "tag": "CC: Newsletter"}));
    world.pass(2 * HOUR + 10 * MINUTE).await;
    assert!(!lists(&world, &ann).contains(&"Newsletter".to_owned()));
    assert!(!lists(&world, &bob).contains(&"Newsletter".to_owned()), "{}", world.describe());
    world.until_settled("both agree", HOUR).await;
    world.finish().await;
}

/// I3: staff merge a contact into one without the tag. That took nobody off a list.
#[actix::test]
async fn i3_s5_a_merge_takes_nobody_off_a_list() {
    let (world, ids) = with_people(&quick(), &["Ann"]).await;
    let other = world.staff_add(&tandem::simulator::virtuous::model::NewContact {
        individuals: vec![tandem::simulator::virtuous::model::NewIndividual {
            first_name: "Anna".into(),
            last_name: "Lee".into(),
            methods: vec![tandem::simulator::virtuous::model::NewMethod::email("anna@example.org", true)],
            ..Default::default()
        }],
        ..Default::default()
    });
    world.edit("virtuous/merge", &json!({"contact": ids[0], "into": other.to_string()}));
    world.pass(4 * HOUR).await;
    assert_eq!(world.cc_calls_of("POST", REMOVE) + world.cc_calls_of("POST", ADD), 0);
    until_lists(&world, &ids[0], &["Newsletter"]).await;
    world.finish().await;
}

/// I3: staff merge the contacts of two subscribers. The tags of the one are on the other's contact then, and nobody's wish.
#[actix::test]
async fn i3_s5_a_merge_of_two_subscribers_changes_no_list_of_either() {
    if !is_full_run() {
        return;
    }
    for (events, unsubscribed) in [(false, false), (false, true), (true, false), (true, true)] {
        let setup = if events {
            Setup { events, poll_every: "1h", query_every: "24h", lookup_after: "24h", ..Setup::empty() }
        } else {
            quick()
        };
        let (world, ids) = with_people(&setup, &["Ann", "Bea"]).await;
        let (ann, bea) = (&ids[0], &ids[1]);
        world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
        world.pass(2 * HOUR).await;
        world.until_settled("Ann has the tag", DAY).await;
        if unsubscribed {
            world.edit("cc/unsubscribe", &json!({"contact": bea}));
            world.pass(2 * HOUR).await;
            world.until_settled("Bea is opted out", DAY).await;
        }
        let former: Vec<_> = [ann, bea].map(|id| lists(&world, id)).to_vec();
        let calls = |world: &World| world.cc_calls_of("POST", REMOVE) + world.cc_calls_of("POST", ADD);
        let before = calls(&world);
        world.deliver_all().await;
        world.pass(2 * HOUR).await;
        let winner = world.referenced(bea).unwrap().id;
        world.edit("virtuous/merge", &json!({"contact": ann, "into": winner.to_string()}));
        // Of the two only the one that is left is told, where there are events.
        let about = format!("\"id\":{winner},");
        for delivery in world.events_due() {
            if String::from_utf8_lossy(&delivery.body).contains(&about) {
                assert_eq!(world.deliver(&delivery).await, 202);
            }
        }
        world.pass(3 * HOUR).await;
        let case = format!("events: {events}, unsubscribed: {unsubscribed}");
        assert_eq!(calls(&world) - before, 0, "{case}");
        assert_eq!([ann, bea].map(|id| lists(&world, id)).to_vec(), former, "{case}");
        assert_eq!(tags(&world, bea), ["CC: Events", "CC: Newsletter"], "{case}");
        assert_eq!(world.referenced(ann).unwrap().id, winner, "{case}");
        // They go their own ways from here.
        world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Events"]}));
        world.pass(2 * HOUR).await;
        world.until_settled(&case, DAY).await;
        assert_eq!(tags(&world, bea), ["CC: Newsletter"], "{case}");
        world.pass(3 * HOUR).await;
        world.finish().await;
    }
}

/// The contact that was merged away cannot be read any more: nobody knows whose the tag is, so that it is nobody's wish, and it holds
/// nobody up.
#[actix::test]
async fn i3_b3_a_former_contact_that_cannot_be_read_puts_nobody_on_a_list_and_holds_nobody_up() {
    if !is_full_run() {
        return;
    }
    for status in [403, 404] {
        let setup = Setup {
            events: true,
            poll_every: "1h",
            query_every: "24h",
            lookup_after: "24h",
            ..Setup::empty()
        };
        let (world, ids) = with_people(&setup, &["Ann", "Bea", "Cid"]).await;
        let (ann, bea, cid) = (&ids[0], &ids[1], &ids[2]);
        world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
        world.pass(2 * HOUR).await;
        world.until_settled("Ann has the tag", DAY).await;
        world.deliver_all().await;
        world.pass(2 * HOUR).await;
        let (former, winner) = (world.referenced(ann).unwrap().id, world.referenced(bea).unwrap().id);
        let before = lists(&world, bea);
        let kind = FaultKind::Status { status, body: ErrorBody::Message };
        let fault = Fault::once(System::Virtuous, kind).on(&format!("/api/Contact/{former}"));
        world.fault(Fault { method: Some("GET".to_owned()), remaining: None, ..fault });
        world.edit("virtuous/merge", &json!({"contact": ann, "into": winner.to_string()}));
        world.edit("virtuous/opt-out", &json!({"contact": cid}));
        assert!(world.deliver_all().await > 0);
        let is_told =
            |world: &World| world.subject(cid).unwrap().base.consent.is_some_and(|base| !base.opted_in);
        world.until("Cid is heard", HOUR, is_told).await;
        world.pass(3 * HOUR).await;
        assert_eq!(world.cc_calls_of("POST", ADD), 0, "{status}");
        assert_eq!(lists(&world, bea), before, "{status}");
        // What was merged is found where it is once it can be read.
        world.simulator().virtuous.faults.clear();
        world.pass(2 * DAY).await;
        assert_eq!((lists(&world, bea), world.cc_calls_of("POST", ADD)), (before, 0), "{status}");
        assert!(lists(&world, ann).contains(&"Events".to_owned()), "{status}");
        world.finish_differing().await;
    }
}

/// A write that the hour of Virtuous stopped before it went out leaves nothing behind by which staff's tags could be taken for
/// Tandem's.
#[actix::test]
async fn s5_what_staff_tag_while_a_write_waits_for_the_hour_is_theirs() {
    let (world, ids) = with_people(&quick(), &["Ann"]).await;
    let ann = &ids[0];
    let hour = |calls: u64| {
        world.simulator().virtuous.organisation_mut(HOPE).unwrap().switches.hourly_limit = calls;
    };
    hour(0);
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Volunteers"]}));
    world.pass(HOUR / 2).await;
    assert_eq!(world.state(ann), Some(State::Pending));
    world.edit("virtuous/tag", &json!({"contact": ann, "tag": TAG}));
    hour(1_000_000);
    until_lists(&world, ann, &["Events", "Newsletter", "Volunteers"]).await;
    world.finish().await;
}

/// The answer to a tag's being put on was lost, and the membership ended before anybody could look: the tag is Tandem's, and goes.
#[actix::test]
async fn s2_s5_a_tag_whose_answer_was_lost_brings_nobody_back_to_a_list() {
    let (world, ids) = with_people(&quick(), &["Ann"]).await;
    let ann = &ids[0];
    world.fault(Fault::once(System::Virtuous, FaultKind::DropAfter).on("/api/ContactTag"));
    let kind = FaultKind::Status { status: 503, body: ErrorBody::Empty };
    let fault = Fault::once(System::Virtuous, kind).on("/api/Contact/");
    world.fault(Fault { remaining: None, ..fault });
    world.edit("cc/move-lists", &json!({"contact": ann, "add": ["Events"]}));
    let is_lost = |world: &World| world.simulator().virtuous.faults.active().len() == 1;
    world.until("the answer is lost", HOUR, is_lost).await;
    assert!(tags(&world, ann).contains(&TAG.to_owned()));
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Events"]}));
    let ended = |world: &World| world.subject(ann).unwrap().cc.lists.len() == 1;
    world.until("the end of the membership is known", HOUR, ended).await;
    world.simulator().virtuous.faults.clear();
    until_lists(&world, ann, &["Newsletter"]).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 0);
    world.finish().await;
}

/// Who unsubscribed since the last poll is seen by the reading before the write: nobody joins, and the opt-out goes its way.
#[actix::test]
async fn s5_p1_who_unsubscribed_since_the_last_poll_joins_nothing() {
    if !is_full_run() {
        return;
    }
    let setup = Setup { poll_every: "12h", ..quick() };
    let (world, ids) = with_people(&setup, &["Ann", "Bea"]).await;
    let (ann, bea) = (&ids[0], &ids[1]);
    world.pass(HOUR).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.edit("cc/move-lists", &json!({"contact": bea, "add": ["Events"]}));
    for id in [ann, bea] {
        world.edit("virtuous/tag", &json!({"contact": id, "tag": TAG}));
    }
    let seen = |world: &World| world.opt_ins("ann@example.com") == [false];
    world.until("the opt-out is seen by the way", HOUR, seen).await;
    world.until_settled("both agree", HOUR).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 0, "Bea is on the list already");
    assert!(!tags(&world, ann).contains(&TAG.to_owned()));
    assert!(lists(&world, bea).contains(&"Events".to_owned()));
    world.pass(DAY).await;
    assert_eq!(world.cc_calls_of("POST", ADD), 0);
    world.finish().await;
}

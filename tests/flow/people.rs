//! One person at a time: who is created, who is found, who waits.

use serde_json::{Value, json};
use tandem::{
    domain::{Cause, State, Timestamp},
    simulator::{
        faults::{Fault, FaultKind, System},
        virtuous::model::{NewContact, NewIndividual, NewMethod},
    },
};

use crate::{
    full::is_full_run,
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World},
};

/// A contact of Virtuous with one opted-in address.
fn person(first: &str, email: &str) -> NewContact {
    NewContact { individuals: vec![individual(first, email)], ..NewContact::default() }
}

fn individual(first: &str, email: &str) -> NewIndividual {
    NewIndividual {
        first_name: first.to_owned(),
        last_name: "Poe".to_owned(),
        methods: vec![NewMethod::email(email, true)],
        ..NewIndividual::default()
    }
}

fn named(first: &str, email: &str) -> Value {
    json!({"email": email, "first_name": first, "last_name": "Poe"})
}

fn with(mut value: Value, more: &Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

async fn settle(world: &World, what: &str) {
    world.pass(3 * MINUTE).await;
    world.until_settled(what, 2 * HOUR).await;
}

fn cause(world: &World, id: &str) -> Cause {
    world.subject(id).unwrap().reason.cause
}

#[actix::test]
async fn c2_c3_only_mailable_people_with_names_are_created() {
    let world = World::start(&Setup::empty()).await;
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &[]);
    let of = |name: &str, permission: &str| {
        let new = with(named(name, &format!("{name}@example.com")), &json!({"permission": permission}));
        world.subscribe(&new, &[])
    };
    let pending = of("Bea", "pending_confirmation");
    let not_set = of("Cid", "not_set");
    let hold = of("Dan", "temp_hold");
    let out = of("Eve", "unsubscribed");
    let nameless = world.subscribe(&json!({"email": "f@example.com"}), &[]);
    let no_email = world.subscribe(&json!({"first_name": "Gus"}), &[]);
    // Unsubscribed and known in Virtuous: never created, yet opted out.
    world.staff_add(&person("Hal", "hal@example.com"));
    of("hal", "unsubscribed");
    settle(&world, "everybody is placed").await;
    assert_eq!(world.state(&ann), Some(State::InSync));
    assert!(world.referenced(&ann).is_some());
    for (id, expected) in [
        (&pending, Cause::PendingConfirmation),
        (&not_set, Cause::PermissionOnHold),
        (&hold, Cause::PermissionOnHold),
        (&nameless, Cause::NoName),
    ] {
        assert_eq!((world.state(id), cause(&world, id)), (Some(State::Held), expected));
        assert!(world.referenced(id).is_none());
    }
    for id in [&out, &no_email] {
        assert_eq!(world.state(id), Some(State::Excluded), "{:?}", cause(&world, id));
    }
    assert_eq!(world.opt_ins("hal@example.com"), [false]);
    let contacts = world.organisation(|held| held.book.contacts().len());
    assert_eq!(contacts, 2, "only Ann was created");
    // What they waited for comes.
    world.edit("cc/edit", &json!({"contact": nameless, "first_name": "Fay", "last_name": "Poe"}));
    world.edit("cc/permission", &json!({"contact": hold, "permission": "implicit"}));
    world.edit("cc/edit", &json!({"contact": hold, "first_name": "Dan"}));
    settle(&world, "those who waited").await;
    assert!(world.referenced(&nameless).is_some() && world.referenced(&hold).is_some());
    world.finish().await;
}

#[actix::test]
async fn c3_partial_names_are_held_where_both_are_needed() {
    if !is_full_run() {
        return;
    }
    for late in [false, true] {
        let mut setup = Setup::empty();
        setup.virtuous = json!({"both_names_required": true, "names_checked_at_import": late});
        (setup.lookup_after, setup.review_after) = ("24h", "72h");
        (setup.poll_every, setup.query_every) = ("10m", "10m");
        let world = World::start(&setup).await;
        let whole = world.subscribe(&named("Ann", "ann@example.com"), &[]);
        let partial = world.subscribe(&json!({"email": "b@example.com", "first_name": "Bea"}), &[]);
        world.pass(2 * HOUR).await;
        assert_eq!(world.state(&whole), Some(State::InSync), "{}", world.describe());
        if !late {
            assert_eq!(world.state(&partial), Some(State::Held), "{}", world.describe());
            world.edit("cc/edit", &json!({"contact": partial, "last_name": "Poe"}));
            settle(&world, "the whole name").await;
            assert!(world.referenced(&partial).is_some());
            world.finish().await;
        } else {
            // Taken with 200 and never a contact: nobody is told, so it ends as a review (V1).
            world.pass(80 * HOUR).await;
            assert_eq!(world.state(&partial), Some(State::Review), "{}", world.describe());
            world.finish_differing().await;
        }
    }
}

#[actix::test]
async fn c5_the_opt_in_of_an_import_is_brought_to_what_consent_says() {
    let setup = Setup { virtuous: json!({"import_opt_in_default": false}), ..Setup::empty() };
    let world = World::start(&setup).await;
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &["Newsletter"]);
    settle_if_lists_are_missing(&world, &ann).await;
    assert_eq!(world.opt_ins("ann@example.com"), [true]);
    world.pass(HOUR).await;
    let writes = world.simulator().constant_contact.account(HOPE).unwrap().writes;
    assert_eq!(writes, 0, "taken for an opt-out by staff");
    world.finish().await;
}

async fn settle_if_lists_are_missing(world: &World, id: &str) {
    settle(world, "the subscriber").await;
    assert_eq!(world.state(id), Some(State::InSync), "{}", world.describe());
}

#[actix::test]
async fn i2_several_hits_are_for_a_person() {
    let world = World::start(&Setup::empty()).await;
    world.staff_add(&person("Ann", "ann@example.com"));
    world.staff_add(&person("Anne", "Ann@example.com"));
    let one = world.staff_add(&person("Bob", "bob@example.com"));
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &[]);
    let bob = world.subscribe(&named("Bob", "bob@example.com"), &[]);
    settle(&world, "both are looked up").await;
    assert_eq!((world.state(&ann), cause(&world, &ann)), (Some(State::Review), Cause::SeveralHits));
    assert_eq!(world.referenced(&bob).map(|held| held.id), Some(one));
    assert!(world.referenced(&ann).is_none());
    world.finish().await;
}

#[actix::test]
async fn i4_a_household_keeps_a_tag_while_one_of_it_is_on_the_list() {
    let world = World::start(&Setup::empty()).await;
    let both = NewContact {
        individuals: vec![individual("Ann", "ann@example.com"), individual("Bob", "bob@example.com")],
        ..NewContact::default()
    };
    let home = world.staff_add(&both);
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &["Newsletter"]);
    let bob = world.subscribe(&named("Bob", "bob@example.com"), &["Newsletter"]);
    settle(&world, "both are linked").await;
    let tags = |world: &World| {
        let held = world.organisation(|held| held.book.contact(home).cloned()).unwrap();
        world.tags(&held)
    };
    assert_eq!(tags(&world), ["CC: Newsletter"]);
    world.edit("cc/move-lists", &json!({"contact": ann, "remove": ["Newsletter"]}));
    world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
    settle(&world, "one has left").await;
    assert_eq!(tags(&world), ["CC: Newsletter"], "the other is still on the list");
    world.edit("cc/unsubscribe", &json!({"contact": bob}));
    settle(&world, "the other has unsubscribed").await;
    assert_eq!(tags(&world), Vec::<String>::new());
    assert_eq!(world.opt_ins("ann@example.com"), [true]);
    assert_eq!(world.opt_ins("bob@example.com"), [false]);
    world.finish().await;
}

#[actix::test]
async fn i4_a_tag_whose_answer_was_lost_is_not_put_on_again_for_another_of_the_household() {
    // The other comes to the list at once, or when the lost answer is made good already.
    for at_once in [true, false] {
        let virtuous = json!({"repeated_tag": "duplicate", "tag_bumps_contact": false});
        let world = World::start(&Setup { virtuous, query_every: "6h", ..Setup::empty() }).await;
        let both = NewContact {
            individuals: vec![individual("Ann", "ann@example.com"), individual("Bob", "bob@example.com")],
            ..NewContact::default()
        };
        let home = world.staff_add(&both);
        let ann = world.subscribe(&named("Ann", "ann@example.com"), &[]);
        let bob = world.subscribe(&named("Bob", "bob@example.com"), &[]);
        settle(&world, "both are linked").await;
        world.fault(Fault::once(System::Virtuous, FaultKind::DropAfter).on("/api/ContactTag"));
        for one in [&ann, &bob] {
            world.edit("cc/move-lists", &json!({"contact": one, "add": ["Newsletter"]}));
            world.edit("cc/edit", &json!({"contact": one, "first_name": "A"}));
            if !at_once {
                settle(&world, "one is on the list").await;
            }
        }
        settle(&world, "both are on the list").await;
        let held = world.organisation(|held| held.book.contact(home).cloned()).unwrap();
        assert_eq!(world.tags(&held), ["CC: Newsletter"], "put on once; at once: {at_once}");
        world.finish().await;
    }
}

#[actix::test]
async fn s4_a_missing_tag_waits_for_staff_and_is_then_put_on() {
    if !is_full_run() {
        return;
    }
    for creates in [true, false] {
        let mut setup = Setup::empty();
        setup.accounts[0].missing_tags = 1;
        (setup.poll_every, setup.query_every) = ("10m", "10m");
        setup.virtuous = json!({"import_creates_tags": creates});
        let world = World::start(&setup).await;
        world.staff_add(&person("Ann", "ann@example.com"));
        let list = {
            let simulator = world.simulator();
            simulator.constant_contact.account(HOPE).unwrap().lists[0].name.to_string()
        };
        let tag = format!("CC: {list}");
        assert!(world.organisation(|held| held.tag_named(&tag).is_none()));
        let ann = world.subscribe(&named("Ann", "ann@example.com"), &[&list]);
        let bob = world.subscribe(&named("Bob", "bob@example.com"), &[&list]);
        world.pass(HOUR).await;
        let has = |world: &World, id: &str| world.tags(&world.referenced(id).unwrap()).contains(&tag);
        assert!(!has(&world, &ann), "the linked one waits");
        assert_eq!(has(&world, &bob), creates, "the created one carries it as far as the import takes it");
        if !creates {
            world.control("virtuous/add-tag", &json!({"name": tag}));
        }
        world.pass(DAY + HOUR).await;
        assert!(has(&world, &ann) && has(&world, &bob), "{}", world.describe());
        world.until_settled("all have it", HOUR).await;
        assert_eq!(world.comparison().waiting_tags, 0);
        world.finish().await;
    }
}

#[actix::test]
async fn s2_a_tag_that_is_not_meant_at_first_goes_though_consent_is_written_before_it() {
    let world = World::start(&Setup::empty()).await;
    let mut method = NewMethod::email("ann@example.com", false);
    method.modified = Some(Timestamp::parse("2020-01-01T00:00:00Z").unwrap());
    let ann = NewIndividual { methods: vec![method], ..individual("Ann", "ann@example.com") };
    let tags = vec!["CC: Newsletter".to_owned(), "Major donor".to_owned()];
    let home = world.staff_add(&NewContact { individuals: vec![ann], tags, ..NewContact::default() });
    // The first writes are the proved opt-in and the reference; the tag waits at the brake meanwhile.
    let proved = json!({"permission": "explicit", "opt_in_source": "Contact"});
    world.subscribe(&with(named("Ann", "ann@example.com"), &proved), &[]);
    settle(&world, "Ann is linked").await;
    let held = world.organisation(|held| held.book.contact(home).cloned()).unwrap();
    assert_eq!(
        (world.opt_ins("ann@example.com"), world.tags(&held)),
        (vec![true], vec!["Major donor".to_owned()])
    );
    world.finish().await;
}

#[actix::test]
async fn p6_an_address_that_changes_back_while_consent_is_for_review_is_written() {
    let world = World::start(&Setup::empty()).await;
    world.staff_add(&person("Ann", "ann@example.com"));
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &[]);
    settle(&world, "Ann is linked").await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(10 * MINUTE).await;
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "nothing"}));
    for email in ["ann@example.org", "ann@example.com"] {
        world.edit("cc/email", &json!({"contact": ann, "email": email}));
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
        world.pass(10 * MINUTE).await;
        assert_eq!(world.opt_ins(email), [false], "{}", world.describe());
        assert_eq!((world.state(&ann), cause(&world, &ann)), (Some(State::Review), Cause::UnprovedOptIn));
    }
    world.finish().await;
}

#[actix::test]
async fn s4_a_tag_that_staff_made_is_put_on_though_a_person_is_asked_about_consent() {
    if !is_full_run() {
        return;
    }
    let mut setup = Setup::empty();
    setup.accounts[0].missing_tags = 1;
    (setup.poll_every, setup.query_every) = ("10m", "10m");
    let world = World::start(&setup).await;
    let mut method = NewMethod::email("ann@example.com", false);
    method.modified = Some(Timestamp::parse("2020-01-01T00:00:00Z").unwrap());
    let ann = NewIndividual { methods: vec![method], ..individual("Ann", "ann@example.com") };
    world.staff_add(&NewContact { individuals: vec![ann], ..NewContact::default() });
    // The newsletter is the list whose tag is missing. Bare: a person is asked (P3).
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &["Newsletter"]);
    world.pass(HOUR).await;
    assert_eq!((world.state(&ann), cause(&world, &ann)), (Some(State::Review), Cause::UnprovedOptIn));
    world.control("virtuous/add-tag", &json!({"name": "CC: Newsletter"}));
    let world = world.restarted(&setup).await;
    world.pass(DAY + HOUR).await;
    assert_eq!(world.tags(&world.referenced(&ann).unwrap()), ["CC: Newsletter"], "{}", world.describe());
    assert_eq!(world.state(&ann), Some(State::Review));
    world.finish().await;
}

#[actix::test]
async fn p1_staff_opting_somebody_out_unsubscribes_in_constant_contact() {
    let world = World::start(&Setup::empty()).await;
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &["Newsletter"]);
    settle(&world, "Ann is created").await;
    world.pass(HOUR).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    let unsubscribed = |world: &World| {
        let simulator = world.simulator();
        let account = simulator.constant_contact.account(HOPE).unwrap();
        account.roster.by_email("ann@example.com").unwrap().is_unsubscribed()
    };
    world.until("Constant Contact is told", HOUR, unsubscribed).await;
    settle(&world, "both agree").await;
    assert_eq!(world.opt_ins("ann@example.com"), [false]);
    world.finish().await;
}

/// Constant Contact is read again before it is told: who has unsubscribed there since the last poll is told nothing, so that their
/// own word and its date stay.
#[actix::test]
async fn p1_who_unsubscribed_themselves_since_the_last_poll_is_not_unsubscribed_again() {
    if !is_full_run() {
        return;
    }
    let world = World::start(&Setup { poll_every: "12h", ..Setup::empty() }).await;
    let ann = world.subscribe(&named("Ann", "ann@example.com"), &["Newsletter"]);
    world.until_settled("Ann is created", DAY).await;
    world.pass(HOUR).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    world.pass(MINUTE).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    let known = |world: &World| world.subject(&ann).unwrap().base.consent.is_some_and(|base| !base.opted_in);
    world.until("both agree", HOUR, known).await;
    world.pass(DAY).await;
    assert_eq!(world.simulator().constant_contact.account(HOPE).unwrap().writes, 0);
    assert_eq!(world.opt_ins("ann@example.com"), [false]);
    world.finish().await;
}

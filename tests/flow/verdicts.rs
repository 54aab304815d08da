//! What a person decides about reviews and dead letters is carried out, once, and shows in the timeline.

use serde_json::{Value, json};
use tandem::{
    domain::{Cause, State, Timestamp, What},
    operator::Verb,
    simulator::{
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::model::{NewContact, NewIndividual, NewMethod},
    },
};

use crate::{
    brake::decide,
    full::is_full_run,
    world::{Choice, DAY, HOUR, MINUTE, Setup, World},
};

fn person(first: &str, email: &str) -> NewContact {
    let individual = NewIndividual {
        first_name: first.to_owned(),
        last_name: "Poe".to_owned(),
        methods: vec![NewMethod::email(email, true)],
        ..NewIndividual::default()
    };
    NewContact { individuals: vec![individual], ..NewContact::default() }
}

fn ann() -> Value {
    json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Poe"})
}

async fn choose(world: &World, item: &str, choice: Choice) -> Result<Value, String> {
    world.decide(Verb::Accept, item, Some(choice)).await
}

async fn until(world: &World, id: &str, state: State, cause: Cause) {
    let is_so = |world: &World| {
        world.subject(id).is_some_and(|subject| (subject.state, subject.reason.cause) == (state, cause))
    };
    world.until(&format!("{state}: {cause:?}"), 3 * HOUR, is_so).await;
}

/// The only review, by its actions.
async fn actions(world: &World, id: &str) -> Vec<String> {
    let work = world.work().await;
    let reviews = work["reviews"].as_array().unwrap();
    let review = reviews.iter().find(|review| review["id"] == id).unwrap_or_else(|| panic!("{id} in {work}"));
    let actions = review["actions"].as_array().unwrap().iter();
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

fn decisions(world: &World, id: &str) -> Vec<Cause> {
    let timeline =
        world.app.deps.store.of(world.record().number).timeline(&world.subject(id).unwrap()).unwrap();
    let decided = timeline.iter().filter(|event| event.what == What::Decided);
    decided.map(|event| event.reason.cause).collect()
}

#[actix::test]
async fn i2_of_several_contacts_a_person_names_the_one() {
    let world = World::start(&Setup::empty()).await;
    let one = world.staff_add(&person("Ann", "ann@example.com"));
    let other = world.staff_add(&person("Anne", "ann@example.com"));
    let id = world.subscribe(&ann(), &[]);
    until(&world, &id, State::Review, Cause::SeveralHits).await;
    let offered = actions(&world, &id).await;
    let accept = |contact: i64| format!("accept {id} --contact {contact}");
    assert_eq!(offered, [accept(one), accept(other), "drop".to_owned(), "retry".to_owned()]);
    let refused = decide(&world, Verb::Accept, &id).await.unwrap_err();
    assert!(refused.contains(&format!("--contact {one}")), "{refused}");
    assert!(choose(&world, &id, Choice::Contact(-1)).await.is_err());
    choose(&world, &id, Choice::Contact(other)).await.unwrap();
    until(&world, &id, State::InSync, Cause::Agreed).await;
    assert_eq!(world.referenced(&id).map(|held| held.id), Some(other));
    assert_eq!(decisions(&world, &id), [Cause::Decided]);
    world.finish_differing().await;
}

/// P3: naming the contact answers which one is meant, not whether somebody is opted in whom staff opted out there.
#[actix::test]
async fn p3_naming_the_contact_answers_no_other_question() {
    let world = World::start(&Setup::empty()).await;
    world.staff_add(&person("Ann", "ann@example.com"));
    let mut out = person("Anne", "ann@example.com");
    out.individuals[0].methods[0].opted_in = false;
    out.individuals[0].methods[0].modified = Timestamp::parse("2019-03-01T00:00:00Z");
    let other = world.staff_add(&out);
    let id = world.subscribe(
        &json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Poe", "permission": "implicit",
            "opt_in_source": "Account", "opt_in_date": "2021-05-01T00:00:00Z"}),
        &[],
    );
    until(&world, &id, State::Review, Cause::SeveralHits).await;
    choose(&world, &id, Choice::Contact(other)).await.unwrap();
    until(&world, &id, State::Review, Cause::UnprovedOptIn).await;
    let method = |world: &World| {
        world.organisation(|held| {
            held.book.contact(other).unwrap().methods().map(|method| method.opted_in).collect::<Vec<_>>()
        })
    };
    assert_eq!(method(&world), [false]);
    world.finish_differing().await;
}

/// A subscriber who unsubscribed, and whom staff then opted in again in Virtuous.
async fn opted_in_by_staff(world: &World) -> String {
    let id = world.subscribe(&ann(), &[]);
    until(world, &id, State::InSync, Cause::Agreed).await;
    world.pass(5 * MINUTE).await;
    world.edit("cc/unsubscribe", &json!({"contact": id}));
    world.until("opted out", HOUR, |world| world.opt_ins("ann@example.com") == [false]).await;
    until(world, &id, State::InSync, Cause::Agreed).await;
    world.pass(5 * MINUTE).await;
    world.edit("virtuous/opt-in", &json!({"contact": id}));
    until(world, &id, State::Review, Cause::StaffOptIn).await;
    id
}

#[actix::test]
async fn p5_an_accepted_review_puts_the_opt_out_back_and_a_dropped_one_leaves_the_difference() {
    let world = World::start(&Setup::empty()).await;
    let id = opted_in_by_staff(&world).await;
    assert_eq!(actions(&world, &id).await, ["accept", "drop", "retry", "confirm"]);
    decide(&world, Verb::Drop, &id).await.unwrap();
    world.pass(10 * MINUTE).await;
    assert_eq!((world.state(&id), world.opt_ins("ann@example.com")), (Some(State::Excluded), vec![true]));
    assert!(world.work().await["reviews"].as_array().unwrap().is_empty());
    // Taken up again, it is the same question, and has the other answer.
    decide(&world, Verb::Retry, &id).await.unwrap();
    until(&world, &id, State::Review, Cause::StaffOptIn).await;
    decide(&world, Verb::Accept, &id).await.unwrap();
    until(&world, &id, State::InSync, Cause::Agreed).await;
    assert_eq!(world.opt_ins("ann@example.com"), [false]);
    assert_eq!(decisions(&world, &id), [Cause::Dropped, Cause::Retried, Cause::Decided]);
    // The same again is a new question.
    world.pass(5 * MINUTE).await;
    world.edit("virtuous/opt-in", &json!({"contact": id}));
    until(&world, &id, State::Review, Cause::StaffOptIn).await;
    world.finish_differing().await;
}

#[actix::test]
async fn p3_an_unproved_opt_in_is_written_when_a_person_says_so() {
    let world = World::start(&Setup::empty()).await;
    world.staff_add(&person("Ann", "ann@example.com"));
    world.pass(MINUTE).await;
    // By somebody, and not from the making of the address (P7).
    world.edit("virtuous/opt-out", &json!({"contact": "ann@example.com"}));
    world.pass(MINUTE).await;
    let new = json!({"email": "ann@example.com", "first_name": "Ann", "last_name": "Poe", "permission": "implicit"});
    let id = world.subscribe(&new, &[]);
    world.pass(10 * MINUTE).await;
    until(&world, &id, State::Review, Cause::UnprovedOptIn).await;
    decide(&world, Verb::Accept, &id).await.unwrap();
    until(&world, &id, State::InSync, Cause::Agreed).await;
    assert_eq!(world.opt_ins("ann@example.com"), [true]);
    assert_eq!(decisions(&world, &id), [Cause::Decided]);
    world.pass(30 * MINUTE).await;
    assert_eq!(world.opt_ins("ann@example.com"), [true]);
    world.finish_differing().await;
}

#[actix::test]
async fn s4_a_tag_that_exists_twice_is_chosen_once() {
    if !is_full_run() {
        return;
    }
    let mut setup = Setup::empty();
    (setup.poll_every, setup.query_every) = ("10m", "10m");
    let world = World::start(&setup).await;
    world.staff_add(&person("Ann", "ann@example.com"));
    world.control("virtuous/add-tag", &json!({"name": "CC: Newsletter"}));
    // The tags are read again daily.
    world.pass(DAY + HOUR).await;
    let id = world.subscribe(&ann(), &["Newsletter"]);
    until(&world, &id, State::Review, Cause::TagTwice).await;
    let offered = actions(&world, "CC: Newsletter").await;
    assert_eq!(offered.len(), 2, "{offered:?}");
    assert!(decide(&world, Verb::Accept, "CC: Newsletter").await.unwrap_err().contains("--tag"));
    let tag: i64 = offered[0].rsplit_once(' ').unwrap().1.parse().unwrap();
    choose(&world, "CC: Newsletter", Choice::Tag(tag)).await.unwrap();
    until(&world, &id, State::InSync, Cause::Agreed).await;
    assert_eq!(world.tags(&world.referenced(&id).unwrap()), ["CC: Newsletter"]);
    assert_eq!(decisions(&world, &id), [Cause::Decided]);
    world.finish().await;
}

#[actix::test]
async fn b3_a_dropped_dead_letter_is_forgotten_until_something_changes() {
    let world = World::start(&Setup::empty()).await;
    world.staff_add(&person("Ann", "ann@example.com"));
    let kind = FaultKind::Status { status: 400, body: ErrorBody::Message };
    world.fault(Fault {
        path_prefix: "/api/ContactTag".to_owned(),
        method: Some("POST".to_owned()),
        remaining: Some(2),
        ..Fault::once(System::Virtuous, kind)
    });
    let id = world.subscribe(&ann(), &["Newsletter"]);
    until(&world, &id, State::Failed, Cause::Refused).await;
    decide(&world, Verb::Retry, &id).await.unwrap();
    world.pass(MINUTE).await;
    until(&world, &id, State::Failed, Cause::Refused).await;
    decide(&world, Verb::Drop, &id).await.unwrap();
    world.pass(30 * MINUTE).await;
    assert_eq!(world.state(&id), Some(State::Excluded));
    assert!(world.work().await["dead_letters"].as_array().unwrap().is_empty());
    world.edit("cc/edit", &json!({"contact": id, "first_name": "Anna"}));
    until(&world, &id, State::InSync, Cause::Agreed).await;
    assert_eq!(decisions(&world, &id), [Cause::Retried, Cause::Dropped]);
    world.finish().await;
}

//! P1 to P6: who may be mailed.

use serde_json::json;
use tandem::{
    domain::{Cause, State, Timestamp},
    operator::Verb,
    simulator::{
        constant_contact::Permission,
        faults::{Fault, FaultKind, System},
        virtuous::model::{NewContact, NewMethod},
    },
};

use crate::{
    scene::{
        address, cc_writes, donor, in_cc, linked, named_with, notes, opted_in, opted_in_by_staff, quick,
        settle, standing, until,
    },
    world::{Choice, DAY, HOUR, MINUTE, Setup, World},
};

#[actix::test]
async fn p1_an_opt_out_on_either_side_reaches_the_other_and_never_a_deleted_one() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let bob = linked(&world, "Bob", &["Newsletter"]).await;
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "Ann unsubscribes").await;
    assert_eq!((opted_in(&world, "Ann"), cc_writes(&world)), (vec![false], 0));
    world.edit("virtuous/opt-out", &json!({"contact": bob}));
    world.until("Constant Contact is told", HOUR, |world| in_cc(world, &bob).is_unsubscribed()).await;
    assert_eq!(cc_writes(&world), 1);
    settle(&world, "both agree").await;
    // A PUT would bring a deleted one back.
    let cid = linked(&world, "Cid", &[]).await;
    world.edit("cc/delete", &json!({"contact": cid}));
    world.edit("virtuous/opt-out", &json!({"contact": cid}));
    settle(&world, "deleted and opted out").await;
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Cid"), cc_writes(&world)), (vec![false], 1));
    assert!(in_cc(&world, &cid).deleted_at.is_some());
    world.finish().await;
}

#[actix::test]
async fn p2_every_method_with_the_address_is_opted_out_and_kept_whole() {
    let virtuous = json!({"put_clears_omitted": true});
    let world = World::start(&Setup { virtuous, ..quick() }).await;
    let mut person = donor("Ann");
    let twice = NewMethod { kind: "Work Email".into(), ..NewMethod::email("ANN@Example.com", true) };
    person.individuals[0].methods.extend([twice, NewMethod::email("other@example.org", true)]);
    let contact = world.staff_add(&person);
    let ann = linked(&world, "Ann", &[]).await;
    let methods = |world: &World| -> Vec<(String, String, bool)> {
        let held = crate::scene::held(world, contact);
        held.methods().map(|m| (m.kind.to_string(), m.value.to_string(), m.opted_in)).collect()
    };
    let mut expected = methods(&world);
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "the opt-out").await;
    for method in &mut expected {
        method.2 = method.1 == "other@example.org";
    }
    assert_eq!(methods(&world), expected);
    world.finish().await;
}

#[actix::test]
async fn p3_bare_active_is_no_consent() {
    for (proof, opts_in) in [("nothing", false), ("staff", false), ("asked", true), ("confirmed", true)] {
        let world = World::start(&quick()).await;
        let ann = linked(&world, "Ann", &[]).await;
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        settle(&world, "opted out").await;
        world.pass(5 * MINUTE).await;
        world.edit("cc/resubscribe", &json!({"contact": ann, "proof": proof}));
        world.edit("cc/edit", &json!({"contact": ann, "first_name": "Ann"}));
        world.pass(HOUR).await;
        assert_eq!(opted_in(&world, "Ann"), [opts_in], "{proof}: {}", world.describe());
        let state = if opts_in { State::InSync } else { State::Review };
        assert_eq!(world.state(&ann), Some(state), "{proof}");
        world.finish_differing().await;
    }
}

#[actix::test]
async fn p3_proof_must_be_newer_than_the_opt_out_and_the_same_second_is_not() {
    let out = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
    for (date, opts_in) in
        [("2026-03-01T11:59:59Z", false), ("2026-03-01T12:00:00Z", false), ("2026-03-01T12:00:01Z", true)]
    {
        let world = World::start(&quick()).await;
        let mut person = donor("Ann");
        let created = Timestamp::parse("2026-01-01T12:00:00Z");
        let method = &mut person.individuals[0].methods[0];
        (method.opted_in, method.modified) = (false, Some(out));
        world.staff_add(&NewContact { created, ..person });
        let new = json!({"permission": "explicit", "opt_in_source": "Contact", "opt_in_date": date});
        let ann = world.subscribe(&named_with("Ann", &new), &[]);
        world.pass(HOUR).await;
        assert_eq!(opted_in(&world, "Ann"), [opts_in], "{date}: {}", world.describe());
        // An opt-out of staff that is newer than the consent goes the other way (P1).
        let told = date < "2026-03-01T12:00:00Z";
        assert_eq!(in_cc(&world, &ann).is_unsubscribed(), told, "{date}: {}", world.describe());
        world.finish_differing().await;
    }
}

#[actix::test]
async fn p4_bounces_and_complaints_opt_out_or_note_as_the_customer_chose() {
    let cc = "bounces_every = \"10m\"\nlists_every = \"1 polls\"";
    let world = World::start(&Setup { cc, ..quick() }).await;
    let (bea, viv) = (linked(&world, "Bea", &[]).await, linked(&world, "Viv", &[]).await);
    let eve = linked(&world, "Eve", &[]).await;
    world.edit("cc/bounce", &json!({"contact": bea, "code": "B"}));
    world.edit("cc/bounce", &json!({"contact": viv, "code": "V"}));
    world.edit("cc/complain", &json!({"contact": eve}));
    world.pass(30 * MINUTE).await;
    settle(&world, "the report").await;
    assert_eq!((opted_in(&world, "Bea"), notes(&world, &bea).len()), (vec![false], 1));
    assert_eq!((opted_in(&world, "Viv"), notes(&world, &viv).len()), (vec![true], 0), "was delivered");
    assert_eq!((opted_in(&world, "Eve"), notes(&world, &eve).len()), (vec![false], 1));
    assert_eq!(cc_writes(&world), 0);
    world.finish().await;
    let more = "[consent]\nhard_bounce = \"note\"\nsoft_bounce = \"ignore\"\n";
    let world = World::start(&Setup { cc, more, ..quick() }).await;
    let (bea, fay) = (linked(&world, "Bea", &[]).await, linked(&world, "Fay", &[]).await);
    world.edit("cc/bounce", &json!({"contact": bea, "code": "S"}));
    world.edit("cc/bounce", &json!({"contact": fay, "code": "F"}));
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Bea"), notes(&world, &bea).len()), (vec![true], 1));
    assert_eq!((opted_in(&world, "Fay"), notes(&world, &fay).len()), (vec![true], 0));
    world.finish_differing().await;
}

#[actix::test]
async fn p5_staff_opting_somebody_in_is_a_question_and_changes_neither_side() {
    let world = World::start(&quick()).await;
    let ann = opted_in_by_staff(&world, "Ann").await;
    let writes = world.writes();
    world.pass(3 * HOUR).await;
    assert_eq!((world.writes(), cc_writes(&world)), (writes, 0));
    assert!(in_cc(&world, &ann).is_unsubscribed());
    assert_eq!(opted_in(&world, "Ann"), [true], "not undone in Virtuous");
    world.finish_differing().await;
}

#[actix::test]
async fn p5_the_operator_may_have_the_one_confirmation_email_sent_and_its_answer_is_proof() {
    let world = World::start(&quick()).await;
    let ann = opted_in_by_staff(&world, "Ann").await;
    let decide = |verb: Verb, choice: Option<Choice>| world.decide(verb, &ann, choice);
    // She was on no list: the operator says which one.
    let refused = decide(Verb::Confirm, None).await.unwrap_err();
    assert!(refused.contains("--list"), "{refused}");
    let unknown = decide(Verb::Confirm, Some(Choice::List("No such".to_owned()))).await;
    assert!(unknown.unwrap_err().contains("Newsletter"));
    let actions = world.work().await["reviews"][0]["actions"].clone();
    assert!(actions.as_array().unwrap().contains(&"confirm".into()), "{actions}");
    decide(Verb::Confirm, Some(Choice::List("Newsletter".to_owned()))).await.unwrap();
    until(&world, &ann, State::Held, Cause::ConfirmationSent).await;
    assert!(in_cc(&world, &ann).is_unsubscribed(), "nothing changes by it");
    assert_eq!(opted_in(&world, "Ann"), [true]);
    let calls = || world.cc_calls_of("PUT", "/contacts/resubscribe/{contact_id}");
    assert_eq!(calls(), 1);
    world.pass(6 * HOUR).await;
    assert_eq!((calls(), standing(&world, &ann)), (1, Some((State::Held, Cause::ConfirmationSent))));
    // She confirms: proof as any other, and she is on the list.
    world.edit("cc/resubscribe", &json!({"contact": ann, "proof": "confirmed"}));
    settle(&world, "confirmed").await;
    assert_eq!(opted_in(&world, "Ann"), [true]);
    let contact = world.referenced(&ann).unwrap();
    assert_eq!(world.tags(&contact), ["CC: Newsletter"]);
    assert!(world.subject(&ann).unwrap().confirmation.is_none());
    world.finish().await;
}

#[actix::test]
async fn p5_an_email_that_is_not_answered_leaves_the_decision_open() {
    let world = World::start(&quick()).await;
    let ann = opted_in_by_staff(&world, "Ann").await;
    let decide = |verb: Verb, choice: Option<Choice>| world.decide(verb, &ann, choice);
    // The answer is lost: Constant Contact sends no second one, and says so.
    world.fault(Fault::once(System::ConstantContact, FaultKind::DropAfter).on("/v3/contacts/resubscribe"));
    decide(Verb::Confirm, Some(Choice::List("Newsletter".to_owned()))).await.unwrap();
    until(&world, &ann, State::Held, Cause::ConfirmationSent).await;
    assert_eq!(world.cc_calls_of("PUT", "/contacts/resubscribe/{contact_id}"), 3, "a conflict that stays");
    decide(Verb::Accept, None).await.unwrap();
    settle(&world, "the opt-out is put back").await;
    assert_eq!(opted_in(&world, "Ann"), [false]);
    // Staff opt in once more: another question, but there is no second email.
    world.pass(5 * MINUTE).await;
    world.edit("virtuous/opt-in", &json!({"contact": ann}));
    until(&world, &ann, State::Review, Cause::StaffOptIn).await;
    let again = decide(Verb::Confirm, Some(Choice::List("Newsletter".to_owned()))).await;
    assert!(again.unwrap_err().contains("sent already"));
    world.finish_differing().await;
}

/// The summaries count a contact once, however often its mail comes back: the report tells of the second bounce all the same.
#[actix::test]
async fn p4_p5_a_second_bounce_of_one_campaign_answers_staffs_opt_in() {
    let cc = "lists_every = \"1 polls\"\nbounces_every = \"10m\"";
    let world = World::start(&Setup { cc, ..quick() }).await;
    let ann = linked(&world, "Ann", &[]).await;
    let bounces = || world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    bounces();
    world.until("the bounce", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    world.edit("virtuous/opt-in", &json!({"contact": ann}));
    until(&world, &ann, State::Review, Cause::StaffOptIn).await;
    bounces();
    world.until("the second bounce", HOUR, |world| opted_in(world, "Ann") == [false]).await;
    world.pass(HOUR).await;
    assert_eq!(standing(&world, &ann).map(|found| found.0), Some(State::InSync), "{}", world.describe());
    world.finish_differing().await;
}

#[actix::test]
async fn p6_a_new_address_keeps_the_person_and_a_taken_one_is_for_a_person() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &["Newsletter"]).await;
    let contact = world.referenced(&ann).unwrap();
    world.edit("cc/email", &json!({"contact": ann, "email": "new@example.org"}));
    settle(&world, "the new address").await;
    let now = world.referenced(&ann).unwrap();
    assert_eq!(now.id, contact.id);
    let ids = |held: &tandem::simulator::virtuous::model::Contact| -> Vec<i64> {
        held.methods().map(|method| method.id).collect()
    };
    assert_eq!(ids(&now), ids(&contact), "the same method with another value");
    assert_eq!((world.opt_ins("new@example.org"), opted_in(&world, "Ann")), (vec![true], vec![]));
    // Who is out stays out under the next address.
    world.edit("cc/unsubscribe", &json!({"contact": ann}));
    settle(&world, "unsubscribed").await;
    world.edit("cc/email", &json!({"contact": ann, "email": "newer@example.org"}));
    settle(&world, "the newer address").await;
    assert_eq!(world.opt_ins("newer@example.org"), [false]);
    assert!(matches!(in_cc(&world, &ann).permission(), Some(Permission::Unsubscribed)));
    // An address that sits on somebody else.
    world.staff_add(&donor("Bob"));
    let cid = linked(&world, "Cid", &[]).await;
    world.edit("cc/email", &json!({"contact": cid, "email": address("Bob")}));
    until(&world, &cid, State::Review, Cause::EmailTaken).await;
    assert_eq!(opted_in(&world, "Cid"), [true], "the old value stays");
    // As long as it does, it is Cid's: an opt-out by staff there is of the person.
    world.edit("virtuous/opt-out", &json!({"contact": cid}));
    world.until("told", HOUR, |world| in_cc(world, &cid).is_unsubscribed()).await;
    assert_eq!(standing(&world, &ann).map(|found| found.0), Some(State::InSync));
    world.finish_differing().await;
}

#[actix::test]
async fn p6_a_bounce_of_the_old_address_does_not_block_the_new_one() {
    let cc = "lists_every = \"1 polls\"\nbounces_every = \"10m\"\nsweep_every = \"6h\"";
    let world = World::start(&Setup { cc, ..quick() }).await;
    let (ann, bob) = (linked(&world, "Ann", &[]).await, linked(&world, "Bob", &[]).await);
    for id in [&ann, &bob] {
        world.edit("cc/bounce", &json!({"contact": id, "code": "B"}));
    }
    world.pass(HOUR).await;
    assert_eq!((opted_in(&world, "Ann"), opted_in(&world, "Bob")), (vec![false], vec![false]));
    // Staff opt Bob in, and out again: that is theirs, and stands.
    for control in ["virtuous/opt-in", "virtuous/opt-out"] {
        world.edit(control, &json!({"contact": bob}));
        world.pass(HOUR).await;
    }
    for (id, email) in [(&ann, "ann@example.org"), (&bob, "bob@example.org")] {
        world.edit("cc/email", &json!({"contact": id, "email": email}));
    }
    let moved = |world: &World| !world.opt_ins("bob@example.org").is_empty();
    world.until("the new addresses are there", DAY, moved).await;
    world.pass(HOUR).await;
    assert_eq!(world.opt_ins("ann@example.org"), [true], "{}", world.describe());
    assert_eq!(standing(&world, &ann).map(|found| found.0), Some(State::InSync));
    assert_eq!(world.opt_ins("bob@example.org"), [false]);
    assert_eq!(standing(&world, &bob), Some((State::Review, Cause::UnprovedOptIn)));
    assert_eq!(cc_writes(&world), 0);
    // The next bounce is of the new one.
    world.control("cc/add-campaign", &json!({"name": "Winter appeal"}));
    world.edit("cc/bounce", &json!({"contact": ann, "code": "B"}));
    world.pass(HOUR).await;
    assert_eq!(world.opt_ins("ann@example.org"), [false]);
    world.finish_differing().await;
}

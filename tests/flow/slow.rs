//! What only slow readings show: bounces, re-subscribes that move no date, contacts that are gone.

use std::time::Duration;

use serde_json::json;
use tandem::{
    domain::{DeletionProof, State, Stream},
    simulator::faults::{Fault, FaultKind, System},
};

use crate::{
    full::is_full_run,
    world::{DAY, HOUR, MINUTE, Setup, World},
};

/// A world in step with these people, all opted in, under a name each.
async fn with(setup: &Setup, names: &[&str]) -> (World, Vec<String>) {
    let world = World::synced(setup).await;
    let mut ids = Vec::new();
    for name in names {
        let new = json!({
            "email": format!("{}@example.com", name.to_lowercase()), "first_name": name, "last_name": "Lee",
        });
        ids.push(world.subscribe(&new, &["Newsletter"]));
    }
    world.pass(62 * MINUTE).await;
    world.until_settled("everybody is created", 4 * HOUR).await;
    world.pass(2 * MINUTE).await;
    (world, ids)
}

fn often() -> Setup {
    let cc = "bounces_every = \"10m\"\nlists_every = \"1 polls\"";
    Setup { cc, ..Setup::new(60, 91) }
}

/// Sweeps often, polls seldom.
fn sweeping(contacts: usize) -> Setup {
    let cc = "sweep_every = \"6h\"\nlists_every = \"1d\"";
    Setup { cc, poll_every: "1h", query_every: "1h", ..Setup::new(contacts, 92) }
}

fn notes(world: &World, id: &str) -> usize {
    let contact = world.referenced(id).unwrap().id;
    world.organisation(|held| held.notes_of(contact).count())
}

#[actix::test]
async fn p4_each_bounce_opts_out_and_leaves_one_note_but_a_vacation() {
    if !is_full_run() {
        return;
    }
    let names = ["Bea", "Dan", "Fay", "Sam", "Viv", "Xia", "Zoe"];
    let (world, ids) = with(&often(), &names).await;
    for (id, code) in ids.iter().zip(["B", "D", "F", "S", "V", "X", "Z"]) {
        world.edit("cc/bounce", &json!({"contact": id, "code": code}));
    }
    world.pass(HOUR).await;
    world.until_settled("the bounces", HOUR).await;
    for (id, name) in ids.iter().zip(names) {
        let vacation = name == "Viv";
        let address = format!("{}@example.com", name.to_lowercase());
        assert_eq!(world.opt_ins(&address), [vacation], "{name}");
        assert_eq!(notes(&world, id), usize::from(!vacation), "{name}");
    }
    // Nothing is written to Constant Contact, and the same report again changes nothing (P1, N1).
    let writes = world.writes();
    world.pass(3 * HOUR).await;
    assert_eq!(world.writes(), writes);
    world.finish().await;
}

/// The welcome mail comes back before the sign-up was read.
#[actix::test]
async fn p4_a_bounce_of_somebody_who_is_not_read_yet_is_not_lost() {
    if !is_full_run() {
        return;
    }
    let cc = "bounces_every = \"10m\"\nlists_every = \"1d\"";
    let setup = Setup { cc, poll_every: "2h", ..Setup::new(60, 91) };
    let (world, _) = with(&setup, &["Ann"]).await;
    let new = json!({"email": "bea@example.com", "first_name": "Bea", "last_name": "Lee"});
    let bea = world.subscribe(&new, &["Newsletter"]);
    world.edit("cc/bounce", &json!({"contact": bea, "code": "B"}));
    world
        .until("the bounce is known", HOUR, |world| {
            world.subject(&bea).is_some_and(|subject| subject.cc.bounce.is_some())
        })
        .await;
    world.pass(3 * HOUR).await;
    assert!(world.opt_ins("bea@example.com").iter().all(|opted_in| !opted_in), "{}", world.describe());
    // Nothing of the report is left to be read.
    let marks = world.app.deps.store.of(world.record().number).campaign_marks().unwrap();
    assert!(marks.values().any(|mark| mark.bounces == 1), "{marks:?}");
    world.finish().await;
}

#[actix::test]
async fn p4_categories_are_the_customers_choice() {
    if !is_full_run() {
        return;
    }
    let more = "[consent]\nhard_bounce = \"note\"\nsoft_bounce = \"ignore\"\n";
    let (world, ids) = with(&Setup { more, ..often() }, &["Bea", "Fay"]).await;
    world.edit("cc/bounce", &json!({"contact": ids[0], "code": "B"}));
    world.edit("cc/bounce", &json!({"contact": ids[1], "code": "F"}));
    world.pass(HOUR).await;
    assert_eq!((world.opt_ins("bea@example.com"), notes(&world, &ids[0])), (vec![true], 1));
    assert_eq!((world.opt_ins("fay@example.com"), notes(&world, &ids[1])), (vec![true], 0));
    // No comparison: it knows the default choice only.
    assert!(world.app.stop().await);
}

#[actix::test]
async fn p3_w3_a_proved_resubscribe_is_seen_by_the_counts_and_a_bare_one_is_for_a_person() {
    if !is_full_run() {
        return;
    }
    let (world, ids) = with(&often(), &["Ann", "Bob"]).await;
    for id in &ids {
        world.edit("cc/unsubscribe", &json!({"contact": id}));
    }
    world.pass(10 * MINUTE).await;
    world.until_settled("the opt-outs", HOUR).await;
    assert_eq!(
        (world.opt_ins("ann@example.com"), world.opt_ins("bob@example.com")),
        (vec![false], vec![false])
    );
    world.pass(10 * MINUTE).await;
    world.edit("cc/resubscribe", &json!({"contact": ids[0], "proof": "confirmed"}));
    world.edit("cc/resubscribe", &json!({"contact": ids[1], "proof": "nothing"}));
    world.pass(HOUR).await;
    assert_eq!(world.opt_ins("ann@example.com"), [true], "{}", world.describe());
    assert_eq!(world.opt_ins("bob@example.com"), [false]);
    assert_eq!(world.state(&ids[1]), Some(State::Review));
    world.finish().await;
}

#[actix::test]
async fn d1_d2_who_is_gone_from_a_complete_sweep_is_opted_out() {
    let (world, ids) = with(&sweeping(60), &["Gus"]).await;
    world.control("cc/erase", &json!({"contact": ids[0]}));
    world.pass(7 * HOUR).await;
    world.until_settled("the sweep", HOUR).await;
    assert_eq!(world.opt_ins("gus@example.com"), [false], "{}", world.describe());
    let deletion = world.subject(&ids[0]).unwrap().cc.deletion.unwrap();
    assert_eq!(deletion.proof, DeletionProof::Sweep);
    assert_eq!(notes(&world, &ids[0]), 1);
    let writes = world.writes();
    world.pass(DAY).await;
    assert_eq!((world.writes(), notes(&world, &ids[0])), (writes, 1));
    world.finish().await;
}

#[actix::test]
async fn d2_an_incomplete_sweep_deletes_nobody() {
    if !is_full_run() {
        return;
    }
    let world = World::synced(&sweeping(1_200)).await;
    let living = world.count(State::InSync);
    // Every page of the sweep meets an account that changed since the page before.
    let slow = FaultKind::Latency(400_000);
    world.fault(Fault {
        remaining: Some(40),
        ..Fault::once(System::ConstantContact, slow).on("/v3/contacts")
    });
    for round in 0..80 {
        world.pass(Duration::from_secs(300)).await;
        world.edit("cc/delete", &json!({"count": 1, "seed": round}));
        world.edit("cc/add", &json!({"count": 1}));
    }
    let proofs = |proof: DeletionProof| {
        let of = |id: &String| world.subject(id).and_then(|subject| subject.cc.deletion);
        let ids: Vec<String> = {
            let simulator = world.simulator();
            let account = simulator.constant_contact.account(crate::world::HOPE).unwrap();
            account.roster.iter().map(|contact| contact.id.to_string()).collect()
        };
        ids.iter().filter_map(of).filter(|deletion| deletion.proof == proof).count()
    };
    assert_eq!(proofs(DeletionProof::Sweep), 0);
    let cursor = world.app.deps.store.of(world.record().number).cursor(Stream::Sweep).unwrap();
    let tried_again = cursor.short_windows > 0 || cursor.open.is_some_and(|window| window.attempt > 1);
    assert!(tried_again, "no sweep met a change");
    assert!(living > 500);
    world.until_settled("the account at rest", DAY).await;
    world.finish().await;
}

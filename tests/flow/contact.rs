//! What `tandem contact` shows of a person: where they stand, why, and what is next, in a screenful.

use serde_json::json;
use tandem::{
    operator::questions::contact::{ContactView, ShowContact},
    simulator::virtuous::model::{NewContact, NewIndividual, NewMethod},
};

use crate::world::{HOPE, HOUR, MINUTE, Setup, World};

/// Lines of a terminal.
const SCREEN: usize = 40;

async fn show(world: &World, who: &str) -> ContactView {
    let question = ShowContact { customer: HOPE.parse().unwrap(), who: who.to_owned() };
    let shown: ContactView = serde_json::from_value(world.ask(question).await.unwrap()).unwrap();
    let text = shown.to_string();
    assert!(text.lines().count() <= SCREEN, "{text}");
    shown
}

fn subscriber(name: &str) -> serde_json::Value {
    json!({"email": format!("{name}@example.com"), "first_name": name, "last_name": "Lee"})
}

#[actix::test]
async fn p4_a_bounced_person_is_explained_and_does_not_differ() {
    let cc = "bounces_every = \"10m\"";
    let world = World::synced(&Setup { cc, ..Setup::new(60, 98) }).await;
    let bea = world.subscribe(&subscriber("bea"), &["Newsletter"]);
    world.pass(HOUR).await;
    world.until_settled("Bea is created", HOUR).await;
    world.control("cc/add-campaign", &json!({"name": "Spring appeal"}));
    world.edit("cc/bounce", &json!({"contact": bea, "code": "B"}));
    world.pass(HOUR).await;
    let shown = show(&world, "Bea@Example.com").await;
    assert_eq!((shown.state.as_str(), shown.differences.len()), ("in_sync", 0), "{shown}");
    assert!(shown.because[0].contains("bounced") && shown.because[0].contains("P4"), "{shown}");
    assert!(shown.because[1].contains("code B, campaign \"Spring appeal\""), "{shown}");
    let contact = world.referenced(&bea).unwrap().id;
    assert!(shown.because[2].contains(&format!("contact {contact}")), "{shown}");
    assert!(shown.because[2].contains("opted out") && shown.to_do.is_empty(), "{shown}");
    let note = world.organisation(|held| held.notes_of(contact).next_back().unwrap().text.to_string());
    assert!(note.contains("campaign \"Spring appeal\""), "{note}");
    world.finish().await;
}

#[actix::test]
async fn i2_a_person_who_may_be_several_contacts_is_shown_with_them() {
    let world = World::start(&Setup::empty()).await;
    let add = |first: &str| {
        let methods = vec![NewMethod::email("ann@example.com", true)];
        let (first_name, last_name) = (first.to_owned(), "Lee".to_owned());
        let individual = NewIndividual { first_name, last_name, methods, ..NewIndividual::default() };
        world.staff_add(&NewContact { individuals: vec![individual], ..NewContact::default() })
    };
    let (one, other) = (add("Ann"), add("Anna"));
    world.subscribe(&subscriber("ann"), &[]);
    world.pass(HOUR).await;
    let shown = show(&world, "ann@example.com").await;
    assert_eq!((shown.state.as_str(), shown.rule.as_str()), ("review", "I2"), "{shown}");
    let all = shown.because.join("\n");
    assert!(all.contains(&one.to_string()) && all.contains(&other.to_string()), "{shown}");
    assert!(shown.next.contains("tandem work"), "{shown}");
    world.finish().await;
}

#[actix::test]
async fn b2_what_is_to_be_written_next_is_shown_with_its_reason() {
    let world = World::start(&Setup { auto_start: false, ..Setup::empty() }).await;
    let ann = world.subscribe(&subscriber("ann"), &["Newsletter"]);
    world.pass(5 * MINUTE).await;
    let shown = show(&world, &ann).await;
    assert_eq!(shown.state.as_str(), "pending", "{shown}");
    assert!(shown.next.contains("tandem import hope start"), "{shown}");
    assert!(shown.because[1].contains("no contact is known"), "{shown}");
    assert_eq!(shown.to_do.len(), 1, "{shown}");
    world.finish_differing().await;
}

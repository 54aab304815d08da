//! E1 to E5: what counts as evidence of anything.

use serde_json::json;
use tandem::{
    domain::State,
    simulator::faults::{ErrorBody, Fault, FaultKind, System},
};

use crate::{
    scene::{linked, opted_in, quick, settle},
    world::{HOUR, MINUTE, World},
};

/// A page of something between Tandem and an API, until it is lifted.
fn gateway(system: System, status: u16) -> Fault {
    let kind = FaultKind::Status { status, body: ErrorBody::Html };
    Fault { remaining: None, ..Fault::once(system, kind) }
}

fn lift(world: &World) {
    world.simulator().virtuous.faults.clear();
    world.simulator().constant_contact.faults.clear();
}

#[actix::test]
async fn e4_a_gateways_page_on_an_opt_out_is_no_dead_letter() {
    let world = World::start(&quick()).await;
    for status in [302, 400, 404, 405] {
        let first = format!("Ann{status}");
        let ann = linked(&world, &first, &[]).await;
        let page = gateway(System::Virtuous, status);
        world.fault(Fault { method: Some("PUT".to_owned()), ..page.on("/api/ContactMethod") });
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        world.pass(HOUR).await;
        assert_eq!(opted_in(&world, &first), [true], "{status}");
        assert_eq!(world.count(State::Failed), 0, "{status}: {}", world.describe());
        assert!(world.subject(&ann).unwrap().opt_out_owed_since.is_some(), "{status}");
        lift(&world);
        world.until("the opt-out is written", 7 * MINUTE, |world| opted_in(world, &first) == [false]).await;
    }
    world.finish().await;
}

#[actix::test]
async fn e4_a_gateways_404_deletes_nobody() {
    let world = World::start(&quick()).await;
    let ann = linked(&world, "Ann", &[]).await;
    world.fault(gateway(System::ConstantContact, 404).on("/v3/contacts"));
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world.pass(HOUR).await;
    let subject = world.subject(&ann).unwrap();
    assert_eq!((subject.cc.deletion, opted_in(&world, "Ann")), (None, vec![false]));
    lift(&world);
    world.edit("virtuous/opt-in", &json!({"contact": ann}));
    world.pass(HOUR).await;
    assert_eq!(world.subject(&ann).unwrap().cc.deletion, None);
    world.finish_differing().await;
}

#[actix::test]
async fn e4_a_gateways_refusal_pauses_nobody() {
    for (system, path, status) in [
        (System::ConstantContact, "/v3/contacts", 403),
        (System::ConstantContact, "/v3/contacts", 401),
        (System::ConstantContact, "/oauth2", 403),
        (System::Virtuous, "/api/", 403),
        (System::Virtuous, "/api/", 401),
    ] {
        let world = World::start(&quick()).await;
        let ann = linked(&world, "Ann", &[]).await;
        world.fault(gateway(system, status).on(path));
        world.pass(3 * HOUR).await;
        assert!(world.record().pause.is_none(), "{path} {status}: {:?}", world.record().pause);
        lift(&world);
        world.edit("cc/unsubscribe", &json!({"contact": ann}));
        settle(&world, "goes on by itself").await;
        assert_eq!(opted_in(&world, "Ann"), [false], "{path} {status}");
        world.finish().await;
    }
}

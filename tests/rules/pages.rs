//! Readings of many pages at a server that fails for one contact, or gives small pages only (W7).

use serde_json::json;

use crate::{
    scene::{donor, named, opted_in, quick, settle, tags},
    world::{HOPE, HOUR, MINUTE, Setup, World},
};

/// The first page of tags is refused, and every page of contacts that holds one of them fails, whoever stands beside it.
#[actix::test]
async fn w7_a_bad_contact_and_tags_by_the_hundred_keep_nobody_else() {
    let tags_of_staff = (0..150).map(|number| format!("Staff {number}")).collect();
    let virtuous = json!({"max_tags_page": 100});
    let setup = Setup { tags: tags_of_staff, virtuous, auto_start: false, ..quick() };
    let world = World::start(&setup).await;
    let others: Vec<_> = (0..40).map(|number| donor(&format!("Donor{number}"))).collect();
    let ids = world.staff_add_all(&others);
    world.simulator().virtuous.organisation_mut(HOPE).unwrap().switches.unreadable_contact = Some(ids[17]);
    let ann = world.subscribe(&named("Donor31"), &["Newsletter"]);
    let app = &world.app;
    let number = world.record().number;
    world
        .until("all contacts but one are read", 2 * HOUR, |world| {
            let scan = world.record().scan;
            scan.is_some_and(|scan| scan.done_at.is_some())
        })
        .await;
    let told = app.deps.store.of(number).passed_over(9).unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0.contains(&format!("after id {}", ids[16])), "{told:?}");
    let store = app.deps.store.of(number);
    store.update_customer(|record| record.import_started_at = Some(record.created_at)).await.unwrap();
    settle(&world, "the import, and all that follows").await;
    assert_eq!(tags(&world, &ann), ["CC: Newsletter"]);
    // What staff do on a contact behind the bad one is read by the query of changes.
    world.pass(5 * MINUTE).await;
    world.edit("virtuous/opt-out", &json!({"contact": ann}));
    world
        .until("the opt-out is told", HOUR, |world| {
            world.simulator().constant_contact.account(HOPE).unwrap().writes > 0
        })
        .await;
    assert_eq!(opted_in(&world, "Donor31"), [false], "{}", world.describe());
}

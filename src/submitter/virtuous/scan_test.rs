use serde_json::{Value, json};

use super::*;
use crate::{
    domain::reading::WholeReading,
    submitter::{
        kept::Kept,
        scripted::{World, now},
    },
    virtuous::script::full_contact,
};

const PAGE: &str = "POST /api/Contact/Query/FullContact";

fn page(contacts: &[Value], total: u64) -> Value {
    json!({"list": contacts, "total": total})
}

fn contact(id: i64) -> Value {
    let mut told = full_contact(id, &format!("p{id}@example.com"));
    told["isArchived"] = json!(false);
    told
}

async fn scanned(kept: &Kept, world: &World) -> Result<Turn, TurnError> {
    let turned = turn(&world.side(&kept.store), kept.record(), &mut PageSize::default()).await;
    world.is_played();
    turned
}

#[tokio::test]
async fn i2_the_import_goes_on_when_the_last_page_is_read() {
    let kept = Kept::at(Stage::Scanning).await;
    let world = World::new().on(PAGE, 200, page(&[contact(7)], 2));
    let before = kept.groups();
    assert_eq!(scanned(&kept, &world).await.unwrap(), Turn::Progressed);
    let record = kept.record();
    assert_eq!((record.stage, record.scan.map(|scan| scan.done_at)), (Stage::Scanning, Some(None)));
    assert_eq!(kept.groups() - before, 1, "the page with its progress");

    let world = World::new().on(PAGE, 200, page(&[contact(8)], 2));
    scanned(&kept, &world).await.unwrap();
    assert!(world.asked()[0].contains("skip=1"), "{:?}", world.asked());
    let record = kept.record();
    let scan = record.scan.unwrap();
    assert_eq!((record.stage, scan.read, scan.done_at), (Stage::Importing, 2, Some(now())));
    let began = Some(now());
    assert_eq!((record.virtuous_upto, record.virtuous_queried_at), (began, began), "queries go on from it");
}

#[tokio::test]
async fn i2_an_unreadable_contact_keeps_the_scan_from_proving_absence() {
    let proved =
        |kept: &Kept| kept.store.planner(&kept.record(), &Planner::default().rules).unwrap().scanned_at;
    let kept = Kept::at(Stage::Scanning).await;
    scanned(&kept, &World::new().on(PAGE, 200, page(&[contact(7)], 1))).await.unwrap();
    assert_eq!(proved(&kept), Some(now()));

    let kept = Kept::at(Stage::Scanning).await;
    let odd = json!({"name": "a contact without an id"});
    scanned(&kept, &World::new().on(PAGE, 200, page(&[contact(7), odd], 2))).await.unwrap();
    assert!(proved(&kept) < Some(now()), "{:?}", proved(&kept));
    assert_eq!(kept.record().stage, Stage::Importing, "the import goes on without it");
}

#[tokio::test]
async fn v2_a_whole_reading_in_the_live_state_ends_with_its_scan() {
    let kept = Kept::at(Stage::Live).await;
    kept.change(|record| record.reading = Some(WholeReading::asked(now()))).await;
    scanned(&kept, &World::new().on(PAGE, 200, page(&[], 0))).await.unwrap();
    let record = kept.record();
    assert_eq!((record.stage, record.virtuous_queried_at), (Stage::Live, None), "the query keeps its pace");
    assert_eq!(record.reading.and_then(|reading| reading.virtuous.done_at), Some(now()));
}

#[tokio::test]
async fn b3_a_page_that_cannot_be_read_moves_nothing() {
    let kept = Kept::at(Stage::Scanning).await;
    let before = kept.record();
    let failed = scanned(&kept, &World::new().on(PAGE, 503, "").on(PAGE, 503, "").on(PAGE, 503, "")).await;
    assert!(matches!(failed, Err(TurnError::Outside(_))), "{failed:?}");
    let limited = scanned(&kept, &World::new().on(PAGE, 429, "")).await;
    assert!(matches!(limited, Err(TurnError::NotNow(_))), "{limited:?}");
    assert_eq!(kept.record(), before);
}

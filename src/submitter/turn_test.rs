use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    domain::{Lane, Pause, Permission, Reason, Rule, Scan, Stage, Subject, VirtuousView, Work},
    submitter::{
        kept::Kept,
        scripted::{World, linked, now},
    },
    virtuous::script::full_contact,
};

const QUERY: &str = "POST /api/Contact/Query/FullContact";
const BATCH: &str = "POST /api/Contact/Batch";
const ORGANISATION: &str = "GET /api/Organization";

async fn kept(stage: Stage) -> Kept {
    let mut kept = Kept::at(stage).await.with_reference_data().await;
    kept.settings.virtuous.manage_webhook = false;
    kept.settings.virtuous.query_every = Duration::from_secs(900);
    kept
}

async fn turned(kept: &Kept, world: &World, memory: &mut Memory) -> Result<Turn, TurnError> {
    let turned = turn(&kept.context(world).await, memory).await;
    world.is_played();
    turned
}

/// A reading is tried twice more at once (W7).
fn busy_at(route: &str) -> World {
    World::new().on(route, 503, "").on(route, 503, "").on(route, 503, "")
}

fn after(seconds: u64) -> Turn {
    Turn::Idle(Some(now().plus(Duration::from_secs(seconds))))
}

/// Comes again after so many failures in a row, the last of them now.
fn after_failures(failures: u32) -> Turn {
    let mut backoff = crate::turn::Backoff::default();
    for _ in 0..failures {
        backoff.failed(now());
    }
    Turn::Idle(backoff.waits(now()))
}

#[tokio::test]
async fn b3_a_part_that_fails_waits_twice_as_long_each_time_and_the_rest_goes_on() {
    let (kept, mut memory) = (kept(Stage::Importing).await, Memory::default());
    let busy = busy_at(QUERY);
    assert_eq!(turned(&kept, &busy, &mut memory).await.unwrap(), Turn::Progressed);
    assert_eq!(kept.record().stage, Stage::Live, "the import ended beside it");
    let quiet = World::new();
    assert_eq!(
        turned(&kept, &quiet, &mut memory).await.unwrap(),
        after_failures(1),
        "it waits, and asks nothing"
    );
    *memory.backoff(Part::Query) = {
        let mut failed = crate::turn::Backoff::default();
        failed.failed(now().minus(Duration::from_secs(5)));
        failed
    };
    let busy = busy_at(QUERY);
    assert_eq!(turned(&kept, &busy, &mut memory).await.unwrap(), after_failures(2));
}

#[tokio::test]
async fn w4_a_limit_is_waited_for_to_its_moment() {
    let (kept, mut memory) = (kept(Stage::Live).await, Memory::default());
    let limited = World::new().on(QUERY, 429, "");
    let Turn::Idle(Some(until)) = turned(&kept, &limited, &mut memory).await.unwrap() else { panic!() };
    assert_eq!(memory.waits(Part::Query, now()), Some(until));
}

#[tokio::test]
async fn s4_without_reference_data_nothing_else_is_called() {
    let (kept, mut memory) = (Kept::at(Stage::Live).await, Memory::default());
    let busy = busy_at(ORGANISATION);
    assert_eq!(turned(&kept, &busy, &mut memory).await.unwrap(), after_failures(1));
}

/// The opt-out is due at once, and no plan can be made for it yet: the turn must not come again without a wait.
#[tokio::test]
async fn p1_an_opt_out_waits_for_the_reference_data_that_its_plan_needs() {
    let (kept, mut memory) = (Kept::at(Stage::Live).await, Memory::default());
    let id = kept.subscriber(1).await;
    let owed = |subject: &mut Subject| subject.work = Some(Work { lane: Lane::Consent, due: now() });
    kept.store.amend(id, owed).await.unwrap();
    let busy = busy_at(ORGANISATION);
    assert_eq!(turned(&kept, &busy, &mut memory).await.unwrap(), after_failures(1));
}

/// After a kill no more rows are in doubt than those of one batch.
#[tokio::test]
async fn c4_a_turn_makes_the_intents_of_one_batch_durable_and_no_more() {
    for stage in [Stage::Importing, Stage::Live] {
        let (mut kept, mut memory) = (kept(stage).await, Memory::default());
        kept.settings.import.batch_size = 2;
        let scan = Scan { started_at: Some(now()), upto: None, skipped: 0, read: 0, done_at: Some(now()) };
        kept.change(move |record| {
            (record.scan, record.virtuous_queried_at) = (Some(scan), Some(now()));
        })
        .await;
        for number in 1..=3 {
            let id = kept.subscriber(number).await;
            let absent = |subject: &mut Subject| subject.virtuous = VirtuousView::Absent { since: now() };
            kept.store.amend(id, absent).await.unwrap();
        }
        let lost = World::new().lost(BATCH);
        assert_eq!(turned(&kept, &lost, &mut memory).await.unwrap(), Turn::Progressed, "{stage:?}");
        let submissions: Vec<bool> =
            (1..=3).map(|number| kept.subject(number).submission.is_some()).collect();
        assert_eq!(submissions.iter().filter(|sent| **sent).count(), 2, "{stage:?}: {submissions:?}");
        let due = kept.store.next_work(&Lane::ALL, &kept.context(&lost).await.rules, now(), 9).unwrap();
        let [left] = due.as_slice() else { panic!("{stage:?}: {} are due", due.len()) };
        assert_eq!(left.unsure, None, "{stage:?}: the row of the next batch is in no doubt");
    }
}

/// The other writes for a person that is opted out are ordinary work: no opt-out waits for them, nor do they use its reserve.
#[tokio::test]
async fn w6_p1_every_opt_out_that_is_due_goes_before_what_else_is_written_for_those_people() {
    let (kept, mut memory) = (kept(Stage::Live).await, Memory::default());
    let scan = Scan { started_at: Some(now()), upto: None, skipped: 0, read: 0, done_at: Some(now()) };
    kept.change(move |record| (record.scan, record.virtuous_queried_at) = (Some(scan), Some(now()))).await;
    let mut world = World::new();
    for number in 1..=8 {
        let (contact, email) = (i64::from(number), format!("p{number}@example.com"));
        let opted_out = move |subject: &mut Subject| {
            subject.cc.permission = Permission::Unsubscribed;
            subject.virtuous = linked(number, contact, &format!("p{number}@example.com")).virtuous;
            subject.work = Some(Work { lane: Lane::Consent, due: now() });
        };
        kept.store.amend(kept.subscriber(number).await, opted_out).await.unwrap();
        let method = format!("PUT /api/ContactMethod/{contact}00");
        world = world.on(&format!("GET /api/Contact/{contact}"), 200, full_contact(contact, &email));
        world = world.on(&method, 200, "").on("POST /api/ContactReference", 200, json!({"id": 1}));
    }
    let turn = async |memory: &mut Memory| turn(&kept.context(&world).await, memory).await.unwrap();
    assert_eq!(turn(&mut memory).await, Turn::Progressed);
    let is_consent =
        |line: &String| line.starts_with("GET /api/Contact/") || line.starts_with("PUT /api/ContactMethod/");
    assert_eq!(world.asked().iter().filter(|line| is_consent(line)).count(), 16);
    assert_eq!(world.asked().len(), 16, "{:?}", world.asked());
    let waits = |number| kept.subject(number).work;
    assert!((1..=8).all(|number| waits(number) == Some(Work { lane: Lane::Change, due: now() })));
    assert_eq!(turn(&mut memory).await, Turn::Progressed);
    world.is_played();
    assert!((1..=8).all(|number| kept.subject(number).virtuous.linked().unwrap().has_reference));
}

#[tokio::test]
async fn b3_without_a_key_nothing_is_asked_and_nothing_is_wrong() {
    let (mut kept, mut memory, world) = (kept(Stage::Live).await, Memory::default(), World::new());
    kept.settings.virtuous.api_key = crate::config::Secret::default();
    assert_eq!(turned(&kept, &world, &mut memory).await.unwrap(), Turn::Idle(None));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn b3_a_refused_key_is_doubted_once() {
    let (kept, mut memory) = (kept(Stage::Live).await, Memory::default());
    let refused = World::new().on(QUERY, 401, "");
    let turned = turned(&kept, &refused, &mut memory).await;
    assert!(matches!(turned, Ok(Turn::Idle(Some(_)))), "one refusal is doubted: {turned:?}");
}

#[tokio::test]
async fn b3_a_paused_customer_rests() {
    let kept = Kept::at(Stage::Live).await;
    let reason = Reason::new(Rule::B3, crate::domain::Cause::Refused);
    kept.change(move |record| {
        record.pause = Some(Pause::by_operator(reason, now()));
    })
    .await;
    assert_eq!(turned(&kept, &World::new(), &mut Memory::default()).await.unwrap(), Turn::Idle(None));
}

#[tokio::test]
async fn c4_the_import_begins_on_a_fresh_scan_and_ends_when_no_row_is_left() {
    let (kept, mut memory) = (kept(Stage::Observing).await, Memory::default());
    kept.read_whole().await;
    let scan = Scan { started_at: Some(now()), upto: None, skipped: 0, read: 0, done_at: Some(now()) };
    kept.change(move |record| {
        (record.scan, record.virtuous_queried_at) = (Some(scan), Some(now()));
        record.import_started_at = Some(now());
    })
    .await;
    let (quiet, mut stages) = (World::new(), Vec::new());
    for _ in 0..2 {
        assert_eq!(turned(&kept, &quiet, &mut memory).await.unwrap(), Turn::Progressed);
        stages.push(kept.record().stage);
    }
    assert_eq!(stages, [Stage::Importing, Stage::Live]);
    assert_eq!(kept.record().import_done_at, Some(now()));
    assert_eq!(turned(&kept, &quiet, &mut memory).await.unwrap(), after(900), "the next query");
}

#[tokio::test]
async fn b1_subscribers_are_planned_again_before_other_work_and_once() {
    let (kept, mut memory) = (kept(Stage::Live).await, Memory::default());
    kept.change(|record| {
        (record.replan_since, record.virtuous_queried_at) = (Some(now()), Some(now()));
    })
    .await;
    let quiet = World::new();
    assert_eq!(turned(&kept, &quiet, &mut memory).await.unwrap(), Turn::Progressed);
    assert_eq!(kept.record().replan_since, None);
    assert_eq!(turned(&kept, &quiet, &mut memory).await.unwrap(), after(900));
}

/// `query_every = "5s"` at 100,000 contacts: the query was due at every turn, and the import stood still.
#[tokio::test]
async fn w6_a_query_that_is_always_due_takes_every_second_turn_at_most() {
    let (mut kept, mut memory) = (kept(Stage::Importing).await, Memory::default());
    kept.settings.virtuous.query_every = Duration::ZERO;
    let scan = Scan { started_at: Some(now()), upto: None, skipped: 0, read: 0, done_at: Some(now()) };
    kept.change(move |record| record.scan = Some(scan)).await;
    for number in 1..=2 {
        let id = kept.subscriber(number).await;
        let absent = |subject: &mut Subject| subject.virtuous = VirtuousView::Absent { since: now() };
        kept.store.amend(id, absent).await.unwrap();
    }
    let query = || World::new().on(QUERY, 200, json!({"list": [], "total": 0}));
    assert_eq!(turned(&kept, &query(), &mut memory).await.unwrap(), Turn::Progressed);
    let rows = World::new().lost(BATCH);
    assert_eq!(
        turned(&kept, &rows, &mut memory).await.unwrap(),
        Turn::Progressed,
        "rows go before the next query"
    );
    assert_eq!(turned(&kept, &query(), &mut memory).await.unwrap(), Turn::Progressed);
}

/// A query that is broken off goes on where it was, and pages that were kept are not read again.
#[tokio::test]
async fn w7_a_query_goes_on_from_the_page_that_failed() {
    let (kept, mut memory) = (kept(Stage::Live).await, Memory::default());
    let page = json!({"list": [{"id": 7, "isArchived": false}], "total": 2000});
    let mut world = World::new().on(QUERY, 200, page);
    for _ in 0..3 {
        world = world.on(QUERY, 503, "");
    }
    let _ = turned(&kept, &world, &mut memory).await.unwrap();
    *memory.backoff(Part::Query) = crate::turn::Backoff::default();
    let rest = World::new().on(QUERY, 200, json!({"list": [], "total": 2000}));
    let _ = turned(&kept, &rest, &mut memory).await.unwrap();
    let asked = rest.asked();
    assert!(asked[0].contains("skip=1&"), "{asked:?}");
    assert!(kept.record().virtuous_queried_at.is_some());
}

/// The last page of a query that was under way forgot that too many events had asked for another.
#[tokio::test]
async fn v2_a_query_that_is_asked_for_while_one_is_under_way_stays_due() {
    let (kept, mut memory) = (kept(Stage::Live).await, Memory::default());
    kept.change(|record| record.virtuous_queried_at = Some(now().minus(Duration::from_secs(3600)))).await;
    let page = json!({"list": [{"id": 7, "isArchived": false}], "total": 2000});
    let mut world = World::new().on(QUERY, 200, page);
    for _ in 0..3 {
        world = world.on(QUERY, 503, "");
    }
    let _ = turned(&kept, &world, &mut memory).await.unwrap();
    kept.change(|record| record.virtuous_queried_at = None).await;
    for expect in [None, Some(now())] {
        *memory.backoff(Part::Query) = crate::turn::Backoff::default();
        let rest = World::new().on(QUERY, 200, json!({"list": [], "total": 0}));
        let _ = turned(&kept, &rest, &mut memory).await.unwrap();
        assert_eq!(kept.record().virtuous_queried_at, expect);
    }
}

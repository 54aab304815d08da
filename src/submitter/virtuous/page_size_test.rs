use serde_json::json;

use super::*;
use crate::{
    domain::VirtuousContactId,
    submitter::{
        kept::Kept,
        scripted::{World, now},
    },
};

const QUERY: &str = "POST /api/Contact/Query/FullContact";

fn take(skip: usize, take: usize) -> String {
    format!("{QUERY}?skip={skip}&take={take}")
}

fn asking(terms: &QueryTerms) -> Asking<'_> {
    let page = QueryPage { include_archived: true, ..QueryPage::default() };
    Asking { lane: Lane::Verify, terms, page }
}

async fn read_some(kept: &Kept, world: &World, size: &mut PageSize) -> Result<Option<PageTaken>, TurnError> {
    let (context, terms) = (kept.context(world).await, QueryTerms::default());
    let is_stopping = || false;
    let side = VirtuousSide {
        customer: &context.id,
        store: &context.store,
        virtuous: &context.virtuous,
        rules: &context.rules,
        clock: &*context.clock,
        is_stopping: &is_stopping,
    };
    size.read(&side, &asking(&terms)).await
}

/// Every prepared answer is asked for.
async fn read(kept: &Kept, world: &World, size: &mut PageSize) -> Result<Option<PageTaken>, TurnError> {
    let taken = read_some(kept, world, size).await;
    world.is_played();
    taken
}

fn empty() -> serde_json::Value {
    json!({"list": [], "total": 0})
}

fn row() -> serde_json::Value {
    json!({"list": [{"id": 7}], "total": 9000})
}

/// A page of 1,000 that takes too long, or fails for one bad contact, was asked for again for ever with 1,000.
#[tokio::test]
async fn w7_a_page_that_fails_is_halved_down_to_one_and_the_bad_contact_is_passed_over_and_told() {
    let kept = Kept::at(crate::domain::Stage::Live).await.with_reference_data().await;
    let mut size = PageSize::default();
    for takes in [[1000, 500, 250], [125, 63, 32], [16, 8, 4]] {
        let mut world = World::new();
        for many in takes {
            world = world.on(&take(0, many), 500, "");
        }
        assert!(matches!(read(&kept, &world, &mut size).await, Err(TurnError::Outside(_))), "{takes:?}");
    }
    let world = World::new().on(&take(0, 2), 500, "").on(&take(0, 1), 500, "").on(&take(1, 1), 200, empty());
    let world = world.on(&take(0, 1), 500, "");
    let taken = read(&kept, &world, &mut size).await.unwrap().unwrap();
    assert_eq!((taken.passed, taken.take), (1, 1));
    let told = kept.store.passed_over(9).unwrap();
    assert_eq!(told, [("contact number 1 by id".to_owned(), now())]);
    // It grows again.
    for many in [1, 2, 4] {
        let world = World::new().on(&take(0, many), 200, empty());
        assert_eq!(read(&kept, &world, &mut size).await.unwrap().unwrap().take, many);
    }
    kept.store.forget_passed_over().await.unwrap();
    assert_eq!(kept.store.passed_over(9).unwrap(), []);
}

#[tokio::test]
async fn w7_an_outage_passes_over_nobody() {
    let kept = Kept::at(crate::domain::Stage::Live).await.with_reference_data().await;
    let mut size = PageSize::of(1);
    let mut world = World::new();
    for skip in [0, 1, 2, 3, 16, 64, 256, 1024, 4096] {
        world = world.on(&take(skip, 1), 503, "");
    }
    assert!(matches!(read(&kept, &world, &mut size).await, Err(TurnError::Outside(_))));
    assert_eq!(kept.store.passed_over(9).unwrap(), []);
    // A limit or a refused key speaks of no contact.
    let mut size = PageSize::default();
    let world = World::new().on(&take(0, 1000), 429, "");
    assert!(matches!(read(&kept, &world, &mut size).await, Err(TurnError::NotNow(_))));
    assert_eq!(size.take, TAKE_MAX);
}

/// Three of them were waited for without end.
#[tokio::test]
async fn w7_bad_contacts_side_by_side_are_all_passed_over_and_told_whatever_their_number() {
    for bad in [1, 2, 3, 4, 5, 70, 300] {
        let kept = Kept::at(crate::domain::Stage::Live).await.with_reference_data().await;
        let (mut size, mut turns, mut calls) = (PageSize::of(1), 0, 0);
        let taken = loop {
            let asked: Vec<usize> = (0..=bad + ALONE_AT_ONCE).chain([FARTHEST, 0]).collect();
            let mut world = World::new();
            for skip in
                asked.into_iter().chain((1..6).map(|power| FARTHER.pow(power))).filter(|skip| *skip < bad)
            {
                world = world.on(&take(skip, 1), 500, "");
            }
            for skip in (bad..=FARTHEST).filter(|skip| *skip == bad || skip.is_multiple_of(FARTHER)) {
                world = world.on(&take(skip, 1), 200, row());
            }
            let taken = read_some(&kept, &world, &mut size).await;
            (turns, calls) = (turns + 1, calls + world.asked().len());
            if let Some(taken) = taken.unwrap() {
                break taken;
            }
        };
        assert_eq!((taken.passed, taken.take, turns), (bad, 1, 1 + (bad - 1) / ALONE_AT_ONCE), "{bad}");
        assert_eq!(kept.store.passed_over(usize::MAX).unwrap().len(), bad);
        assert!(calls <= bad + 1 + 2 * turns + 8, "{calls} calls for {bad}");
    }
}

/// A row of bad contacts is asked for as a run; an outage that begins meanwhile passes over none of those behind.
#[tokio::test]
async fn w7_an_outage_in_the_middle_of_bad_contacts_passes_over_nobody() {
    let kept = Kept::at(crate::domain::Stage::Live).await.with_reference_data().await;
    let mut size = PageSize::of(1);
    let mut world = World::new().on(&take(16, 1), 200, row());
    for skip in [0, 1, 2, 3].into_iter().chain(4..=16).chain([68, 272, 1088]) {
        world = world.on(&take(skip, 1), 500, "");
    }
    assert!(matches!(read(&kept, &world, &mut size).await, Err(TurnError::Outside(_))));
    assert_eq!(kept.store.passed_over(9).unwrap(), []);
}

/// The end of an outage between two answers passed over the healthy contact of the first.
#[tokio::test]
async fn w7_a_contact_that_answers_once_its_neighbour_does_is_not_passed_over() {
    let kept = Kept::at(crate::domain::Stage::Live).await.with_reference_data().await;
    let mut size = PageSize::of(1);
    let world = World::new().on(&take(0, 1), 502, "").on(&take(1, 1), 200, row()).on(&take(0, 1), 200, row());
    let taken = read(&kept, &world, &mut size).await.unwrap().unwrap();
    assert_eq!((taken.passed, taken.take, taken.page.raw_count), (0, 1, 1));
    assert_eq!(kept.store.passed_over(9).unwrap(), []);
}

/// An empty page past the end was held for a contact that can be read: each of the 300 before it was asked for alone and passed over.
#[tokio::test]
async fn w7_an_empty_page_past_the_end_is_no_contact_that_can_be_read() {
    let kept = Kept::at(crate::domain::Stage::Live).await.with_reference_data().await;
    let (mut size, mut calls, mut turns) = (PageSize::of(1), 0, 0);
    let outage = || {
        let failing = (0..300).chain([0, 16, 64, 256]);
        let world = failing.fold(World::new(), |world, skip| world.on(&take(skip, 1), 500, ""));
        [804, 1024].into_iter().fold(world, |world, skip| world.on(&take(skip, 1), 200, empty()))
    };
    let error = loop {
        let world = outage();
        let taken = read_some(&kept, &world, &mut size).await;
        (calls, turns) = (calls + world.asked().len(), turns + 1);
        match taken {
            Ok(taken) => assert!(taken.is_none() && turns < 9, "goes on: {turns}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, TurnError::Outside(_)), "{error:?}");
    assert!(calls <= UNPROVEN_MAX + 20, "{calls}");
    assert_eq!(kept.store.passed_over(9).unwrap(), []);
    let again = outage();
    assert!(read_some(&kept, &again, &mut size).await.is_err());
    assert_eq!(again.asked().len(), 2, "{:?}", again.asked());
}

#[test]
fn w7_a_slow_answer_makes_the_next_page_smaller() {
    let mut size = PageSize::default();
    size.answered_after(Duration::from_secs(61));
    assert_eq!(size.take, 500);
    size.answered_after(Duration::from_secs(30));
    assert_eq!(size.take, 500, "neither slow nor quick");
    size.answered_after(Duration::from_secs(5));
    assert_eq!(size.take, TAKE_MAX);
    let (after, page) = (VirtuousContactId(7), QueryPage::default());
    let page = QueryPage { id_above: Some(after), ..page };
    assert_eq!(place(&page, 0), "the next contact after id 7");
    assert_eq!(place(&page, 2), "contact number 3 after id 7");
}

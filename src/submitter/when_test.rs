use std::time::Duration;

use super::*;
use crate::{
    config::ImportWindow,
    domain::{Cause, Reason, Rule, Scan, reading::WholeReading},
    submitter::{kept::Kept, scripted::now},
};

const HOUR: Duration = Duration::from_secs(3600);

async fn kept(stage: Stage) -> Kept {
    Kept::at(stage).await.with_reference_data().await
}

fn when(kept: &Kept, part: Part) -> When {
    part.when(&kept.view(), &Memory::default()).unwrap()
}

/// The parts that are due in any way.
fn due(kept: &Kept) -> Vec<Part> {
    Part::ORDER.into_iter().filter(|part| when(kept, *part) != When::Never).collect()
}

async fn scanned(kept: &Kept, at: Timestamp) {
    let scan = Scan { started_at: Some(at), upto: None, skipped: 0, read: 0, done_at: Some(at) };
    kept.change(move |record| {
        (record.scan, record.virtuous_queried_at) = (Some(scan), Some(at));
    })
    .await;
}

#[tokio::test]
async fn s4_without_reference_data_only_they_are_due() {
    let kept = Kept::at(Stage::Live).await;
    kept.change(|record| record.replan_since = Some(now())).await;
    assert_eq!(due(&kept), [Part::ReferenceData]);
    assert_eq!(when(&kept, Part::ReferenceData), When::At(now()));
}

#[tokio::test]
async fn s4_reference_data_are_due_again_after_a_day() {
    let kept = kept(Stage::Live).await;
    assert_eq!(when(&kept, Part::ReferenceData), When::At(now().plus(24 * HOUR)));
    let later = now().plus(HOUR);
    kept.change(move |record| record.asked.reference = Some(later)).await;
    assert_eq!(when(&kept, Part::ReferenceData), When::At(later), "a person asked for them");
    kept.change(|record| record.asked.reference = Some(now())).await;
    assert_eq!(when(&kept, Part::ReferenceData), When::At(now().plus(24 * HOUR)), "that is answered");
}

#[tokio::test]
async fn c4_before_the_import_both_sides_are_only_read() {
    let kept = kept(Stage::Observing).await;
    assert_eq!(due(&kept), [Part::ReferenceData, Part::Events], "Constant Contact is not read whole yet");
    kept.read_whole().await;
    assert_eq!(due(&kept), [Part::ReferenceData, Part::Events, Part::Scan]);
    scanned(&kept, now().minus(HOUR)).await;
    assert_eq!(due(&kept), [Part::ReferenceData, Part::Events, Part::Query], "kept up with (B2)");
}

#[tokio::test]
async fn c4_the_import_begins_when_it_is_asked_for_and_constant_contact_is_read_whole() {
    let mut kept = kept(Stage::Observing).await;
    kept.change(|record| record.import_started_at = Some(now())).await;
    assert_eq!(when(&kept, Part::BeginImport), When::Never);
    kept.read_whole().await;
    assert_eq!(when(&kept, Part::BeginImport), When::At(now()));
    kept.change(|record| record.import_started_at = None).await;
    assert_eq!(when(&kept, Part::BeginImport), When::Never);
    kept.settings.import.auto_start = true;
    assert_eq!(when(&kept, Part::BeginImport), When::At(now()));
    kept.change(|record| record.stage = Stage::Importing).await;
    assert_eq!(when(&kept, Part::BeginImport), When::Never, "it began");
}

#[tokio::test]
async fn v2_the_query_comes_at_its_pace() {
    let mut kept = kept(Stage::Live).await;
    kept.settings.virtuous.query_every = 2 * HOUR;
    assert_eq!(when(&kept, Part::Query), When::At(now()), "it was never made");
    kept.change(|record| record.virtuous_queried_at = Some(now().minus(HOUR))).await;
    assert_eq!(when(&kept, Part::Query), When::At(now().plus(HOUR)));
    kept.change(|record| record.stage = Stage::Scanning).await;
    assert_eq!(when(&kept, Part::Query), When::Never, "the scan reads them all");
}

#[tokio::test]
async fn v2_the_scan_comes_when_a_whole_reading_is_asked_for() {
    let kept = kept(Stage::Live).await;
    assert_eq!(when(&kept, Part::Scan), When::Never);
    kept.change(|record| record.reading = Some(WholeReading::asked(now()))).await;
    assert_eq!(when(&kept, Part::Scan), When::At(now()));
    kept.change(|record| (record.reading, record.stage) = (None, Stage::Scanning)).await;
    assert_eq!(when(&kept, Part::Scan), When::At(now()), "before the import (I2)");
}

#[tokio::test]
async fn b2_a_closed_window_shuts_the_lane_of_the_import_alone() {
    let mut kept = kept(Stage::Importing).await;
    assert_eq!(when(&kept, Part::EndImport), When::Asked(None));
    assert_eq!(kept.view().open_lanes(), [Lane::Change, Lane::Import, Lane::Verify]);
    // It is 02:00 where the customer is.
    kept.settings.import.window = ImportWindow::parse("10:00-12:00").unwrap();
    assert_eq!(when(&kept, Part::EndImport), When::At(now().plus(8 * HOUR)));
    assert_eq!(kept.view().open_lanes(), [Lane::Change, Lane::Verify]);
    kept.change(|record| record.import_paused = true).await;
    assert_eq!(when(&kept, Part::EndImport), When::Never);
    assert_eq!(kept.view().open_lanes(), [Lane::Change, Lane::Verify]);
}

#[tokio::test]
async fn c4_work_is_due_with_its_first_subject_and_only_once_writing_began() {
    let kept = kept(Stage::Observing).await;
    kept.subscriber(1).await;
    assert_eq!((when(&kept, Part::Work), when(&kept, Part::Brake)), (When::Never, When::Never));
    kept.change(|record| record.stage = Stage::Live).await;
    assert_eq!(when(&kept, Part::Work), When::Asked(Some(now())));
    assert_eq!(when(&kept, Part::Brake), When::Asked(None));
}

#[tokio::test]
async fn b1_planning_again_is_asked_for_by_its_mark() {
    let kept = kept(Stage::Live).await;
    assert_eq!(when(&kept, Part::Replan), When::Never);
    kept.change(|record| record.replan_since = Some(now())).await;
    assert_eq!(when(&kept, Part::Replan), When::Asked(None));
}

#[tokio::test]
async fn b3_a_part_that_failed_waits_alone() {
    let (kept, mut memory) = (kept(Stage::Importing).await, Memory::default());
    let failed = Err::<(), _>(TurnError::Outside("503".to_owned()));
    assert!(memory.backoff(Part::Scan).take("scan", failed, now()).unwrap().is_none());
    let waits = memory.waits(Part::Scan, now()).unwrap().since(now());
    assert!(waits >= Duration::from_secs(4) && waits < Duration::from_secs(5), "{waits:?}");
    for part in Part::ORDER.into_iter().filter(|part| *part != Part::Scan) {
        assert_eq!(memory.waits(part, now()), None, "{}", part.name());
    }
    // A refused key concerns the customer, and is no wait of a part.
    let refused = Err::<(), _>(TurnError::Pause(Reason::new(Rule::B3, Cause::Refused)));
    assert!(memory.backoff(Part::Query).take("query", refused, now()).is_err());
    assert_eq!(memory.waits(Part::Query, now()), None);
    assert_ne!(when(&kept, Part::EndImport), When::Never);
}

#[tokio::test]
async fn w4_the_import_is_not_over_while_the_hour_is_used_up() {
    let (kept, mut memory) = (kept(Stage::Importing).await, Memory::default());
    memory.backoff(Part::Work).put_off(now().plus(HOUR));
    assert_eq!(Part::EndImport.when(&kept.view(), &memory).unwrap(), When::Never);
}

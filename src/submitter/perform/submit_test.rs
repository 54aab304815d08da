use super::*;
use crate::{
    domain::Refusal,
    submitter::scripted::{World, hand, subject},
    turn::TurnError,
};

const ONE: &str = "POST /api/Contact/Transaction";
const BATCH: &str = "POST /api/Contact/Batch";

fn hands(world: &World, partial: &[bool]) -> Vec<PlannedSubject> {
    let row = |(number, partial_name): (u32, &bool)| {
        let email = format!("p{number}@example.com");
        let row = Transaction {
            reference_id: format!("r{number}"),
            email: email.clone(),
            first_name: "Ann".to_owned(),
            partial_name: *partial_name,
            ..Transaction::default()
        };
        hand(&world.planner, subject(number, &email), Step::Submit(Box::new(row)))
    };
    (1..).zip(partial).map(row).collect()
}

async fn sent(world: &World, partial: &[bool], batch_size: usize) -> Performed {
    let hands = hands(world, partial);
    let performed = world.with(async |reach: &_| all(reach, hands, batch_size).await).await;
    world.is_played();
    performed
}

fn certain(performed: &Performed) -> Vec<Option<bool>> {
    let of = |finding: &Finding| match finding {
        Finding::Submitted { submission, .. } => Some(submission.certain),
        _ => None,
    };
    performed.settlements.iter().map(|one| of(&one.findings[0])).collect()
}

#[tokio::test]
async fn c4_rows_go_in_batches_and_partial_names_apart() {
    let world = World::new().on(BATCH, 200, "{}").on(ONE, 200, "{}").on(ONE, 200, "{}");
    let performed = sent(&world, &[false, true, false, false], 2).await;
    assert_eq!(certain(&performed), [Some(true); 4]);
    assert_eq!(world.body(0)["contacts"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn b3_a_refused_batch_is_halved_until_the_row_at_fault_is_known() {
    let world = World::new().on(BATCH, 422, "{}").on(ONE, 422, "{}").on(ONE, 200, "{}");
    let performed = sent(&world, &[false, false], 100).await;
    assert_eq!(certain(&performed), [None, Some(true)]);
    let fault = &performed.settlements[0].findings[0];
    assert!(
        matches!(fault, Finding::Failed { refusal: Refusal::Permanent { status: 422, .. }, .. }),
        "{fault:?}"
    );
}

#[tokio::test]
async fn c4_an_unclear_answer_is_a_maybe_and_the_rest_waits() {
    // The first batch is refused as a whole, its first half is lost, and the second half is not sent into the same hole.
    let world = World::new().on(BATCH, 422, "{}").lost(BATCH);
    let performed = sent(&world, &[false; 4], 100).await;
    assert_eq!(certain(&performed), [Some(false), Some(false), None, None]);
    assert!(performed.stop.is_none() && performed.unsent.is_empty());
    let waits = &performed.settlements[2].findings[0];
    let expected =
        matches!(waits, Finding::Failed { refusal: Refusal::Transient { may_have_arrived: false, .. }, .. });
    assert!(expected, "{waits:?}");
}

#[tokio::test]
async fn w4_a_full_hour_leaves_no_intent_of_rows_that_were_not_sent() {
    let world = World::new().on(BATCH, 200, "{}").on(BATCH, 429, "");
    let performed = sent(&world, &[false; 6], 2).await;
    assert_eq!(certain(&performed), [Some(true); 2]);
    assert_eq!(performed.unsent.len(), 4);
    assert!(matches!(performed.stop, Some(TurnError::NotNow(_))));
}

#[tokio::test]
async fn c3_a_refused_name_is_held_and_remembered_only_if_the_refusal_speaks_of_it() {
    let world = World::new().on(ONE, 400, r#"{"message":"last name is required"}"#);
    let performed = sent(&world, &[true], 100).await;
    assert_eq!(performed.settlements[0].findings, [Finding::NameRefused]);
    assert!(performed.seen.partial_names_refused);
    let world = World::new().on(ONE, 400, r#"{"message":"no"}"#);
    let performed = sent(&world, &[true], 100).await;
    assert_eq!(performed.settlements[0].findings, [Finding::NameRefused]);
    assert!(!performed.seen.partial_names_refused);
}

#[tokio::test]
async fn a_process_that_stops_begins_no_batch() {
    let world = World::new();
    world.stops.set(true);
    let performed = sent(&world, &[false; 2], 100).await;
    assert!(performed.settlements.is_empty());
    assert_eq!(performed.unsent.len(), 2);
}

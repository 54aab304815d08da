use super::*;
use crate::{
    domain::{Refused, Timestamp},
    submitter::scripted::{World, hand, subject},
    sync::Step,
};

fn not_now(system: System) -> Outcome {
    Outcome::failed(Action::Submit, Refusal::NotNow { system, until: Timestamp::from_secs(2_000_000_000) })
}

fn refused(system: System) -> Outcome {
    Outcome::failed(
        Action::Submit,
        Refusal::Unauthorized { system, of: Refused::Access, text: String::new() },
    )
}

fn of(outcomes: Vec<Outcome>, process: Process) -> Performed {
    let world = World::new();
    let row = || Step::Submit(Box::default());
    let hands: Vec<_> = (0..)
        .zip(&outcomes)
        .map(|(number, _)| hand(&world.planner, subject(number, "a@example.com"), row()))
        .collect();
    Performed::of(hands.iter().zip(outcomes).collect(), process)
}

#[test]
fn b3_a_refused_key_outweighs_a_full_hour() {
    let orders = [
        [not_now(System::Virtuous), refused(System::Virtuous)],
        [refused(System::Virtuous), not_now(System::Virtuous)],
    ];
    for order in orders {
        let performed = of(order.into(), Process::Runs);
        assert!(matches!(performed.stop, Some(TurnError::Refused { .. })));
        assert_eq!((performed.settlements.len(), performed.unsent.len()), (0, 2));
    }
}

#[test]
fn w4_a_limit_of_constant_contact_stops_nothing_towards_virtuous() {
    let performed = of(vec![not_now(System::ConstantContact), Outcome::default()], Process::Runs);
    assert!(performed.stop.is_none() && performed.unsent.is_empty());
    assert_eq!(performed.settlements.iter().map(|one| one.findings.len()).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn what_came_before_a_limit_is_kept_and_what_came_after_it_is_not() {
    let limit = not_now(System::Virtuous).findings.remove(0);
    let mixed = vec![Finding::NotFound, limit, Finding::NameRefused];
    let performed = of(vec![Outcome::of(mixed)], Process::Runs);
    assert_eq!(performed.settlements[0].findings, [Finding::NotFound]);
    assert!(performed.stop.is_some());
}

#[test]
fn a_subject_for_which_nothing_was_done_stays_due_as_the_process_stops() {
    let performed = of(vec![Outcome::default(), Outcome::of(vec![Finding::NotFound])], Process::Stops);
    assert_eq!((performed.settlements.len(), performed.unsent.len()), (1, 1));
}

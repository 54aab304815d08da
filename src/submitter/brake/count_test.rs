use super::*;
use crate::domain::{Cause, Held, Reason, Rule};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn held(count: u64) -> Brake {
    let held = Held { since: NOW, count, reason: Reason::new(Rule::B1, Cause::Brake) };
    Brake { held: Some(held), counting_since: Some(NOW), ..Brake::default() }
}

#[test]
fn b1_subjects_are_counted_once_as_long_as_no_other_comes() {
    let idle = Brake::default();
    let counting = Brake { counting_since: Some(NOW), ..Brake::default() };
    let accepted = Brake { accepted: true, ..held(3) };
    for (brake, waiting, standing) in [
        (&idle, 0, Standing::Still),
        (&idle, 3, Standing::Counting),
        (&counting, 3, Standing::Counting),
        (&counting, 0, Standing::Over),
        (&held(3), 3, Standing::Still),
        (&held(3), 4, Standing::Counting),
        (&held(3), 0, Standing::Over),
        (&accepted, 3, Standing::Accepted),
        (&accepted, 0, Standing::Accepted),
    ] {
        assert_eq!(Standing::of(brake, waiting), standing, "{waiting} wait at {brake:?}");
    }
}

fn known(is_read: bool, due: &[Lane]) -> Known {
    let counts = Counts { braked: 3, linked: 100, ..Counts::default() };
    Known { counts, since: NOW, is_read, due: due.to_vec() }
}

#[test]
fn b1_what_comes_together_is_known_lane_by_lane() {
    let check = |known: &Known, stage: Stage, knows: [bool; 3]| {
        let run = known.run(&Brake::default(), stage, NOW);
        assert_eq!([run.opt_outs_known, run.changes_known, run.all_known], knows, "{known:?} {stage:?}");
        assert_eq!((run.waiting, run.passed, run.linked), (3, 0, 100));
    };
    check(&known(true, &[]), Stage::Live, [true; 3]);
    check(&known(true, &[Lane::Consent]), Stage::Live, [false; 3]);
    check(&known(true, &[Lane::Change]), Stage::Live, [true, false, false]);
    check(&known(true, &[Lane::Import]), Stage::Importing, [true, true, false]);
    check(&known(true, &[Lane::Import]), Stage::Live, [true; 3]);
    check(&known(false, &[]), Stage::Live, [false; 3]);
}

#[test]
fn b1_a_reading_without_an_end_holds_an_opt_out_for_an_hour_at_most() {
    let run = |at: Timestamp| known(false, &[]).run(&Brake::default(), Stage::Live, at);
    assert!(!run(NOW.plus(READING_MAX).minus(Duration::from_millis(1))).opt_outs_known);
    assert!(run(NOW.plus(READING_MAX)).opt_outs_known);
}

#[test]
fn b1_few_go_on_and_many_wait_for_a_person() {
    let rules = CustomerRules { brake_floor: 5, brake_share: 0.0, ..CustomerRules::default() };
    let run = |waiting: u64, due: &[Lane]| {
        let counts = Counts { braked: waiting, ..Counts::default() };
        Known { counts, ..known(true, due) }.run(&Brake::default(), Stage::Live, NOW)
    };
    let open = Brake::default();
    assert_eq!(Verdict::of(&open, &run(5, &[]), &rules), Verdict::Release(Release::All));
    assert_eq!(Verdict::of(&open, &run(5, &[Lane::Change]), &rules), Verdict::Release(Release::OptOuts));
    assert_eq!(Verdict::of(&open, &run(5, &[Lane::Consent]), &rules), Verdict::Wait);
    assert_eq!(Verdict::of(&open, &run(6, &[]), &rules), Verdict::Hold);
    assert_eq!(Verdict::of(&open, &run(6, &[Lane::Change]), &rules), Verdict::Wait);
    // A brake that holds releases no subject by itself, however few are left.
    assert_eq!(Verdict::of(&held(9), &run(1, &[]), &rules), Verdict::Hold);
    assert_eq!(Verdict::of(&held(9), &run(1, &[Lane::Change]), &rules), Verdict::Wait);
}

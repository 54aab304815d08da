use super::*;
use crate::domain::{
    ContactId, Deletion, DeletionProof, IndividualId, ListId, SegmentKey, Timestamp, VirtuousContactId,
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn subject(permission: Permission, deleted: bool) -> Subject {
    let mut subject = Subject::new(ContactId::new("c-1"), NOW);
    subject.cc.permission = permission;
    subject.cc.deletion = deleted.then_some(Deletion { at: NOW, proof: DeletionProof::DeletedAt });
    subject
}

fn opt_out(cause: Cause) -> Planned {
    let (contact, individual) = (VirtuousContactId(1), IndividualId(1));
    let effect = Effect::SetOptIn { contact, individual, addresses: vec![], opted_in: false };
    Planned { effect, reason: Reason::new(Rule::D1, cause) }
}

fn untag(cause: Cause) -> Planned {
    let segment = SegmentKey::List(ListId::new("l-1"));
    let effect = Effect::RemoveTag { contact: VirtuousContactId(1), name: "CC: News".into(), segment };
    Planned { effect, reason: Reason::about(Rule::S3, cause, "CC: News") }
}

#[test]
fn b1_deletions_and_tags_are_braked_and_a_persons_own_unsubscribe_is_not() {
    let rules = CustomerRules::default();
    let is = |subject: &Subject, planned: Planned| is_braked(subject, &planned, &rules);
    assert!(is(&subject(Permission::Explicit, true), opt_out(Cause::DeletedInCc)));
    assert!(!is(&subject(Permission::Unsubscribed, true), opt_out(Cause::DeletedInCc)));
    assert!(!is(&subject(Permission::Unsubscribed, false), opt_out(Cause::UnsubscribedInCc)));
    assert!(is(&subject(Permission::Explicit, false), untag(Cause::OffList)));
    assert!(is(&subject(Permission::Explicit, false), untag(Cause::ListDeleted)));
    assert!(!is(&subject(Permission::Explicit, false), untag(Cause::ListRenamed)));
    assert!(!is(&subject(Permission::Unsubscribed, false), untag(Cause::OffList)));
}

#[test]
fn b1_opt_outs_for_constant_contact_go_at_once_up_to_the_mark_and_wait_beyond_it() {
    let rules = CustomerRules::default();
    let active = subject(Permission::Explicit, false);
    let reason = Reason::new(Rule::P1, Cause::OptedOutInVirtuous);
    let planned = vec![Planned { effect: Effect::Unsubscribe { reason: "staff" }, reason }];
    let (mut below, mut beyond) = (planned.clone(), planned.clone());
    assert_eq!((hold_back(&active, &mut below, &rules, false), below), (None, planned));
    let waits = hold_back(&active, &mut beyond, &rules, true).unwrap();
    assert_eq!((waits.rule, waits.cause, beyond), (Rule::B1, Cause::AtBrake, vec![]));
    assert_eq!(waits.detail, "opted out in Virtuous by staff");
}

#[test]
fn b1_so_many_are_left_to_the_mark() {
    let rules = CustomerRules { brake_share: 0.05, brake_floor: 50, ..CustomerRules::default() };
    for (passed, linked) in [(0, 0), (0, 1019), (0, 1020), (50, 1000), (60, 1000), (1, 3000), (0, 999_999)] {
        let left = left(passed, linked, &rules);
        assert!(left == 0 || !exceeds(passed + left, linked, &rules), "{passed} of {linked}");
        assert!(exceeds(passed + left + 1, linked, &rules), "{passed} of {linked}");
    }
}

#[test]
fn b1_opt_outs_for_constant_contact_hold_others_back_at_their_mark_only() {
    let rules = CustomerRules { brake_share: 0.05, brake_floor: 50, ..CustomerRules::default() };
    let known = Run { opt_outs_known: true, changes_known: true, all_known: true, ..Run::default() };
    let run = |unsubscribed| Run { waiting: 22, linked: 900, unsubscribed, ..known };
    assert_eq!((decide(&run(49), &rules), decide(&run(50), &rules)), (Decision::LetAllGo, Decision::Hold));
}

#[test]
fn b1_few_go_on_when_it_is_known_that_they_are_few_and_many_never() {
    let rules = CustomerRules { brake_share: 0.05, brake_floor: 50, ..CustomerRules::default() };
    let run = |waiting, passed, linked, known: u8| Run {
        waiting,
        passed,
        unsubscribed: 0,
        linked,
        opt_outs_known: known > 0,
        changes_known: known > 1,
        all_known: known > 2,
    };
    let cases = [
        (run(1, 0, 1000, 0), Decision::Wait),
        (run(1, 0, 1000, 1), Decision::LetOptOutsGo),
        (run(1, 0, 1000, 2), Decision::LetOptOutsGo),
        (run(1, 0, 1000, 3), Decision::LetAllGo),
        // Both the floor and the share have to be passed.
        (run(50, 0, 100, 3), Decision::LetAllGo),
        (run(51, 0, 100, 3), Decision::Hold),
        (run(51, 0, 1020, 3), Decision::LetAllGo),
        (run(51, 0, 1019, 3), Decision::Hold),
        // What went on lately is of the same run.
        (run(1, 50, 100, 3), Decision::Hold),
        // Many are not announced before all are counted.
        (run(500, 0, 1000, 1), Decision::Wait),
        (run(500, 0, 1000, 2), Decision::Hold),
    ];
    for (run, expected) in cases {
        assert_eq!(decide(&run, &rules), expected, "{run:?}");
    }
}

#[test]
fn b1_what_is_held_back_takes_the_note_of_the_opt_out_with_it() {
    let rules = CustomerRules::default();
    let deleted = subject(Permission::Explicit, true);
    let note = |key: &str| {
        let note = crate::domain::Note { key: key.into(), text: String::new(), at: NOW };
        let effect = Effect::AddNote { contact: VirtuousContactId(1), note };
        Planned { effect, reason: Reason::new(Rule::N1, Cause::NoteOwed) }
    };
    let mut planned = vec![
        opt_out(Cause::DeletedInCc),
        untag(Cause::OffList),
        note("deleted 2026-01-01"),
        note("bounce 2026-01-01"),
    ];
    let reason = hold_back(&deleted, &mut planned, &rules, false);
    assert_eq!(planned, [note("bounce 2026-01-01")]);
    assert_eq!(reason.map(|reason| (reason.rule, reason.cause)), Some((Rule::B1, Cause::AtBrake)));
    let mut planned = vec![note("deleted 2026-01-01")];
    assert_eq!(hold_back(&deleted, &mut planned, &rules, false), None);
    assert_eq!(planned.len(), 1);
}

#[test]
fn b1_the_reason_names_what_most_of_them_would_lose() {
    let mut tally = Tally::default();
    for at in 0..5 {
        let list = if at < 3 { "CC: News" } else { "CC: Gala" };
        tally.add(format!("the list was deleted ({list})"));
    }
    let reason = tally.reason(&Run { waiting: 5, passed: 2, linked: 10, ..Run::default() });
    assert_eq!(
        reason.detail,
        "5 of 10 linked, 2 more within the last day; 3: the list was deleted (CC: News); 2: the list was deleted (CC: Gala)"
    );
}

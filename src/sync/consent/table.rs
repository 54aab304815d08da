//! The table of decisions: one test a row, named by the rule that decides.

use super::{
    Decision, OWN_OPT_OUT_REASON, claim_unsure_opt_out, decide, note_staff_opt_outs,
    row::{ADDRESS, Row, at, row},
};
use crate::domain::{
    Actor, AgreedConsent, Bounce, Cause, CustomerRules, Deletion, DeletionProof, EmailMethod,
    Permission::{Explicit, Implicit, NotSet, Unsubscribed},
    Person, Rule, UnansweredOptOut, UntouchedPolicy,
};

#[test]
fn p1_unsubscribed_and_in_is_opted_out() {
    let row = row(Unsubscribed, &[(true, None)]).cc(|cc| cc.opt_out_at = Some(at(5)));
    row.writes(false, Some(5), Rule::P1, Cause::UnsubscribedInCc);
}

#[test]
fn p1_unsubscribed_and_out_agrees_on_the_newer_date() {
    row(Unsubscribed, &[(false, Some(9))]).cc(|cc| cc.opt_out_at = Some(at(5))).keeps(false, Some(9));
    row(Unsubscribed, &[(false, None)]).cc(|cc| cc.opt_out_at = Some(at(5))).keeps(false, None);
}

#[test]
fn p1_deleted_is_opted_out_by_d1() {
    let deletion = Deletion { at: at(7), proof: DeletionProof::DeletedAt };
    let row = row(Explicit, &[(true, None)]).joined(9).cc(|cc| cc.deletion = Some(deletion));
    row.writes(false, Some(7), Rule::D1, Cause::DeletedInCc);
}

#[test]
fn p1_complaint_and_bounces_are_opt_outs_by_p4() {
    let complaint = row(Unsubscribed, &[(true, None)]).cc(|cc| cc.opt_out_reason = Some("Spam".into()));
    complaint.writes(false, None, Rule::P4, Cause::Complaint);
    let bounced = |code, address: &str| {
        let bounce = Bounce { code, at: at(4), address: address.into(), campaign: "c".into() };
        row(Implicit, &[(true, None)]).cc(|cc| cc.bounce = Some(bounce))
    };
    bounced('B', ADDRESS).writes(false, Some(4), Rule::P4, Cause::HardBounce);
    bounced('Z', "ANN@x.org").writes(false, Some(4), Rule::P4, Cause::SoftBounce);
    bounced('V', ADDRESS).keeps(true, None);
    bounced('B', "old@x.org").keeps(true, None);
    bounced('B', ADDRESS).joined(5).keeps(true, Some(5));
}

#[test]
fn p1_active_and_in_agrees() {
    row(Explicit, &[(true, None)]).joined(3).keeps(true, Some(3));
    row(Implicit, &[(true, None)]).cc(|cc| cc.opt_in_at = Some(at(3))).keeps(true, None);
}

#[test]
fn p1_silence_changes_nothing() {
    assert_eq!(row(NotSet, &[(false, Some(1))]).decides(), Decision::Keep(None));
    row(NotSet, &[(true, None)]).agreed(false, Some(2)).keeps(false, Some(2));
}

#[test]
fn p1_staff_opt_out_goes_to_constant_contact() {
    row(Implicit, &[(false, Some(9))]).agreed(true, None).unsubscribes(Some(9));
    row(Explicit, &[(false, None)]).joined(3).agreed(true, Some(3)).unsubscribes(None);
}

#[test]
fn p1_an_older_opt_out_of_staff_at_first_connect_goes_by_the_dates() {
    row(Implicit, &[(false, Some(9))]).cc(|cc| cc.opt_in_at = Some(at(3))).unsubscribes(Some(9));
    row(Implicit, &[(false, Some(3))])
        .cc(|cc| cc.opt_in_at = Some(at(9)))
        .asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn p1_nothing_is_written_to_constant_contact_one_way() {
    let row = row(Implicit, &[(false, Some(9))]).agreed(true, None).one_way();
    assert_eq!(row.decides(), Decision::Disagree);
}

#[test]
fn p2_an_opt_out_on_one_method_goes_on_all_first() {
    let row = row(Implicit, &[(false, Some(9)), (true, None)]).agreed(true, None);
    row.writes(false, Some(9), Rule::P2, Cause::OptedOutInVirtuous);
}

#[test]
fn p2_an_unsubscribe_reaches_every_method_and_keeps_the_newer_date() {
    let row = row(Unsubscribed, &[(false, Some(9)), (true, None)]).cc(|cc| cc.opt_out_at = Some(at(5)));
    row.writes(false, Some(9), Rule::P1, Cause::UnsubscribedInCc);
}

#[test]
fn p3_newer_proof_opts_in_again() {
    let explicit = row(Explicit, &[(false, Some(50))]).joined(9).agreed(false, Some(5));
    explicit.writes(true, Some(9), Rule::P3, Cause::ProvedOptIn);
    let by_person = row(Implicit, &[(false, Some(50))]).joined(9).agreed(false, Some(5));
    by_person.writes(true, Some(9), Rule::P3, Cause::ProvedOptIn);
    let first = row(Explicit, &[(false, Some(5))]).joined(9);
    first.writes(true, Some(9), Rule::P3, Cause::ProvedOptIn);
}

#[test]
fn p3_the_same_second_is_no_proof() {
    let row = row(Explicit, &[(false, Some(50))]).joined(5).agreed(false, Some(5));
    row.asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn p3_an_unknown_date_is_no_proof() {
    row(Explicit, &[(false, Some(1))]).joined(9).agreed(false, None).asks(Rule::P3, Cause::UnprovedOptIn);
    row(Explicit, &[(false, Some(1))]).agreed(false, Some(5)).asks(Rule::P3, Cause::UnprovedOptIn);
    row(Explicit, &[(false, None)]).joined(9).asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn p3_bare_active_is_no_proof() {
    let by_account = row(Implicit, &[(false, Some(1))])
        .cc(|cc| (cc.opt_in_source, cc.opt_in_at) = (Actor::Account, Some(at(9))));
    by_account.agreed(false, Some(5)).asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn p3_an_opt_out_that_constant_contact_still_shows_counts() {
    let row = row(Explicit, &[(false, Some(1))]).joined(5).cc(|cc| cc.opt_out_at = Some(at(7)));
    row.asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn p3_tandems_own_unsubscribe_is_no_event() {
    let row = row(Unsubscribed, &[(false, Some(5))])
        .cc(|cc| {
            cc.opt_out_at = Some(at(60));
            cc.opt_out_reason = Some(OWN_OPT_OUT_REASON.to_owned());
        })
        .agreed(false, Some(5));
    row.keeps(false, Some(5));
}

#[test]
fn d1_a_deletion_after_tandems_own_unsubscribe_answers_staffs_opt_in() {
    let own = |deleted: i64| {
        row(Unsubscribed, &[(true, Some(9))]).agreed(false, Some(5)).cc(|cc| {
            cc.opt_out_at = Some(at(6));
            cc.opt_out_reason = Some(OWN_OPT_OUT_REASON.to_owned());
            cc.deletion = Some(Deletion { at: at(deleted), proof: DeletionProof::NotFound });
        })
    };
    own(10).writes(false, Some(10), Rule::D1, Cause::DeletedInCc);
    // A deletion that was agreed on already is answered by staff (P5).
    own(5).asks(Rule::P5, Cause::StaffOptIn);
    // So may mail that came back since.
    let bounced = |secs| {
        let bounce = Bounce { code: 'B', at: at(secs), address: ADDRESS.into(), campaign: "c".into() };
        own(5).cc(|cc| cc.bounce = Some(bounce))
    };
    bounced(5).asks(Rule::P5, Cause::StaffOptIn);
    assert!(matches!(bounced(8).decides(), Decision::Virtuous { opted_in: false, .. }));
}

#[test]
fn p5_staff_opting_in_is_for_a_person() {
    let row = row(Unsubscribed, &[(true, Some(9))]).agreed(false, Some(5));
    row.asks(Rule::P5, Cause::StaffOptIn);
}

#[test]
fn p5_a_new_method_with_the_address_is_no_opt_in_by_staff() {
    let row = row(Unsubscribed, &[(false, Some(5)), (true, None)])
        .cc(|cc| cc.opt_out_at = Some(at(5)))
        .agreed(false, Some(5));
    row.writes(false, Some(5), Rule::P1, Cause::UnsubscribedInCc);
}

#[test]
fn c5_the_imports_opt_out_is_brought_to_consent() {
    let row = row(Implicit, &[(false, Some(-100))]).fresh(-100);
    row.writes(true, None, Rule::C5, Cause::ImportOptIn);
}

#[test]
fn c5_p1_an_opt_out_that_came_after_the_making_is_staffs() {
    let changed = |secs| row(Implicit, &[(false, Some(secs))]).fresh(-100);
    changed(-100 + 600).writes(true, None, Rule::C5, Cause::ImportOptIn);
    changed(-100 + 601).unsubscribes(Some(501));
    // Proof that is newer raises all the same (P3).
    changed(501).joined(900).writes(true, Some(900), Rule::P3, Cause::ProvedOptIn);
    // So it is where the address is on a second method, which the import made as it is.
    row(Implicit, &[(false, Some(-100)), (false, Some(501))]).fresh(-100).unsubscribes(Some(501));
}

#[test]
fn c5_an_undated_opt_out_of_a_first_reading_is_nobodys_and_never_raised() {
    row(Implicit, &[(false, None)]).fresh(-100).asks(Rule::C5, Cause::ImportOptIn);
    row(Explicit, &[(false, None)]).joined(900).fresh(-100).asks(Rule::C5, Cause::ImportOptIn);
}

#[test]
fn c5_the_imports_opt_in_is_brought_to_consent() {
    let row = row(Unsubscribed, &[(true, Some(-100))]).cc(|cc| cc.opt_out_at = Some(at(5))).fresh(-100);
    row.writes(false, Some(5), Rule::P1, Cause::UnsubscribedInCc);
}

#[test]
fn c5_only_the_first_reading_is_the_imports_doing() {
    // First read as in, and out before anything was settled: staff did that.
    let mut row = row(Implicit, &[(false, Some(50))]).joined(-200).fresh(-100);
    row.subject.virtuous = crate::domain::VirtuousView::Linked(Box::new(Person {
        emails: vec![EmailMethod { opted_in: true, ..row.person.emails[0].clone() }],
        ..row.person.clone()
    }));
    let person = row.person.clone();
    note_staff_opt_outs(&mut row.subject, &person);
    row.unsubscribes(Some(50));
    // Out from the first reading on, it is the import's.
    let first = self::row(Implicit, &[(false, Some(-100))]).joined(-200).fresh(-100);
    first.writes(true, Some(-200), Rule::C5, Cause::ImportOptIn);
}

#[test]
fn c5_an_older_method_is_somebodys() {
    let row = row(Implicit, &[(false, Some(-200))]).fresh(-50);
    row.asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn c5_never_raises_who_was_out() {
    let row = row(Implicit, &[(false, Some(-100))]).fresh(-100).agreed(false, Some(-300));
    row.asks(Rule::P3, Cause::UnprovedOptIn);
}

#[test]
fn f2_an_imports_flip_of_an_older_method_is_never_told_to_constant_contact() {
    let flipped = |secs| row(Implicit, &[(false, secs)]).fresh(-50).agreed(true, Some(-300));
    flipped(Some(-20)).asks(Rule::C5, Cause::ImportOptIn);
    flipped(Some(-50)).asks(Rule::C5, Cause::ImportOptIn);
    flipped(None).asks(Rule::C5, Cause::ImportOptIn);
    // Changed before the profile was sent: staff did it, and the import is not to blame.
    flipped(Some(-60)).unsubscribes(Some(-60));
    // So did they when the import had long run.
    let import_time = i64::try_from(CustomerRules::default().lookup_after.as_secs()).unwrap();
    flipped(Some(-50 + import_time)).asks(Rule::C5, Cause::ImportOptIn);
    flipped(Some(-49 + import_time)).unsubscribes(Some(-49 + import_time));
}

#[test]
fn c5_an_undated_method_is_new_only_where_nothing_was_agreed() {
    let undated = |mut row: Row| {
        row.person.emails[0].created_at = None;
        row
    };
    undated(row(Implicit, &[(false, None)]).fresh(-50)).asks(Rule::C5, Cause::ImportOptIn);
    undated(row(Implicit, &[(false, None)]).fresh(-50).agreed(true, Some(-300)))
        .asks(Rule::C5, Cause::ImportOptIn);
}

#[test]
fn p1_an_opt_out_of_somebody_without_address_is_agreed_and_not_written() {
    let row = row(Implicit, &[(false, Some(9))]).agreed(true, Some(3)).cc(|cc| cc.email = None);
    let mut subject = row.subject.clone();
    subject.base.email = Some(ADDRESS.to_owned());
    let agreed = AgreedConsent { opted_in: false, at: Some(at(9)) };
    assert_eq!(decide(&subject, &row.person, &row.rules), Decision::Keep(Some(agreed)));
}

#[test]
fn d3_a_deletion_that_was_undone_before_anything_was_written_writes_nothing() {
    let row = row(Implicit, &[(true, None)]).agreed(true, Some(3));
    let mut subject = row.subject.clone();
    subject.unanswered = Some(UnansweredOptOut { at: Some(at(7)), by_deletion: true });
    let kept = AgreedConsent { opted_in: true, at: None };
    assert_eq!(decide(&subject, &row.person, &row.rules), Decision::Keep(Some(kept)));
    // An unsubscribe that was taken back without proof is written all the same (P3).
    subject.unanswered = Some(UnansweredOptOut { at: Some(at(7)), by_deletion: false });
    assert!(matches!(decide(&subject, &row.person, &row.rules), Decision::Virtuous { opted_in: false, .. }));
}

#[test]
fn p3_an_opt_out_that_was_taken_back_counts_beside_tandems_own() {
    let own = |before: Option<i64>| {
        let mut row = row(Unsubscribed, &[(false, Some(4))]).agreed(false, Some(3));
        row.subject.cc.opt_out_reason = Some(OWN_OPT_OUT_REASON.to_owned());
        row.subject.unanswered = Some(UnansweredOptOut { at: before.map(at), by_deletion: false });
        row
    };
    own(Some(7)).keeps(false, Some(7));
    own(Some(2)).keeps(false, Some(3));
    own(None).keeps(false, None);
}

#[test]
fn p1_an_opt_out_without_a_method_is_owed_until_one_is_there() {
    let away = row(Unsubscribed, &[]).cc(|cc| cc.opt_out_at = Some(at(5))).agreed(true, Some(1));
    assert_eq!(away.decides(), Decision::Keep(away.subject.base.consent));
    let back =
        row(Unsubscribed, &[(true, Some(9))]).cc(|cc| cc.opt_out_at = Some(at(5))).agreed(true, Some(1));
    back.writes(false, Some(5), Rule::P1, Cause::UnsubscribedInCc);
}

#[test]
fn p1_tandems_own_opt_out_whose_answer_was_lost_is_not_staffs() {
    let mut row = row(Explicit, &[(false, Some(40))]).joined(20).agreed(true, Some(1));
    row.subject.unanswered = Some(UnansweredOptOut { at: Some(at(10)), by_deletion: false });
    row.subject.virtuous = crate::domain::VirtuousView::Linked(Box::new(Person {
        emails: vec![EmailMethod { opted_in: true, ..row.person.emails[0].clone() }],
        ..row.person.clone()
    }));
    let person = row.person.clone();
    claim_unsure_opt_out(&mut row.subject, &person, &row.rules);
    row.writes(true, Some(20), Rule::P3, Cause::ProvedOptIn);
    // Where nothing asked for an opt-out, it is staff's.
    let mut by_staff = row;
    by_staff.subject.unanswered = None;
    by_staff = by_staff.agreed(true, Some(1));
    claim_unsure_opt_out(&mut by_staff.subject, &person, &by_staff.rules);
    by_staff.unsubscribes(Some(40));
}

#[test]
fn p7_an_opt_out_from_the_making_of_the_method_is_nobodys() {
    let untouched = || row(Explicit, &[(false, Some(-100))]);
    untouched().asks(Rule::P7, Cause::Untouched);
    untouched().joined(9).asks(Rule::P7, Cause::Untouched);
    // Whichever of several methods was changed: that is somebody's doing.
    row(Explicit, &[(false, Some(-100)), (false, Some(5))]).joined(-200).unsubscribes(Some(5));
    untouched().agreed(true, Some(1)).unsubscribes(Some(-100));
    let with = |policy| {
        let mut row = untouched().joined(-200);
        row.rules.untouched = policy;
        row
    };
    assert_eq!(with(UntouchedPolicy::Leave).decides(), Decision::Keep(None));
    with(UntouchedPolicy::OptOut).unsubscribes(Some(-100));
    // An opt-in that is proved to be newer raises (P3).
    let mut proved = with(UntouchedPolicy::OptOut);
    proved.subject.cc.opt_in_at = Some(at(9));
    proved.writes(true, Some(9), Rule::P3, Cause::ProvedOptIn);
    // Constant Contact's own opt-out agrees with it (P1).
    row(Unsubscribed, &[(false, Some(-100))]).keeps(false, None);
}

//! Consent, decision by decision (P1, P3, P5, P6): what both sides show, and what becomes of it.

use tandem::domain::{Actor, AgreedConsent, Cause, Deletion, DeletionProof, Permission, Reason, Rule, State};

use super::{super::generate::at, Scene};

#[test]
fn p1_p3_the_newest_opt_out_of_either_side_is_agreed_on() {
    for (proof, opts_in) in [(200, false), (300, false), (301, true)] {
        let mut scene = Scene::new(false);
        scene.unsubscribe(at(100));
        scene.staff_opt_out(at(300));
        scene.settle();
        // Read again, the older one does not take the newer one's place.
        scene.settle();
        scene.opt_in(at(proof));
        scene.settle();
        assert_eq!(scene.opted_in(), opts_in, "a proof of second {proof}");
    }
}

#[test]
fn p3_an_opt_out_whose_date_is_not_shown_any_more_is_of_an_unknown_date() {
    let mut scene = Scene::new(false);
    scene.unsubscribe(at(100));
    scene.settle();
    assert_eq!(scene.subject.base.consent, Some(AgreedConsent { opted_in: false, at: Some(at(100)) }));
    scene.world.cc.opt_out_at = None;
    scene.settle();
    assert_eq!(scene.subject.base.consent, Some(AgreedConsent { opted_in: false, at: None }));
    scene.opt_in(at(500));
    assert_eq!(scene.settle().state, State::Review);
    assert!(!scene.opted_in());
}

#[test]
fn p1_p3_at_first_connect_an_opt_out_of_the_same_second_is_for_a_person() {
    for (out, told) in [(99, false), (100, false), (101, true)] {
        let mut scene = Scene::unread();
        let cc = &mut scene.world.cc;
        (cc.permission, cc.opt_in_source, cc.opt_in_at) =
            (Permission::Implicit, Actor::Account, Some(at(100)));
        scene.staff_opt_out(at(out));
        let state = scene.settle().state;
        assert_eq!(scene.world.cc.permission == Permission::Unsubscribed, told, "out in second {out}");
        assert_eq!(state == State::Review, !told);
        assert!(!scene.opted_in());
    }
}

#[test]
fn p5_p3_what_staff_opted_in_stays_when_the_opt_out_is_taken_back_without_proof() {
    let mut scene = Scene::new(false);
    scene.unsubscribe(at(100));
    scene.settle();
    let method = scene.method();
    (method.opted_in, method.modified_at) = (Some(true), Some(at(500)));
    assert_eq!(scene.settle().reason.rule, Rule::P5);
    scene.bare_active();
    let plan = scene.settle();
    assert_eq!((plan.state, plan.reason.rule), (State::Review, Rule::P3));
    assert!(scene.opted_in(), "not undone in Virtuous");
}

#[test]
fn p1_staffs_own_opt_out_goes_its_way_beside_one_that_was_taken_back() {
    let mut scene = Scene::new(false);
    scene.unsubscribe(at(100));
    scene.read();
    scene.bare_active();
    scene.staff_opt_out(at(200));
    scene.settle();
    assert_eq!(scene.world.cc.permission, Permission::Unsubscribed, "{:?}", scene.subject.reason);
}

#[test]
fn p6_a_new_address_that_is_opted_in_is_no_opt_in_by_staff() {
    let mut scene = Scene::new(false);
    scene.unsubscribe(at(100));
    scene.settle();
    scene.world.cc.email = Some("new@x.org".to_owned());
    let method = scene.method();
    method.value = "new@x.org".to_owned();
    (method.opted_in, method.modified_at) = (Some(true), Some(at(500)));
    let plan = scene.settle();
    assert_eq!((scene.opted_in(), plan.state), (false, State::InSync), "consent stays with the person");
}

#[test]
fn p3_who_has_no_address_any_more_is_no_question() {
    let mut scene = Scene::new(false);
    scene.unsubscribe(at(100));
    scene.settle();
    let agreed = scene.subject.base.consent;
    scene.subject.unanswered = None;
    scene.bare_active();
    scene.world.cc.email = None;
    scene.read();
    scene.subject.unanswered = None;
    let plan = scene.plan();
    assert_ne!(plan.state, State::Review, "{:?}", plan.reason);
    assert_eq!(plan.base.consent, agreed);
    // With the address it is one.
    scene.world.cc.email = Some("ann@x.org".to_owned());
    assert_eq!(scene.settle().state, State::Review);
}

#[test]
fn p3_p5_an_opt_out_by_staff_after_their_own_opt_in_is_newer_than_the_one_before() {
    for (proof, opts_in) in [(200, false), (400, false), (500, false), (501, true)] {
        let mut scene = Scene::new(false);
        scene.unsubscribe(at(100));
        scene.settle();
        for (opted_in, when) in [(true, 300), (false, 500)] {
            let method = scene.method();
            (method.opted_in, method.modified_at) = (Some(opted_in), Some(at(when)));
            scene.settle();
        }
        scene.opt_in(at(proof));
        scene.settle();
        assert_eq!(scene.opted_in(), opts_in, "a proof of second {proof}");
    }
}

#[test]
fn p3_proof_beside_an_opt_out_that_is_still_shown_has_to_be_newer_than_it() {
    for (proof, opts_in) in [(299, false), (300, false), (301, true), (400, true)] {
        let mut scene = Scene::new(false);
        scene.unsubscribe(at(100));
        scene.settle();
        scene.opt_in(at(proof));
        scene.world.cc.opt_out_at = Some(at(300));
        scene.settle();
        assert_eq!(scene.opted_in(), opts_in, "a proof of second {proof}");
    }
}

#[test]
fn p3_an_opt_out_that_was_answered_before_it_was_written_is_not_written() {
    for (proof, stays) in [(99, false), (100, false), (101, true)] {
        let mut scene = Scene::new(false);
        scene.unsubscribe(at(100));
        scene.read();
        scene.opt_in(at(proof));
        scene.settle();
        assert_eq!(scene.opted_in(), stays, "a proof of second {proof}");
    }
}

impl Scene {
    /// Constant Contact does not find Ann any more, since this second.
    fn delete(&mut self, secs: i64) {
        self.world.cc.deletion = Some(Deletion { at: at(secs), proof: DeletionProof::NotFound });
    }
}

#[test]
fn d3_p3_a_deletion_alone_that_was_undone_is_not_written_and_an_unsubscribe_is() {
    let taken_back = |change: fn(&mut Scene)| {
        let mut scene = Scene::new(false);
        change(&mut scene);
        scene.read();
        scene.bare_active();
        scene.settle();
        scene.opted_in()
    };
    assert!(taken_back(|scene| scene.delete(100)));
    assert!(!taken_back(|scene| scene.unsubscribe(at(100))));
    // Both, one after the other: what was unsubscribed is out.
    assert!(!taken_back(|scene| {
        scene.delete(300);
        scene.read();
        scene.world.cc.deletion = None;
        scene.unsubscribe(at(100));
    }));
}

#[test]
fn d3_p3_the_newer_of_two_opt_outs_counts_though_only_the_older_is_still_shown() {
    for (proof, opts_in) in [(200, false), (300, false), (301, true)] {
        let mut scene = Scene::new(false);
        scene.delete(300);
        scene.read();
        scene.world.cc.deletion = None;
        scene.unsubscribe(at(100));
        scene.settle();
        scene.opt_in(at(proof));
        scene.settle();
        assert_eq!(scene.opted_in(), opts_in, "a proof of second {proof}");
    }
}

#[test]
fn c5_what_a_row_on_its_way_may_have_done_to_a_contact_found_by_address_is_told_to_nobody() {
    let imported = |by_reference: bool| {
        let mut scene = Scene::unread();
        if !by_reference {
            scene.world.contacts[0].references.clear();
        }
        scene.staff_opt_out(at(200));
        scene.subject.fresh_since = Some(at(50));
        let plan = scene.settle();
        (scene.world.cc.permission == Permission::Unsubscribed, plan.reason)
    };
    assert_eq!(imported(false), (false, Reason::new(Rule::C5, Cause::ImportOptIn)));
    // With the reference it is the subscriber's own, and its method is older than the row.
    assert!(imported(true).0);
}

#[test]
fn p1_what_is_agreed_on_stays_until_an_opt_out_by_staff_is_told() {
    let mut scene = Scene::new(false);
    let agreed = scene.subject.base.consent;
    scene.staff_opt_out(at(500));
    scene.read();
    assert_eq!(scene.subject.base.consent, agreed);
}

//! Which of several bounces counts, and what a reading that leaves parts out changes.

use super::*;
use crate::domain::{ContactId, ListId, Permission};

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

fn bounce(code: char, secs: i64, address: &str) -> Bounce {
    Bounce { code, at: at(secs), address: address.to_owned(), campaign: "News".to_owned() }
}

/// The codes that count after these were read, in either order.
#[track_caller]
fn counts(rules: &CustomerRules, bounces: &[Bounce], code: char) {
    for order in [bounces.to_vec(), bounces.iter().rev().cloned().collect()] {
        let mut subject = Subject::new(ContactId::new("1"), at(0));
        subject.cc.email = Some("Ann@x.org".to_owned());
        subject.cc.permission = Permission::Implicit;
        for bounce in order {
            observe_bounce(&mut subject, bounce, rules, Stage::Live, at(100));
        }
        assert_eq!(subject.cc.bounce.map(|bounce| bounce.code), Some(code));
    }
}

#[test]
fn p4_a_soft_bounce_does_not_hide_a_hard_one_that_opts_out() {
    let hard_alone = CustomerRules { soft_bounce: BouncePolicy::Note, ..CustomerRules::default() };
    let (hard, soft) = (bounce('B', 1, "ann@x.org"), bounce('Z', 2, "ann@x.org"));
    counts(&hard_alone, &[hard.clone(), soft.clone()], 'B');
    // Where both opt out the newer counts, as the date is what a proof has to be newer than (P3).
    counts(&CustomerRules::default(), &[hard, soft], 'Z');
}

#[test]
fn p6_a_bounce_of_a_former_address_does_not_hide_one_of_the_present() {
    counts(&CustomerRules::default(), &[bounce('Z', 1, "ANN@x.org"), bounce('B', 2, "old@x.org")], 'Z');
}

#[test]
fn e2_what_constant_contact_leaves_out_stays_as_it_is_known() {
    let told = CcView {
        seen_at: at(1),
        email: Some("ann@x.org".to_owned()),
        permission: Permission::Explicit,
        opt_in_at: Some(at(-9)),
        lists: vec![ListId::new("l-1")],
        ..CcView::default()
    };
    let mut subject = Subject::new(ContactId::new("1"), at(0));
    let mut observation = Observation::whole(ContactId::new("1"), told.clone(), 1);
    let rules = CustomerRules::default();
    observe_cc(&mut subject, observation.clone(), &rules, Stage::Live, at(1));
    subject.cc.profile.first_name = "Ann".to_owned();
    let known = subject.clone();
    observation = Observation {
        view: CcView { seen_at: at(2), ..CcView::default() },
        has_lists: false,
        has_names: false,
        has_email: false,
        has_permission: false,
        fingerprint: 2,
        ..observation
    };
    observe_cc(&mut subject, observation, &rules, Stage::Live, at(2));
    assert_eq!(subject.cc, CcView { seen_at: at(2), ..known.cc });
}

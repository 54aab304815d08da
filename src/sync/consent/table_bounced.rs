//! The table of decisions after a bounce: the opt-out speaks of the address that bounced (P4, P6).

use super::{
    by_bounce_alone,
    row::{ADDRESS, Row, at, row},
};
use crate::domain::{
    Actor, AgreedConsent, Bounce, BounceOptOut, Cause, EmailMethod, MethodId,
    Permission::{Explicit, Implicit, Unsubscribed},
    Rule, UnansweredOptOut,
};

/// Out since a bounce of the former address, which the present one has taken the place of in these methods.
fn after_bounce(methods: &[(bool, Option<i64>)]) -> Row {
    let mut row = row(Explicit, methods).joined(-50);
    row.subject.base.consent = Some(AgreedConsent { opted_in: true, at: None });
    row.subject.base.email = Some("old@x.org".to_owned());
    row.subject.cc.bounce =
        Some(Bounce { code: 'B', at: at(4), address: "old@x.org".into(), campaign: "c".into() });
    let ids = row.person.emails.iter().map(|method| method.id).collect();
    row.subject.bounced = Some(BounceOptOut { address: "old@x.org".to_owned(), at: at(4), methods: ids });
    row.subject.base.consent = Some(AgreedConsent { opted_in: false, at: Some(at(4)) });
    row
}

#[test]
fn p6_a_bounce_of_the_former_address_does_not_block_the_new_one() {
    let all = after_bounce(&[(false, Some(6)), (false, None)]);
    all.writes(true, Some(-50), Rule::P6, Cause::EmailChanged);
    // The consent that was there before the bounce is enough (P6).
    let mut unproved = after_bounce(&[(false, Some(6))]);
    unproved.subject.cc.permission = Implicit;
    (unproved.subject.cc.opt_in_source, unproved.subject.cc.opt_in_at) = (Actor::Account, None);
    unproved.writes(true, None, Rule::P6, Cause::EmailChanged);
}

#[test]
fn p6_p3_whatever_else_speaks_against_it_still_does() {
    let check = |change: fn(&mut Row)| {
        let mut row = after_bounce(&[(false, Some(6))]);
        change(&mut row);
        row.asks(Rule::P3, Cause::UnprovedOptIn);
    };
    // An opt-out since: staff's, or of Constant Contact.
    check(|row| row.subject.base.consent = Some(AgreedConsent { opted_in: false, at: Some(at(5)) }));
    check(|row| row.subject.base.consent = Some(AgreedConsent { opted_in: false, at: None }));
    check(|row| row.subject.unanswered = Some(UnansweredOptOut { at: Some(at(3)), by_deletion: false }));
    // The new address was there before, on a method that was out by itself.
    check(|row| row.person.emails[0].id = MethodId(9));
    // The former address is there still.
    check(|row| {
        let former =
            EmailMethod { id: MethodId(8), value: "old@x.org".into(), ..row.person.emails[0].clone() };
        row.person.emails.push(former);
    });
    // It is the address that bounced.
    check(|row| row.subject.bounced.as_mut().unwrap().address = ADDRESS.to_owned());
    check(|row| row.subject.bounced = None);
    // Unsubscribed beside it.
    let mut out = after_bounce(&[(false, Some(6))]).cc(|cc| cc.opt_out_at = Some(at(5)));
    out.subject.cc.permission = Unsubscribed;
    out.keeps(false, Some(5));
}

#[test]
fn p6_only_who_was_in_until_the_bounce_is_out_by_it_alone() {
    let bounced = |change: fn(&mut Row)| {
        let bounce = Bounce { code: 'S', at: at(4), address: ADDRESS.into(), campaign: "c".into() };
        let mut row = row(Explicit, &[(true, None), (true, None)]).cc(|cc| cc.bounce = Some(bounce));
        change(&mut row);
        row.subject.virtuous = crate::domain::VirtuousView::Linked(Box::new(row.person));
        by_bounce_alone(&row.subject)
    };
    let methods = vec![MethodId(1), MethodId(2)];
    let out = BounceOptOut { address: ADDRESS.to_owned(), at: at(4), methods };
    assert_eq!(bounced(|_| ()), Some(out));
    assert_eq!(bounced(|row| row.person.emails[1].opted_in = false), None);
    assert_eq!(
        bounced(|row| row.subject.base.consent = Some(AgreedConsent { opted_in: false, at: None })),
        None
    );
    let unanswered = |row: &mut Row| {
        row.subject.unanswered = Some(UnansweredOptOut { at: None, by_deletion: false });
    };
    assert_eq!(bounced(unanswered), None);
}

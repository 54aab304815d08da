//! The findings of one turn, applied to the subject that is stored now.

use crate::{
    domain::{Finding, Settlement, Subject, Timestamp, VirtuousContactId},
    sync::{Household, Planner, consent, damping, method_dates, segments, set_back, unseen},
};

use super::{
    conclude::{Onward, Settled, conclude, end_own_note},
    finding::apply,
    found::adopt_single_candidate,
};

/// Applies findings and plans again. `subject` is the stored one, which may be newer than the planned one: findings are facts
/// about the other side and hold whatever happened meanwhile.
pub fn settle(
    subject: &mut Subject,
    settlement: &Settlement,
    planner: &Planner,
    household: &Household,
    now: Timestamp,
) -> Settled {
    set_back::subject(subject, now);
    // The plan took the only candidate for the link: what was written is written there.
    adopt_single_candidate(subject, planner, now);
    if segments::is_first_look(subject) {
        // Tags that the first look made Tandem's stay Tandem's, though consent is agreed on before they are written (S2).
        subject.base.segments = planner.plan(subject, household, now).base.segments;
    }
    let linked = subject.virtuous.linked().map(|known| known.contact);
    let left = settlement.contact.filter(|taken| linked.is_some_and(|known| known != *taken));
    let asks = !method_dates::to_ask(subject, &planner.rules).is_empty();
    let (noted, agreed) = (subject.own_note, subject.base.consent);
    let mut not_before = None;
    if settlement.unsure {
        unseen::doubt_fields(subject);
    }
    for finding in &settlement.findings {
        if left.is_some_and(|left| is_of(finding, left)) {
            continue;
        }
        if let Finding::Found(person) | Finding::Differs(person) = finding {
            if settlement.unsure {
                segments::own_new_tags(subject, person, &planner.mapping);
            }
            if settlement.unsure || consent::is_opt_out_in_doubt(subject) {
                consent::claim_unsure_opt_out(subject, person, &planner.rules);
            }
        }
        // After an unknown outcome it is Tandem's own write that a reading differs by (E3).
        if let Finding::Hit(person) | Finding::HitSeen(person) = finding
            && settlement.unsure
        {
            consent::claim_unsure_opt_out(subject, person, &planner.rules);
        }
        if !settlement.unsure
            && matches!(finding, Finding::Differs(_) | Finding::Hit(_) | Finding::HitGone(_))
        {
            damping::count_differing(subject, now);
        }
        not_before = apply(subject, finding, planner, now).or(not_before);
        if asks && matches!(finding, Finding::Found(_)) {
            // Whatever the answer told: it is asked for once.
            method_dates::asked(subject, now);
        }
    }
    if noted {
        end_own_note(subject, agreed);
    }
    conclude(subject, Onward { lane: settlement.lane, not_before }, planner, household, now)
}

/// Whether a finding shows this contact as it is.
fn is_of(finding: &Finding, contact: VirtuousContactId) -> bool {
    match finding {
        Finding::Found(person) | Finding::Differs(person) | Finding::Done { person: Some(person), .. } => {
            person.contact == contact
        }
        Finding::Gone { contact: gone, .. } => *gone == contact,
        _ => false,
    }
}

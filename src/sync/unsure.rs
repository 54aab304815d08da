//! Whether a write may have arrived without its answer, so that the subject's intent has to stay.

use crate::domain::{Action, Effect, EffectKind, Finding, Refusal};

use super::Plan;

/// Whether it stays unknown what arrived.
#[must_use]
pub fn stays_unsure(findings: &[Finding], plan: &Plan) -> bool {
    owes_note(plan) || findings.iter().any(is_unsure)
}

/// Whether a note is owed. The contact does not show notes, so its marker is to be searched for first (N1).
fn owes_note(plan: &Plan) -> bool {
    plan.owed().any(|planned| matches!(planned.effect, Effect::AddNote { .. }))
}

fn is_unsure(finding: &Finding) -> bool {
    match finding {
        // A contact that could not be read is not known, and of several addresses some may be opted out already.
        Finding::Failed {
            action: Action::ReadContact | Action::LookUp | Action::Effect(EffectKind::OptOut),
            refusal,
        } => !matches!(refusal, Refusal::Permanent { .. }),
        Finding::Failed { refusal: Refusal::Transient { may_have_arrived, .. }, .. } => *may_have_arrived,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Cause, ContactId, Note, Reason, Rule, Subject, Timestamp, VirtuousContactId},
        sync::{Planned, Step},
    };

    #[test]
    fn n1_e3_a_note_that_waits_is_still_searched_for_first() {
        let now = Timestamp::from_secs(1_800_000_000);
        let subject = Subject::new(ContactId::new("c-1"), now);
        let reason = Reason::new(Rule::N1, Cause::DeletedInCc);
        let mut plan = Plan::step(&subject, Step::Nothing, reason.clone());
        assert!(!stays_unsure(&[], &plan));
        let note = Note { key: "deleted".to_owned(), at: now, text: "Deleted".to_owned() };
        let effect = Effect::AddNote { contact: VirtuousContactId(1), note };
        plan.held.push(Planned { effect, reason });
        assert!(stays_unsure(&[], &plan));
    }
}

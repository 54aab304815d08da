//! Whether a write may have arrived without its answer, so that the subject's intent has to stay.

use crate::domain::{Action, Effect, EffectKind, Finding, Refusal};

use super::{Plan, Step};

/// Whether it stays unknown what arrived.
#[must_use]
pub fn stays_unsure(findings: &[Finding], plan: &Plan) -> bool {
    owes_note(plan) || findings.iter().any(is_unsure)
}

/// Whether a note is owed. The contact does not show notes, so its marker is to be searched for first (N1).
fn owes_note(plan: &Plan) -> bool {
    let Step::Apply(planned) = &plan.step else { return false };
    planned.iter().any(|planned| matches!(planned.effect, Effect::AddNote { .. }))
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

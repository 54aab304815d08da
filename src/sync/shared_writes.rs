//! What a write to one subscriber shows the other subscribers of the same contact (I4).

use crate::domain::{
    AgreedConsent, Effect, Finding, Lane, Person, Subject, Timestamp, VirtuousContactId, Work,
};

use super::consent::{self, newest};

/// The part of a settlement that concerns the other subscribers of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedWrites {
    /// The contact as the settled subscriber shows it.
    person: Person,
    /// Whether the contact's tags were seen anew.
    tags: bool,
    /// Tags that Tandem took off.
    removed: Vec<String>,
    /// The opt-out that was written.
    opt_out: Option<AgreedConsent>,
}

impl SharedWrites {
    /// What these findings, settled onto `subject`, show the others; `None` if nothing.
    #[must_use]
    pub fn of(subject: &Subject, findings: &[Finding]) -> Option<Self> {
        let tags = findings.iter().any(shows_contact);
        let wrote_opt_out = findings.iter().any(opts_out);
        let opt_out = subject.base.consent.filter(|agreed| wrote_opt_out && !agreed.opted_in);
        let person = subject.virtuous.linked().filter(|_| tags || opt_out.is_some())?.clone();
        Some(Self { person, tags, removed: removed_tags(findings), opt_out })
    }

    /// The contact that they share.
    #[must_use]
    pub const fn contact(&self) -> VirtuousContactId {
        self.person.contact
    }

    /// Shows another subscriber of the contact what was written.
    pub fn show(&self, other: &mut Subject, now: Timestamp) {
        if let Some(agreed) = self.opt_out {
            show_opt_out(other, &self.person, agreed, now);
        }
        if self.tags {
            show_tags(other, &self.person, &self.removed);
        }
    }
}

/// Shows the contact's tags, so that no plan starts from an old view (I4). A tag that Tandem took off is no longer agreed on;
/// its absence is not a removal by staff (S5).
fn show_tags(other: &mut Subject, person: &Person, removed: &[String]) {
    if let Some(view) = other.virtuous.person_of_mut(person.contact) {
        view.tags.clone_from(&person.tags);
        other.base.segments.retain(|(_, name)| !removed.contains(name));
    }
}

/// Shows another subscriber of the same individual an opt-out that was written. It is Tandem's own write, not evidence about
/// the other subscriber; what it rests on counts for an address that they share (P1, P3).
fn show_opt_out(other: &mut Subject, person: &Person, agreed: AgreedConsent, now: Timestamp) {
    // Addresses of the individual that are not the subscriber's say nothing about its consent.
    let own = consent::addresses(other);
    let Some(view) = other.virtuous.person_of_mut(person.contact) else { return };
    if view.individual != person.individual {
        return;
    }
    let before = std::mem::replace(&mut view.emails, person.emails.clone());
    let mut out = consent::went_out(&before, &person.emails);
    if out.any(|method| method.is_at(&own)) {
        let at = match other.base.consent {
            Some(AgreedConsent { opted_in: false, at }) => newest(at, agreed.at),
            _ => agreed.at,
        };
        other.base.consent = Some(AgreedConsent { opted_in: false, at });
        other.work.get_or_insert(Work { lane: Lane::Change, due: now });
    }
}

/// The tags that were taken off.
fn removed_tags(findings: &[Finding]) -> Vec<String> {
    let name = |finding: &Finding| match finding {
        Finding::Done { effect: Effect::RemoveTag { name, .. }, .. } => Some(name.clone()),
        _ => None,
    };
    findings.iter().filter_map(name).collect()
}

/// Whether a finding shows the contact's tags anew: Tandem changed them, or read the contact.
const fn shows_contact(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::Done { effect: Effect::AddTag { .. } | Effect::RemoveTag { .. }, .. }
            | Finding::Found(_)
            | Finding::Differs(_)
    )
}

/// Whether a finding is an opt-out that was written.
const fn opts_out(finding: &Finding) -> bool {
    matches!(finding, Finding::Done { effect: Effect::SetOptIn { opted_in: false, .. }, .. })
}

#[cfg(test)]
#[path = "shared_writes_test.rs"]
mod tests;

//! What a write to one subscriber shows the other subscribers of the same contact (I4).

use crate::domain::{
    AgreedConsent, Effect, Finding, Lane, MethodId, Person, Sight, Subject, Timestamp, Unseen,
    VirtuousContactId, Work, Written, reference_data::FieldHolder,
};

use super::{
    consent::{self, newest},
    unseen,
};

/// The part of a settlement that concerns the other subscribers of the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedWrites {
    /// The contact as the settled subscriber shows it.
    person: Person,
    /// Whether the contact's tags were seen anew.
    tags: bool,
    /// Tags that Tandem took off.
    removed: Vec<String>,
    /// Fields of the contact that Tandem wrote (F1).
    fields: Vec<(String, String)>,
    /// The opt-out that was written.
    opt_out: Option<AgreedConsent>,
    /// What no reading has shown yet: a late reading is no person's wish for any of them (E1).
    unseen: Vec<Unseen>,
}

impl SharedWrites {
    /// What these findings, settled onto `subject`, show the others; `None` if nothing.
    #[must_use]
    pub fn of(subject: &Subject, findings: &[Finding]) -> Option<Self> {
        let tags = findings.iter().any(shows_contact);
        let wrote_opt_out = findings.iter().any(opts_out);
        let opt_out = subject.base.consent.filter(|agreed| wrote_opt_out && !agreed.opted_in);
        let fields = written_fields(findings);
        let is_shared = tags || opt_out.is_some() || !fields.is_empty();
        let person = subject.virtuous.linked().filter(|_| is_shared)?.clone();
        let is_waited_for =
            |unseen: &&Unseen| unseen.contact == person.contact && unseen.sight == Sight::Awaited;
        let of_contact = subject.unseen.iter().filter(is_waited_for);
        let unseen = of_contact.filter(|unseen| concerns_others(&unseen.facet)).cloned().collect();
        Some(Self { person, tags, removed: removed_tags(findings), fields, opt_out, unseen })
    }

    /// The contact that they share.
    #[must_use]
    pub const fn contact(&self) -> VirtuousContactId {
        self.person.contact
    }

    /// Shows another subscriber of the contact what was written.
    /// `handed_on`: addresses which that one had and another living subscriber has now (P6).
    pub fn show(&self, other: &mut Subject, handed_on: &[String], now: Timestamp) {
        if let Some(agreed) = self.opt_out {
            self.show_opt_out(other, agreed, handed_on, now);
        }
        if self.tags {
            self.show_tags(other);
        }
        self.show_fields(other);
    }

    /// Shows the contact's fields that were written: another subscriber of it may be heard next (F1).
    fn show_fields(&self, other: &mut Subject) {
        let Some(view) = other.virtuous.person_of_mut(self.person.contact) else { return };
        for (name, value) in &self.fields {
            view.fields.retain(|(known, _)| known != name);
            if !value.is_empty() {
                view.fields.push((name.clone(), value.clone()));
            }
        }
        view.fields.sort();
        for written in &self.unseen {
            if let Written::Field { name, .. } = &written.facet
                && self.fields.iter().any(|(known, _)| known == name)
            {
                unseen::share(other, written);
            }
        }
    }

    /// Shows the contact's tags, so that no plan starts from an old view (I4). A tag that Tandem took off is no longer agreed on;
    /// its absence is not a removal by staff (S5).
    fn show_tags(&self, other: &mut Subject) {
        let Some(view) = other.virtuous.person_of_mut(self.person.contact) else { return };
        view.tags.clone_from(&self.person.tags);
        other.base.segments.retain(|(_, name)| !self.removed.contains(name));
        for written in &self.unseen {
            if matches!(written.facet, Written::Tag { .. }) {
                unseen::share(other, written);
            }
        }
    }

    /// Shows another subscriber of the contact an opt-out that was written. It is Tandem's own write, not evidence about
    /// the other subscriber; what it rests on counts for an address that they share (P1, P3).
    fn show_opt_out(&self, other: &mut Subject, agreed: AgreedConsent, handed_on: &[String], now: Timestamp) {
        // Addresses that are not the subscriber's say nothing about its consent.
        let mut own = consent::addresses(other);
        own.retain(|address| !handed_on.contains(address));
        let Some(view) = other.virtuous.person_of_mut(self.person.contact) else { return };
        let mut out: Vec<MethodId> = Vec::new();
        for written in self.person.reached(false) {
            let Some(known) = view.method_mut(written.id) else { continue };
            if known.opted_in && !written.opted_in && written.is_at(&own) {
                out.push(written.id);
            }
            known.clone_from(written);
        }
        for beside in view.others.iter_mut().filter(|beside| out.contains(&beside.method.id)) {
            (beside.told, beside.answered) = (true, true);
        }
        if out.is_empty() {
            return;
        }
        self.share_opt_outs(other, &out);
        let at = match other.base.consent {
            Some(AgreedConsent { opted_in: false, at }) => newest(at, agreed.at),
            _ => agreed.at,
        };
        other.base.consent = Some(AgreedConsent { opted_in: false, at });
        other.work.get_or_insert(Work { lane: Lane::Change, due: now });
    }

    /// Shows which of the opt-outs no reading has shown yet; without effect, what the other subscriber agreed on stands again (E1).
    fn share_opt_outs(&self, other: &mut Subject, out: &[MethodId]) {
        for written in &self.unseen {
            let Written::OptIn { method, modified_at, .. } = written.facet else { continue };
            if out.contains(&method) {
                let agreed = other.base.consent;
                let facet = Written::OptIn { method, opted_in: false, modified_at, agreed };
                unseen::share(other, &Unseen { facet, ..written.clone() });
            }
        }
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

/// The fields of the contact that were written.
fn written_fields(findings: &[Finding]) -> Vec<(String, String)> {
    let of = |finding: &Finding| match finding {
        Finding::Done { effect: Effect::SetFields { fields, .. }, .. } => fields.clone(),
        _ => Vec::new(),
    };
    let of_contact = |(name, value, holder)| (holder == FieldHolder::Contact).then_some((name, value));
    findings.iter().flat_map(of).filter_map(of_contact).collect()
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

/// Whether the others see this facet, too.
const fn concerns_others(facet: &Written) -> bool {
    matches!(facet, Written::Tag { .. } | Written::OptIn { opted_in: false, .. } | Written::Field { .. })
}

#[cfg(test)]
#[path = "shared_writes_test.rs"]
mod tests;

//! The facets of a linked subscriber, each a function from the views to a [`Facet`].

use crate::domain::{Cause, Effect, Membership, Parts, Person, Reason, Rule, Subject, Verdict};

use super::{
    Household, Planned, Planner,
    facet::{Agreed, Facet, Merged},
};
use crate::sync::{confirmation, consent, email, fields, handed_on, list_field, notes, tag_ids, tags};

/// How consent stands when the other facets are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Both sides agree on a value.
    Agreed,
    /// Both sides agree that nothing is known.
    Silent,
    /// Consent is about to be written.
    Written,
    /// Consent is in question.
    Open,
}

impl Standing {
    const fn of(facet: &Facet) -> Self {
        match facet.agreed {
            Agreed::Consent { consent: Some(_), .. } => Self::Agreed,
            Agreed::Consent { consent: None, .. } => Self::Silent,
            _ if facet.effects.is_empty() => Self::Open,
            _ => Self::Written,
        }
    }
}

impl Planner {
    /// Adds every facet of a linked subscriber, consent first. A part that no reading has told yet leaves its facet as it is (E2).
    pub(super) fn add_facets(
        &self,
        merged: &mut Merged,
        subject: &Subject,
        person: &Person,
        household: &Household,
    ) {
        let unknown = person.gaps.unknown;
        let mut consent = self.consent_facet(&handed_on::without(subject, household), person, household);
        if !household.handed_on.is_empty() {
            consent.remarks.push(Reason::new(Rule::P6, Cause::HandedOn));
        }
        if unknown.has(Parts::METHODS) {
            // What is readable is acted on, and nothing is agreed beside methods that may say otherwise (E2).
            consent = Facet { agreed: Agreed::Unchanged, ..consent.opt_outs_only() };
        }
        if person.is_restricted() || unknown.has(Parts::STANDING) {
            return merged.add(consent.opt_outs_only());
        }
        let standing = Standing::of(&consent);
        merged.add(consent);
        if !unknown.has(Parts::METHODS) {
            merged.add(email_facet(subject, person, household, standing));
        }
        if !unknown.has(Parts::REFERENCES) {
            merged.add(reference_facet(subject, person));
        }
        if !unknown.has(Parts::TAGS) {
            merged.add(self.segments_facet(subject, person, household, standing));
        }
        if !unknown.has(Parts::FIELDS) {
            merged.add(self.fields_facet(subject, person, household));
        }
        merged.add(Facet::writes(planned(notes::owed(subject, person, household, &self.rules))));
    }

    fn consent_facet(&self, subject: &Subject, person: &Person, household: &Household) -> Facet {
        match consent::decide(subject, person, &self.rules) {
            consent::Decision::Keep(consent) => {
                let answered = match consent::cc_consent(&subject.cc, &self.rules) {
                    consent::CcConsent::Out { .. } => consent.is_some_and(|base| !base.opted_in),
                    consent::CcConsent::Active { .. } => consent.is_some_and(|base| base.opted_in),
                    consent::CcConsent::Silent => false,
                };
                Facet::agrees(Agreed::Consent { consent, answered })
            }
            consent::Decision::Disagree => Facet::agrees(Agreed::ConsentDisagrees),
            // An opt-out of either subscriber of the address stands (P2, P3).
            consent::Decision::Virtuous { opted_in: true, .. } if household.address_is_out => {
                Facet::asks(Reason::new(Rule::P2, Cause::AddressOut))
            }
            consent::Decision::Virtuous { opted_in, reason, .. } => {
                Facet::writes(vec![set_opt_in(subject, person, opted_in, reason)])
            }
            consent::Decision::ConstantContact { reason, .. } => {
                let effect = Effect::Unsubscribe { reason: consent::OWN_OPT_OUT_REASON };
                let is_in_doubt = subject.own_note && subject.base.consent.is_none();
                if is_in_doubt && subject.decided() != Some(Verdict::Accept) {
                    // Constant Contact is not told of what may be Tandem's own: a person decides (E5).
                    return Facet::asks(Reason::new(Rule::E5, Cause::NoteInDoubt));
                }
                Facet::writes(vec![Planned { effect, reason }])
            }
            consent::Decision::Review(reason) => self.consent_review(subject, person, reason),
        }
    }

    /// A question about consent: accepted by a person, answered by the confirmation email, or open (P3, P5, C5).
    fn consent_review(&self, subject: &Subject, person: &Person, question: Reason) -> Facet {
        if question.cause == Cause::UnprovedOptIn && subject.own_note {
            // No answer to a question opts in an address that Tandem opted out (E5).
            return Facet::asks(Reason { cause: Cause::OwnOptOutStands, ..question });
        }
        if let Some(write) = self.accepted(subject, person, &question) {
            return Facet::writes(vec![write]);
        }
        if question.cause != Cause::StaffOptIn {
            return Facet::asks(question);
        }
        match confirmation::answer(subject, question) {
            confirmation::Answer::Send(send) => Facet::writes(vec![send]),
            confirmation::Answer::Ask(reason) | confirmation::Answer::Wait(reason) => Facet::asks(reason),
        }
    }

    /// What an accepted review of consent has Tandem write: staff's opt-in is taken back (P5); a person that Constant Contact shows
    /// as active is opted in (P3, C5).
    fn accepted(&self, subject: &Subject, person: &Person, question: &Reason) -> Option<Planned> {
        if subject.decided() != Some(Verdict::Accept) {
            return None;
        }
        let in_cc = consent::cc_consent(&subject.cc, &self.rules);
        let opted_in = match question.cause {
            Cause::StaffOptIn => false,
            Cause::UnprovedOptIn | Cause::ImportOptIn
                if matches!(in_cc, consent::CcConsent::Active { .. }) =>
            {
                true
            }
            _ => return None,
        };
        let reason = Reason::about(question.rule, Cause::Decided, question.cause.text());
        Some(set_opt_in(subject, person, opted_in, reason))
    }

    fn segments_facet(
        &self,
        subject: &Subject,
        person: &Person,
        household: &Household,
        standing: Standing,
    ) -> Facet {
        if subject.lists_in_flight.is_some() {
            // Constant Contact shows the lists as they were until it carries out the change (S5).
            return Facet::default();
        }
        let decision = tags::decide(subject, person, &self.mapping, household, &self.rules);
        let tag_ids = tag_ids::agreed(&subject.base, &decision.agreed, person, &self.mapping);
        let mut effects = planned(decision.effects);
        effects.retain(|planned| may_change_lists(&planned.effect, standing));
        Facet {
            agreed: Agreed::Segments { segments: decision.agreed, tag_ids },
            effects,
            remarks: decision.remarks,
            missing_tags: decision.missing,
            ..Facet::default()
        }
    }

    fn fields_facet(&self, subject: &Subject, person: &Person, household: &Household) -> Facet {
        let lists = list_field::decide(subject, person, &self.mapping, household, &self.rules);
        let own = fields::decide(subject, person, &self.mapping, household);
        let effects: Vec<(Effect, Reason)> = lists.effect.into_iter().chain(own.effect).collect();
        // A field keeps its former value in the base until the new value is on (F1).
        let unwritten = subject.base.fields.iter().filter(|(name, _)| is_written(&effects, name)).cloned();
        let mut agreed: Vec<_> = own.agreed.into_iter().chain(lists.agreed).chain(unwritten).collect();
        agreed.sort();
        agreed.dedup_by(|one, other| one.0 == other.0);
        Facet {
            agreed: Agreed::Fields(agreed),
            effects: planned(effects),
            remarks: lists.remark.into_iter().chain(own.remarks).collect(),
            ..Facet::default()
        }
    }
}

/// The email facet. While consent is not agreed, the former addresses stay, since an opt-out under any of them counts (P5, P6).
fn email_facet(subject: &Subject, person: &Person, household: &Household, standing: Standing) -> Facet {
    let is_shown = |former: &str| person.methods_of(former).next().is_some();
    let settles = match standing {
        Standing::Agreed => true,
        Standing::Silent | Standing::Open => !subject.base.addresses().any(|former| is_shown(former)),
        Standing::Written => false,
    };
    let kept = || {
        let former = subject.base.former.iter().filter(|former| is_shown(former)).cloned().collect();
        Agreed::Email { email: subject.base.email.clone(), former }
    };
    match email::decide(subject, person, household) {
        email::Decision::Keep(email) if settles => Facet::agrees(Agreed::Email { email, former: Vec::new() }),
        email::Decision::Keep(_) => Facet::agrees(kept()),
        email::Decision::Write(effect, reason) => {
            Facet { agreed: kept(), ..Facet::writes(vec![Planned { effect, reason }]) }
        }
        email::Decision::Review(reason) => Facet { agreed: kept(), ..Facet::asks(reason) },
    }
}

/// The subscriber's reference on the linked contact (I2).
fn reference_facet(subject: &Subject, person: &Person) -> Facet {
    if person.has_reference || subject.reference_refused {
        return Facet::default();
    }
    let effect = Effect::AddReference { contact: person.contact };
    Facet::writes(vec![Planned { effect, reason: Reason::new(Rule::I2, Cause::FoundByEmail) }])
}

/// Whether lists may change while consent stands so: a subscriber joins none while consent is in question, and an unsubscribe that
/// is about to be written leaves all (S5).
fn may_change_lists(effect: &Effect, standing: Standing) -> bool {
    let Effect::ChangeLists { membership, .. } = effect else { return true };
    match standing {
        Standing::Agreed | Standing::Silent => true,
        Standing::Open => *membership == Membership::Leave,
        Standing::Written => false,
    }
}

fn set_opt_in(subject: &Subject, person: &Person, opted_in: bool, reason: Reason) -> Planned {
    let (contact, individual) = (person.contact, person.individual);
    let addresses = consent::addresses(subject);
    Planned { effect: Effect::SetOptIn { contact, individual, addresses, opted_in }, reason }
}

fn planned(effects: Vec<(Effect, Reason)>) -> Vec<Planned> {
    effects.into_iter().map(|(effect, reason)| Planned { effect, reason }).collect()
}

fn is_written(effects: &[(Effect, Reason)], name: &str) -> bool {
    effects.iter().any(|(effect, _)| {
        matches!(effect, Effect::SetFields { fields, .. } if fields.iter().any(|(field, ..)| field == name))
    })
}

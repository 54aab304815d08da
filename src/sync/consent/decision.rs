//! What is to become of a linked subscriber's consent, and what it is decided from.

use crate::domain::{AgreedConsent, Cause, CustomerRules, EmailMethod, Person, Reason, Rule, Subject};

use super::shown::{Shown, addresses, of_individual, shown, shown_to_active};

/// What is to become of consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing to write. The agreed value, if the sides agree on one.
    Keep(Option<AgreedConsent>),
    /// Write this opt-in to Virtuous.
    Virtuous {
        /// The wish.
        opted_in: bool,
        /// What is agreed once it is written.
        agreed: AgreedConsent,
        /// Why.
        reason: Reason,
    },
    /// Unsubscribe in Constant Contact (P1).
    ConstantContact {
        /// What is agreed once it is written.
        agreed: AgreedConsent,
        /// Why.
        reason: Reason,
    },
    /// Nothing to write and nothing agreed: staff's opt-out stands, and Constant Contact is not told (one-way).
    Disagree,
    /// A person decides.
    Review(Reason),
}

impl Decision {
    /// Writes the agreed opt-in or opt-out to Virtuous.
    pub(super) const fn writes(agreed: AgreedConsent, reason: Reason) -> Self {
        Self::Virtuous { opted_in: agreed.opted_in, agreed, reason }
    }

    /// Asks a person.
    pub(super) const fn asks(rule: Rule, cause: Cause) -> Self {
        Self::Review(Reason::new(rule, cause))
    }
}

/// The two sides of consent, with what was agreed on before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    /// The subscriber with the view of Constant Contact.
    pub subject: &'a Subject,
    /// The linked contact.
    pub person: &'a Person,
    /// The customer's choices.
    pub rules: &'a CustomerRules,
    /// What the contact's methods show for the subscriber's addresses.
    pub shown: Shown,
    /// What was agreed on before.
    pub base: Option<AgreedConsent>,
}

impl<'a> Sides<'a> {
    /// Reads both sides.
    pub(super) fn of(subject: &'a Subject, person: &'a Person, rules: &'a CustomerRules) -> Self {
        let shown = shown(person, &addresses(subject));
        Self { subject, person, rules, shown, base: subject.base.consent }
    }

    /// The same beside an active subscriber: what staff did under the address on other individuals counts too (P1).
    pub(super) fn beside_active(self) -> Self {
        // Without further methods nothing else speaks.
        if self.person.others.is_empty() {
            return self;
        }
        let shown = shown_to_active(self.person, &addresses(self.subject), self.was_out().is_some());
        Self { shown, ..self }
    }

    /// Writes the opt-in, if a method of the individual's own is out; what other individuals have is not raised (P2).
    pub(super) fn raises(&self, agreed: AgreedConsent, reason: Reason) -> Decision {
        let is_out = self.own().iter().any(|method| !method.opted_in);
        if is_out { Decision::writes(agreed, reason) } else { Decision::Keep(Some(agreed)) }
    }

    /// Whether the individual has a method with the address.
    pub(super) fn has_own(&self) -> bool {
        !self.own().is_empty()
    }

    /// The individual's methods with the address.
    fn own(&self) -> Vec<&'a EmailMethod> {
        of_individual(self.person, &addresses(self.subject))
    }

    /// The opt-out that was agreed on before.
    pub(super) fn was_out(&self) -> Option<AgreedConsent> {
        self.base.filter(|base| !base.opted_in)
    }

    /// Whether an opt-in was agreed on before.
    pub(super) fn was_in(&self) -> bool {
        self.base.is_some_and(|base| base.opted_in)
    }
}

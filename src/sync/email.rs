//! The email facet: a changed address in Constant Contact changes the value of the linked method (P6).

use crate::domain::{Cause, Effect, Person, Reason, Rule, Subject};

use super::Household;

/// What is to become of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing to write; the agreed address as compared, if there is one.
    Keep(Option<String>),
    /// Write it.
    Write(Effect, Reason),
    /// A person decides.
    Review(Reason),
}

/// Decides the address for a linked subscriber (P6). A method with an address that another subscriber of the contact has now is theirs.
#[must_use]
pub fn decide(subject: &Subject, person: &Person, household: &Household) -> Decision {
    let Some(address) = subject.cc.email.as_ref() else { return Decision::Keep(subject.base.email.clone()) };
    let Some(key) = subject.cc.email_key() else { return Decision::Keep(subject.base.email.clone()) };
    if person.methods_of(&key).next().is_some() {
        return Decision::Keep(Some(key));
    }
    if subject.email_taken.as_ref() == Some(&key) {
        return Decision::Review(Reason::new(Rule::P6, Cause::EmailTaken));
    }
    // Another individual of the contact has it: there it gets the mail, and an opt-out reaches it (P2).
    let is_beside = !person.others.is_empty();
    let own = |former: &&String| !household.present.contains(former);
    let former = subject.base.addresses().rev().filter(own);
    let former = former.into_iter().find_map(|former| person.methods_of(former).next());
    match former {
        Some(method) => Decision::Write(
            Effect::SetEmail { contact: person.contact, method: method.id, to: address.clone() },
            Reason::new(Rule::P6, Cause::EmailChanged),
        ),
        None if is_beside => Decision::Keep(Some(key)),
        None => Decision::Review(Reason::new(Rule::P6, Cause::EmailNotThere)),
    }
}

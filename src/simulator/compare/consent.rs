//! P1 to P5: what the opt-in of an address must be.

use super::check::{Check, is_on_hold};
use crate::{
    domain::Timestamp,
    simulator::{
        constant_contact::{BounceCode, Contact, Permission, Source},
        virtuous::model::{self, Writer},
    },
};

/// What Constant Contact says of a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Opted out, and when, if that is known.
    Out(Option<Timestamp>),
    /// Active.
    Active,
    /// Neither: unconfirmed or on hold.
    Unknown,
}

/// The date of the evidence that P3 wants: explicit, or asked for by the person.
fn proof(contact: &Contact) -> Option<Timestamp> {
    let email = contact.email.as_ref()?;
    let proved = match email.permission {
        Permission::Explicit => true,
        Permission::Implicit => email.opt_in_source == Some(Source::Contact),
        _ => false,
    };
    email.opt_in_date.filter(|_| proved).map(|at| at.timestamp())
}

/// Later by at least a second: the same second is no proof.
fn later(one: Timestamp, other: Timestamp) -> bool {
    one.as_secs() > other.as_secs()
}

impl Check<'_> {
    pub(super) fn verdict(&self, contact: &Contact) -> Verdict {
        let Some(email) = &contact.email else { return Verdict::Unknown };
        if let Some(deleted) = contact.deleted_at {
            return Verdict::Out(Some(deleted.timestamp()));
        }
        if email.permission == Permission::Unsubscribed {
            return Verdict::Out(email.opt_out_date.map(|at| at.timestamp()));
        }
        match self.bounced(contact, &email.address) {
            Some(at) if !proof(contact).is_some_and(|proof| later(proof, at)) => Verdict::Out(Some(at)),
            _ if is_on_hold(email.permission) => Verdict::Unknown,
            _ => Verdict::Active,
        }
    }

    /// The last bounce of this very address that opts out (P4, P6).
    fn bounced(&self, contact: &Contact, address: &str) -> Option<Timestamp> {
        let counts = |code: BounceCode| match code {
            BounceCode::B | BounceCode::S => self.rules.hard_bounce_opts_out,
            BounceCode::V => false,
            BounceCode::D | BounceCode::F | BounceCode::X | BounceCode::Z => self.rules.soft_bounce_opts_out,
        };
        let rows = self.account.campaigns.iter().flat_map(|campaign| &campaign.bounces);
        let ours = rows.filter(|row| row.contact == contact.id && row.address.eq_ignore_ascii_case(address));
        ours.filter(|row| row.code.is_some_and(counts)).map(|row| row.at.timestamp()).max()
    }

    /// Compares the opt-in of every method that has the address (P2).
    pub(super) fn consent(&mut self, contact: &Contact, held: &model::Contact) {
        let Some(email) = &contact.email else { return };
        if self.is_anothers(contact, &email.address) {
            return;
        }
        let methods: Vec<_> = held.methods().filter(|method| method.has_address(&email.address)).collect();
        match self.verdict(contact) {
            Verdict::Unknown => {}
            Verdict::Out(since) => {
                // P5: a person opted in after the opt-out; not undone, but decided by a person.
                let by_staff = |method: &model::Method| {
                    method.writer == Writer::Staff && since.is_some_and(|since| later(method.modified, since))
                };
                let mut wrong = methods.iter().filter(|method| method.opted_in).peekable();
                if wrong.peek().is_none() {
                    return;
                }
                if wrong.all(|method| by_staff(method)) {
                    self.found.review += 1;
                } else {
                    self.found.differ(contact.id, "consent", "opted out", "opted in");
                }
            }
            Verdict::Active => {
                let off: Vec<_> = methods.iter().filter(|method| !method.opted_in).collect();
                // An archived or private contact gets nothing but opt-outs (I3).
                if off.is_empty() || held.archived || held.private {
                    return;
                }
                if off.iter().any(|method| self.must_be_in(contact, method)) {
                    self.found.differ(contact.id, "consent", "opted in", "opted out");
                } else if off.iter().any(|method| is_fresh(contact, method)) {
                    self.found.to_cc += 1;
                } else {
                    self.found.review += 1;
                }
            }
        }
    }

    /// P6: what becomes of the address is decided for the living subscriber that has it now.
    fn is_anothers(&self, contact: &Contact, address: &str) -> bool {
        contact.deleted_at.is_some() && self.living.contains(&address.to_lowercase())
    }

    /// Whether an opt-out in Virtuous must give way: to newer proof (P3), or because an import made it (C5).
    fn must_be_in(&self, contact: &Contact, method: &model::Method) -> bool {
        match method.writer {
            Writer::Import => true,
            // Of Tandem's own write only this is known here: the event was before it.
            Writer::Seed | Writer::Staff | Writer::Api => {
                proof(contact).is_some_and(|proof| later(proof, method.modified))
            }
        }
    }
}

/// An opt-out that a person set in Virtuous, later than the opt-in in Constant Contact (P1).
fn is_fresh(contact: &Contact, method: &model::Method) -> bool {
    let opted_in = contact.email.as_ref().and_then(|email| email.opt_in_date);
    let own = matches!(method.writer, Writer::Seed | Writer::Staff);
    own && opted_in.is_some_and(|opted_in| later(method.modified, opted_in.timestamp()))
}

//! Readings that lag behind Tandem's own writes (E1).
//!
//! A write is remembered until a reading shows it. A reading that shows the value from before is late: the subject is planned
//! by what was written, and the contact is read again after 1, 5 and 30 minutes. What is not shown then was without effect: what
//! was agreed on before stands again, so that it is written again, at the pace of E3. A date that is newer than the write, and any
//! third value, are somebody else's doing.
//!
//! Ways of reading lag differently: an event tells what is so now, the contact itself may be asked of a copy that is seconds behind, and a
//! query of an index that is minutes behind. So a write that was shown is remembered for as long as a reading may lag; a
//! reading behind what has shown it is no person's wish, and has the contact itself asked for (E1).

use std::time::Duration;

use crate::domain::{
    AgreedConsent, EmailMethod, MethodId, Parts, Person, ReadBy, ShownForm, Sight, Subject, Timestamp,
    Unseen, VirtuousContactId, VirtuousView, Written, email_key, has_email_key, kept_time,
    reference_data::FieldHolder,
};

/// The waits before the contact is read again.
const LOOKS: [Duration; 3] =
    [Duration::from_secs(60), Duration::from_secs(5 * 60), Duration::from_secs(30 * 60)];
/// How long after a write a query or a page may lag behind what has shown it.
const PAGES_LAG_FOR: Duration = Duration::from_secs(36 * 60);
/// How long after a write the contact itself may lag behind an event that has shown it.
const CONTACTS_LAG_FOR: Duration = Duration::from_secs(5 * 60);
/// Looks after such readings, twice as far apart each time.
const LOOKS_AT_LAG_MAX: u8 = 6;
/// Facets of one contact that are waited for; the oldest gives way, and counts as shown.
const UNSEEN_MAX: usize = 64;
/// Forms that are kept of one subject.
const FORMS_MAX: usize = 64;

/// Shows the person as Tandem wrote it wherever the reading is late, and names what is late. Called once on each reading.
pub fn show_written(person: &mut Person, subject: &Subject, by: ReadBy, now: Timestamp) {
    let contact = person.contact;
    for unseen in subject.unseen.iter().filter(|unseen| unseen.contact == contact) {
        let is_late = match unseen.sight {
            // A part that was not told shows nothing, least of all that the write is there (E2).
            Sight::Awaited => {
                person.gaps.untold.has(unseen.part()) || unseen.is_late(person) && !unseen.is_given_up(now)
            }
            sight => {
                let lag = lag_of(by, sight);
                lag.is_some_and(|lag| kept_time::lasts(unseen.at, lag, now)) && unseen.is_late(person)
            }
        };
        if is_late {
            unseen.facet.overlay(person);
            person.late.push(unseen.facet.clone());
        }
    }
}

/// How long after a write a reading may lag behind what has shown it. What an event tells is never behind (E1).
const fn lag_of(by: ReadBy, sight: Sight) -> Option<Duration> {
    match (by, sight) {
        (ReadBy::Page, _) => Some(PAGES_LAG_FOR),
        (ReadBy::Id, Sight::Event) => Some(CONTACTS_LAG_FOR),
        (ReadBy::Id, _) | (ReadBy::Event, _) => None,
    }
}

/// Whether an event tells otherwise than what has shown a write: it was somebody else's doing since, and no reading that says so lags.
/// Returns whether anything of the subject changed.
pub fn heed_event(subject: &mut Subject, person: &Person) -> bool {
    let before = subject.unseen.len();
    subject.unseen.retain(|unseen| {
        unseen.contact != person.contact || unseen.sight == Sight::Awaited || !unseen.is_late(person)
    });
    subject.unseen.len() < before
}

/// What was just shown was shown by an event: the contact itself may lag behind it. `before` is what was waited for.
pub fn shown_by_event(subject: &mut Subject, before: &[Unseen]) {
    for unseen in subject.unseen.iter_mut().filter(|unseen| unseen.sight == Sight::Reading) {
        if !before.iter().any(|known| known.sight == Sight::Reading && known.facet.is_same(&unseen.facet)) {
            unseen.sight = Sight::Event;
        }
    }
}

/// Takes note of a reading that is about to be kept: what it shows is waited for no more, and what is late is put off. Returns whether
/// anything of the subject changed.
pub fn heed(subject: &mut Subject, person: &Person, now: Timestamp) -> bool {
    let mut changed = false;
    for mut unseen in std::mem::take(&mut subject.unseen) {
        // A reading that does not tell the part shows nothing of it (E2).
        let is_untold = unseen.sight != Sight::Awaited && person.gaps.untold.has(unseen.part());
        if unseen.contact != person.contact || is_untold {
            subject.unseen.push(unseen);
        } else if person.late.iter().any(|late| late.is_same(&unseen.facet)) {
            changed |= unseen.looked(now);
            subject.unseen.push(unseen);
        } else {
            let known = (unseen.sight, unseen.next_look);
            unseen.conclude(subject, person, now);
            let is_shown = unseen.is_shown(person, &subject.forms);
            if is_shown && kept_time::lasts(unseen.at, PAGES_LAG_FOR, now) {
                (unseen.sight, unseen.next_look) = (Sight::Reading, None);
                changed |= known != (unseen.sight, unseen.next_look);
                subject.unseen.push(unseen);
            } else {
                changed = true;
            }
        }
    }
    changed
}

/// Forgets what was written to contacts that are neither the linked one nor a further one with the address: the link moved (I3).
pub fn follow(subject: &mut Subject, contact: VirtuousContactId) {
    let hits: Vec<_> = subject.hits.iter().map(|hit| hit.contact).collect();
    subject.unseen.retain(|unseen| unseen.contact == contact || hits.contains(&unseen.contact));
}

/// Forgets what was written to a contact that is gone, or has the address no more.
pub fn forget(subject: &mut Subject, contact: VirtuousContactId) {
    subject.unseen.retain(|unseen| unseen.contact != contact);
}

/// Forgets what was written to a linked contact that is gone. What was written to further contacts is still looked for, and what was
/// agreed on before is not agreed on with them (I3, P2).
pub fn unlink(subject: &mut Subject, contact: VirtuousContactId) {
    forget(subject, contact);
    subject.unseen.retain_mut(|unseen| {
        let Written::OptIn { opted_in: false, agreed, .. } = &mut unseen.facet else { return false };
        *agreed = None;
        true
    });
}

/// Forgets what was written to fields, as another write to them may have arrived without its answer: what a reading shows is then perhaps
/// that write's value, and no form of the one before (E3).
pub fn doubt_fields(subject: &mut Subject) {
    subject.unseen.retain(|unseen| !matches!(unseen.facet, Written::Field { .. }));
}

/// Whether other values than these are still waited for in these fields.
#[must_use]
pub fn awaits_other_values(subject: &Subject, fields: &[(String, String, FieldHolder)]) -> bool {
    let is_other = |unseen: &Unseen| match &unseen.facet {
        Written::Field { name, value, .. } => {
            fields.iter().any(|(field, wanted, _)| field == name && wanted != value)
        }
        _ => false,
    };
    subject.unseen.iter().filter(|unseen| unseen.sight == Sight::Awaited).any(is_other)
}

/// Forgets the forms of values that are agreed on no more: once the wish was another one, the same value is written again (E3).
pub fn end_forms(subject: &mut Subject) {
    let agreed = &subject.base.fields;
    subject.forms.retain(|form| agreed.iter().any(|(name, value)| *name == form.name && *value == form.sent));
}

/// Remembers a write. An earlier one to the same facet is superseded.
pub fn wrote(subject: &mut Subject, contact: VirtuousContactId, facet: Written, now: Timestamp) {
    subject.unseen.retain(|known| !known.facet.is_about(&facet));
    if subject.unseen.len() >= UNSEEN_MAX {
        make_room(subject, contact);
    }
    let sight = Sight::Awaited;
    subject.unseen.push(Unseen { contact, facet, at: now, sight, looks: 0, next_look: None });
}

/// Makes room for one more write to the contact: what was written to contacts that are no concern of the subscriber any more goes
/// first, then the oldest of the contact's own. A further contact takes no place from another one or from the linked contact (P2).
fn make_room(subject: &mut Subject, contact: VirtuousContactId) {
    let is_settled = matches!(subject.virtuous, VirtuousView::Linked(_) | VirtuousView::Candidates(_));
    let mut unseen = std::mem::take(&mut subject.unseen);
    let is_known = |id| {
        id == contact
            || subject.virtuous.person_of(id).is_some()
            || subject.hits.iter().any(|hit| hit.contact == id)
    };
    unseen.retain(|unseen| !is_settled || is_known(unseen.contact));
    let is_own = |unseen: &Unseen| unseen.contact == contact;
    if unseen.iter().filter(|unseen| is_own(unseen)).count() >= UNSEEN_MAX {
        let is_shown = |unseen: &Unseen| is_own(unseen) && unseen.sight != Sight::Awaited;
        if let Some(first) = unseen.iter().position(is_shown).or_else(|| unseen.iter().position(is_own)) {
            unseen.remove(first);
        }
    }
    subject.unseen = unseen;
}

/// Remembers what was written for another subscriber of the same contact, unless the subject knows of as new a write (I4).
pub fn share(subject: &mut Subject, written: &Unseen) {
    let is_known = |known: &Unseen| known.facet.is_about(&written.facet) && known.at >= written.at;
    if !subject.unseen.iter().any(is_known) {
        wrote(subject, written.contact, written.facet.clone(), written.at);
    }
}

/// When the contact is to be read again because something is not visible yet.
#[must_use]
pub fn next_look(subject: &Subject) -> Option<Timestamp> {
    let linked = subject.virtuous.linked()?.contact;
    let of_linked = subject.unseen.iter().filter(|unseen| unseen.contact == linked);
    of_linked.filter_map(|unseen| unseen.next_look).min()
}

/// Whether one of these looks is for an opt-out by somebody else, which a reading shows that may lag: it waits for nothing (W6).
#[must_use]
pub fn looks_for_opt_out(subject: &Subject) -> bool {
    let is_opt_in = |unseen: &Unseen| matches!(unseen.facet, Written::OptIn { opted_in: true, .. });
    let mut looked = subject.unseen.iter().filter(|unseen| unseen.sight != Sight::Awaited);
    looked.any(|unseen| unseen.next_look.is_some() && is_opt_in(unseen))
}

/// When a further contact with the address is to be read again for the same reason (P2).
#[must_use]
pub fn next_look_at(subject: &Subject, hit: VirtuousContactId) -> Option<Timestamp> {
    let of_hit = subject.unseen.iter().filter(|unseen| unseen.contact == hit);
    of_hit.filter_map(|unseen| unseen.next_look).min()
}

impl Unseen {
    /// The part of a contact that shows the facet.
    const fn part(&self) -> Parts {
        match &self.facet {
            Written::Tag { .. } => Parts::TAGS,
            Written::OptIn { .. } | Written::Email { .. } => Parts::METHODS,
            Written::Field { .. } => Parts::FIELDS,
            Written::Reference => Parts::REFERENCES,
        }
    }

    /// Whether the reading shows the value from before the write.
    fn is_late(&self, person: &Person) -> bool {
        match &self.facet {
            Written::Tag { name, on, .. } => person.tags.contains(name) != *on,
            Written::OptIn { method, opted_in, modified_at, .. } => {
                let is_before = |shown: &EmailMethod| {
                    shown.opted_in != *opted_in && !is_newer(shown.modified_at, *modified_at)
                };
                person.method(*method).is_some_and(is_before)
            }
            Written::Email { method, before, modified_at, .. } => {
                let is_before = |shown: &EmailMethod| {
                    has_email_key(&shown.value, before) && !is_newer(shown.modified_at, *modified_at)
                };
                person.method(*method).is_some_and(is_before)
            }
            Written::Field { name, before, value } => {
                let shown = field_of(person, name);
                shown == before && shown != value
            }
            Written::Reference => !person.has_reference,
        }
    }

    /// Whether the reading shows what was written.
    fn is_shown(&self, person: &Person, forms: &[ShownForm]) -> bool {
        let method = |id: MethodId| person.method(id);
        match &self.facet {
            Written::OptIn { method: id, opted_in, .. } => {
                method(*id).is_some_and(|shown| shown.opted_in == *opted_in)
            }
            Written::Email { method: id, value, .. } => {
                method(*id).is_some_and(|shown| has_email_key(&shown.value, &email_key(value)))
            }
            Written::Field { name, value, .. } => {
                let shown = field_of(person, name);
                let is_form =
                    |form: &ShownForm| form.name == *name && form.sent == *value && form.shown == shown;
                shown == value || forms.iter().any(is_form)
            }
            Written::Tag { .. } | Written::Reference => !self.is_late(person),
        }
    }

    /// Whether all looks were taken: what is still not shown was without effect.
    fn is_given_up(&self, now: Timestamp) -> bool {
        usize::from(self.looks) >= LOOKS.len() && self.next_look.is_none_or(|at| at <= now)
    }

    /// A reading was late. Returns whether that was a look that was due.
    fn looked(&mut self, now: Timestamp) -> bool {
        // A look further ahead than the longest wait is a wrong clock's (W8).
        let is_due = self.next_look.is_none_or(|at| at <= now || at > now.plus(LOOKS[LOOKS.len() - 1]));
        if !is_due {
            return false;
        }
        if self.sight != Sight::Awaited {
            // The contact itself is asked for at once, then twice as far apart each time.
            let wait = if self.looks == 0 { Duration::ZERO } else { LOOKS[0] * (1 << (self.looks - 1)) };
            self.looks = (self.looks + 1).min(LOOKS_AT_LAG_MAX);
            // Then no reading lags any more.
            self.next_look = Some(now.plus(wait).min(self.at.plus(PAGES_LAG_FOR)));
            return true;
        }
        // After the last look only events and whole readings show what was never told.
        let wait = LOOKS.get(usize::from(self.looks));
        self.looks = self.looks.saturating_add(u8::from(wait.is_some()));
        self.next_look = wait.map(|wait| now.plus(*wait));
        true
    }

    /// The reading shows the write, somebody else's doing, or a write without effect.
    fn conclude(&self, subject: &mut Subject, person: &Person, now: Timestamp) {
        match &self.facet {
            // It had its effect; what differs now is somebody else's doing since, and a third value is no form of it (F1).
            _ if self.sight != Sight::Awaited => {}
            Written::Tag { segment, name, on } if self.is_late(person) => {
                subject.base.segments.retain(|(key, tag)| !(key == segment && tag == name));
                if !on {
                    subject.base.segments.push((segment.clone(), name.clone()));
                    subject.base.segments.sort();
                }
            }
            // A further contact with the address shows what is still to be written, and nothing that was agreed on (P2).
            Written::OptIn { .. } if is_hit(subject, person) => {}
            // An opt-in that no look showed is raised by no plan again, and told to no other side: a person decides (P3).
            Written::OptIn { opted_in: true, .. } if self.is_late(person) => {
                subject.base.consent = Some(AgreedConsent { opted_in: false, at: None });
            }
            Written::OptIn { agreed, .. } if self.is_late(person) => subject.base.consent = *agreed,
            // The address from before is agreed on again, so that the method that has it is written again (P6).
            Written::Email { before, value, .. } if self.is_late(person) => {
                subject.base.email.take_if(|agreed| *agreed == email_key(value));
                subject.base.email.get_or_insert(before.clone());
            }
            Written::Field { name, value, .. } if self.is_late(person) => {
                subject.base.fields.retain(|(known, sent)| known != name || sent != value);
            }
            Written::Field { name, value, .. } => {
                let shown = field_of(person, name);
                if shown != value && !shown.is_empty() {
                    keep_form(subject, name, value, shown, now);
                }
            }
            // The contact is linked by its id alone from now on (I2).
            Written::Reference if self.is_late(person) => subject.reference_refused = true,
            Written::Tag { .. } | Written::OptIn { .. } | Written::Email { .. } | Written::Reference => {}
        }
    }
}

/// Remembers in which form a field is shown (E3).
fn keep_form(subject: &mut Subject, name: &str, sent: &str, shown: &str, since: Timestamp) {
    subject.forms.retain(|known| known.name != name);
    if subject.forms.len() >= FORMS_MAX {
        subject.forms.remove(0);
    }
    let (name, sent, shown) = (name.to_owned(), sent.to_owned(), shown.to_owned());
    subject.forms.push(ShownForm { name, sent, shown, since });
}

/// Whether a shown date is newer than the write's. A missing one tells nothing.
fn is_newer(shown: Option<Timestamp>, written: Option<Timestamp>) -> bool {
    match (shown, written) {
        (Some(shown), Some(written)) => shown > written,
        _ => false,
    }
}

/// Whether the reading is of a contact that the subscriber is not linked to.
fn is_hit(subject: &Subject, person: &Person) -> bool {
    !person.has_reference && subject.further_contact(person.contact).is_some()
}

fn field_of<'a>(person: &'a Person, name: &str) -> &'a str {
    person.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

#[cfg(test)]
#[path = "unseen_test.rs"]
pub(super) mod tests;

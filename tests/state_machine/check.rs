//! What must hold after every step, and what must be so in the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tandem::{
    domain::State,
    simulator::virtuous::model::{Contact, Writer},
};

use crate::{
    history::{Place, STAFF_TAGS},
    model::{self, By, OptIn, Record, Said},
    running::{Living, Running},
};

const SOURCE: &str = "Constant Contact";

/// Both systems at one moment.
#[derive(Debug, Default)]
pub struct Seen {
    /// The opt-in of every email in Virtuous.
    opted_in: HashMap<i64, bool>,
    /// Emails of every contact in Virtuous.
    contacts: BTreeMap<i64, usize>,
    records: Vec<Option<Record>>,
}

impl Seen {
    pub fn of(running: &Running) -> Self {
        let mut seen = Self {
            records: running.people.iter().map(|who| running.record(who)).collect(),
            ..Self::default()
        };
        for contact in contacts(running) {
            let emails: Vec<_> = contact.methods().filter(|method| method.is_email()).collect();
            seen.opted_in.extend(emails.iter().map(|method| (method.id, method.opted_in)));
            seen.contacts.insert(contact.id, emails.len());
        }
        seen
    }
}

/// Every contact of Virtuous.
pub fn contacts(running: &Running) -> Vec<Contact> {
    running.world().organisation(|held| held.book.contacts().to_vec())
}

/// Whose address it is; whose it was, if it is nobody's now.
fn owners<'a>(running: &'a Running, address: &str) -> Vec<&'a Living> {
    let had = |who: &&Living| who.log.addresses.iter().any(|own| own.eq_ignore_ascii_case(address));
    let has = |who: &&Living| {
        running.record(who).is_some_and(|record| record.address.eq_ignore_ascii_case(address))
    };
    let present: Vec<&Living> = running.people.iter().filter(has).collect();
    if present.is_empty() { running.people.iter().filter(had).collect() } else { present }
}

/// P6: whether somebody else who is living has the address now.
fn is_anothers(running: &Running, who: &Living, address: &str) -> bool {
    running.people.iter().filter(|other| other.number != who.number).any(|other| {
        running
            .record(other)
            .is_some_and(|record| !record.deleted && record.address.eq_ignore_ascii_case(address))
    })
}

/// Fails with everything that is wrong and what is known of the people.
fn report(running: &Running, wrong: &[String]) {
    if wrong.is_empty() {
        return;
    }
    let mut text = wrong.join("\n");
    for who in &running.people {
        let record = running.record(who);
        let subject = who.id.as_deref().and_then(|id| running.world().subject(id));
        text += &format!("\n#{} {:?}\n  record {record:?}\n  log {:?}", who.number, who.id, who.log);
        if let Some(subject) = subject {
            text += &format!("\n  subject {} [{}] {}", subject.state, subject.reason.rule, subject.reason);
            text += &format!("\n  base {:?} unanswered {:?}", subject.base.consent, subject.unanswered);
        }
        if let Some(contact) = running.contact(who) {
            let methods: Vec<_> = contact
                .methods()
                .map(|method| (&*method.value, method.opted_in, method.writer, method.modified.as_secs()))
                .collect();
            text += &format!("\n  contact {} {methods:?} {:?}", contact.id, running.world().tags(&contact));
        }
    }
    panic!("now {}:\n{text}", running.now());
}

/// After every step: nobody is raised without proof (P3, C5), nothing is deleted, nothing of Constant Contact is changed
/// but by P1, nobody is doubled, staff's tags are staff's.
pub fn step(running: &Running) {
    let mut wrong = Vec::new();
    let mut holders: HashMap<String, Vec<i64>> = HashMap::new();
    let present = contacts(running);
    for contact in &present {
        for method in contact.methods().filter(|method| method.is_email()) {
            let was = running.before.opted_in.get(&method.id).copied();
            let raised = method.opted_in && was == Some(false) && method.writer != Writer::Staff;
            if !raised {
                continue;
            }
            // Of several with one address, it is enough that one may: whose word counts then is for a person to say.
            let owners = owners(running, &method.value);
            let may = |who: &&Living| {
                let log = who.log.at(contact.id);
                model::may_be_raised(running.record(who).as_ref(), &log)
                    || running.lags && model::was_proved(&log)
            };
            if !owners.iter().any(may) {
                wrong.push(format!("P3: method {} was opted in without newer proof", method.id));
            }
        }
        for reference in contact.references.iter().filter(|reference| &*reference.source == SOURCE) {
            holders.entry(reference.id.to_string()).or_default().push(contact.id);
        }
        if contact.archived || contact.merged_into.is_some() {
            wrong.push(format!("contact {} was archived or merged", contact.id));
        }
        let own: BTreeSet<&str> =
            running.staff_tags.get(&contact.id).into_iter().flatten().copied().collect();
        let names = running.world().tags(contact);
        let found: BTreeSet<&str> =
            names.iter().map(String::as_str).filter(|name| STAFF_TAGS.contains(name)).collect();
        if own != found {
            wrong.push(format!("S2: contact {} has {found:?} of staff's tags {own:?}", contact.id));
        }
    }
    for (id, emails) in &running.before.contacts {
        let now = present.iter().find(|contact| contact.id == *id);
        let now = now.map(|contact| contact.methods().filter(|method| method.is_email()).count());
        if now.is_none_or(|now| now < *emails) {
            wrong.push(format!("contact {id} or an address of it was deleted"));
        }
    }
    wrong.extend(
        holders
            .iter()
            .filter(|(_, held)| held.len() > 1)
            .map(|(id, held)| format!("I2: {id} is on {held:?}")),
    );
    for (who, before) in running.people.iter().zip(&running.before.records) {
        let now = running.record(who);
        if now == *before {
            continue;
        }
        // S5: lists whose tags staff changed.
        let touched: Vec<&str> = running
            .touched
            .iter()
            .filter(|(contact, _)| running.contact(who).is_some_and(|held| held.id == *contact))
            .map(|(_, list)| running.lists[*list].name())
            .collect();
        let moved = |before: &Record, now: &Record| {
            let untouched = |record: &Record| -> Vec<String> {
                record.lists.iter().filter(|name| !touched.contains(&name.as_str())).cloned().collect()
            };
            let unmoved = Record { lists: before.lists.clone(), ..now.clone() };
            unmoved == *before && untouched(before) == untouched(now)
        };
        // P1: what Tandem may change, because staff opted out, and nothing beside it.
        let told = |before: &Record, now: &Record| {
            let by_staff = who.log.outs.iter().any(|out| matches!(out.by, By::Staff | By::StaffBefore(_)));
            // Where reads lag, the reading before the PUT may be from before a deletion, which the PUT then takes back.
            let is_raced = running.lags && who.log.outs.iter().any(|out| out.by == By::Deleted && !out.seen);
            let expected = Record {
                said: Said::Unsubscribed,
                proof: None,
                said_at: now.said_at,
                lists: now.lists.clone(),
                deleted: before.deleted && !is_raced,
                ..before.clone()
            };
            by_staff && before.said == Said::Mailable && !expected.deleted && *now == expected
        };
        if !matches!((before, &now), (Some(before), Some(now)) if told(before, now) || moved(before, now)) {
            wrong.push(format!("Constant Contact: #{} was {before:?} and is {now:?}", who.number));
        }
    }
    wrong.extend(notes(running, false));
    report(running, &wrong);
}

/// Notes of Tandem: each once (N1), and in the end one for each deletion that was seen.
fn notes(running: &Running, end: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for contact in contacts(running) {
        let texts: Vec<String> = running
            .world()
            .organisation(|held| held.notes_of(contact.id).map(|note| note.text.to_string()).collect());
        let distinct: BTreeSet<&String> = texts.iter().collect();
        if distinct.len() < texts.len() {
            wrong.push(format!("N1: contact {} has a note twice", contact.id));
        }
        let held = |who: &&Living| {
            let id = who.id.as_deref().unwrap_or_default();
            contact.references.iter().any(|reference| &*reference.source == SOURCE && &*reference.id == id)
        };
        let people: Vec<&Living> = running.people.iter().filter(held).collect();
        let most: usize = people.iter().map(|who| who.noted).sum();
        if texts.len() > most {
            wrong.push(format!("N1: contact {} has {} notes of {most} events", contact.id, texts.len()));
        }
        // Who has a contact only since then is told nothing of the past.
        let deleted = |who: &&&Living| {
            matches!(who.start.place, Place::Own(_) | Place::WithThePrevious(_))
                && who.log.outs.iter().any(|out| out.by == By::Deleted && out.seen)
        };
        let gone = people.iter().filter(deleted).count();
        let told = texts.iter().filter(|text| text.starts_with("Deleted in Constant Contact")).count();
        if end && told < gone {
            wrong.push(format!("D1: contact {} has {told} notes of {gone} deletions", contact.id));
        }
    }
    wrong
}

/// In the end.
pub fn end(running: &Running) {
    let mut wrong = notes(running, true);
    for who in running.people.iter().filter(|who| who.id.is_some()) {
        wrong.extend(person(running, who).into_iter().map(|text| format!("#{}: {text}", who.number)));
    }
    for contact in contacts(running) {
        wrong.extend(tags(running, &contact));
    }
    report(running, &wrong);
}

fn person(running: &Running, who: &Living) -> Vec<String> {
    let mut wrong = Vec::new();
    let record = running.record(who);
    let id = who.id.as_deref().unwrap();
    let Some(subject) = running.world().subject(id) else {
        // Erased before anybody could look.
        if record.is_some() {
            wrong.push("is not known".to_owned());
        }
        return wrong;
    };
    let holder = running.world().referenced(id);
    let log = who.log.at(holder.as_ref().map_or(0, |holder| holder.id));
    // I2: which of several is meant, a person has to say.
    let hits =
        |record: &Record| running.world().organisation(|held| held.book.by_email(&record.address).count());
    let two = record.as_ref().is_some_and(|record| hits(record) > 1);
    if holder.is_none() && !two && model::must_be_there(record.as_ref(), &log) {
        wrong.push("C1: has no contact".to_owned());
    }
    let by_import = |contact: &Contact| {
        contact.methods().any(|method| {
            method.writer == Writer::Import && who.log.addresses.iter().any(|own| method.has_address(own))
        })
    };
    if !who.log.was_mailable && contacts(running).iter().any(by_import) {
        wrong.push("C2: was created, and was never mailable".to_owned());
    }
    if matches!(subject.state, State::Pending | State::Submitted | State::Failed) {
        wrong.push(format!("is {} still", subject.state));
    }
    let Some(holder) = holder else { return wrong };
    let key = record.as_ref().map(|record| record.address.clone());
    let key = key.or_else(|| who.log.addresses.last().cloned()).unwrap();
    let with = |key: &str| -> Vec<bool> {
        holder.methods().filter(|method| method.has_address(key)).map(|method| method.opted_in).collect()
    };
    let present = with(&key);
    if is_anothers(running, who, &key) {
        // P6: what becomes of the address is decided for who has it now.
        return wrong;
    }
    let taken = present.is_empty();
    let former: Vec<&String> =
        who.log.addresses.iter().filter(|own| !is_anothers(running, who, own)).collect();
    let others: Vec<&Living> = running
        .people
        .iter()
        .filter(|other| other.number != who.number && other.id.is_some())
        .filter(|other| other.log.addresses.iter().any(|own| who.log.addresses.contains(own)))
        .collect();
    let verdict = if others.is_empty() {
        model::opt_in(record.as_ref(), &log)
    } else {
        // Two with one address: either's opt-out may have reached the other, and then a person decides.
        let out = |other: &&Living| {
            model::opt_in(running.record(other).as_ref(), &other.log.at(holder.id)) == OptIn::Must(false)
        };
        match model::opt_in(record.as_ref(), &log) {
            OptIn::Must(true) if others.iter().any(out) => OptIn::Either,
            verdict => verdict,
        }
    };
    match verdict {
        OptIn::Must(wanted) if present.iter().any(|found| *found != wanted) => {
            wrong.push(format!("opted in is {present:?}, must be {wanted}"));
        }
        // P6: consent stays with the person, whose address there is still the old one.
        OptIn::Must(false) if taken && former.iter().any(|own| with(own).contains(&true)) => {
            wrong.push("opted in under the former address".to_owned());
        }
        OptIn::Must(_) | OptIn::Either => {}
    }
    if taken && record.as_ref().is_some_and(|record| !record.deleted && record.said == Said::Mailable) {
        let elsewhere = running.world().organisation(|held| held.book.by_email(&key).next().is_some());
        // The method with the former address is another's now.
        let is_handed_on = former.len() < who.log.addresses.len() && subject.state == State::Review;
        if !elsewhere && !is_handed_on {
            wrong.push("P6: the new address is not there".to_owned());
        } else if subject.state != State::Review {
            wrong.push(format!("P6: the address is taken, and the state is {}", subject.state));
        }
    }
    if let Some(record) = &record
        && others.is_empty()
        && !present.is_empty()
        && !present.contains(&true)
        && model::must_be_told(record, &log)
    {
        wrong.push("P1: Constant Contact was not told of staff's opt-out".to_owned());
    }
    let asked = model::may_be_for_review(record.as_ref(), &log) || taken || !others.is_empty();
    if subject.state == State::Review && !asked {
        wrong.push(format!("for review without a cause: [{}] {}", subject.reason.rule, subject.reason));
    }
    // P3, P5: a difference that is left is somebody's to decide.
    let differs = match record.as_ref() {
        Some(record) if record.said == Said::Mailable && !model::is_out(Some(record), &log) => {
            present.contains(&false)
        }
        record => model::is_out(record, &log) && present.contains(&true),
    };
    if differs && others.is_empty() && subject.state != State::Review {
        wrong.push(format!("both sides differ on consent, and the state is {}", subject.state));
    }
    wrong
}

/// S1 to S4, I4: the tags of the lists of all who are linked here.
fn tags(running: &Running, contact: &Contact) -> Vec<String> {
    let linked = |who: &&Living| {
        let id = who.id.as_deref().unwrap_or_default();
        contact.references.iter().any(|reference| &*reference.source == SOURCE && &*reference.id == id)
    };
    let records: Vec<Record> = running
        .people
        .iter()
        .filter(linked)
        .filter_map(|who| running.record(who))
        .filter(|record| !record.deleted)
        .collect();
    // Deleted in Constant Contact, the contact is left as it is (D1).
    if records.is_empty() {
        return Vec::new();
    }
    let names = running.world().tags(contact);
    // Nobody joins a list while a person is asked about them: staff's tag stays on until then.
    let asked = running.people.iter().filter(linked).any(|who| {
        let subject = who.id.as_deref().and_then(|id| running.world().subject(id));
        subject.is_some_and(|subject| subject.state == State::Review)
    });
    let mut wrong = Vec::new();
    for (place, list) in running.lists.iter().enumerate() {
        if let Some(wish) = running.wishes.get(&(contact.id, place)) {
            let tagged = names.iter().any(|tag| *tag == format!("CC: {}", list.name()));
            if tagged != *wish {
                wrong.push(format!(
                    "S5: contact {} has CC: {}: {tagged}, and staff said {wish}",
                    contact.id,
                    list.name()
                ));
            }
        }
        let on =
            !list.deleted && records.iter().any(|record| record.lists.iter().any(|name| name == list.name()));
        let defined = |name: &str| {
            running.world().organisation(|held| held.tag_named(&format!("CC: {name}")).is_some())
        };
        for (number, name) in list.names.iter().enumerate() {
            let present = number + 1 == list.names.len();
            let found = names.iter().any(|tag| *tag == format!("CC: {name}"));
            if present && on && !found && defined(name) {
                wrong.push(format!("S1: contact {} lacks CC: {name}", contact.id));
            }
            // S3: the old name goes once the new one is on.
            let waits = !present && on && !defined(list.name());
            // S2: what carries a name that no list had when anybody looked is not Tandem's.
            let known = running.names_seen.contains(&(contact.id, place, number));
            let held = asked && present && running.touched.contains(&(contact.id, place));
            if found && known && !(present && on) && !waits && !held {
                wrong.push(format!("S1: contact {} has CC: {name}", contact.id));
            }
        }
    }
    wrong
}

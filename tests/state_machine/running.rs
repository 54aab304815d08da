//! Both systems with Tandem between them, who and what is in them, and the log of what really came of each edit.

use std::collections::{BTreeMap, BTreeSet};

use tandem::{
    domain::State,
    simulator::{
        constant_contact::{Contact as CcContact, Permission, Source},
        virtuous::{model::Contact, webhooks::Delivery},
    },
};

use crate::{
    check,
    history::{Address, Hearing, LISTS, Start},
    model::{By, Log, OptOut, Record, Said},
    world::{HOPE, Setup, World, uuid},
};

/// Lists that the simulator makes, with their tags.
pub const NAMES: [&str; LISTS] = ["Newsletter", "Events", "Volunteers"];
/// A person of the history.
#[derive(Debug)]
pub struct Living {
    pub number: usize,
    /// Whose first address is theirs: their own, or that of the one before.
    pub first: usize,
    pub start: Start,
    /// The subscriber's id, once there is one.
    pub id: Option<String>,
    pub log: Log,
    /// Deletions, bounces and complaints that a note may tell of.
    pub noted: usize,
}

/// A list of the history, with every name it had.
#[derive(Debug)]
pub struct List {
    pub names: Vec<String>,

    pub deleted: bool,
}

impl Living {
    /// One of their addresses, perhaps with other capitals.
    pub fn address(&self, which: Address, upper: bool) -> String {
        let (first, number) = (self.first, self.number);
        let address = match which {
            Address::First => format!("pat{first}@example.com"),
            Address::Second => format!("pat{number}.second@example.org"),
            Address::Donors => format!("don{number}@example.net"),
        };
        if upper { address.replace("pat", "Pat").replace("example", "Example") } else { address }
    }
}

impl List {
    pub fn name(&self) -> &str {
        self.names.last().unwrap()
    }
}

/// Both systems with Tandem between them.
pub struct Running {
    /// `None` only while Tandem restarts.
    pub world: Option<World>,
    pub setup: Setup,
    pub people: Vec<Living>,
    pub lists: Vec<List>,
    /// Staff's own tags of each contact.
    pub staff_tags: BTreeMap<i64, BTreeSet<&'static str>>,
    /// Lists whose tags staff put on or took off a contact: these memberships Tandem may change (S5).
    pub touched: BTreeSet<(i64, usize)>,
    /// What staff's tags ask for where Tandem was up to date and nothing else happened since: it comes true (S5).
    pub wishes: BTreeMap<(i64, usize), bool>,
    /// Names that lists had while everything was seen, by contacts that were linked then: another name Tandem may never have
    /// met on them.
    pub names_seen: BTreeSet<(i64, usize, usize)>,
    /// What becomes of events.
    pub hearing: Hearing,
    /// Events that come later.
    pub late: Vec<Delivery>,
    /// Events so far.
    pub heard: usize,
    /// What every step compares with.
    pub before: check::Seen,
    /// Reads lag.
    pub lags: bool,
    /// Something fails since the last time that everything was seen.
    pub troubled: bool,
}

impl Running {
    pub fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }

    pub fn now(&self) -> i64 {
        self.world().now().as_secs()
    }

    /// What Constant Contact has of a person.
    pub fn record(&self, who: &Living) -> Option<Record> {
        let simulator = self.world().simulator();
        let account = simulator.constant_contact.account(HOPE).unwrap();
        let contact = account.roster.get(uuid(who.id.as_deref()?))?;
        let living = |id: &tandem::simulator::ids::Uuid| {
            account.list(*id).filter(|list| list.deleted_at.is_none()).map(|list| list.name.to_string())
        };
        Some(record(contact, contact.lists.iter().filter_map(living).collect()))
    }

    /// The contact of a person in Virtuous: by reference, else by the address of now.
    pub fn contact(&self, who: &Living) -> Option<Contact> {
        let id = who.id.as_deref()?;
        let address = self.record(who).map(|record| record.address);
        self.world().organisation(|held| {
            let by_reference = held.book.by_reference("Constant Contact", id);
            let by_address = || held.book.by_email(address.as_deref()?).next();
            by_reference.or_else(by_address).and_then(|found| held.book.follow(found.id)).cloned()
        })
    }

    pub fn cc(&self, control: &str, body: &serde_json::Value) {
        self.world().control(&format!("cc/{control}"), body);
    }

    /// Keeps who is mailable and who has which address, after an edit.
    pub fn remember(&mut self) {
        let records: Vec<_> = self.people.iter().map(|who| self.record(who)).collect();
        for (who, record) in self.people.iter_mut().zip(records) {
            let Some(record) = record else { continue };
            who.log.was_mailable |= record.said == Said::Mailable && !record.deleted;
            who.log.proofs.extend(record.proof.filter(|proof| !who.log.proofs.contains(proof)));
            if !who.log.addresses.contains(&record.address) {
                who.log.addresses.push(record.address);
            }
        }
    }

    pub fn out(&mut self, number: usize, by: By) {
        let at = self.now();
        self.people[number].log.outs.push(OptOut { at, by, seen: false });
    }

    /// The people who are linked to a contact.
    pub fn linked(&self, contact: &Contact) -> Vec<&Living> {
        let is_linked = |who: &&Living| {
            who.id.as_deref().is_some_and(|id| contact.references.iter().any(|held| &*held.id == id))
        };
        self.people.iter().filter(is_linked).collect()
    }

    /// Whether Tandem knows everybody of a contact as they are, and has nothing left to do for them.
    fn is_current(&self, contact: &Contact) -> bool {
        let linked = self.linked(contact);
        !linked.is_empty()
            && linked.iter().all(|who| {
                let subject = who.id.as_deref().and_then(|id| self.world().subject(id));
                let record = self.record(who);
                subject.zip(record).is_some_and(|(subject, record)| {
                    subject.state == State::InSync
                        && subject.base.consent.is_some()
                        && subject.cc.lists.len() == record.lists.len()
                        && record.said == Said::Mailable
                        && !record.deleted
                        && who.log.outs.iter().all(|out| out.seen)
                })
            })
    }

    /// Staff changed a tag of a list: what they ask for, if nothing stands against it.
    pub fn wish(&mut self, before: &Contact, list: usize, on: bool) {
        let key = (before.id, list);
        self.touched.insert(key);
        let name = format!("CC: {}", self.lists[list].name());
        let had = self.world().tags(before).contains(&name);
        let quiet = self.wishes.contains_key(&key)
            || self.is_current(before)
                && self.linked(before).iter().any(|who| {
                    let record = self.record(who);
                    record.is_some_and(|record| record.lists.iter().any(|one| one == self.lists[list].name()))
                }) == had;
        if !quiet {
            self.wishes.remove(&key);
        } else if had != on {
            self.wishes.insert(key, on);
        }
    }

    /// Something else happened to somebody or to a list: what staff asked for is no longer the last word.
    pub fn outdate_wishes(&mut self, number: Option<usize>, list: Option<usize>) {
        let contact = number.map(|number| self.contact(&self.people[number]).map(|contact| contact.id));
        self.wishes.retain(|(of, place), _| {
            contact.is_some_and(|contact| contact != Some(*of)) || list.is_some_and(|list| list != *place)
        });
    }

    /// Whether no subscriber of Constant Contact, a deleted one included, has this address.
    pub fn is_free(&self, address: &str) -> bool {
        let has = |who: &Living| {
            self.record(who).is_some_and(|record| record.address.eq_ignore_ascii_case(address))
        };
        !self.people.iter().any(has)
    }

    /// C5: whatever a new contact shows before its first reading is nobody's wish.
    pub fn is_fresh(&self, number: usize) -> bool {
        let subject = self.people[number].id.as_deref().and_then(|id| self.world().subject(id));
        subject.is_some_and(|subject| subject.submission.is_some() || subject.fresh_since.is_some())
    }

    /// Everybody who ever had the first address of this person, themselves included.
    pub fn sharing(&self, number: usize) -> Vec<usize> {
        let first = self.people[number].first;
        self.people
            .iter()
            .filter(|who| who.number == number || who.first == first)
            .map(|who| who.number)
            .collect()
    }
}

fn record(contact: &CcContact, lists: Vec<String>) -> Record {
    let email = contact.email.as_ref().unwrap();
    let by_person = email.opt_in_source == Some(Source::Contact);
    let proved = match email.permission {
        Permission::Explicit => true,
        Permission::Implicit => by_person,
        _ => false,
    };
    let said_at = email.opt_in_date.map(|at| at.timestamp().as_secs());
    let name = |name: &Option<Box<str>>| name.as_deref().unwrap_or_default().trim().to_owned();
    Record {
        said: match email.permission {
            Permission::Explicit | Permission::Implicit => Said::Mailable,
            Permission::Unsubscribed => Said::Unsubscribed,
            _ => Said::Silent,
        },
        proof: said_at.filter(|_| proved),
        said_at,
        address: email.address.to_lowercase(),
        deleted: contact.deleted_at.is_some(),
        named: !(name(&contact.profile.first_name).is_empty() && name(&contact.profile.last_name).is_empty()),
        lists,
    }
}

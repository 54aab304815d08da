//! Inventing the subscribers, before either system hears of them.

use std::time::Duration;

use fastrand::Rng;

use super::{shares::Shares, words};
use crate::{domain::Timestamp, simulator::constant_contact::Permission};

const DAY: u64 = 86_400;
const TEN_YEARS: u64 = 3_650 * DAY;

/// A postal address.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) street: String,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) postal: String,
}

/// Values of the six custom fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    pub(super) program: Option<usize>,
    pub(super) since: Option<Timestamp>,
    pub(super) size: Option<u8>,
    pub(super) interests: Vec<usize>,
    pub(super) volunteer: Option<bool>,
    pub(super) heard: Option<&'static str>,
}

/// A subscriber to be.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) email: Option<String>,
    pub(super) permission: Permission,
    pub(super) first: Option<&'static str>,
    pub(super) last: Option<&'static str>,
    pub(super) phone: Option<String>,
    pub(super) home: Option<Home>,
    pub(super) created: Timestamp,
    pub(super) by_form: bool,
    pub(super) opted_out: Option<Timestamp>,
    pub(super) opted_out_by_staff: bool,
    pub(super) reason: Option<&'static str>,
    pub(super) lists: Vec<usize>,
    pub(super) answers: Answers,
    pub(super) deleted: Option<Timestamp>,
}

/// Some moment between two.
pub(super) fn between(random: &mut Rng, from: Timestamp, until: Timestamp) -> Timestamp {
    from.plus(Duration::from_secs(random.u64(0..=until.since(from).as_secs())))
}

pub(super) fn chance(random: &mut Rng, percent: u8) -> bool {
    random.u8(0..100) < percent
}

pub(super) fn pick<T: Copy>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(0..from.len())]
}

/// Everybody, deleted ones included, in no order.
pub(super) fn invent(random: &mut Rng, shares: Shares, now: Timestamp) -> Vec<Person> {
    let mut kinds = Vec::with_capacity(shares.total());
    for (permission, count) in [
        (Some(Permission::Implicit), shares.implicit),
        (Some(Permission::Unsubscribed), shares.unsubscribed),
        (Some(Permission::Explicit), shares.explicit),
        (Some(Permission::NotSet), shares.not_set),
        (Some(Permission::PendingConfirmation), shares.pending),
        (None, shares.no_email),
    ] {
        kinds.extend(std::iter::repeat_n(permission, count));
    }
    random.shuffle(&mut kinds);
    let deleted = if shares.total() < 50 { 0 } else { (shares.total() / 400).max(2) };
    let living = kinds.len();
    kinds.extend(std::iter::repeat_n(Some(Permission::Implicit), deleted));
    let person = |(number, kind): (usize, Option<Permission>)| {
        let mut person = invent_one(random, number, kind, now);
        if number >= living {
            person.deleted = Some(between(random, person.created, now));
            person.lists.clear();
        }
        person
    };
    kinds.into_iter().enumerate().map(person).collect()
}

/// One more subscriber; `number` keeps addresses apart.
pub(super) fn invent_one(
    random: &mut Rng,
    number: usize,
    kind: Option<Permission>,
    now: Timestamp,
) -> Person {
    let permission = kind.unwrap_or_default();
    let created =
        between(random, now.minus(Duration::from_secs(TEN_YEARS)), now.minus(Duration::from_secs(DAY)));
    // Of a real account about 12 % have no name at all and 5 % only one.
    let (first, last) = match random.u8(0..100) {
        0..12 if kind.is_some() => (None, None),
        12..15 => (Some(pick(random, words::FIRST)), None),
        15..17 => (None, Some(pick(random, words::LAST))),
        _ => (Some(pick(random, words::FIRST)), Some(pick(random, words::LAST))),
    };
    let out = permission == Permission::Unsubscribed;
    let mailable = matches!(permission, Permission::Implicit | Permission::Explicit) && kind.is_some();
    Person {
        email: kind.map(|_| address(random, number, first, last)),
        permission,
        first,
        last,
        phone: chance(random, 35).then(|| phone(random)),
        home: chance(random, 30).then(|| home(random)),
        created,
        by_form: permission == Permission::Explicit || chance(random, 15),
        opted_out: out.then(|| between(random, created, now)),
        opted_out_by_staff: out && chance(random, 8),
        reason: (out && chance(random, 40)).then(|| pick(random, words::REASONS)),
        lists: if mailable { lists(random) } else { Vec::new() },
        answers: answers(random, created),
        deleted: None,
    }
}

fn address(random: &mut Rng, number: usize, first: Option<&str>, last: Option<&str>) -> String {
    let plain =
        |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let host = pick(random, words::HOSTS);
    let name = match (first, last) {
        (Some(first), Some(last)) => format!("{}.{}", plain(first), plain(last)),
        (Some(one), None) | (None, Some(one)) => plain(one),
        (None, None) => "friend".to_owned(),
    };
    match random.u8(0..100) {
        // Plus addresses must be encoded in queries; capitals must not matter.
        0..3 => format!("{name}+news{number}@{host}"),
        3..8 => format!("{}{}{number}@{host}", name[..1].to_uppercase(), &name[1..]),
        _ => format!("{name}{number}@{host}"),
    }
}

pub(super) fn phone(random: &mut Rng) -> String {
    format!("({}) 555-{:04}", random.u16(201..990), random.u16(0..10_000))
}

pub(super) fn home(random: &mut Rng) -> Home {
    let (city, state, zip) = pick(random, words::CITIES);
    Home {
        street: format!("{} {}", random.u16(1..9_999), pick(random, words::STREETS)),
        city,
        state,
        postal: format!("{zip}{:02}", random.u8(0..100)),
    }
}

fn lists(random: &mut Rng) -> Vec<usize> {
    (0..words::LISTS.len()).filter(|list| chance(random, words::LISTS[*list].1)).collect()
}

fn answers(random: &mut Rng, created: Timestamp) -> Answers {
    if !chance(random, 45) {
        return Answers::default();
    }
    Answers {
        program: chance(random, 60).then(|| random.usize(0..words::PROGRAMS.len())),
        since: chance(random, 30).then_some(created),
        size: chance(random, 25).then(|| random.u8(1..7)),
        interests: (0..words::INTERESTS.len()).filter(|_| chance(random, 15)).collect(),
        volunteer: chance(random, 35).then(|| random.bool()),
        heard: chance(random, 30).then(|| pick(random, words::HEARD)),
    }
}

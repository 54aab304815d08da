//! What the nonprofit's staff have in Virtuous before Tandem comes: part of the subscribers, mostly opted in whatever
//! Constant Contact says (that is the work to do), and many who never subscribed.

use std::time::Duration;

use fastrand::Rng;

use super::{
    AccountSpec,
    people::{Home, Person, between, chance, home, phone, pick},
    words,
};
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::Permission,
        ids::Uuid,
        virtuous::{
            fields::{DataType, FieldDefinition},
            model::{Address, ContactExtras, NewContact, NewIndividual, NewMethod},
            organisation::{Organisation, OrganisationSetup},
        },
    },
};

/// Fills a new organisation; gives how many subscribers are in it.
pub(super) fn fill(
    simulator: &mut Simulator,
    spec: &AccountSpec,
    subscribers: &[(&Person, Uuid)],
    random: &mut Rng,
    now: Timestamp,
) -> usize {
    let setup = OrganisationSetup {
        name: spec.account.clone(),
        api_key: spec.api_key(),
        time_zone: spec.time_zone.clone(),
    };
    let organisation = simulator.virtuous.add_organisation(&setup, now);
    define(organisation, spec);
    let mut known = 0;
    let mut household = None;
    for (person, id) in subscribers {
        if person.email.is_none() || random.f64() >= spec.in_virtuous_share {
            continue;
        }
        known += 1;
        let mut contact = subscriber(random, person, *id, now);
        // Two subscribers in one household: the second joins the first (I4).
        match (household.take(), random.u8(0..100)) {
            (Some(first), _) => {
                let person = contact.individuals.pop().unwrap_or_default();
                organisation.staff_add_individual(first, &person, now);
                continue;
            }
            (None, 0..3) => {
                let twin = NewContact { references: Vec::new(), ..contact.clone() };
                organisation.add_contact(&twin, now);
            }
            (None, 3..7) => {
                contact.archived = false;
                household = Some(organisation.add_contact(&contact, now));
                continue;
            }
            _ => {}
        }
        organisation.add_contact(&contact, now);
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
    let donors = spec.contacts as f64 * spec.donors_share;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let donors = donors.max(0.0) as usize;
    for number in 0..donors {
        let donor = donor(random, number, now);
        organisation.add_contact(&donor, now);
    }
    known
}

/// Tags of staff and of lists, and custom fields.
fn define(organisation: &mut Organisation, spec: &AccountSpec) {
    for tag in words::STAFF_TAGS {
        organisation.add_tag(tag, "Staff");
    }
    for (list, _) in words::LISTS.iter().skip(spec.missing_tags) {
        organisation.add_tag(&format!("CC: {list}"), "Constant Contact");
    }
    for (list, _) in words::LISTS.iter().rev().take(spec.double_tags) {
        organisation.add_tag(&format!("CC: {list}"), "Imported Tags");
    }
    organisation.contact_fields = vec![
        FieldDefinition::new("Favorite Program", DataType::Dropdown, &words::PROGRAMS),
        FieldDefinition::new("Program Interest", DataType::Dropdown, &words::PROGRAMS),
        // Staff write labels their own way: the mapping ignores case (F1).
        FieldDefinition::new("Member since", DataType::Date, &[]),
        FieldDefinition::new("Household Size", DataType::Number, &[]),
        FieldDefinition::new("Interests", DataType::Text, &[]),
        FieldDefinition::new("Volunteer", DataType::Boolean, &[]),
        FieldDefinition::new("How Heard", DataType::Text, &[]),
        FieldDefinition::new("Staff Rating", DataType::Number, &[]),
    ];
    organisation.individual_fields = vec![FieldDefinition::new("T-Shirt Size", DataType::Text, &[])];
}

fn subscriber(random: &mut Rng, person: &Person, id: Uuid, now: Timestamp) -> NewContact {
    let email = person.email.clone().unwrap_or_default();
    // Staff type addresses by hand.
    let written = if chance(random, 10) { email.to_uppercase() } else { email };
    let created = between(random, person.created.minus(Duration::from_secs(300 * 86_400)), now);
    let out = person.permission == Permission::Unsubscribed;
    let opted_in = if out { chance(random, 90) } else { !chance(random, 3) };
    let method =
        NewMethod { modified: Some(between(random, created, now)), ..NewMethod::email(&written, opted_in) };
    let mut methods = vec![method];
    // The same address under a second type must follow every opt-out too (P2).
    if chance(random, 2) {
        methods.push(NewMethod { kind: "Work Email".to_owned(), ..methods[0].clone() });
    }
    methods.extend(person.phone.as_deref().filter(|_| chance(random, 70)).map(NewMethod::phone));
    let individual = NewIndividual {
        // Staff know names that the list does not.
        first_name: person.first.unwrap_or_else(|| pick(random, words::FIRST)).to_owned(),
        last_name: person.last.unwrap_or_else(|| pick(random, words::LAST)).to_owned(),
        methods,
        ..NewIndividual::default()
    };
    NewContact {
        references: if chance(random, 10) {
            vec![("Constant Contact".to_owned(), id.to_string())]
        } else {
            Vec::new()
        },
        address: person.home.as_ref().map(address),
        archived: chance(random, 1),
        private: chance(random, 1),
        ..contact(random, individual, created)
    }
}

fn donor(random: &mut Rng, number: usize, now: Timestamp) -> NewContact {
    let created = between(random, now.minus(Duration::from_secs(3_650 * 86_400)), now);
    let email = format!("donor{number}@{}", pick(random, words::HOSTS));
    let mut methods = Vec::new();
    if chance(random, 60) {
        methods.push(NewMethod::email(&email, !chance(random, 10)));
    }
    if chance(random, 50) {
        methods.push(NewMethod::phone(&phone(random)));
    }
    let individual = NewIndividual {
        first_name: pick(random, words::FIRST).to_owned(),
        last_name: pick(random, words::LAST).to_owned(),
        methods,
        ..NewIndividual::default()
    };
    let address = chance(random, 60).then(|| address(&home(random)));
    NewContact { address, ..contact(random, individual, created) }
}

fn contact(random: &mut Rng, individual: NewIndividual, created: Timestamp) -> NewContact {
    let mut tags = Vec::new();
    for tag in words::STAFF_TAGS {
        if chance(random, 12) {
            tags.push((*tag).to_owned());
        }
    }
    let description = chance(random, 10).then(|| "Met at the gala; prefers letters.".into());
    let rating = chance(random, 15).then(|| ("Staff Rating".to_owned(), random.u8(1..6).to_string()));
    NewContact {
        individuals: vec![individual],
        tags,
        custom_fields: rating.into_iter().collect(),
        extras: ContactExtras { description, ..ContactExtras::default() },
        created: Some(created),
        ..NewContact::default()
    }
}

fn address(home: &Home) -> Address {
    Address {
        address1: home.street.as_str().into(),
        city: home.city.into(),
        state: home.state.into(),
        postal: home.postal.as_str().into(),
        country: "US".into(),
    }
}

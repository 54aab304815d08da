use super::{AccountSpec, Generated, generate};
use crate::{
    domain::Timestamp,
    simulator::{Simulator, constant_contact::Permission},
};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T15:00:00Z").unwrap()
}

fn made(spec: &AccountSpec) -> (Simulator, Generated) {
    let mut simulator = Simulator::new(spec.seed);
    let generated = generate(&mut simulator, spec, now()).unwrap();
    (simulator, generated)
}

#[test]
fn one_seed_makes_one_account() {
    let spec = AccountSpec::new("hope", 300, 7);
    let state = |simulator: &Simulator| {
        let virtuous = simulator.virtuous.organisation("hope").unwrap();
        format!("{}{:?}", simulator.constant_contact.dump(), virtuous.book.contacts())
    };
    let (one, generated) = made(&spec);
    assert_eq!(state(&one), state(&made(&spec).0));
    assert_ne!(state(&one), state(&made(&AccountSpec { seed: 8, ..spec }).0));
    assert_eq!(generated.api_key, "key-hope");
}

#[test]
fn the_account_has_its_shares_and_peculiarities() {
    let (simulator, generated) = made(&AccountSpec::new("hope", 2000, 3));
    let account = simulator.constant_contact.account("hope").unwrap();
    let living = || account.roster.iter().filter(|contact| contact.deleted_at.is_none());
    assert_eq!(living().count(), 2000);
    let of = |permission| living().filter(|contact| contact.permission() == Some(permission)).count();
    assert_eq!(of(Permission::Unsubscribed), generated.shares.unsubscribed);
    assert_eq!(of(Permission::Explicit), generated.shares.explicit);
    assert_eq!((account.lists.len(), account.custom_fields.len()), (12, 6));
    let nameless = living().filter(|c| c.profile.first_name.is_none() && c.profile.last_name.is_none());
    assert!((160..320).contains(&nameless.count()));
    let organisation = simulator.virtuous.organisation("key-hope").unwrap();
    let contacts = organisation.book.contacts();
    assert!(contacts.iter().any(|contact| contact.archived));
    assert!(contacts.iter().any(|contact| contact.individuals.len() == 2));
    assert!(contacts.iter().any(|contact| !contact.references.is_empty()));
    assert!(account.lists.iter().all(|list| organisation.tag_named(&format!("CC: {}", list.name)).is_some()));
    let email =
        |c: &crate::simulator::constant_contact::Contact| c.email.as_ref().map(|e| e.address.to_string());
    let hits = living().filter_map(email).map(|address| organisation.book.by_email(&address).count());
    let hits: Vec<usize> = hits.collect();
    assert!(hits.contains(&2));
    assert!((700..900).contains(&hits.iter().filter(|count| **count > 0).count()));
}

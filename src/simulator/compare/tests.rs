use super::*;
use crate::{
    domain::Timestamp,
    simulator::{
        Simulator,
        constant_contact::{AccountSeed, BounceCode, ContactSeed, OptOut, Permission, Proof, Source},
        ids::Uuid,
        virtuous::{
            model::{NewContact, NewIndividual, NewMethod, Writer},
            organisation::{Organisation, OrganisationSetup},
        },
    },
};

struct World {
    simulator: Simulator,
    news: Uuid,
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

const OLD: &str = "2026-01-01";
const NEW: &str = "2026-11-01";

impl World {
    fn new() -> Self {
        let mut simulator = Simulator::new(1);
        let seed = AccountSeed { name: "hope".to_owned(), ..AccountSeed::default() };
        simulator.constant_contact.add_account(&seed, at(OLD)).unwrap();
        let news = simulator.constant_contact.add_list("hope", "News", at(OLD)).unwrap();
        let setup = OrganisationSetup {
            name: "hope".to_owned(),
            api_key: "k".to_owned(),
            time_zone: "America/Chicago".to_owned(),
        };
        simulator.virtuous.add_organisation(&setup, at(OLD)).add_tag("CC: News", "CC");
        Self { simulator, news }
    }

    fn subscriber(&mut self, email: &str) -> Uuid {
        let seed = ContactSeed::with_email(email).named("Dana", "Lee");
        self.simulator.constant_contact.add_contact("hope", seed, at(OLD)).unwrap()
    }

    fn organisation(&mut self) -> &mut Organisation {
        self.simulator.virtuous.organisation_mut("hope").unwrap()
    }

    fn person(&mut self, email: &str, reference: Option<Uuid>) -> i64 {
        let person = NewIndividual {
            first_name: "Dana".to_owned(),
            methods: vec![NewMethod::email(email, true)],
            ..NewIndividual::default()
        };
        let references = reference.iter().map(|id| ("Constant Contact".to_owned(), id.to_string())).collect();
        let new = NewContact { individuals: vec![person], references, ..NewContact::default() };
        self.organisation().add_contact(&new, at(OLD))
    }

    fn compare(&self) -> Comparison {
        differences(&self.simulator, "hope", "hope", &CompareRules::default(), None).unwrap()
    }

    fn facets(&self) -> Vec<&'static str> {
        self.compare().differences.iter().map(|difference| difference.facet).collect()
    }

    fn method(&mut self, contact: i64) -> i64 {
        self.organisation().book.contact(contact).unwrap().individuals[0].methods[0].id
    }
}

#[test]
fn mailable_and_named_ones_need_one_contact_with_the_reference() {
    let mut world = World::new();
    let id = world.subscriber("a@example.com");
    assert_eq!(world.facets(), ["contact"]);
    let contact = world.person("A@Example.com", None);
    assert_eq!(world.facets(), ["reference"]);
    world.organisation().book.add_reference(contact, "Constant Contact", &id.to_string());
    let agreed = world.compare();
    assert_eq!((agreed.differences.len(), agreed.agreed), (0, 1));
    world.person("b@example.com", Some(id));
    assert_eq!(world.facets(), ["contact"], "one reference on two contacts");
}

#[test]
fn several_hits_by_email_are_for_a_person_to_decide() {
    let mut world = World::new();
    world.subscriber("a@example.com");
    world.person("a@example.com", None);
    world.person("a@example.com", None);
    let found = world.compare();
    assert_eq!((found.differences.len(), found.review), (0, 1));
}

#[test]
fn nameless_and_unsubscribed_ones_are_not_created() {
    let mut world = World::new();
    let cc = &mut world.simulator.constant_contact;
    cc.add_contact("hope", ContactSeed::with_email("a@example.com"), at(OLD)).unwrap();
    let out =
        ContactSeed { permission: Permission::Unsubscribed, ..ContactSeed::with_email("b@example.com") };
    cc.add_contact("hope", out, at(OLD)).unwrap();
    let found = world.compare();
    assert_eq!((found.differences.len(), found.held, found.excluded), (0, 1, 1));
}

#[test]
fn an_unsubscribed_one_that_virtuous_has_is_opted_out_there() {
    let mut world = World::new();
    let id = world.subscriber("a@example.com");
    let contact = world.person("a@example.com", Some(id));
    let cc = &mut world.simulator.constant_contact;
    cc.unsubscribe("hope", id, OptOut::by(Source::Contact), at(NEW)).unwrap();
    assert_eq!(world.facets(), ["consent"]);
    let method = world.method(contact);
    world.organisation().staff_set_opt_in(method, false, at("2026-11-02"));
    assert!(world.facets().is_empty());
    // P5: staff opting in again after the opt-out is a review item, and not undone.
    world.organisation().staff_set_opt_in(method, true, at("2026-11-03"));
    let found = world.compare();
    assert_eq!((found.differences.len(), found.review), (0, 1));
}

#[test]
fn a_deleted_one_and_a_bounced_one_are_opted_out() {
    let mut world = World::new();
    let (deleted, bounced) = (world.subscriber("a@example.com"), world.subscriber("b@example.com"));
    world.person("a@example.com", Some(deleted));
    world.person("b@example.com", Some(bounced));
    let cc = &mut world.simulator.constant_contact;
    cc.delete_contact("hope", deleted, at(NEW)).unwrap();
    let campaign = cc.add_campaign("hope", "Spring", at(NEW)).unwrap().campaign_activity_id;
    cc.add_bounce("hope", bounced, BounceCode::V, campaign, at(NEW)).unwrap();
    assert_eq!(world.facets(), ["consent"]);
    world.simulator.constant_contact.add_bounce("hope", bounced, BounceCode::B, campaign, at(NEW)).unwrap();
    assert_eq!(world.facets(), ["consent", "consent"]);
}

#[test]
fn an_opt_out_of_virtuous_goes_to_constant_contact_or_to_a_person() {
    let mut world = World::new();
    let id = world.subscriber("a@example.com");
    let contact = world.person("a@example.com", Some(id));
    let method = world.method(contact);
    world.organisation().staff_set_opt_in(method, false, at(NEW));
    assert_eq!(world.compare().to_cc, 1);
    world.organisation().staff_set_opt_in(method, false, at("2025-06-01"));
    assert_eq!(world.compare().review, 1, "older than the opt-in, which proves nothing");
    world.simulator.constant_contact.resubscribe("hope", id, Proof::Confirmed, at("2026-11-05")).unwrap();
    assert_eq!(world.facets(), ["consent"], "newer proof opts in again");
    world.organisation().book.method_mut(method).unwrap().writer = Writer::Import;
    assert_eq!(world.facets(), ["consent"], "what an import did is nobody's evidence");
}

#[test]
fn tags_are_the_lists_of_the_household() {
    let mut world = World::new();
    let (one, two) = (world.subscriber("a@example.com"), world.subscriber("b@example.com"));
    let contact = world.person("a@example.com", Some(one));
    let news = world.news;
    world.organisation().book.add_reference(contact, "Constant Contact", &two.to_string());
    let person =
        NewIndividual { methods: vec![NewMethod::email("b@example.com", true)], ..NewIndividual::default() };
    world.organisation().staff_add_individual(contact, &person, at(OLD));
    world.simulator.constant_contact.move_lists("hope", two, &[news], &[], at(NEW)).unwrap();
    assert_eq!(world.facets(), ["segments"]);
    world.organisation().staff_add_tag(contact, "CC: News", at(NEW));
    world.organisation().staff_add_tag(contact, "CC: No such list", at(NEW));
    assert!(world.facets().is_empty(), "other tags are not ours");
    world.simulator.constant_contact.move_lists("hope", two, &[], &[news], at(NEW)).unwrap();
    assert_eq!(world.facets(), ["segments"]);
}

#[test]
fn a_tag_that_does_not_exist_waits() {
    let mut world = World::new();
    let id = world.subscriber("a@example.com");
    world.person("a@example.com", Some(id));
    let cc = &mut world.simulator.constant_contact;
    let list = cc.add_list("hope", "Press", at(OLD)).unwrap();
    cc.move_lists("hope", id, &[list], &[], at(NEW)).unwrap();
    let found = world.compare();
    assert_eq!((found.differences.len(), found.waiting_tags), (0, 1));
}

#[test]
fn archived_contacts_get_opt_outs_and_nothing_else() {
    let mut world = World::new();
    let id = world.subscriber("a@example.com");
    let contact = world.person("a@example.com", None);
    world.organisation().staff_archive(contact, true, at(NEW));
    let found = world.compare();
    assert_eq!((found.differences.len(), found.restricted), (0, 1));
    let cc = &mut world.simulator.constant_contact;
    cc.unsubscribe("hope", id, OptOut::by(Source::Contact), at(NEW)).unwrap();
    assert_eq!(world.facets(), ["consent"]);
}

#[test]
fn a_baseline_shows_what_was_lost() {
    let mut world = World::new();
    let contact = world.person("a@example.com", None);
    world.organisation().staff_add_tag(contact, "Board", at(OLD));
    let before = VirtuousSnapshot::take(world.organisation(), "CC: ");
    let rules = CompareRules::default();
    world.organisation().staff_add_tag(contact, "CC: News", at(NEW));
    let compare =
        |world: &World| differences(&world.simulator, "hope", "hope", &rules, Some(&before)).unwrap();
    assert!(compare(&world).differences.is_empty());
    world.organisation().staff_remove_tag(contact, "Board", at(NEW));
    assert_eq!(compare(&world).differences[0].facet, "staff");
}

#[test]
fn a_changed_address_is_expected_in_virtuous() {
    let mut world = World::new();
    let id = world.subscriber("a@example.com");
    world.person("a@example.com", Some(id));
    world.simulator.constant_contact.change_email("hope", id, "b@example.com", at(NEW)).unwrap();
    assert_eq!(world.facets(), ["email"]);
    world.person("b@example.com", None);
    let found = world.compare();
    assert_eq!((found.differences.len(), found.review), (0, 1), "the address sits on another contact");
}

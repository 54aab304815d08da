//! How a history opens: the account, staff's contacts, and people who subscribe.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tandem::{
    domain::Timestamp,
    simulator::virtuous::model::{NewContact, NewIndividual, NewMethod},
};

use crate::{
    check,
    history::Hearing,
    history::{Address, Begins, Place, STAFF_TAGS, Scene, Shown, Start},
    model::{By, Log, OptOut},
    running::{List, Living, NAMES, Running},
    world::{Setup, World},
};

fn setup(scene: &Scene) -> Setup {
    let virtuous = json!({
        "import_opt_in_default": scene.import_opts_in,
        "merge_moves_references": scene.merge_moves_references,
    });
    let constant_contact = json!({
        "list_moves_touch_updated_at": scene.list_moves_touch,
        "consent_touches_updated_at": scene.consent_touches,
        "unsubscribe_strips_lists": scene.strips_lists,
    });
    Setup {
        events: scene.hearing != Hearing::Off,
        poll_every: "1h",
        query_every: "1h",
        cc: "bounces_every = \"2h\"\nsweep_every = \"4h\"\nlists_every = \"1 polls\"",
        more: if scene.transaction { "[mapping]\nprofile = \"transaction\"\n" } else { "" },
        virtuous,
        constant_contact,
        ..Setup::empty()
    }
}

impl Running {
    pub async fn start(scene: &Scene) -> Self {
        let setup = setup(scene);
        let world = World::start(&setup).await;
        for tag in STAFF_TAGS {
            world.control("virtuous/add-tag", &json!({"name": tag}));
        }
        let living = |(number, start): (usize, &Start)| Living {
            number,
            first: if start.takes_over { number.saturating_sub(1) } else { number },
            start: start.clone(),
            id: None,
            log: Log::default(),
            noted: 0,
        };
        let mut running = Self {
            world: Some(world),
            setup,
            people: scene.people.iter().enumerate().map(living).collect(),
            lists: NAMES
                .iter()
                .map(|name| List { names: vec![(*name).to_owned()], deleted: false })
                .collect(),
            staff_tags: BTreeMap::new(),
            touched: BTreeSet::new(),
            wishes: BTreeMap::new(),
            names_seen: BTreeSet::new(),
            hearing: scene.hearing,
            late: Vec::new(),
            heard: 0,
            before: check::Seen::default(),
            lags: false,
            troubled: false,
        };
        running.furnish();
        for number in 0..running.people.len() {
            if !running.people[number].start.later {
                running.add(number);
            }
        }
        running
    }

    pub fn add(&mut self, number: usize) {
        let (start, now) = (self.people[number].start.clone(), self.now());
        let day = |days: i64| Timestamp::from_secs(now - days * 86_400).to_string();
        let permission = match start.permission {
            Begins::Explicit => "explicit",
            Begins::Asked | Begins::ByAccount | Begins::Bare => "implicit",
            Begins::Unsubscribed => "unsubscribed",
            Begins::Pending => "pending_confirmation",
            Begins::OnHold => "temp_hold",
        };
        let first = self.people[number].address(Address::First, false);
        let by_person = matches!(start.permission, Begins::Explicit | Begins::Asked);
        let new = json!({
            "email": first, "permission": permission,
            "opt_in_source": if by_person { "Contact" } else { "Account" },
            "opt_in_date": day(100), "without_opt_in": start.permission == Begins::Bare,
            "opt_out_date": day(30), "created_at": day(300),
            "first_name": if start.named { "Pat" } else { "" }, "last_name": if start.named { format!("No{number}") } else { String::new() },
        });
        let on: Vec<&str> = start
            .lists
            .iter()
            .map(|list| &self.lists[*list])
            .filter(|list| !list.deleted)
            .map(List::name)
            .collect();
        let on = if start.permission == Begins::Unsubscribed { vec![] } else { on };
        let id = self.world().subscribe(&new, &on);
        let former = self.people[number].first;
        if former != number && self.people[former].id.is_none() {
            // The address was no subscriber's before: what staff have of it speaks of this person.
            let outs = self.people[former].log.outs.clone();
            self.people[number].log.outs.extend(outs.into_iter().filter(|out| out.by == By::Staff));
        }
        let who = &mut self.people[number];
        who.id = Some(id);
        who.log.addresses.push(first);
        if start.permission == Begins::Unsubscribed {
            who.log.outs.push(OptOut { at: now - 30 * 86_400, by: By::Unsubscribed, seen: false });
        }
        self.remember();
    }

    /// Staff's contacts, as they are at first.
    pub fn furnish(&mut self) {
        let mut previous: Option<usize> = None;
        let mut contacts: Vec<(Vec<usize>, NewContact)> = Vec::new();
        for number in 0..self.people.len() {
            let start = self.people[number].start.clone();
            let shown = match start.place {
                Place::Absent | Place::Twice => Shown::In,
                Place::Own(shown) | Place::WithThePrevious(shown) => shown,
            };
            let now = self.now();
            let out_at = match shown {
                Shown::In => None,
                Shown::OutBefore => Some(now - 200 * 86_400),
                Shown::OutAfter => Some(now - 10 * 86_400),
            };
            if let Some(at) = out_at {
                self.people[number].log.outs.push(OptOut { at, by: By::Staff, seen: true });
            }
            let mut method =
                NewMethod::email(&self.people[number].address(Address::First, false), out_at.is_none());
            method.modified = Some(Timestamp::from_secs(out_at.unwrap_or(now - 250 * 86_400)));
            let individual = NewIndividual {
                first_name: "Pat".into(),
                last_name: format!("No{number}"),
                methods: vec![method],
                ..NewIndividual::default()
            };
            let tags = if start.tagged {
                vec!["CC: Newsletter".to_owned(), STAFF_TAGS[0].to_owned()]
            } else {
                vec![]
            };
            let created = Some(Timestamp::from_secs(now - 300 * 86_400));
            let contact =
                NewContact { individuals: vec![individual.clone()], tags, created, ..NewContact::default() };
            match start.place {
                Place::Absent => {}
                Place::WithThePrevious(_) if previous.is_some() => {
                    let place = previous.unwrap();
                    contacts[place].0.push(number);
                    contacts[place].1.individuals.push(individual);
                }
                Place::Own(_) | Place::WithThePrevious(_) => {
                    previous = Some(contacts.len());
                    contacts.push((vec![number], contact));
                }
                Place::Twice => {
                    contacts.push((vec![], contact.clone()));
                    contacts.push((vec![], contact));
                }
            }
            if start.donor {
                let donor = NewIndividual {
                    first_name: "Don".into(),
                    last_name: format!("No{number}"),
                    methods: vec![NewMethod::email(
                        &self.people[number].address(Address::Donors, false),
                        true,
                    )],
                    ..NewIndividual::default()
                };
                contacts.push((
                    vec![],
                    NewContact { individuals: vec![donor], created, ..NewContact::default() },
                ));
            }
        }
        for (_, contact) in contacts {
            let tagged = !contact.tags.is_empty();
            let id = self.world().staff_add(&contact);
            if tagged {
                self.staff_tags.entry(id).or_default().insert(STAFF_TAGS[0]);
            }
        }
    }
}

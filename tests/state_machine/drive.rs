//! Carries a history out on both simulators with Tandem between them, and logs what really came of each edit.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest_state_machine::StateMachineTest;
use serde_json::json;
use tandem::{
    domain::Timestamp,
    simulator::{
        constant_contact::{Contact as CcContact, Permission, Source},
        faults::{ErrorBody, Fault, FaultKind, System},
        virtuous::model::{Contact, NewContact, NewIndividual, NewMethod},
    },
};

use crate::{
    check,
    history::{
        Address, Begins, Edit, Evidence, Happens, Histories, LISTS, Pause, Place, STAFF_TAGS, Scene, Shown,
        Start, Trouble,
    },
    model::{By, Log, OptOut, Record, Said},
    world::{DAY, HOPE, HOUR, MINUTE, Setup, World, uuid},
};

/// Lists that the simulator makes, with their tags.
const NAMES: [&str; LISTS] = ["Newsletter", "Events", "Volunteers"];
/// Long enough for every stream to come by: polls, counts, bounces, sweeps, retries.
const SETTLE: Duration = Duration::from_secs(6 * 3600);

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
    /// How many of them were there while everything was seen, or before such a one.
    pub seen: usize,
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
    world: Option<World>,
    setup: Setup,
    pub people: Vec<Living>,
    pub lists: Vec<List>,
    /// Staff's own tags of each contact.
    pub staff_tags: BTreeMap<i64, BTreeSet<&'static str>>,
    /// Lists whose tags staff put on or took off a contact: left as they are (S5).
    pub touched: BTreeSet<(i64, usize)>,
    /// What every step compares with.
    pub before: check::Seen,
    troubled: bool,
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

    async fn wait(&mut self, pause: Pause) {
        match pause {
            Pause::None => {}
            Pause::Second => self.world().pass(Duration::from_secs(1)).await,
            Pause::Minutes => self.world().pass(5 * MINUTE).await,
            Pause::Hours => self.world().pass(2 * HOUR).await,
            Pause::Settle => self.settle(SETTLE).await,
        }
    }

    /// Lets everything be seen; what stood meanwhile is known then.
    async fn settle(&mut self, time: Duration) {
        if std::mem::take(&mut self.troubled) {
            self.world().pass(2 * HOUR).await;
            let mut simulator = self.world().simulator();
            simulator.constant_contact.faults.clear();
            simulator.virtuous.faults.clear();
        }
        self.world().pass(time).await;
        for list in &mut self.lists {
            list.seen = if list.deleted { list.seen } else { list.names.len() };
        }
        let records: Vec<_> = self.people.iter().map(|who| self.record(who)).collect();
        for (who, record) in self.people.iter_mut().zip(records) {
            for out in &mut who.log.outs {
                out.seen |= match (&out.by, &record) {
                    (By::Staff, _) | (By::Deleted, None) => true,
                    (_, None) => false,
                    (By::Unsubscribed, Some(record)) => record.said == Said::Unsubscribed,
                    (By::Deleted, Some(record)) => record.deleted,
                    (By::Bounced(address), Some(record)) => record.address == *address,
                };
            }
        }
    }

    fn cc(&self, control: &str, body: &serde_json::Value) {
        self.world().control(&format!("cc/{control}"), body);
    }

    fn add(&mut self, number: usize) {
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
        let who = &mut self.people[number];
        who.id = Some(id);
        who.log.addresses.push(first);
        if start.permission == Begins::Unsubscribed {
            who.log.outs.push(OptOut { at: now - 30 * 86_400, by: By::Unsubscribed, seen: false });
        }
        self.remember();
    }

    /// Staff's contacts, as they are at first.
    fn furnish(&mut self) {
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

    /// Keeps who is mailable and who has which address, after an edit.
    fn remember(&mut self) {
        let records: Vec<_> = self.people.iter().map(|who| self.record(who)).collect();
        for (who, record) in self.people.iter_mut().zip(records) {
            let Some(record) = record else { continue };
            who.log.was_mailable |= record.said == Said::Mailable && !record.deleted;
            if !who.log.addresses.contains(&record.address) {
                who.log.addresses.push(record.address);
            }
        }
    }

    fn out(&mut self, number: usize, by: By) {
        let at = self.now();
        self.people[number].log.outs.push(OptOut { at, by, seen: false });
    }

    async fn edit(&mut self, edit: &Edit) {
        if edit.person().is_some_and(|who| who >= self.people.len()) {
            return;
        }
        match *edit {
            Edit::Trouble(in_cc, trouble, times) => self.trouble(in_cc, trouble, times),
            Edit::Panic(in_cc) => self.world().tripwire.arm(if in_cc { "/v3/contacts" } else { "/api/" }),
            Edit::Restart => {
                let world = self.world.take().unwrap();
                self.world = Some(world.restarted(&self.setup).await);
            }
            Edit::Nothing => {}
            Edit::RenameList(list, made) if !self.lists[list].deleted => {
                let count = self.lists[list].names.len();
                let (old, new) = (self.lists[list].name().to_owned(), format!("{} {count}", NAMES[list]));
                self.cc("rename-list", &json!({"list": old, "name": new}));
                if made {
                    self.world().control("virtuous/add-tag", &json!({"name": format!("CC: {new}")}));
                }
                self.lists[list].names.push(new);
            }
            Edit::DeleteList(list) if !self.lists[list].deleted => {
                self.cc("delete-list", &json!({"list": self.lists[list].name()}));
                self.lists[list].deleted = true;
            }
            Edit::RenameList(..) | Edit::DeleteList(_) => {}
            Edit::Subscribe(number) => {
                if self.people[number].id.is_none() {
                    self.add(number);
                }
            }
            Edit::StaffOptOut(number, _)
            | Edit::StaffOptIn(number)
            | Edit::StaffTag(number, _)
            | Edit::StaffUntag(number, _)
            | Edit::StaffTagsList(number, _)
            | Edit::StaffUntagsList(number, _) => self.by_staff(number, edit),
            Edit::Unsubscribe(number)
            | Edit::Complain(number)
            | Edit::Resubscribe(number, _)
            | Edit::Delete(number)
            | Edit::Erase(number)
            | Edit::Revive(number)
            | Edit::Hold(number)
            | Edit::Release(number)
            | Edit::Join(number, _)
            | Edit::Leave(number, _)
            | Edit::Email(number, ..)
            | Edit::Bounce(number, _)
            | Edit::Rename(number) => self.by_the_person(number, edit),
        }
        self.remember();
    }

    /// What happens to a subscriber in Constant Contact; nothing if there is no sense in it.
    fn by_the_person(&mut self, number: usize, edit: &Edit) {
        let Some(record) = self.record(&self.people[number]) else { return };
        let id = self.people[number].id.clone().unwrap();
        let living = !record.deleted;
        let on = |list: usize| record.lists.iter().any(|name| name == self.lists[list].name());
        match *edit {
            Edit::Unsubscribe(_) if living && record.said != Said::Unsubscribed => {
                self.cc("unsubscribe", &json!({"contact": id}));
                self.out(number, By::Unsubscribed);
            }
            Edit::Complain(_) if living && record.said != Said::Unsubscribed => {
                self.cc("complain", &json!({"contact": id}));
                self.out(number, By::Unsubscribed);
                self.people[number].noted += 1;
            }
            Edit::Resubscribe(_, evidence) if living => {
                let proof = match evidence {
                    Evidence::Confirmed => "confirmed",
                    Evidence::Asked => "asked",
                    Evidence::Staff => "staff",
                    Evidence::Nothing => "nothing",
                };
                self.cc("resubscribe", &json!({"contact": id, "proof": proof}));
            }
            Edit::Delete(_) if living => {
                self.cc("delete", &json!({"contact": id}));
                self.out(number, By::Deleted);
                self.people[number].noted += 1;
            }
            Edit::Erase(_) => {
                self.cc("erase", &json!({"contact": id}));
                self.out(number, By::Deleted);
                self.people[number].noted += 1;
            }
            Edit::Revive(_) if !living => self.cc("revive", &json!({"contact": id})),
            Edit::Hold(_) if living && record.said == Said::Mailable => {
                self.cc("permission", &json!({"contact": id, "permission": "temp_hold"}));
            }
            Edit::Release(_) if living && record.said == Said::Silent => {
                self.cc("permission", &json!({"contact": id, "permission": "implicit"}));
            }
            Edit::Join(_, list)
                if living && record.said != Said::Unsubscribed && !self.lists[list].deleted && !on(list) =>
            {
                self.cc("move-lists", &json!({"contact": id, "add": [self.lists[list].name()]}));
            }
            Edit::Leave(_, list) if living && !self.lists[list].deleted && on(list) => {
                self.cc("move-lists", &json!({"contact": id, "remove": [self.lists[list].name()]}));
            }
            Edit::Email(_, to, upper) if living => {
                let to = self.people[number].address(to, upper);
                let taken = |who: &Living| {
                    who.number != number
                        && self.record(who).is_some_and(|record| record.address.eq_ignore_ascii_case(&to))
                };
                if !self.people.iter().any(taken) {
                    self.cc("email", &json!({"contact": id, "email": to}));
                }
            }
            Edit::Bounce(_, code) if living && record.said == Said::Mailable => {
                self.cc("bounce", &json!({"contact": id, "code": code.to_string()}));
                if code != 'V' {
                    self.out(number, By::Bounced(record.address));
                    self.people[number].noted += 1;
                }
            }
            Edit::Rename(_) if living => {
                self.cc("edit", &json!({"contact": id, "first_name": "Sam", "last_name": "Other"}));
            }
            _ => {}
        }
    }

    fn by_staff(&mut self, number: usize, edit: &Edit) {
        let Some(contact) = self.contact(&self.people[number]) else { return };
        let (id, now) = (contact.id, self.world().now());
        let own = &self.people[number].log.addresses;
        let methods: Vec<(i64, bool)> = contact
            .methods()
            .filter(|method| method.is_email() && own.iter().any(|known| method.has_address(known)))
            .map(|method| (method.id, method.opted_in))
            .collect();
        let set = |opted_in: bool, most: usize| {
            let fitting: Vec<_> = methods.iter().filter(|(_, is)| *is != opted_in).take(most).collect();
            let mut simulator = self.world().simulator();
            let organisation = simulator.virtuous.organisation_mut(HOPE).unwrap();
            fitting.iter().filter(|(method, _)| organisation.staff_set_opt_in(*method, opted_in, now)).count()
        };
        let tag_of = |list: usize| format!("CC: {}", self.lists[list].name());
        match *edit {
            Edit::StaffOptOut(_, all) => {
                if set(false, if all { usize::MAX } else { 1 }) > 0 && !self.is_fresh(number) {
                    for who in self.sharing(number) {
                        self.out(who, By::Staff);
                    }
                }
            }
            Edit::StaffOptIn(_) => {
                if set(true, usize::MAX) > 0 {
                    for who in self.sharing(number) {
                        self.people[who].log.staff_ins.push(now.as_secs());
                    }
                }
            }
            Edit::StaffTag(_, tag) => {
                self.world()
                    .edit("virtuous/tag", &json!({"contact": id.to_string(), "tag": STAFF_TAGS[tag]}));
                self.staff_tags.entry(id).or_default().insert(STAFF_TAGS[tag]);
            }
            Edit::StaffUntag(_, tag) => {
                self.world()
                    .edit("virtuous/untag", &json!({"contact": id.to_string(), "tag": STAFF_TAGS[tag]}));
                self.staff_tags.entry(id).or_default().remove(STAFF_TAGS[tag]);
            }
            Edit::StaffTagsList(_, list) => {
                self.world().edit("virtuous/tag", &json!({"contact": id.to_string(), "tag": tag_of(list)}));
                self.touched.insert((id, list));
            }
            Edit::StaffUntagsList(_, list) => {
                self.world().edit("virtuous/untag", &json!({"contact": id.to_string(), "tag": tag_of(list)}));
                self.touched.insert((id, list));
            }
            _ => {}
        }
    }

    /// C5: whatever a new contact shows before its first reading is nobody's wish.
    fn is_fresh(&self, number: usize) -> bool {
        let subject = self.people[number].id.as_deref().and_then(|id| self.world().subject(id));
        subject.is_some_and(|subject| subject.submission.is_some() || subject.fresh_since.is_some())
    }

    /// Everybody who ever had the first address of this person, themselves included.
    fn sharing(&self, number: usize) -> Vec<usize> {
        let first = self.people[number].first;
        self.people
            .iter()
            .filter(|who| who.number == number || who.first == first)
            .map(|who| who.number)
            .collect()
    }

    fn trouble(&mut self, in_cc: bool, trouble: Trouble, times: u32) {
        let kind = match trouble {
            Trouble::LostRequest => FaultKind::DropBefore,
            Trouble::LostAnswer => FaultKind::DropAfter,
            Trouble::Error => FaultKind::Status { status: 500, body: ErrorBody::Html },
            Trouble::Throttled => FaultKind::Throttled,
            Trouble::Malformed => FaultKind::Malformed,
            Trouble::Slow => FaultKind::Latency(90_000),
        };
        let system = if in_cc { System::ConstantContact } else { System::Virtuous };
        let reading = matches!(trouble, Trouble::Throttled | Trouble::Slow);
        for method in ["GET", "POST", "PUT", "DELETE"] {
            if reading || method != "GET" || in_cc {
                self.world().fault(Fault {
                    method: Some(method.to_owned()),
                    // A refresh whose answer is lost has lost its token for good, which is not what this is about.
                    path_prefix: if in_cc { "/v3".to_owned() } else { String::new() },
                    remaining: Some(times),
                    ..Fault::once(system, kind.clone())
                });
            }
        }
        self.troubled = true;
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
    async fn start(scene: &Scene) -> Self {
        let setup = setup(scene);
        let world = World::start(&setup).await;
        for tag in STAFF_TAGS {
            world.control("virtuous/add-tag", &json!({"name": tag}));
        }
        let living = |(number, start): (usize, &Start)| Living {
            number,
            first: number,
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
                .map(|name| List { names: vec![(*name).to_owned()], seen: 0, deleted: false })
                .collect(),
            staff_tags: BTreeMap::new(),
            touched: BTreeSet::new(),
            before: check::Seen::default(),
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

    async fn happens(&mut self, Happens(edit, pause): &Happens) {
        self.edit(edit).await;
        self.before = check::Seen::of(self);
        self.wait(*pause).await;
        check::step(self);
    }

    async fn end(mut self) {
        self.before = check::Seen::of(&self);
        self.troubled = true;
        // Tags are read again daily (S4).
        let renamed = self.lists.iter().any(|list| list.names.len() > 1);
        self.settle(if renamed { DAY + SETTLE } else { SETTLE }).await;
        check::step(&self);
        check::end(&self);
        let writes = self.world().writes();
        self.world().pass(2 * HOUR).await;
        assert_eq!(self.world().writes(), writes, "both are in step, and something is written still");
        self.world.unwrap().finish_differing().await;
    }
}

/// The test: the histories, carried out. Everything runs in the runner, whose clock it is.
pub struct Drive;

impl StateMachineTest for Drive {
    type SystemUnderTest = (Running, actix::SystemRunner);
    type Reference = Histories;

    fn init_test(scene: &Scene) -> Self::SystemUnderTest {
        let runner = actix::System::new();
        (runner.block_on(Running::start(scene)), runner)
    }

    fn apply(
        (mut running, runner): Self::SystemUnderTest,
        _: &Scene,
        happens: Happens,
    ) -> Self::SystemUnderTest {
        runner.block_on(running.happens(&happens));
        (running, runner)
    }

    fn teardown((running, runner): Self::SystemUnderTest, _: Scene) {
        runner.block_on(running.end());
    }
}

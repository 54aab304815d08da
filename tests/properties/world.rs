//! A tiny model of both systems: effects change it as the APIs would, and it is read again as the streams would.

use tandem::{
    domain::{
        Actor, CcView, Effect, EmailMethod, Finding, Individual, IndividualId, Lane, ListsInFlight,
        Membership, MethodId, Observation, Permission, Person, Settlement, ShownMethod, Subject, Submission,
        Timestamp, Told, Transaction, VirtuousContact, VirtuousContactId, VirtuousView, email_key,
    },
    sync::{Household, Plan, Planned, Planner, Step, capture, link, settle},
};

use super::generate::{ID, NOW, at, id};

/// A whole reading of a contact in Constant Contact.
pub fn observation(view: &CcView) -> Observation {
    Observation::whole(
        id(),
        CcView { bounce: None, ..view.clone() },
        xxhash_rust::xxh3::xxh3_64(format!("{:?}", CcView { seen_at: at(0), ..view.clone() }).as_bytes()),
    )
}

#[derive(Debug, Clone)]
pub struct World {
    pub cc: CcView,
    pub contacts: Vec<VirtuousContact>,
    /// Keys of the notes that were written, in order.
    pub notes: Vec<String>,
    /// What the nightly import sets on the methods it makes.
    pub import_opts_in: bool,
    now: Timestamp,
}

impl World {
    pub fn new(cc: &CcView, contacts: Vec<VirtuousContact>, import_opts_in: bool) -> Self {
        Self { cc: cc.clone(), contacts, notes: Vec::new(), import_opts_in, now: at(NOW) }
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn tick(&mut self) {
        self.now = Timestamp::from_millis(self.now.as_millis() + 60_000);
    }

    /// One turn of the submitter: carries out the subject's next step, settles it, and reads both sides again.
    /// Returns the plan that was carried out.
    pub fn turn(&mut self, subject: &mut Subject, planner: &Planner, household: &Household) -> Plan {
        let plan = planner.plan(subject, household, self.now);
        self.tick();
        let findings = self.carry_out(subject, planner, &plan.step);
        let lane = if plan.opts_out() { Lane::Consent } else { Lane::Change };
        let settlement = Settlement {
            id: subject.id.clone(),
            lane,
            revision: subject.revision,
            unsure: false,
            contact: None,
            findings,
        };
        settle::settle(subject, &settlement, planner, household, self.now);
        self.tick();
        self.read_again(subject, planner);
        plan
    }

    /// Reads both sides, as the streams would.
    pub fn read_again(&mut self, subject: &mut Subject, planner: &Planner) {
        let mut view = self.cc.clone();
        view.seen_at = self.now;
        capture::observe_cc(subject, observation(&view), &planner.rules, planner.stage, self.now);
        for contact in &self.contacts {
            if let Some(person) = self.person(contact, subject, planner) {
                capture::observe_virtuous(subject, person, &planner.rules, planner.stage, self.now);
            }
        }
    }

    fn person(&self, contact: &VirtuousContact, subject: &Subject, planner: &Planner) -> Option<Person> {
        link::person_of(contact, subject, &planner.rules, &planner.mapping.field_names(), self.now)
    }

    fn carry_out(&mut self, subject: &Subject, planner: &Planner, step: &Step) -> Vec<Finding> {
        match step {
            Step::Nothing => Vec::new(),
            Step::LookUp => vec![self.look_up(subject, planner)],
            Step::Refresh => {
                let found = self.contacts.first().and_then(|contact| self.person(contact, subject, planner));
                vec![found.map_or(Finding::NotFound, Finding::Found)]
            }
            Step::ReadHits(_) => Vec::new(),
            Step::Submit(transaction) => {
                let creates = subject.virtuous.linked().is_none();
                let sent_at = self.now;
                self.tick();
                if creates {
                    self.import(transaction, planner);
                }
                {
                    let email = subject.cc.email.clone();
                    vec![Finding::Submitted {
                        submission: Submission { sent_at, certain: true, creates },
                        email,
                    }]
                }
            }
            // Carried out at once, and read since.
            Step::LookAtLists => vec![Finding::ListsDone { errors: String::new() }],
            Step::Apply(planned) => {
                planned.iter().map(|planned| self.write(subject, planner, planned)).collect()
            }
        }
    }

    fn look_up(&self, subject: &Subject, planner: &Planner) -> Finding {
        let source = &planner.rules.reference_source;
        let by_reference = self.contacts.iter().find(|contact| contact.has_reference(source, ID));
        if let Some(person) = by_reference.and_then(|contact| self.person(contact, subject, planner)) {
            return Finding::Found(person);
        }
        let mut people: Vec<Person> =
            self.contacts.iter().filter_map(|contact| self.person(contact, subject, planner)).collect();
        match people.len() {
            0 => Finding::NotFound,
            1 => Finding::Found(people.remove(0)),
            _ => Finding::FoundSeveral { people, more: false },
        }
    }

    /// The nightly import, come at once: a new contact, since there was none.
    fn import(&mut self, row: &Transaction, planner: &Planner) {
        let tags = row.tags.iter().filter(|name| {
            planner.mapping.by_name.get(*name).is_some_and(|segment| {
                matches!(
                    planner.mapping.tags[segment].lookup,
                    tandem::domain::reference_data::TagLookup::One(_)
                )
            })
        });
        let method = EmailMethod {
            id: MethodId(90),
            kind: row.email_type.clone(),
            value: row.email.clone(),
            opted_in: self.import_opts_in,
            primary: true,
            created_at: Some(self.now),
            modified_at: Some(self.now),
        };
        self.contacts.push(VirtuousContact {
            id: VirtuousContactId(900),
            merged_into: None,
            archived: None,
            private: Some(false),
            references: Told::whole(vec![("Constant Contact".to_owned(), row.reference_id.clone())]),
            tags: tags.cloned().collect(),
            fields: Told::whole(row.custom_fields.clone()),
            individuals: Told::whole(vec![Individual {
                id: IndividualId(9),
                primary: true,
                emails: vec![method].into(),
                fields: Told::whole(vec![]),
            }]),
            modified_at: Some(self.now),
        });
    }

    /// One effect, as the API would do it. A new kind of effect has to be decided here: nothing is ever deleted but the
    /// join of a tag.
    fn write(&mut self, subject: &Subject, planner: &Planner, planned: &Planned) -> Finding {
        let (now, effect) = (self.now, &planned.effect);
        let mut changed = None;
        match effect {
            Effect::SetOptIn { contact, individual, addresses, opted_in } => {
                for method in self.methods(*contact, *individual) {
                    if addresses.contains(&email_key(&method.value)) && method.opted_in != Some(*opted_in) {
                        method.opted_in = Some(*opted_in);
                        method.modified_at = Some(now);
                    }
                }
                // The address gets the mail: an opt-out reaches it on whomever of the contact (P2).
                let present = self.cc.email_key().filter(|_| !opted_in);
                let people = self.contact(*contact).individuals.iter_mut();
                for method in people.flat_map(|one| one.emails.iter_mut()) {
                    if Some(email_key(&method.value)) == present && method.opted_in != Some(false) {
                        method.opted_in = Some(false);
                        method.modified_at = Some(now);
                    }
                }
                changed = Some(*contact);
            }
            Effect::SetEmail { contact, method, to } => {
                let people = &mut self.contact(*contact).individuals;
                let known =
                    people.iter_mut().flat_map(|one| one.emails.iter_mut()).find(|known| known.id == *method);
                let known = known.expect("the method is there");
                known.value.clone_from(to);
                known.modified_at = Some(now);
                changed = Some(*contact);
            }
            Effect::AddReference { contact } => {
                self.contact(*contact).references.push(("Constant Contact".to_owned(), ID.to_owned()));
            }
            Effect::AddTag { contact, name, .. } => self.contact(*contact).tags.push(name.clone()),
            Effect::RemoveTag { contact, name, .. } => {
                self.contact(*contact).tags.retain(|tag| tag != name);
            }
            Effect::SetFields { contact, fields, .. } => {
                let known = &mut self.contact(*contact).fields;
                for (name, value, _) in fields {
                    known.retain(|(field, _)| field != name);
                    if !value.is_empty() {
                        known.push((name.clone(), value.clone()));
                    }
                }
            }
            Effect::AddNote { note, .. } => self.notes.push(note.key.clone()),
            Effect::Unsubscribe { reason } => {
                assert!(self.cc.deletion.is_none(), "a PUT would revive a deleted contact");
                self.cc.permission = Permission::Unsubscribed;
                self.cc.opt_out_source = Actor::Account;
                self.cc.opt_out_at = Some(now);
                self.cc.opt_out_reason = Some((*reason).to_owned());
            }
            Effect::SendConfirmation { .. } => assert_eq!(self.cc.permission, Permission::Unsubscribed),
            Effect::ChangeLists { membership, lists } => {
                assert!(self.cc.deletion.is_none() && self.cc.permission != Permission::Unsubscribed, "S5");
                self.cc.lists.retain(|list| !lists.contains(list));
                if *membership == Membership::Join {
                    self.cc.lists.extend(lists.iter().cloned());
                    self.cc.lists.sort();
                }
                let flight = ListsInFlight {
                    activity: "model".to_owned(),
                    membership: *membership,
                    lists: lists.clone(),
                    sent_at: now,
                    looks: 0,
                    next_look: now,
                };
                return Finding::ListsSent { flight, reason: planned.reason.clone() };
            }
        }
        let person = changed.and_then(|contact| {
            let contact = self.contact(contact).clone();
            self.person(&contact, subject, planner)
        });
        let reason = planned.reason.clone();
        Finding::Done { effect: effect.clone(), person, reason, call: "model".to_owned() }
    }

    fn contact(&mut self, id: VirtuousContactId) -> &mut VirtuousContact {
        self.contacts.iter_mut().find(|contact| contact.id == id).expect("the contact is there")
    }

    pub fn methods(
        &mut self,
        contact: VirtuousContactId,
        individual: IndividualId,
    ) -> impl Iterator<Item = &mut ShownMethod> {
        let people = self.contact(contact).individuals.iter_mut();
        people.filter(move |one| one.id == individual).flat_map(|one| one.emails.iter_mut())
    }
}

/// The person that a plan is about.
pub fn person_in(subject: &Subject) -> Option<&Person> {
    match &subject.virtuous {
        VirtuousView::Linked(person) => Some(person),
        VirtuousView::Candidates(people) => match people.as_slice() {
            [only] => Some(only),
            _ => None,
        },
        VirtuousView::Unknown | VirtuousView::Absent { .. } | VirtuousView::LookAgain => None,
    }
}

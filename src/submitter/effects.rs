//! One subscriber's effects: each the fewest calls that the API allows.

use crate::{
    access::CustomerContext,
    domain::{
        Action, Effect, EffectKind, Finding, Lane, Note, Person, Refusal, VirtuousContactId,
        book::{Book, FieldHolder},
        email_key,
    },
    store::SharedPlanner,
    sync::{Planned, Step, fields, notes},
    virtuous::{ReadContact, VirtuousError, method::MethodModel, tag::TagJoin},
};

use super::{
    confirmation::{self, Sent},
    lookup, merges,
    turn::InHand,
    unsubscribe,
};

/// Carries out a plan, effect by effect, until one fails or the person turns out to have changed.
pub async fn carry_out(env: &CustomerContext, planner: &SharedPlanner, hand: &InHand) -> Vec<Finding> {
    let Step::Apply(planned) = &hand.plan.step else { return Vec::new() };
    let mut findings = Vec::new();
    let mut work = Work { env, planner, hand, lane: hand.lane(), fresh: None };
    // After a kill some write may have been done: read before anything is written again.
    if hand.taken.unsure.is_some() || planned.iter().any(|planned| planned.effect.kind().needs_fresh_read()) {
        match work.read_again().await {
            Ok(Some(as_planned)) if as_planned => {}
            // Not as the plan saw it: merge again instead of writing (P2).
            Ok(Some(_)) => return work.found(),
            Ok(None) => return gone(),
            Err(error) => return vec![work.failed(Action::ReadContact, error)],
        }
    }
    for planned in planned {
        match work.perform(planned).await {
            // Not as the plan saw it: what was read instead is kept, and merged again.
            Ok(None) => break,
            Ok(Some(found)) => {
                let ends = matches!(found, Finding::EmailTaken(_));
                env.metrics.effect(&env.id, planned.effect.kind().as_str(), "done");
                findings.push(found);
                if ends {
                    break;
                }
            }
            Err(finding) => {
                env.metrics.effect(&env.id, planned.effect.kind().as_str(), "failed");
                findings.push(finding);
                break;
            }
        }
    }
    findings
}

fn gone() -> Vec<Finding> {
    let text = "the linked Virtuous contact is not found any more".to_owned();
    vec![Finding::Failed { action: Action::ReadContact, refusal: Refusal::Permanent { status: 404, text } }]
}

/// A subscriber in work.
struct Work<'a> {
    env: &'a CustomerContext,
    planner: &'a SharedPlanner,
    hand: &'a InHand,
    lane: Lane,
    fresh: Option<(ReadContact, Person)>,
}

impl Work<'_> {
    /// Reads the contact just before it is written. `Some(true)` if it is as the plan saw it, `None` if it is gone.
    async fn read_again(&mut self) -> Result<Option<bool>, VirtuousError> {
        let Some(known) = self.linked() else { return Ok(None) };
        let (id, known) = (known.contact, known.clone());
        let read =
            self.env.virtuous.call(self.lane, |client| async move { client.contact(id).await }).await?;
        let Some(read) = read else { return Ok(None) };
        let Some(person) = lookup::person(self.env, self.planner, self.hand, &read.contact) else {
            return Ok(None);
        };
        let followed =
            merges::follow(self.env, self.planner, self.lane, std::slice::from_ref(&read.contact)).await;
        if let Err(error) = followed
            && !self.hand.plan.opts_out()
        {
            return Err(error);
        }
        let as_planned = same(&known, &person) && fields::same_fields(&known, &person, &self.planner.mapping);
        self.fresh = Some((read, person));
        Ok(Some(as_planned))
    }

    /// The person as the plan saw them.
    fn linked(&self) -> Option<&Person> {
        match &self.hand.taken.subject.virtuous {
            crate::domain::VirtuousView::Linked(person) => Some(person),
            crate::domain::VirtuousView::Candidates(people) => people.first(),
            _ => None,
        }
    }

    fn found(self) -> Vec<Finding> {
        self.fresh.map(|(_, person)| vec![Finding::Found(person)]).unwrap_or_default()
    }

    fn failed(&self, action: Action, error: VirtuousError) -> Finding {
        let refusal = match error {
            // Somebody was quicker, or the method is gone: read again and decide anew (P2).
            VirtuousError::Conflict { text }
                if matches!(
                    action,
                    Action::Effect(EffectKind::OptIn | EffectKind::OptOut | EffectKind::SetFields)
                ) =>
            {
                Refusal::Transient { text, after: None, may_have_arrived: false }
            }
            VirtuousError::NotFound
                if matches!(action, Action::Effect(EffectKind::OptIn | EffectKind::OptOut)) =>
            {
                Refusal::Transient { text: error.to_string(), after: None, may_have_arrived: false }
            }
            error => error.into_refusal(self.env.now()),
        };
        Finding::Failed { action, refusal }
    }

    /// Writes one effect; `None` if the other side turned out to have changed.
    async fn perform(&mut self, planned: &Planned) -> Result<Option<Finding>, Finding> {
        let done = |person: Option<Person>, call: &str| Finding::Done {
            effect: planned.effect.clone(),
            person,
            reason: planned.reason.clone(),
            call: call.to_owned(),
        };
        let action = Action::Effect(planned.effect.kind());
        let env = self.env;
        let found = match &planned.effect {
            Effect::SetOptIn { addresses, opted_in, .. } => {
                let person = self
                    .set_opt_in(addresses, *opted_in)
                    .await
                    .map_err(|error| self.failed(action, error))?;
                Ok(done(Some(person), "PUT ContactMethod"))
            }
            Effect::SetEmail { contact, method, to } => self.set_email(*contact, *method, to, &done).await,
            Effect::AddReference { contact } => {
                let source = self.planner.rules.reference_source.as_str();
                let (contact, id) = (*contact, self.hand.taken.subject.id.to_string());
                let call = env.virtuous.call(self.lane, |client| async move {
                    client.add_reference(contact, source, &id).await
                });
                match call.await {
                    Ok(_) => Ok(done(None, "POST ContactReference")),
                    // Some organisations take one reference of a source only (virtuous.md 9, GUESS): the link stays by id.
                    Err(
                        VirtuousError::Conflict { text } | VirtuousError::Refused { status: 400 | 422, text },
                    ) => Ok(Finding::ReferenceRefused(text)),
                    Err(error) => Err(self.failed(action, error)),
                }
            }
            Effect::AddTag { contact, tag, .. } => {
                let (contact, tag) = (*contact, *tag);
                let call =
                    env.virtuous.call(self.lane, |client| async move { client.add_tag(contact, tag).await });
                match call.await {
                    // A conflict means that it is on already (virtuous.md 6, GUESS): that is what was wanted.
                    Ok(_) | Err(VirtuousError::Conflict { .. }) => Ok(done(None, "POST ContactTag")),
                    Err(error) => Err(self.failed(action, error)),
                }
            }
            Effect::RemoveTag { contact, name: tag, .. } => {
                self.remove_tag(*contact, tag, &env.store.book().unwrap_or_default())
                    .await
                    .map_err(|error| self.failed(action, error))?;
                Ok(done(None, "DELETE ContactTag"))
            }
            Effect::SetFields { fields, .. } => {
                self.set_fields(fields).await.map_err(|error| self.failed(action, error))?;
                Ok(done(None, "PUT custom fields"))
            }
            Effect::AddNote { contact, note } => {
                self.add_note(*contact, note).await.map_err(|error| self.failed(action, error))?;
                Ok(done(None, "POST ContactNote"))
            }
            Effect::Unsubscribe { reason } => {
                match unsubscribe::in_constant_contact(env, self.hand, self.lane, reason).await {
                    Ok(true) => Ok(done(None, "PUT contacts")),
                    Ok(false) => return Ok(None),
                    Err(refusal) => Err(Finding::Failed { action, refusal }),
                }
            }
            Effect::SendConfirmation { lists } => {
                match confirmation::send(env, self.hand, self.lane, lists).await {
                    Ok(Sent::Taken) => Ok(done(None, "PUT contacts/resubscribe")),
                    Ok(Sent::Before) => Ok(done(None, "PUT contacts/resubscribe: it was sent before")),
                    Ok(Sent::Changed) => return Ok(None),
                    Err(refusal) => Err(Finding::Failed { action, refusal }),
                }
            }
            // Sent for many together, once nothing else is left to write (lists.rs).
            Effect::ChangeLists { .. } => return Ok(None),
        };
        found.map(Some)
    }

    /// Every method with one of the addresses (P2), each as a whole model of what was just read.
    async fn set_opt_in(&mut self, addresses: &[String], opted_in: bool) -> Result<Person, VirtuousError> {
        let Some((_, person)) = self.fresh.as_mut() else { return Err(VirtuousError::NotFound) };
        for method in &mut person.emails {
            if method.opted_in == opted_in || !addresses.contains(&email_key(&method.value)) {
                continue;
            }
            let model = MethodModel::of(method).with_opt_in(opted_in);
            let id = method.id;
            let call = self
                .env
                .virtuous
                .call(self.lane, |client| async move { client.put_method(id, &model).await });
            // The server normalises, so that its answer is kept where it can be read.
            match call.await? {
                Some(answer) if answer.id == id => *method = answer,
                _ => method.opted_in = opted_in,
            }
        }
        Ok(person.clone())
    }

    /// P6: not if the address already sits on another contact.
    async fn set_email(
        &mut self,
        contact: VirtuousContactId,
        method: crate::domain::MethodId,
        to: &str,
        done: &dyn Fn(Option<Person>, &str) -> Finding,
    ) -> Result<Finding, Finding> {
        let holders = lookup::by_address(self.env, self.lane, to).await;
        let holders = holders.map_err(|error| self.failed(EffectKind::SetEmail.into(), error))?;
        let key = email_key(to);
        let elsewhere = holders.iter().any(|holder| {
            holder.id != contact
                && holder.merged_into.is_none()
                && holder
                    .individuals
                    .iter()
                    .flat_map(|one| &one.emails)
                    .any(|known| email_key(&known.value) == key)
        });
        if elsewhere {
            return Ok(Finding::EmailTaken(to.to_owned()));
        }
        let Some((_, person)) = self.fresh.as_mut() else { return Err(Finding::NotFound) };
        let Some(known) = person.emails.iter_mut().find(|known| known.id == method) else {
            return Ok(Finding::Found(person.clone()));
        };
        let model = MethodModel::of(known).with_value(to.to_owned());
        let call = self
            .env
            .virtuous
            .call(self.lane, |client| async move { client.put_method(method, &model).await });
        match call.await {
            Ok(answer) => {
                match answer {
                    Some(answer) if answer.id == method => *known = answer,
                    _ => to.clone_into(&mut known.value),
                }
                Ok(done(Some(person.clone()), "PUT ContactMethod"))
            }
            Err(VirtuousError::Conflict { .. }) => Ok(Finding::EmailTaken(to.to_owned())),
            Err(error) => Err(self.failed(EffectKind::SetEmail.into(), error)),
        }
    }

    /// Takes a tag off by its join ids: the same tag may be on twice (virtuous.md 6, GUESS).
    async fn remove_tag(
        &self,
        contact: VirtuousContactId,
        name: &str,
        book: &Book,
    ) -> Result<(), VirtuousError> {
        let env = self.env;
        // Joins may show the tag's name, its id, or both (virtuous.md 6, names unverified).
        let ids = book.virtuous.tags.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut joins = Vec::new();
        let mut skip = 0;
        loop {
            let call = env
                .virtuous
                .call(self.lane, |client| async move { client.tags_of_contact(contact, skip).await });
            let page = call.await?;
            skip += page.raw_count;
            let is_last = page.raw_count == 0 || page.total.is_none_or(|total| skip as u64 >= total);
            joins.extend(page.joins);
            if is_last {
                break;
            }
        }
        let is_meant = |join: &TagJoin| {
            join.name == name || (join.name.is_empty() && join.tag.is_some_and(|tag| ids.contains(&tag)))
        };
        for join in joins.into_iter().filter(is_meant) {
            let Some(id) = join.join else {
                let text = "the tags of a contact show no join id".to_owned();
                return Err(VirtuousError::Refused { status: 0, text });
            };
            env.virtuous.call(self.lane, |client| async move { client.remove_tag(id).await }).await?;
        }
        Ok(())
    }

    /// Mapped fields, by whole models of what was just read (F1).
    async fn set_fields(&self, fields: &[(String, String, FieldHolder)]) -> Result<(), VirtuousError> {
        let Some((read, person)) = self.fresh.as_ref() else { return Err(VirtuousError::NotFound) };
        let of = |holder: FieldHolder| -> Vec<(String, String)> {
            fields
                .iter()
                .filter(|(_, _, at)| *at == holder)
                .map(|(name, value, _)| (name.clone(), value.clone()))
                .collect()
        };
        let kinds = &self.env.store.book().map(|book| book.virtuous.fields).unwrap_or_default();
        let on_contact = of(FieldHolder::Contact);
        if !on_contact.is_empty() {
            let call = self.env.virtuous.call(self.lane, |client| async move {
                client.put_contact_fields(read, &on_contact, kinds).await
            });
            call.await?;
        }
        let on_individual = of(FieldHolder::Individual);
        if !on_individual.is_empty() {
            let individual = person.individual;
            let call = self.env.virtuous.call(self.lane, |client| async move {
                client.put_individual_fields(read, individual, &on_individual, kinds).await
            });
            call.await?;
        }
        Ok(())
    }

    /// N1: written once. After an unknown outcome its marker is searched for before it is written again.
    async fn add_note(&self, contact: VirtuousContactId, note: &Note) -> Result<(), VirtuousError> {
        let env = self.env;
        if (self.hand.taken.unsure.is_some() || self.hand.taken.subject.attempts > 0)
            && let Some(marker) = notes::marker_of(&note.text)
        {
            let mut skip = Some(0);
            while let Some(at) = skip {
                let call = env
                    .virtuous
                    .call(self.lane, |client| async move { client.notes_of_contact(contact, at).await });
                let page = call.await?;
                if page.has_marker(marker) {
                    return Ok(());
                }
                skip = page.next_skip(at, note.at);
            }
        }
        let kinds = env.store.book().map(|book| book.virtuous.note_types).unwrap_or_default();
        let kind = ["Email", "General"]
            .into_iter()
            .find(|wanted| kinds.iter().any(|kind| kind == wanted))
            .map(str::to_owned)
            .or_else(|| kinds.first().cloned())
            .unwrap_or_else(|| "General".to_owned());
        env.virtuous
            .call(self.lane, |client| async move { client.add_note(contact, &kind, note).await })
            .await?;
        Ok(())
    }
}

/// Whether two readings agree on what effects are planned by, fields apart. Times of modification do not count.
fn same(one: &Person, other: &Person) -> bool {
    let methods = |person: &Person| -> Vec<_> {
        person.emails.iter().map(|method| (method.id, email_key(&method.value), method.opted_in)).collect()
    };
    one.contact == other.contact
        && one.individual == other.individual
        && methods(one) == methods(other)
        && one.tags == other.tags
        && one.restricted == other.restricted
        && one.has_reference == other.has_reference
        && one.merged_into == other.merged_into
}

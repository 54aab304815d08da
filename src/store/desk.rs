//! What the operator's desk needs beside the verbs of the sync: a decision about one subject, a token taken over from a
//! file, and the removal of a customer.

use crate::{
    domain::{
        Cause, ContactId, CustomerRules, Event, Lane, Reason, Rule, State, Subject, TagId, Timestamp, What,
    },
    sync::Household,
};

use super::{
    CustomerStore, StoreError, books, customers,
    keys::{Key, Kind},
    subjects::{self, Standing, Writer},
    tokens, work,
};

/// Entries that one operation deletes at most.
const DELETES_MAX: usize = 1000;

impl CustomerStore {
    /// The others of a subject's household (I4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn household(&self, subject: &Subject, rules: &CustomerRules) -> Result<Household, StoreError> {
        let customer = self.number;
        work::household(&self.reader(), customer, subject, rules)
    }

    /// Changes one subject by an operator's decision; `None` if there is no such subject.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn amend(
        &self,
        id: ContactId,
        change: impl FnOnce(&mut Subject) + Send + 'static,
    ) -> Result<Option<Subject>, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let Some(mut subject) = subjects::read(reader, customer, &id)? else { return Ok(None) };
            let before = Standing::of(&subject);
            change(&mut subject);
            let mut writer = Writer::new(reader, customer)?;
            writer.put(changes, Some(&before), &subject)?;
            writer.finish(changes)?;
            Ok(Some(subject))
        })
        .await
    }

    /// Chooses which of several tags of one name is meant (S4), and puts back to work who waits for that. Returns how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn choose_tag(&self, name: String, tag: TagId, now: Timestamp) -> Result<u64, StoreError> {
        let customer = self.number;
        let chosen = name.clone();
        self.write(move |reader, changes| {
            let mut book = books::virtuous(reader, customer)?;
            book.chosen_tags.insert(chosen, tag);
            books::put_virtuous(changes, customer, &book)
        })
        .await?;
        let mut waiting = self.attention(State::Review, usize::MAX)?;
        waiting.retain(|subject| subject.reason.cause == Cause::TagTwice && subject.reason.detail == name);
        let mut ids = Vec::new();
        for subject in waiting {
            let decided = Reason::about(Rule::S4, Cause::Decided, format!("{name}: the tag {tag}"));
            let event = Event { at: now, what: What::Decided, reason: decided };
            self.amend(subject.id.clone(), move |subject| subject.recent.push(event)).await?;
            ids.push(subject.id);
        }
        self.requeue_ids(ids, Lane::Change, now).await
    }

    /// Takes over the refresh token of a customer's file, unless the file held this one before: token and fingerprint
    /// in one group, so that a crash cannot bring a used-up token back later.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn take_over_token(
        &self,
        refresh: String,
        fingerprint: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let Some(mut record) = customers::read(reader, customer)? else { return Ok(false) };
            if record.token_fingerprint.as_ref() == Some(&fingerprint) {
                return Ok(false);
            }
            record.token_fingerprint = Some(fingerprint);
            customers::put(changes, &record)?;
            changes.put(Key::of(customer, Kind::Token), tokens::fresh(refresh, now)?);
            Ok(true)
        })
        .await
    }

    /// Forgets a customer and everything known of its subscribers; nothing is changed in either system. The name goes
    /// last, so that a removal that was broken off can be repeated.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn remove_customer(&self, name: String) -> Result<(), StoreError> {
        let customer = self.number;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Customer) {
            loop {
                let deleted = self
                    .write(move |reader, changes| {
                        let mut deleted = 0;
                        for entry in reader.scan_prefix(Key::of(customer, kind)).take(DELETES_MAX) {
                            changes.delete(entry?.0);
                            deleted += 1;
                        }
                        Ok(deleted)
                    })
                    .await?;
                if deleted < DELETES_MAX {
                    break;
                }
            }
        }
        self.write(move |_, changes| {
            changes.delete(Key::of(customer, Kind::Customer));
            changes.delete(Key::customer_name(&name));
            Ok(())
        })
        .await
    }
}

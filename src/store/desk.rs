//! What the operator's desk needs beside the verbs of the sync: a decision about one subject, a token taken over from a
//! file, and the removal of a customer.

use crate::{
    domain::{ContactId, CustomerRules, Subject, Timestamp},
    sync::Household,
};

use super::{
    Store, StoreError, customers,
    keys::{CustomerNo, Key, Kind},
    subjects::{self, Standing, Writer},
    tokens, work,
};

/// Entries that one operation deletes at most.
const DELETES_MAX: usize = 1000;

impl Store {
    /// The others of a subject's household (I4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn household(
        &self,
        customer: CustomerNo,
        subject: &Subject,
        rules: &CustomerRules,
    ) -> Result<Household, StoreError> {
        work::household(&self.reader(), customer, subject, rules)
    }

    /// Changes one subject by an operator's decision; `None` if there is no such subject.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn amend(
        &self,
        customer: CustomerNo,
        id: ContactId,
        change: impl FnOnce(&mut Subject) + Send + 'static,
    ) -> Result<Option<Subject>, StoreError> {
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

    /// Takes over the refresh token of a customer's file, unless the file held this one before: token and fingerprint
    /// in one group, so that a crash cannot bring a used-up token back later.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn take_over_token(
        &self,
        customer: CustomerNo,
        refresh: String,
        fingerprint: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
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
    pub async fn remove_customer(&self, customer: CustomerNo, name: String) -> Result<(), StoreError> {
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

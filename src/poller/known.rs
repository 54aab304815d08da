//! What the store knows of a customer, to be read only: the lines of a turn hold this, and cannot write.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    domain::{ContactId, ReferenceData, Stream, Subject, Timestamp},
    store::{Baselines, CampaignMark, CustomerStore, DayShare, Hint, Hints, StoreError},
    sync::windows::Cursor,
};

/// The customer's store without its writing verbs.
#[derive(Clone, Copy)]
pub struct Known<'a>(&'a CustomerStore);

impl<'a> Known<'a> {
    /// What this store knows.
    #[must_use]
    pub const fn of(store: &'a CustomerStore) -> Self {
        Self(store)
    }

    /// Where a stream stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn cursor(&self, stream: Stream) -> Result<Cursor, StoreError> {
        self.0.cursor(stream)
    }

    /// Hashes of the ids that the open window of a stream has shown (W2).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn seen_in_window(&self, stream: Stream) -> Result<HashSet<u64>, StoreError> {
        self.0.seen_in_window(stream)
    }

    /// Hints to follow, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hints(&self, now: Timestamp, limit: usize) -> Result<Hints, StoreError> {
        self.0.hints(now, limit)
    }

    /// The wish for a poll, if a hint that names no known contact waits (W5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn wish_for_a_poll(&self) -> Result<Option<Hint>, StoreError> {
        self.0.wish_for_a_poll()
    }

    /// Contacts that may still be read alone on this day, of this limit (W5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn single_reads_left(&self, day: i64, limit: u64) -> Result<u64, StoreError> {
        Ok(self.0.share_of_day(DayShare::SingleReads)?.left(day, limit))
    }

    /// Calls that polls by hint may still take on this day, of this limit (W5).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn hint_polls_left(&self, day: i64, limit: u64) -> Result<u64, StoreError> {
        Ok(self.0.share_of_day(DayShare::HintPolls)?.left(day, limit))
    }

    /// Whether there is a subject of this contact.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn has(&self, id: &ContactId) -> Result<bool, StoreError> {
        self.0.has_subject(id)
    }

    /// Subscribers with this address.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_by_email(&self, email_key: &str) -> Result<Vec<ContactId>, StoreError> {
        self.0.find_by_email(email_key)
    }

    /// The hash of a subscriber's record as it was last seen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn fingerprint(&self, id: &ContactId) -> Result<Option<u64>, StoreError> {
        self.0.fingerprint(id)
    }

    /// Contacts that answered 404 once, and when (D1).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn missing(&self) -> Result<Vec<(ContactId, Timestamp)>, StoreError> {
        self.0.missing()
    }

    /// Shows every subject to `visit` apart from the threads of the turns, and gives what it made of them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn fold_subjects<T: Send + 'static>(
        &self,
        start: T,
        visit: impl Fn(&mut T, Subject) + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.fold_subjects(start, visit).await
    }

    /// The reference data of both systems.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reference_data(&self) -> Result<Arc<ReferenceData>, StoreError> {
        self.0.reference_data()
    }

    /// The counts as last compared (W3).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn baselines(&self) -> Result<Baselines, StoreError> {
        self.0.baselines()
    }

    /// How far each campaign's bounce report was read (P4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn campaign_marks(&self) -> Result<HashMap<String, CampaignMark>, StoreError> {
        self.0.campaign_marks()
    }

    /// Unfinished work.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn work(&self) -> Result<u64, StoreError> {
        Ok(self.0.counts()?.work())
    }
}

//! Until every caller holds a [`CustomerStore`]: its methods with the number in front.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::*;
use crate::{
    domain::{
        Book, CcBook, ContactId, Counts, CustomerRecord, CustomerRules, Event, Lane, Settlement, Stage,
        State, Stream, Subject, TagId, Timestamp, VirtuousContact,
    },
    sync::{Household, Planner, brake::Tally, windows::Cursor},
};

impl Store {
    /// As [`CustomerStore::applied`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn applied(&self, customer: CustomerNo) -> Result<Option<AppliedV1>, StoreError> {
        self.of(customer).applied()
    }

    /// As [`CustomerStore::apply_settings`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn apply_settings(
        &self,
        customer: CustomerNo,
        applied: AppliedV1,
        now: Timestamp,
    ) -> Result<NewSettings, StoreError> {
        self.of(customer).apply_settings(applied, now).await
    }

    /// As [`CustomerStore::baselines`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn baselines(&self, customer: CustomerNo) -> Result<Baselines, StoreError> {
        self.of(customer).baselines()
    }

    /// As [`CustomerStore::save_baselines`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn save_baselines(&self, customer: CustomerNo, counts: Baselines) -> Result<(), StoreError> {
        self.of(customer).save_baselines(counts).await
    }

    /// As [`CustomerStore::book`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn book(&self, customer: CustomerNo) -> Result<Book, StoreError> {
        self.of(customer).book()
    }

    /// As [`CustomerStore::save_changed_book`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn save_changed_book(
        &self,
        customer: CustomerNo,
        book: CcBook,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(customer).save_changed_book(book, now).await
    }

    /// As [`CustomerStore::save_book`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn save_book(&self, customer: CustomerNo, book: Books) -> Result<(), StoreError> {
        self.of(customer).save_book(book).await
    }

    /// As [`CustomerStore::at_brake`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn at_brake(&self, customer: CustomerNo) -> Result<Tally, StoreError> {
        self.of(customer).at_brake()
    }

    /// As [`CustomerStore::let_go`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn let_go(&self, customer: CustomerNo, who: LetGo, now: Timestamp) -> Result<u64, StoreError> {
        self.of(customer).let_go(who, now).await
    }

    /// As [`CustomerStore::update_customer`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn update_customer(
        &self,
        customer: CustomerNo,
        change: impl FnOnce(&mut CustomerRecord) + Send + 'static,
    ) -> Result<Option<CustomerRecord>, StoreError> {
        self.of(customer).update_customer(change).await
    }

    /// As [`CustomerStore::household`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn household(
        &self,
        customer: CustomerNo,
        subject: &Subject,
        rules: &CustomerRules,
    ) -> Result<Household, StoreError> {
        self.of(customer).household(subject, rules)
    }

    /// As [`CustomerStore::amend`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn amend(
        &self,
        customer: CustomerNo,
        id: ContactId,
        change: impl FnOnce(&mut Subject) + Send + 'static,
    ) -> Result<Option<Subject>, StoreError> {
        self.of(customer).amend(id, change).await
    }

    /// As [`CustomerStore::choose_tag`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn choose_tag(
        &self,
        customer: CustomerNo,
        name: String,
        tag: TagId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.of(customer).choose_tag(name, tag, now).await
    }

    /// As [`CustomerStore::take_over_token`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn take_over_token(
        &self,
        customer: CustomerNo,
        refresh: String,
        fingerprint: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.of(customer).take_over_token(refresh, fingerprint, now).await
    }

    /// As [`CustomerStore::remove_customer`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn remove_customer(&self, customer: CustomerNo, name: String) -> Result<(), StoreError> {
        self.of(customer).remove_customer(name).await
    }

    /// As [`CustomerStore::keep_events`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn keep_events(
        &self,
        customer: CustomerNo,
        events: Vec<ContactEvent>,
        now: Timestamp,
    ) -> Result<EventsKept, StoreError> {
        self.of(customer).keep_events(events, now).await
    }

    /// As [`CustomerStore::events`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn events(
        &self,
        customer: CustomerNo,
        now: Timestamp,
        limit: usize,
    ) -> Result<EventsDue, StoreError> {
        self.of(customer).events(now, limit)
    }

    /// As [`CustomerStore::not_in_query`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn not_in_query(&self, customer: CustomerNo, events: Vec<EventDue>) -> Result<(), StoreError> {
        self.of(customer).not_in_query(events).await
    }

    /// As [`CustomerStore::put_off_events`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn put_off_events(
        &self,
        customer: CustomerNo,
        events: Vec<EventDue>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(customer).put_off_events(events, now).await
    }

    /// As [`CustomerStore::forget_events`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn forget_events(&self, customer: CustomerNo, events: Vec<EventDue>) -> Result<(), StoreError> {
        self.of(customer).forget_events(events).await
    }

    /// As [`CustomerStore::forget_old_events`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn forget_old_events(&self, customer: CustomerNo, now: Timestamp) -> Result<(), StoreError> {
        self.of(customer).forget_old_events(now).await
    }

    /// As [`CustomerStore::observe_facts`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn observe_facts(
        &self,
        customer: CustomerNo,
        facts: Vec<Fact>,
        mark: Option<(String, CampaignMark)>,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.of(customer).observe_facts(facts, mark, rules, stage, now).await
    }

    /// As [`CustomerStore::campaign_marks`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn campaign_marks(&self, customer: CustomerNo) -> Result<HashMap<String, CampaignMark>, StoreError> {
        self.of(customer).campaign_marks()
    }

    /// As [`CustomerStore::keep_hints`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn keep_hints(
        &self,
        customer: CustomerNo,
        about: Vec<HintAbout>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(customer).keep_hints(about, now).await
    }

    /// As [`CustomerStore::put_off_hint`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn put_off_hint(
        &self,
        customer: CustomerNo,
        hint: Hint,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(customer).put_off_hint(hint, now).await
    }

    /// As [`CustomerStore::hints`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn hints(&self, customer: CustomerNo, now: Timestamp, limit: usize) -> Result<Hints, StoreError> {
        self.of(customer).hints(now, limit)
    }

    /// As [`CustomerStore::forget_hints`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn forget_hints(&self, customer: CustomerNo, hints: Vec<Hint>) -> Result<(), StoreError> {
        self.of(customer).forget_hints(hints).await
    }

    /// As [`CustomerStore::check_consistent`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn check_consistent(&self, customer: CustomerNo) -> Result<Vec<String>, StoreError> {
        self.of(customer).check_consistent()
    }

    /// As [`CustomerStore::observe_missing`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn observe_missing(
        &self,
        customer: CustomerNo,
        id: ContactId,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<Missing, StoreError> {
        self.of(customer).observe_missing(id, rules, stage, now).await
    }

    /// As [`CustomerStore::missing`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn missing(&self, customer: CustomerNo) -> Result<Vec<(ContactId, Timestamp)>, StoreError> {
        self.of(customer).missing()
    }

    /// As [`CustomerStore::forget_missing`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn forget_missing(&self, customer: CustomerNo, id: ContactId) -> Result<(), StoreError> {
        self.of(customer).forget_missing(id).await
    }

    /// As [`CustomerStore::observe`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn observe(
        &self,
        customer: CustomerNo,
        page: Page,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<Observed, StoreError> {
        self.of(customer).observe(page, rules, stage, now).await
    }

    /// As [`CustomerStore::observe_contacts`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn observe_contacts(
        &self,
        customer: CustomerNo,
        read: ContactsRead,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<PeopleObserved, StoreError> {
        self.of(customer).observe_contacts(read, planner, now).await
    }

    /// As [`CustomerStore::merge_suspects`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn merge_suspects(
        &self,
        customer: CustomerNo,
        contacts: &[VirtuousContact],
        rules: &CustomerRules,
    ) -> Result<BTreeSet<MergeSuspect>, StoreError> {
        self.of(customer).merge_suspects(contacts, rules)
    }

    /// As [`CustomerStore::own_tags`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn own_tags(
        &self,
        customer: CustomerNo,
        contact: VirtuousContact,
        planner: SharedPlanner,
    ) -> Result<(), StoreError> {
        self.of(customer).own_tags(contact, planner).await
    }

    /// As [`CustomerStore::linked_to`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn linked_to(
        &self,
        customer: CustomerNo,
        contact: crate::domain::VirtuousContactId,
    ) -> Result<Vec<ContactId>, StoreError> {
        self.of(customer).linked_to(contact)
    }

    /// As [`CustomerStore::settle`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn settle(
        &self,
        customer: CustomerNo,
        settlements: Vec<Settlement>,
        planner: SharedPlanner,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(customer).settle(settlements, planner, now).await
    }

    /// As [`CustomerStore::requeue`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn requeue(
        &self,
        customer: CustomerNo,
        state: State,
        lane: Lane,
        now: Timestamp,
        which: fn(&Subject) -> bool,
    ) -> Result<u64, StoreError> {
        self.of(customer).requeue(state, lane, now, which).await
    }

    /// As [`CustomerStore::requeue_settled`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn requeue_settled(
        &self,
        customer: CustomerNo,
        lane: Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.of(customer).requeue_settled(lane, now).await
    }

    /// As [`CustomerStore::requeue_ids`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn requeue_ids(
        &self,
        customer: CustomerNo,
        ids: Vec<ContactId>,
        lane: Lane,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.of(customer).requeue_ids(ids, lane, now).await
    }

    /// As [`CustomerStore::cursor`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn cursor(&self, customer: CustomerNo, stream: Stream) -> Result<Cursor, StoreError> {
        self.of(customer).cursor(stream)
    }

    /// As [`CustomerStore::set_cursor`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn set_cursor(
        &self,
        customer: CustomerNo,
        stream: Stream,
        cursor: Cursor,
    ) -> Result<(), StoreError> {
        self.of(customer).set_cursor(stream, cursor).await
    }

    /// As [`CustomerStore::seen_in_window`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn seen_in_window(&self, customer: CustomerNo, stream: Stream) -> Result<HashSet<u64>, StoreError> {
        self.of(customer).seen_in_window(stream)
    }

    /// As [`CustomerStore::subject`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn subject(&self, customer: CustomerNo, id: &ContactId) -> Result<Option<Subject>, StoreError> {
        self.of(customer).subject(id)
    }

    /// As [`CustomerStore::fingerprint`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn fingerprint(&self, customer: CustomerNo, id: &ContactId) -> Result<Option<u64>, StoreError> {
        self.of(customer).fingerprint(id)
    }

    /// As [`CustomerStore::find_by_email`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn find_by_email(&self, customer: CustomerNo, email_key: &str) -> Result<Vec<ContactId>, StoreError> {
        self.of(customer).find_by_email(email_key)
    }

    /// As [`CustomerStore::counts`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn counts(&self, customer: CustomerNo) -> Result<Counts, StoreError> {
        self.of(customer).counts()
    }

    /// As [`CustomerStore::timeline`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn timeline(&self, customer: CustomerNo, subject: &Subject) -> Result<Vec<Event>, StoreError> {
        self.of(customer).timeline(subject)
    }

    /// As [`CustomerStore::attention`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn attention(
        &self,
        customer: CustomerNo,
        state: State,
        limit: usize,
    ) -> Result<Vec<Subject>, StoreError> {
        self.of(customer).attention(state, limit)
    }

    /// As [`CustomerStore::oldest_owed`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn oldest_owed(&self, customer: CustomerNo) -> Result<Option<Timestamp>, StoreError> {
        self.of(customer).oldest_owed()
    }

    /// As [`CustomerStore::each_subject`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn each_subject(&self, customer: CustomerNo, visit: impl FnMut(Subject)) -> Result<(), StoreError> {
        self.of(customer).each_subject(visit)
    }

    /// As [`CustomerStore::subscription`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn subscription(&self, customer: CustomerNo) -> Result<Option<Subscription>, StoreError> {
        self.of(customer).subscription()
    }

    /// As [`CustomerStore::save_subscription`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn save_subscription(
        &self,
        customer: CustomerNo,
        subscription: Subscription,
    ) -> Result<(), StoreError> {
        self.of(customer).save_subscription(subscription).await
    }

    /// As [`CustomerStore::token`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn token(&self, customer: CustomerNo) -> Result<Option<Token>, StoreError> {
        self.of(customer).token()
    }

    /// As [`CustomerStore::save_token`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn save_token(
        &self,
        customer: CustomerNo,
        refresh: String,
        used: Option<String>,
        access: Option<Access>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.of(customer).save_token(refresh, used, access, now).await
    }

    /// As [`CustomerStore::next_work`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn next_work(
        &self,
        customer: CustomerNo,
        lanes: &[Lane],
        rules: &CustomerRules,
        in_hand: &HashSet<ContactId>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Taken>, StoreError> {
        self.of(customer).next_work(lanes, rules, in_hand, now, limit)
    }

    /// As [`CustomerStore::next_due`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub fn next_due(&self, customer: CustomerNo, lanes: &[Lane]) -> Result<Option<Due>, StoreError> {
        self.of(customer).next_due(lanes)
    }

    /// As [`CustomerStore::begin`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn begin(
        &self,
        customer: CustomerNo,
        ids: Vec<ContactId>,
        submission: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.of(customer).begin(ids, submission, now).await
    }

    /// As [`CustomerStore::forget_intents`].
    ///
    /// # Errors
    /// As there.
    #[allow(clippy::too_many_arguments)]
    pub async fn forget_intents(&self, customer: CustomerNo, ids: Vec<ContactId>) -> Result<(), StoreError> {
        self.of(customer).forget_intents(ids).await
    }

    /// As [`CustomerStore::planner`].
    ///
    /// # Errors
    /// As there.
    pub fn planner(&self, record: &CustomerRecord, rules: &CustomerRules) -> Result<Planner, StoreError> {
        self.of(record.number).planner(record, rules)
    }
}

//! The durable store.
//!
//! Everything above speaks in verbs: [`CustomerStore::observe`] keeps what was read, [`CustomerStore::next_work`] hands out what
//! is due, [`CustomerStore::begin`] makes an intent durable before a write that must not be doubled, [`CustomerStore::commit`]
//! keeps what came of it. What must change together is one atomic group, and an answer means that the group is synced to disk.
//!
//! [`engine`] makes groups durable and is the only code that names sled; [`codec`] is the only code that names bincode.

pub mod codec;
pub mod engine;

mod begin_turn;
mod consistent;
mod handle;
mod inspect;
mod migrate;
pub mod read_back;
mod sealing;
mod tables;
mod turns;
mod verbs;

pub use engine::{
    Concern, MetricsSnapshot as StoreCounters, Mode, OpenError, Options, SYNC_BUCKETS, StoreError,
};
pub use handle::{CustomerStore, Store};
pub use tables::{
    actions::Action,
    applied::{AppliedV1, NewSettings},
    events::{EventDue, EventsDue, EventsKept},
    hints::{Hint, HintAbout, Hints},
    intents::Unsure,
    keys::CustomerNo,
    ledger::DayShare,
    reference_data::{NewReferenceData, SharedPlanner},
    streams::SeenPage,
    subjects::SubjectSlice,
    subscription::Subscription,
    tokens::{Access, Token},
    work::{Due, DueSubject},
};
pub use verbs::{
    commit::{Commit, Committed, CustomerChange, MissingInCc, Unsent},
    forget_person::{ForgetOutcome, ForgottenPerson},
    keep_api_token::is_noted,
    observe::{Observed, Page},
    observe_contacts::ContactsRead,
    observe_facts::{Fact, FactsRead},
    observe_missing::Missing,
    seal::{RotateError, Rotated},
};

pub use crate::domain::{AccountCounts, Baselines, ContactEvent};
pub use crate::sync::{
    bounces::CampaignMark, contact_reading::PeopleObserved, merges::MergeSuspect, release::Release,
    second_look::SECOND_LOOK_AFTER,
};

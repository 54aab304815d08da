//! The durable store: the only place that knows sled and bincode.
//!
//! Everything above speaks in verbs: [`Store::observe`] keeps what was read, [`Store::next_work`] hands out what is due,
//! [`Store::begin`] makes an intent durable before a write that must not be doubled, [`Store::settle`] keeps what came of
//! it. What must change together is one atomic group, and an answer means that the group is synced to disk.

pub mod codec;
pub mod engine;
pub mod keys;

mod applied;
mod baselines;
mod books;
mod brake;
mod customers;
mod delegate;
mod desk;
mod events;
mod facts;
mod handle;
mod hints;
mod inspect;
mod ledger;
mod migrate;
mod missing;
mod observe;
mod people;
mod settle;
mod stored;
mod streams;
mod subjects;
mod subscription;
mod tokens;
mod waiting;
mod work;

use std::sync::Arc;

pub use applied::{AppliedV1, NewSettings};
pub use baselines::{AccountCounts, Baselines};
pub use books::Books;
pub use brake::LetGo;
pub use engine::{MetricsSnapshot as StoreCounters, Mode, OpenError, Options, SYNC_BUCKETS, StoreError};
pub use events::{ContactEvent, EventDue, EventsDue, EventsKept};
pub use facts::{CampaignMark, Fact};
pub use handle::{CustomerStore, Store};
pub use hints::{Hint, HintAbout, Hints};
pub use keys::CustomerNo;
pub use missing::{Missing, SECOND_LOOK_AFTER};
pub use observe::{Observed, Page, SeenPage};
pub use people::{ContactsRead, MergeSuspect, PeopleObserved};
pub use subscription::Subscription;
pub use tokens::{Access, Token};
pub use work::{Due, Taken};

/// Shared parts of a planner that operations on the writer thread need.
pub type SharedPlanner = Arc<crate::sync::Planner>;

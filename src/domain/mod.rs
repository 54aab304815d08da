//! The nouns of the sync, pure: no I/O, no clock, no actors, no store.

mod account;
mod agreed_consent;
mod alert;
mod anew;
pub mod answer_words;
pub mod asked;
mod baselines;
mod brake;
mod contact_event;
mod customer;
mod effect;
mod effect_kind;
mod email_key;
mod email_method;
pub mod explained;
mod ids;
mod intent;
pub mod kept_time;
mod lane;
mod outside;
mod own_opt_out;
mod pause;
mod person;
pub mod plain;
pub mod plain_text;
pub mod reading;
mod reason;
pub mod reference_data;
mod refused;
mod rules;
mod segment;
mod subject;
mod subscriber;
mod tag_join;
pub mod this_machine;
mod time;
mod told;
mod unseen;
mod us_states;

pub use account::{Account, Accounts, Compared};
pub use agreed_consent::AgreedConsent;
pub use alert::{AlertKind, AlertPlace, QueuedAlert, ToldAlert};
pub use anew::Anew;
pub use baselines::{AccountCounts, Baselines};
pub use brake::{Brake, Held, RUN};
pub use contact_event::ContactEvent;
pub use customer::{Counts, CustomerRecord, Scan, Stream};
pub use effect::{Effect, Finding, Note, Refusal, Settlement, System, Transaction};
pub use effect_kind::{Action, EffectKind};
pub use email_key::{email_key, former_email_key, has_email_key, has_email_key_of};
pub use email_method::{EmailMethod, OtherMethod, ShownMethod};
pub use ids::{
    CcId, CcTagId, ContactId, CustomerId, FieldId, IndividualId, InvalidCustomerId, ListId, MethodId, TagId,
    VirtuousContactId,
};
pub use intent::Intent;
pub use lane::Lane;
pub use outside::{Awaited, CallError, Hindrance, Outside};
pub use own_opt_out::OwnOptOut;
pub use pause::{Lifted, PROBE_EVERY, Pause, Probe};
pub use person::{Individual, LinkedBy, Person, VirtuousContact, VirtuousView};
pub use reason::{Cause, Event, Reason, Rule, What};
pub use reference_data::{CcReferenceData, ReferenceData, VirtuousReferenceData};
pub use refused::{ApiPart, Refused};
pub use rules::{BouncePolicy, CustomerRules, ListTarget, Nameless, ProfilePolicy, Stage, UntouchedPolicy};
pub use segment::SegmentKey;
pub use subject::{
    Base, BounceOptOut, Confirmation, Failure, ListsInFlight, Membership, State, Subject, Submission,
    UnansweredOptOut, Verdict, Work,
};
pub use subscriber::{
    Actor, Address, Bounce, BounceKind, CcView, Deletion, DeletionProof, FieldValue, Observation, Permission,
    Profile,
};
pub use tag_join::{JoinId, TagPlace, ToldJoin};
pub use time::Timestamp;
pub use told::{Gaps, Parts, Told};
pub use unseen::{ReadBy, Repeat, ShownForm, Sight, Unseen, Written};
pub use us_states::state_code;

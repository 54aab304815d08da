//! What is kept, a table a file: its place among the keys, its bytes, and how it is read.
//!
//! [`keys`] is the layout, [`stored`] holds the frozen types. A table encodes and decodes its own values and knows no other
//! table's bytes; what changes together is the business of a verb.

pub mod actions;
pub mod addresses;
pub mod alerts;
pub mod api_tokens;
pub mod applied;
pub mod awaited_bounces;
pub mod baselines;
pub mod braked;
pub mod campaigns;
pub mod counts;
pub mod customers;
pub mod email_keys;
pub mod events;
pub(in crate::store) mod forgotten;
pub(in crate::store) mod hint_room;
pub mod hints;
pub(in crate::store) mod holders;
pub mod household;
pub mod index;
pub mod intents;
pub(in crate::store) mod kept;
pub mod keys;
pub mod kind;
pub mod ledger;
pub mod links;
pub mod loaded;
pub mod merges;
pub mod missing;
pub mod own_opt_outs;
pub mod reference_cache;
pub mod reference_data;
pub mod sessions;
pub mod stored;
pub mod streams;
pub mod subject_bytes;
pub mod subjects;
pub mod subscription;
pub mod tag_joins;
pub mod timeline;
pub mod tokens;
pub mod work;

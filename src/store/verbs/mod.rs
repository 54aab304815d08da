//! What is done to the store, a verb a file. A verb reads, asks [`sync`](crate::sync) what to do, and writes one atomic group.

pub mod amend;
pub mod apply_settings;
mod basis;
pub mod begin;
pub mod choose_tag;
pub mod claim_calls;
pub mod commit;
pub mod enrol;
pub mod follow_events;
pub mod follow_hints;
pub mod keep_events;
pub mod keep_hints;
pub mod observe;
pub mod observe_contacts;
pub mod observe_facts;
pub mod observe_missing;
mod own_tags;
pub mod release;
pub mod remove_customer;
pub mod requeue;
pub mod save_baselines;
pub mod save_reference_data;
pub mod save_subscription;
pub mod save_token;
pub mod set_cursor;
pub mod settle;
pub mod update_customer;

//! Submitter: drains a customer's work towards Virtuous, lane by lane, within the organisation's hour.

pub mod apply;
mod brake;
mod confirmation;
mod effects;
mod events;
mod import;
mod lists;
mod lookup;
mod merges;
mod people;
mod preflight;
mod reread;
mod subscription;
pub mod turn;
mod unsubscribe;

//! Submitter: drains a customer's work towards both systems, lane by lane, within the organisation's hour.
//!
//! A turn is a line: `work` takes what is due, plans it (`group`), makes intents durable, has it performed (`perform`) and
//! commits what came of it (`commit`), once. Performers get values and the ways to both systems, and hold no store.

mod brake;
mod commit;
mod group;
mod hand;
mod import;
pub mod memory;
mod part;
mod parts;
mod perform;
mod performed;
mod reach;
#[cfg(test)]
mod scripted;
mod suspects;
pub mod turn;
mod virtuous;
mod work;

//! Submitter: drains a customer's work towards both systems, lane by lane, within the organisation's hour.
//!
//! A turn is a line: `work` takes what is due, plans it (`group`), makes intents durable, has it performed (`perform`) and
//! commits what came of it (`commit`), once. The other parts go the same way (`run`). Performers get values and the ways to both
//! systems, and hold no store; `commit` is the only place that writes.

mod brake;
mod commit;
mod group;
mod hand;
mod import;
#[cfg(test)]
mod kept;
pub mod memory;
mod part;
mod perform;
mod performed;
mod reach;
mod run;
#[cfg(test)]
mod scripted;
mod subscription;
mod suspects;
pub mod turn;
mod virtuous;
mod when;
mod work;

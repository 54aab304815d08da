//! Poller: runs a customer's Constant Contact streams when they are due, and follows hints.
//!
//! Each part of a turn is a line: it takes what is `known`, has a piece of Constant Contact read (`read`), looks at what is
//! new (`observe`) and keeps it (`commit`). Readings get values and the way out, and hold no store.

mod bounces;
mod commit;
mod counts;
mod hint_polls;
mod hints;
mod known;
mod list_drift;
pub mod memory;
mod observe;
mod overtaken;
mod own_counts;
mod pace;
mod part;
mod parts;
mod put_off;
mod reach;
mod read;
mod reference_data;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod scripted_customer;
mod second_looks;
mod single_reads;
mod streams;
mod sweep;
pub mod turn;
mod view;
mod windows;

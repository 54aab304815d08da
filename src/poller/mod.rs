//! Poller: runs a customer's Constant Contact streams when they are due, and follows hints.

mod alone;
mod book;
mod bounces;
mod collection;
mod contacts;
mod counts;
mod drift;
mod hints;
mod page;
mod slow;
mod sweep;
pub mod turn;

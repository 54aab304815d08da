//! Poller: runs a customer's Constant Contact streams when they are due, and follows hints.

mod book;
mod contacts;
mod drift;
mod hints;
pub mod turn;

//! Poller: runs a customer's Constant Contact streams when they are due, and follows hints.

mod background;
mod bounces;
mod collection;
mod contacts;
mod counts;
mod drift;
mod hints;
mod one_contact;
mod page;
mod reference_data;
mod sweep;
pub mod turn;

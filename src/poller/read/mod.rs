//! Readings: each reads a piece of Constant Contact by plain values and a `Reach`, and returns what it found.

pub mod bounces;
mod collection;
pub mod counts;
pub mod hint;
pub mod lists;
pub mod members;
pub mod one_contact;
pub mod page;
pub mod sweep;
pub mod trail;
pub mod window;

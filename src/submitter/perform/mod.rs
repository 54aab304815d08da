//! Performers: each carries out one kind of step, and returns what it found.

pub mod activity;
pub mod apply;
mod by_address;
mod confirmation;
mod effects;
mod fresh;
mod gone;
mod hits;
pub mod lists;
mod look_up;
pub mod merges;
pub mod read;
pub mod reference_data;
mod refresh;
pub mod submit;
mod unsubscribe;
mod verify;

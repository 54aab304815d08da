//! Constant Contact and Virtuous as they really behave, without I/O, with a thin HTTP shell.
//!
//! The core is [`Simulator::handle`]: a request and a time in, an answer out. Tests put it behind
//! [`transport::InProcess`], `tandem simulate` behind [`shell::serve`]. The only randomness is the seed, the only clock
//! is `now`, so that a run repeats exactly.

pub mod compare;
pub mod constant_contact;
pub mod control;
pub mod deliver;
mod entrance;
pub mod faults;
pub mod generator;
pub mod ids;
pub mod shell;
pub mod transport;
mod versions;
pub mod virtuous;
pub mod week;
pub mod wire;
mod world;

pub use world::Simulator;

//! Applies what came of a step to the subject, and plans again: the end of one turn is the start of the next.
//!
//! [`settle`] applies each finding (`finding`): a reading of Virtuous (`found`), a write (`written`, with what is agreed on by
//! it in `agreed`), or a failed call (`failed`). `conclude` then plans again and sets the subject's standing.

mod agreed;
mod conclude;
mod failed;
mod finding;
mod found;
mod hits;
mod settlement;
mod written;

pub use conclude::{Settled, replan};
pub use found::{follow_merge, found};
pub use hits::found_several;
pub use settlement::settle;

//! The merge: three views in, the next step out, with the reason of every decision.

mod absent;
mod facet;
mod facets;
mod gaps;
mod hits;
mod linked;
mod looked_up;
mod planner;
mod step;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub mod trap;

pub use planner::Planner;
pub use step::{Household, Plan, Planned, Step};

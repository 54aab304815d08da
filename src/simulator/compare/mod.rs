//! An oracle: do the two systems agree, by the rules alone? Written from RULES.md and from nothing of Tandem's code, so
//! that a mistake there is not repeated here. Rule numbers are those of RULES.md.

mod baseline;
mod check;
mod consent;
mod differences;
mod fields;
mod found;
mod index;
mod rules;
#[cfg(test)]
mod settle_tests;
mod subscriber;
mod tags;
#[cfg(test)]
mod tests;

pub use self::{
    differences::differences,
    found::{Comparison, Difference},
    rules::CompareRules,
};
pub use super::virtuous::snapshot::VirtuousSnapshot;

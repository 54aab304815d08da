//! The submitter's part of the brake (B1): once all subjects that come together are planned, those that wait are counted.

mod count;
pub mod turn;

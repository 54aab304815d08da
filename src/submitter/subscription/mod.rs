//! Tandem's own subscription to the events of Virtuous: made when the import begins, watched, made again when it is gone.
//!
//! Without a subscription no change is missed for good: the query of changed contacts finds it later (V2). So no refusal here pauses a
//! customer.

mod perform;
mod plan;
pub mod turn;
pub mod wanted;

#[cfg(test)]
mod tests;

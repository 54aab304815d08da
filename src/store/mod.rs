//! The durable store: the only place that knows sled and bincode.

pub mod codec;
pub mod engine;

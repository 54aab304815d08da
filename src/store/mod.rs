//! The durable store: the only place that knows sled and bincode.

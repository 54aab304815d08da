//! Settings: read once, checked once, plain values afterwards.

//! The decisions of the sync, pure: merge, windows, retry, lanes. Values in, values with reasons out.

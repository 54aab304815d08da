//! Thin actors: receive, call pure code, call the store, send on.

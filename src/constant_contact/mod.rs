//! Constant Contact's v3 API.

//! What is made durable before a call that must not be doubled.

/// What a call that is about to leave may leave behind twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// A row for the import (C4).
    Submission,
    /// A write to the linked contact.
    Write,
}

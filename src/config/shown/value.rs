//! Values as they are shown.

use std::time::Duration;

use crate::config::{duration::format_duration, secret::Secret};

/// What stands for a secret.
pub(super) const DOTS: &str = "••••••••";

/// Keys with their values.
pub(super) type Rows = Vec<(&'static str, Value)>;

/// A value, in words.
pub(super) enum Value {
    /// As the file would say it.
    Plain(String),
    /// What tells it from another secret.
    Secret(String),
}

impl Value {
    pub(in crate::config::shown) fn text(text: &str) -> Self {
        Self::Plain(format!("{text:?}"))
    }

    pub(in crate::config::shown) fn any(value: impl ToString) -> Self {
        Self::Plain(value.to_string())
    }

    pub(in crate::config::shown) fn duration(duration: Duration) -> Self {
        Self::text(&format_duration(duration))
    }

    pub(in crate::config::shown) fn secret(secret: &Secret) -> Self {
        if secret.is_empty() { Self::text("") } else { Self::Secret(secret.fingerprint()) }
    }
}

//! Logs: to standard error, so that standard output stays for what commands print. Metrics are in
//! [`crate::http::metrics`].

use std::io;

use tracing_subscriber::{EnvFilter, util::TryInitError};

/// What is logged where `RUST_LOG` says nothing: our own steps, and others' trouble.
const DEFAULT_FILTER: &str = "warn,tandem=info";

/// Why logging was not set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up logging: {0}")]
pub struct TelemetryError(#[from] TryInitError);

/// Sets up logging for the whole process, once; `json` writes an object a line. The level comes from `RUST_LOG`; one that
/// makes no sense is reported and the default taken, because a typo there is no reason not to serve.
///
/// # Errors
/// If logging was set up already.
pub fn init(json: bool) -> Result<(), TelemetryError> {
    use tracing_subscriber::util::SubscriberInitExt;
    let (filter, unusable) = match EnvFilter::try_from_default_env() {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT_FILTER), is_invalid(&error).then(|| error.to_string())),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(true);
    if json {
        builder.json().flatten_event(true).finish().try_init()?;
    } else {
        builder.with_ansi(false).finish().try_init()?;
    }
    if let Some(error) = unusable {
        tracing::warn!(error, "RUST_LOG cannot be used; logging with {DEFAULT_FILTER}");
    }
    Ok(())
}

/// A variable that is not set is no mistake.
fn is_invalid(error: &tracing_subscriber::filter::FromEnvError) -> bool {
    use std::error::Error;
    error.source().and_then(|source| source.downcast_ref::<std::env::VarError>())
        != Some(&std::env::VarError::NotPresent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_level_is_no_mistake_and_the_default_is_a_filter() {
        let error = EnvFilter::try_from_env("TANDEM_TEST_NOT_SET_ANYWHERE").unwrap_err();
        assert!(!is_invalid(&error));
        assert!(EnvFilter::builder().parse(DEFAULT_FILTER).is_ok());
    }
}

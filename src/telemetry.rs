//! Logs: to standard error, so that standard output stays for what commands print. Metrics are in
//! [`crate::metrics`].

use std::io;

use crate::domain::plain_text::plain_line;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

/// Why logging was not set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up logging: {0}")]
pub struct TelemetryError(#[from] TryInitError);

/// What is logged where nothing else is said: our own steps, and others' trouble.
fn default_filter() -> Targets {
    Targets::new().with_default(LevelFilter::WARN).with_target("tandem", LevelFilter::INFO)
}

/// The same without a line for each malformed request: actix has one, as an error, and a stranger could fill the log. Tandem counts
/// them, and tells of them itself.
fn without_strangers(filter: Targets) -> Targets {
    filter.with_target("actix_http::h1", LevelFilter::OFF)
}

/// Makes one line of each event, whatever control characters its fields bring (escapes reach a terminal, line feeds forge lines).
#[derive(Debug, Clone, Copy, Default)]
struct OneLine;

impl io::Write for OneLine {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        io::stderr().write_all((plain_line(line) + end).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Sets up logging for the whole process, once; `json` writes an object a line. `level` is `RUST_LOG`'s text, such as
/// `info` or `warn,tandem=debug`; a text that makes no sense is reported and the default taken, because a typo there is no
/// reason not to serve.
///
/// # Errors
/// If logging was set up already.
pub fn init(level: Option<&str>, json: bool) -> Result<(), TelemetryError> {
    let parsed = level.filter(|level| !level.is_empty()).map(str::parse::<Targets>);
    let unusable = matches!(parsed, Some(Err(_)));
    let filter = without_strangers(parsed.and_then(Result::ok).unwrap_or_else(default_filter));
    let layer = tracing_subscriber::fmt::layer().with_writer(|| OneLine).with_target(true);
    let layer = if json { layer.json().flatten_event(true).boxed() } else { layer.with_ansi(false).boxed() };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()?;
    if unusable {
        tracing::warn!("RUST_LOG cannot be used; logging as if it were not set");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_steps_are_shown_and_others_trouble() {
        let filter = default_filter();
        assert!(filter.would_enable("tandem::app", &tracing::Level::INFO));
        assert!(!filter.would_enable("sled", &tracing::Level::INFO));
        assert!(filter.would_enable("sled", &tracing::Level::WARN));
        for filter in [default_filter(), "trace".parse().unwrap()] {
            let filter = without_strangers(filter);
            assert!(!filter.would_enable("actix_http::h1::dispatcher", &tracing::Level::ERROR));
            assert!(filter.would_enable("actix_server::worker", &tracing::Level::ERROR));
        }
    }
}

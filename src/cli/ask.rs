//! Commands that are one question.

use std::{path::Path, process::ExitCode};

use chrono_tz::Tz;
use serde_json::Value;

use super::{
    CliError,
    client::OperatorClient,
    output::{print, print_json},
    times,
};
use crate::{
    clock::{Clock, SystemClock},
    config::{Environment, Settings, load, read_customers},
    operator::{Asked, Operation, Outcome},
};

/// Asks, prints the answer, and gives the exit code that it means.
///
/// # Errors
/// [`CliError`].
pub fn run(asked: &Asked, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let zone = zone_of(asked, &settings);
    let answer = put(asked, settings)?;
    Ok(show(asked.operation, &answer, (json, zone)))
}

/// Asks the running service, or the store.
pub(super) fn put(asked: &Asked, settings: Settings) -> Result<Value, CliError> {
    with_client(settings, async |client| client.ask(asked).await)
}

/// Does something with the running service, or the store.
pub(super) fn with_client<T>(
    settings: Settings,
    ask: impl AsyncFnOnce(&OperatorClient) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let client = OperatorClient::find(settings).await?;
        let answer = ask(&client).await;
        client.close()?;
        answer
    })
}

/// The time zone of the customer that is asked about; UTC for all others.
pub(super) fn zone_of(asked: &Asked, settings: &Settings) -> Tz {
    let read = |id: &str| {
        let read = read_customers(&settings.customers_dir, &Environment::of_process());
        read.customers.into_iter().find(|customer| customer.id.as_str() == id)
    };
    asked.customer().and_then(read).map_or(Tz::UTC, |customer| customer.time_zone)
}

/// Prints an answer; one of another version of Tandem is printed as it is.
pub(super) fn show(operation: &Operation, answer: &Value, (json, zone): (bool, Tz)) -> ExitCode {
    let as_json = || format!("{answer:#}\n");
    let (text, outcome) = operation.shown(answer).unwrap_or_else(|| (as_json(), Outcome::Done));
    if json {
        print_json(&as_json())
    } else {
        print(&times::by_clocks_of(zone, &text, SystemClock.now()))
    }
    ExitCode::from(outcome.exit_code())
}

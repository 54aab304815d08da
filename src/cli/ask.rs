//! Commands that are one question to the desk.

use std::{path::Path, process::ExitCode};

use serde_json::Value;

use super::{CliError, door::Door, print};
use crate::{
    config::{Settings, load},
    desk::{Ask, text},
};

/// The exit code of an answer that needs a person (INTERFACE.md).
const NEEDS_PERSON: u8 = 3;

/// Asks, and prints the answer.
///
/// # Errors
/// [`CliError`].
pub fn run(ask: &Ask, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let value = put(ask, settings)?;
    show(ask, &value, json);
    Ok(if needs_person(ask, &value) { ExitCode::from(NEEDS_PERSON) } else { ExitCode::SUCCESS })
}

/// Whether the answer says that nothing goes on without a person: the brake holds, or would (B1).
fn needs_person(ask: &Ask, value: &Value) -> bool {
    matches!(ask, Ask::Work(_) | Ask::Customer(_) | Ask::Plan(_)) && !value["brake"].is_null()
}

/// Asks whoever has the store.
pub(super) fn put(ask: &Ask, settings: Settings) -> Result<Value, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let door = Door::find(settings).await?;
        let answer = door.ask(ask).await;
        door.close()?;
        answer
    })
}

/// Prints an answer.
pub(super) fn show(ask: &Ask, value: &Value, json: bool) {
    print(&if json { format!("{value:#}\n") } else { text(ask, value) });
}

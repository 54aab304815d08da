//! `tandem check`: also tells what is wrong in settings that cannot be read, as an answer of the same form.

use std::{path::Path, process::ExitCode};

use chrono_tz::Tz;

use super::{CliError, ask};
use crate::{
    config::{ConfigErrors, Environment, load, read_customers},
    operator::{Asked, questions::check::CheckView},
};

/// Checks, prints, and says by its exit code whether a person has to act.
///
/// # Errors
/// [`CliError`] when the store does not open.
pub fn run(asked: &Asked, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let show = |errors: &ConfigErrors| {
        let answer = serde_json::to_value(CheckView::of_settings(errors)).unwrap_or_default();
        ask::show(asked.operation, &answer, (json, Tz::UTC))
    };
    let settings = match load(config) {
        Ok(settings) => settings,
        Err(errors) => return Ok(show(&errors)),
    };
    // The files as they are now: a running service may have read them before they were changed.
    let broken = read_customers(&settings.customers_dir, &Environment::of_process()).problems;
    let mut answer = ask::put(asked, settings)?;
    if !broken.is_empty()
        && let Ok(view) = serde_json::from_value::<CheckView>(answer.clone())
    {
        let view = view.and(CheckView::of_settings(&broken).problems);
        answer = serde_json::to_value(view).unwrap_or(answer);
    }
    Ok(ask::show(asked.operation, &answer, (json, Tz::UTC)))
}

//! `tandem check`: what is wrong, and what to do.

use std::{path::Path, process::ExitCode};

use super::{CliError, ask};
use crate::{
    config::{Environment, load, read_customers},
    desk::{Ask, check::Check},
};

/// Checks, prints, and says by its exit code whether a person has to act.
///
/// # Errors
/// [`CliError`] when the store does not open.
pub fn run(config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let checked = match load(config) {
        Err(errors) => Check::of_settings(&errors),
        Ok(settings) => {
            let problems = read_customers(&settings.customers_dir, &Environment::of_process()).problems;
            if problems.is_empty() {
                let value = ask::put(&Ask::Check, settings)?;
                serde_json::from_value(value).map_err(|error| {
                    CliError::failed(format!("the service's answer cannot be read: {error}"))
                })?
            } else {
                Check::of_settings(&problems)
            }
        }
    };
    let value = serde_json::to_value(&checked).unwrap_or_default();
    ask::show(&Ask::Check, &value, json);
    Ok(ExitCode::from(checked.exit_code()))
}

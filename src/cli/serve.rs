//! `tandem serve`: the service.

use std::{path::Path, process::ExitCode};

use super::{CliError, ServeArgs};
use crate::config::load;

/// Runs the service until it is stopped.
///
/// # Errors
/// [`CliError`].
pub fn run(args: ServeArgs, config: Option<&Path>) -> Result<ExitCode, CliError> {
    // To be connected to crate::app.
    let _ = (args, load(config)?);
    Err(CliError::failed("the service is not built into this version"))
}

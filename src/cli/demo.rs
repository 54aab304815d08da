//! `tandem demo`: the main job on simulated systems.

use std::process::ExitCode;

use super::{CliError, DemoArgs};

/// Runs the demo.
///
/// # Errors
/// [`CliError`].
pub fn run(args: DemoArgs, json: bool) -> Result<ExitCode, CliError> {
    // To be connected to crate::app.
    let _ = (args, json);
    Err(CliError::failed("the demo is not built into this version"))
}

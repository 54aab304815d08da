//! `tandem simulate`: only the simulators, over HTTP.

use std::{net::TcpListener, process::ExitCode};

use super::{CliError, SimulateArgs};

/// Serves the simulators until it is stopped.
///
/// # Errors
/// [`CliError`].
pub fn run(args: SimulateArgs) -> Result<ExitCode, CliError> {
    let listener = TcpListener::bind(args.listen)
        .map_err(|error| CliError::failed(format!("cannot listen at {}: {error}", args.listen)))?;
    serve(listener, args.seed)
}

/// To be connected to `crate::simulator::shell::serve(listener, simulator, workers)`.
fn serve(listener: TcpListener, seed: u64) -> Result<ExitCode, CliError> {
    let _ = (listener, seed);
    Err(CliError::failed("the simulators are not built into this version"))
}

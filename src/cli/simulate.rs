//! `tandem simulate`: only the simulators, over HTTP.

use std::{
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::{Arc, Mutex},
};

use clap::Args;

use super::{CliError, output, signals};
use crate::simulator::{Simulator, deliver, shell};

/// Arguments of `tandem simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Where to listen.
    #[arg(long, value_name = "ADDR")]
    pub listen: SocketAddr,
    /// What the simulated people are drawn from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Serves the simulators until it is stopped.
///
/// # Errors
/// [`CliError`].
pub fn run(args: SimulateArgs) -> Result<ExitCode, CliError> {
    let cannot =
        |error: std::io::Error| CliError::failed(format!("cannot listen at {}: {error}", args.listen));
    let listener = TcpListener::bind(args.listen).map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    actix::System::new().block_on(async move {
        let stop = signals::stop().map_err(|error| CliError::failed(error.to_string()))?;
        let simulator = Arc::new(Mutex::new(Simulator::new(args.seed)));
        let events = simulator.clone();
        actix::spawn(async move { drop(deliver::run(events).await) });
        let server = shell::serve(listener, simulator, 1).map_err(|error| CliError::failed(error.to_string()))?;
        let handle = server.handle();
        actix::spawn(server);
        output::print(&format!("Constant Contact at http://{address}/cc, Virtuous at http://{address}/virtuous, controls at http://{address}/control\n"));
        stop.await;
        handle.stop(false).await;
        Ok(ExitCode::SUCCESS)
    })
}

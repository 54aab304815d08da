//! From the process' start to its exit code.

use std::process::ExitCode;

use super::{Args, address_space, output::complain};

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are data; wrong usage is trouble.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    // The environment is read in config only.
    let level = crate::config::Environment::of_process().get("RUST_LOG").map(str::to_owned);
    let _ = crate::telemetry::init(level.as_deref().or(args.log_default()), false);
    crate::panics::tell_places_only();
    if let Err(why) = address_space::ensure() {
        complain(&format!("tandem: {why}"));
        return ExitCode::FAILURE;
    }
    match args.run() {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("tandem: {error}"));
            ExitCode::from(error.code())
        }
    }
}

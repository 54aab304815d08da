//! Commands, one file each. Data goes to standard output, trouble to standard error.

mod args;
mod ask;
mod check;
mod client;
mod commands;
mod demo;
mod error;
mod serve;
mod signals;
mod simulate;

use std::{io::Write, process::ExitCode};

pub use args::{Args, DemoArgs, ServeArgs, SimulateArgs};
pub use error::CliError;

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
    match args.run() {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("tandem: {error}"));
            ExitCode::from(error.code())
        }
    }
}

/// Says something on standard error, which no script parses.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints data; a reader that went away is no failure of ours.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

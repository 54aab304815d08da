//! Commands, one file each. Data goes to standard output, trouble to standard error.

mod address_space;
mod args;
mod ask;
mod check;
mod client;
mod commands;
mod demo;
mod error;
mod files;
mod output;
mod people;
mod restore;
mod run;
mod serve;
mod signals;
mod simulate;

pub use args::Args;
pub use demo::DemoArgs;
pub use error::CliError;
pub use restore::{CompactArgs, RestoreArgs};
pub use run::main;
pub use serve::ServeArgs;
pub use simulate::SimulateArgs;

//! Commands, one file each. Data goes to standard output, trouble to standard error.

mod address_space;
mod args;
mod ask;
mod check;
mod client;
mod commands;
mod config;
mod demo;
mod error;
mod examples;
mod explain;
mod files;
mod init;
mod output;
mod people;
mod plan;
mod restore;
mod run;
mod serve;
mod shell;
mod signals;
mod simulate;
mod times;
mod word_order;

pub use args::Args;
pub use config::ConfigArgs;
pub use demo::DemoArgs;
pub use error::CliError;
pub use explain::ExplainArgs;
pub use init::InitArgs;
pub use restore::{CompactArgs, RestoreArgs};
pub use run::main;
pub use serve::ServeArgs;
pub use shell::{CompletionsArgs, ManArgs};
pub use simulate::SimulateArgs;

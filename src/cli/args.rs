//! What may stand on the command line.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args as ClapArgs, Parser, Subcommand};

use super::{CliError, ask, check, demo, serve, simulate};
use crate::{
    desk::{Ask, Choice, ImportVerb, WorkVerb},
    domain::CustomerId,
};

/// Keeps a nonprofit's email subscribers in step between Constant Contact and Virtuous CRM+.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, arg_required_else_help = true)]
pub struct Args {
    /// The settings file [default: ./tandem.toml, if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the main job on simulated systems, with a store in a temporary folder.
    Demo(DemoArgs),
    /// Runs the service.
    Serve(ServeArgs),
    /// Runs only the simulators, over HTTP.
    Simulate(SimulateArgs),
    /// Checks settings, store, both APIs of every customer and the mapping.
    Check,
    /// Lists, shows, applies, pauses, connects and removes customers.
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// Dry run: what would be written.
    Plan {
        /// The customer.
        customer: CustomerId,
    },
    /// The first import of a customer's whole list.
    Import {
        /// The customer.
        customer: CustomerId,
        /// What to do.
        #[arg(value_enum)]
        verb: ImportVerb,
    },
    /// Have both sides read whole: what polls, events and queries missed is found and put right.
    Reconcile {
        /// The customer.
        customer: CustomerId,
    },
    /// One person: three views, state, timeline, what happens next.
    Contact {
        /// The customer.
        customer: CustomerId,
        /// An email address, or a contact id of Constant Contact.
        who: String,
    },
    /// Queue, reviews and dead letters, and decisions about them.
    Work {
        /// The customer.
        customer: CustomerId,
        /// What to do with an item.
        #[arg(value_enum)]
        verb: Option<WorkVerb>,
        /// The item's id, or `brake`; `retry` without one is about all.
        item: Option<String>,
        /// With `accept`: this Virtuous contact is the subscriber.
        #[arg(long, value_name = "ID", requires = "item", conflicts_with = "tag")]
        contact: Option<i64>,
        /// With `accept` and a tag's name: this Virtuous tag is meant.
        #[arg(long, value_name = "ID", requires = "item")]
        tag: Option<i64>,
        /// With `confirm`: the list that the subscriber joins by confirming, instead of those they had.
        #[arg(long, value_name = "NAME", requires = "item", conflicts_with_all = ["tag", "contact"])]
        list: Option<String>,
    },
    /// What the store holds.
    Inspect,
}

#[derive(Debug, Subcommand)]
enum CustomerCommand {
    /// All customers.
    List,
    /// One customer.
    Show {
        /// The customer.
        customer: CustomerId,
    },
    /// Takes over the customers' files.
    Apply,
    /// Stops a customer's work.
    Pause {
        /// The customer.
        customer: CustomerId,
    },
    /// Goes on with it.
    Resume {
        /// The customer.
        customer: CustomerId,
    },
    /// Forgets a customer whose file is gone; neither system is touched.
    Remove {
        /// The customer.
        customer: CustomerId,
    },
    /// Prints an address at which the customer connects Constant Contact, good for 24 hours.
    Link {
        /// The customer.
        customer: CustomerId,
    },
}

/// Arguments of `tandem demo`.
#[derive(Debug, Clone, ClapArgs)]
pub struct DemoArgs {
    /// End when both sides agree.
    #[arg(long)]
    pub until_synced: bool,
    /// How many contacts.
    #[arg(long, default_value_t = 1000)]
    pub contacts: u64,
    /// What the simulated people and faults are drawn from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Arguments of `tandem serve`.
#[derive(Debug, Clone, ClapArgs)]
pub struct ServeArgs {}

/// Arguments of `tandem simulate`.
#[derive(Debug, Clone, ClapArgs)]
pub struct SimulateArgs {
    /// Where to listen.
    #[arg(long, value_name = "ADDR")]
    pub listen: SocketAddr,
    /// What the simulated people are drawn from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Args {
    /// What is logged where `RUST_LOG` is not set: a service tells its steps, a command only trouble.
    #[must_use]
    pub const fn log_default(&self) -> Option<&'static str> {
        match self.command {
            Command::Serve(_) => None,
            _ => Some("warn"),
        }
    }
}

impl Args {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`], with its exit code.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let Self { config, json, command } = self;
        let ask = match command {
            Command::Demo(args) => return demo::run(args, json),
            Command::Serve(args) => return serve::run(args, config.as_deref()),
            Command::Simulate(args) => return simulate::run(args),
            Command::Check => return check::run(config.as_deref(), json),
            Command::Customer(command) => match command {
                CustomerCommand::List => Ask::Customers,
                CustomerCommand::Show { customer } => Ask::Customer(customer),
                CustomerCommand::Apply => Ask::Apply,
                CustomerCommand::Pause { customer } => Ask::Pause(customer),
                CustomerCommand::Resume { customer } => Ask::Resume(customer),
                CustomerCommand::Remove { customer } => Ask::Remove(customer),
                CustomerCommand::Link { customer } => Ask::Link(customer),
            },
            Command::Plan { customer } => Ask::Plan(customer),
            Command::Import { customer, verb } => Ask::Import(customer, verb),
            Command::Reconcile { customer } => Ask::Reconcile(customer),
            Command::Contact { customer, who } => Ask::Contact(customer, who),
            Command::Work { customer, verb: None, .. } => Ask::Work(customer),
            Command::Work { customer, verb: Some(verb), item, contact, tag, list } => {
                if item.is_none() && verb != WorkVerb::Retry {
                    let verb = verb.as_str();
                    let text = format!("{verb} needs an item: `tandem work {customer}` lists them");
                    return Err(CliError::Usage(text));
                }
                let choice = contact.map(Choice::Contact).or(tag.map(Choice::Tag)).or(list.map(Choice::List));
                Ask::Decide(customer, verb, item, choice)
            }
            Command::Inspect => Ask::Inspect,
        };
        ask::run(&ask, config.as_deref(), json)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense() {
        super::Args::command().debug_assert();
    }
}

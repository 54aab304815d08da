//! What may stand on the command line.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::{
    CliError, ask, check, commands,
    config::{self, ConfigArgs},
    demo::{self, DemoArgs},
    examples,
    explain::{self, ExplainArgs},
    init::{self, InitArgs},
    people, plan,
    restore::{self, CompactArgs, RestoreArgs},
    serve::{self, ServeArgs},
    shell::{self, CompletionsArgs, ManArgs},
    simulate::{self, SimulateArgs},
    word_order,
};
use crate::{
    metrics::VERSION_LINE,
    operator::{Asked, Question, questions},
};

/// Keeps a nonprofit's email subscribers in step between Constant Contact and Virtuous CRM+.
#[derive(Debug, Parser)]
#[command(name = "tandem", version = VERSION_LINE, arg_required_else_help = true, subcommand_required = true)]
struct Line {
    /// The settings file [default: ./tandem.toml, if it is there].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    process: Process,
}

/// Commands that run a process of their own.
#[derive(Debug, Subcommand)]
enum Process {
    /// Runs the main job on simulated systems, with a store in a temporary folder.
    Demo(DemoArgs),
    /// Prints the script that completes commands in a shell.
    Completions(CompletionsArgs),
    /// Tells the settings in force.
    Config(ConfigArgs),
    /// Explains a rule in plain words, or lists all.
    Explain(ExplainArgs),
    /// Makes a folder to start in: tandem.toml, customers/ and a first customer, each line explained.
    Init(InitArgs),
    /// Writes a page of the manual for each command.
    Man(ManArgs),
    /// Makes the store's files as small as what is in them, while the service is stopped.
    Compact(CompactArgs),
    /// Puts a backup in the place of the store, while the service is stopped.
    Restore(RestoreArgs),
    /// Runs the service.
    Serve(ServeArgs),
    /// Runs only the simulators, over HTTP.
    Simulate(SimulateArgs),
}

/// What the process was started with.
#[derive(Debug)]
pub struct Args {
    config: Option<PathBuf>,
    json: bool,
    started: Started,
}

#[derive(Debug)]
enum Started {
    Process(Process),
    Question(Asked),
    /// All pages of the people, as CSV.
    Csv(Asked),
}

/// Every command.
fn command() -> Command {
    examples::with_examples(people::with_csv(commands::with_questions(Line::command())))
}

impl Args {
    /// Reads the command line.
    ///
    /// # Errors
    /// Wrong usage, or a wish for help or the version.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut command = command();
        let matches = command.try_get_matches_from_mut(word_order::verb_behind(words))?;
        let is_process = matches.subcommand_name().is_some_and(Process::has_subcommand);
        let started = if is_process {
            Started::Process(Process::from_arg_matches(&matches)?)
        } else {
            let asked = commands::asked(&mut command, &matches)?;
            if people::wants_csv(&matches) { Started::Csv(asked) } else { Started::Question(asked) }
        };
        let config = matches.get_one::<PathBuf>("config").cloned();
        Ok(Self { config, json: matches.get_flag("json"), started })
    }

    /// What is logged where `RUST_LOG` is not set: a service tells its steps, a command only trouble.
    #[must_use]
    pub const fn log_default(&self) -> Option<&'static str> {
        match self.started {
            Started::Process(Process::Serve(_)) => None,
            _ => Some("warn"),
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`], with its exit code.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let Self { config, json, started } = self;
        let config = config.as_deref();
        match started {
            Started::Process(Process::Demo(args)) => demo::run(args, json),
            Started::Process(Process::Completions(args)) => Ok(shell::completions(&args, command())),
            Started::Process(Process::Config(args)) => config::run(&args, config, json),
            Started::Process(Process::Explain(args)) => explain::run(&args, json),
            Started::Process(Process::Init(args)) => init::run(&args, json),
            Started::Process(Process::Man(args)) => shell::man(&args, command(), json),
            Started::Process(Process::Compact(args)) => restore::compact(&args, config, json),
            Started::Process(Process::Restore(args)) => restore::run(&args, config, json),
            Started::Process(Process::Serve(args)) => serve::run(args, config),
            Started::Process(Process::Simulate(args)) => simulate::run(args),
            Started::Question(asked) if asked.operation.command == questions::check::Check::COMMAND => {
                check::run(&asked, config, json)
            }
            Started::Question(asked) if asked.operation.command == questions::plan::PlanCustomer::COMMAND => {
                plan::run(&asked, config, json)
            }
            Started::Question(asked) => ask::run(&asked, config, json),
            Started::Csv(asked) => people::run(asked, config),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Method;

    fn read(line: &str) -> Result<Args, clap::Error> {
        Args::read(format!("tandem {line}").split(' ').map(OsString::from))
    }

    fn route(line: &str) -> (Method, String) {
        match read(line).unwrap().started {
            Started::Question(asked) | Started::Csv(asked) => asked.route(),
            Started::Process(process) => panic!("{process:?}"),
        }
    }

    #[test]
    fn the_command_line_makes_sense() {
        command().debug_assert();
    }

    #[test]
    fn commands_are_the_questions_of_the_list() {
        let of = |line: &str| route(line).1;
        assert_eq!(of("customer list"), "/customers");
        assert_eq!(of("customer show hope"), "/customers/hope");
        assert_eq!(of("import hope status"), "/customers/hope/import");
        assert_eq!(route("customer resume hope"), (Method::Post, "/customers/hope/resume".to_owned()));
        assert_eq!(route("customer resume --all"), (Method::Post, "/customers/resume".to_owned()));
        assert_eq!(route("customer resume --all --json"), (Method::Post, "/customers/resume".to_owned()));
        assert_eq!(route("import hope start"), (Method::Post, "/customers/hope/import/start".to_owned()));
        assert_eq!(of("contact hope ann+1@example.org"), "/customers/hope/contact?who=ann%2B1%40example.org");
        assert_eq!(route("work hope"), (Method::Get, "/customers/hope/work".to_owned()));
        assert_eq!(route("work hope retry"), (Method::Post, "/customers/hope/work/retry".to_owned()));
        assert_eq!(of("work hope accept x --contact 7"), "/customers/hope/work/accept?contact=7&item=x");
        assert_eq!(of("import status hope"), "/customers/hope/import");
        assert_eq!(
            of("people hope --state held --rule S4 --csv"),
            "/customers/hope/people?rule=S4&state=held"
        );
        assert_eq!(of("work hope confirm x --list News"), "/customers/hope/work/confirm?item=x&list=News");
    }

    #[test]
    fn every_command_has_examples_and_every_example_is_taken() {
        fn without(command: &Command, path: &str) -> Vec<String> {
            let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
            let missing = inner.flat_map(|inner| without(inner, &format!("{path} {}", inner.get_name())));
            let own = !command.has_subcommands() && command.get_after_help().is_none();
            missing.chain(own.then(|| path.to_owned())).collect()
        }
        assert_eq!(without(&command(), "tandem"), Vec::<String>::new());
        for (words, line) in examples::lines() {
            let first = words.split(' ').next().unwrap_or_default();
            if command().find_subcommand(first).is_some() {
                let taken = read(line.trim_start_matches("tandem "));
                assert!(taken.is_ok(), "{line}: {}", taken.unwrap_err());
            }
        }
    }

    #[test]
    fn wrong_usage_names_what_is_wrong() {
        for (line, text) in [
            ("import hope dance", "dance"),
            ("import hope", "VERB"),
            ("work hope drop", "item"),
            ("work hope drop x --list News", "takes no list"),
            ("work hope accept x --contact one", "contact is a whole number"),
            ("customer show No", "customer id"),
            ("people hope --state asleep", "in_sync"),
            ("people hope --csv --json", "cannot be used with"),
            ("nothing", "nothing"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.contains(text), "{line}: {error}");
        }
    }
}

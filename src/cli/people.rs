//! `tandem people --csv`: every page, as rows for a spreadsheet.

use std::{path::Path, process::ExitCode};

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;

use super::{
    CliError, ask,
    output::{complain, print_part},
};
use crate::{
    config::load,
    operator::{
        Asked, Question,
        questions::people::{People, PeopleView, csv},
    },
};

const CSV: &str = "csv";
/// The parameters that ask for one page.
const ONE_PAGE: [&str; 2] = ["after", "limit"];
/// People of a page, where all pages are wanted.
const PAGE: u64 = 1000;
fn name() -> &'static str {
    People::COMMAND.split(' ').next().unwrap_or_default()
}

/// Adds the option.
pub(super) fn with_csv(command: Command) -> Command {
    let help = "Print all pages as CSV; with --after or --limit that page";
    let csv = Arg::new(CSV).long(CSV).help(help).action(ArgAction::SetTrue).conflicts_with("json");
    command.mut_subcommand(name(), |people| people.arg(csv))
}

/// Whether the command line has it.
pub(super) fn wants_csv(matches: &ArgMatches) -> bool {
    matches.subcommand_matches(name()).is_some_and(|people| people.get_flag(CSV))
}

/// Prints the people, a page at a time.
///
/// # Errors
/// [`CliError`].
pub(super) fn run(asked: Asked, config: Option<&Path>) -> Result<ExitCode, CliError> {
    let is_one_page = ONE_PAGE.iter().any(|name| asked.gives(name));
    let mut asked = if is_one_page { asked } else { asked.with("limit", Value::from(PAGE)) };
    let left_out = ask::with_client(load(config)?, async |client| {
        let mut left_out = 0;
        let mut head = csv::HEAD.to_owned();
        loop {
            let answer = client.ask(&asked).await?;
            let view: PeopleView = serde_json::from_value(answer).map_err(|_| {
                CliError::failed("the service is of another version: run the tandem that it runs")
            })?;
            left_out += view.unreadable;
            let rows: String = view.people.iter().map(csv::row).collect();
            if !print_part(&(std::mem::take(&mut head) + &rows)) || is_one_page {
                return Ok(left_out);
            }
            let Some(next) = view.next else { return Ok(left_out) };
            asked = asked.with("after", Value::from(next));
        }
    })?;
    Ok(told(left_out))
}

/// Says how many people the rows leave out; the exit code for that.
fn told(left_out: usize) -> ExitCode {
    if left_out > 0 {
        complain(&csv::left_out(left_out));
    }
    ExitCode::from(People::outcome(&PeopleView { unreadable: left_out, ..PeopleView::default() }).exit_code())
}

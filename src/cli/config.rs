//! `tandem config show`: the settings in force, each with where it comes from.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    CliError,
    output::{print, print_json},
};
use crate::{
    config::{
        ConfigErrors, Environment, Settings, Shown, load, read_customers, shown_customer, shown_process,
    },
    domain::CustomerId,
};

/// Arguments of `tandem config`.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Subcommand)]
enum Verb {
    /// The settings in force, each with where it comes from; secrets as dots.
    Show {
        /// A customer's settings instead of Tandem's own.
        customer: Option<CustomerId>,
    },
}

/// Prints the settings.
///
/// # Errors
/// Settings that are wrong; a customer without a file.
pub(super) fn run(args: &ConfigArgs, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let Verb::Show { customer } = &args.verb;
    let (file, shown) = match customer {
        Some(id) => of_customer(&settings, id)?,
        None => {
            let (text, environment) = (text_of(&settings.file), Environment::of_process());
            let shown = shown_process(&settings, &text, &environment);
            (settings.file, shown)
        }
    };
    if json {
        let rows: Vec<Value> = shown.iter().map(as_json).collect();
        print_json(&format!("{:#}\n", json!({ "file": file.display().to_string(), "settings": rows })));
    } else {
        print(&in_columns(&file, &shown));
    }
    Ok(ExitCode::SUCCESS)
}

fn of_customer(settings: &Settings, id: &CustomerId) -> Result<(PathBuf, Vec<Shown>), CliError> {
    let dir = &settings.customers_dir;
    let read = read_customers(dir, &Environment::of_process());
    if let Some(found) = read.customers.iter().find(|customer| customer.id == *id) {
        return Ok((found.file.clone(), shown_customer(found, &text_of(&found.file))));
    }
    let mut problems = read.problems.0;
    problems.retain(|problem| problem.customer() == Some(id.as_str()));
    if problems.is_empty() {
        let (dir, text) = (dir.display(), "`tandem customer add` writes one");
        return Err(CliError::failed(format!("there is no file of the customer \"{id}\" in {dir}: {text}")));
    }
    Err(ConfigErrors(problems).into())
}

/// The text of a file, which was read before; it may have gone since, or never have been there.
fn text_of(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

fn as_json(Shown { key, value, from, .. }: &Shown) -> Value {
    json!({ "key": key, "value": value, "from": from })
}

fn in_columns(file: &Path, shown: &[Shown]) -> String {
    let wide = |text: fn(&Shown) -> usize| shown.iter().map(text).max().unwrap_or_default();
    let keys = wide(|one| one.key.chars().count());
    let values = wide(|one| one.value.chars().count()).min(40);
    let there = if file.exists() { "" } else { " (not there)" };
    let rows = shown
        .iter()
        .map(|Shown { key, value, from, .. }| format!("{key:<keys$}  {value:<values$}  {from}\n"));
    format!("{}{there}\n{}", file.display(), rows.collect::<String>())
}

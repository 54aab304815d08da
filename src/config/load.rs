//! From files to settings.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{
    customer::CustomerSettings,
    environment::Environment,
    problem::{ConfigErrors, Problem},
    process::{DEFAULT_FILE, Settings},
};
use crate::domain::CustomerId;

/// Reads the process settings, with the environment of this process over them. Without a path the default file is read,
/// and its absence means defaults; a file that was asked for must be there.
///
/// # Errors
/// Everything that is wrong.
pub fn load(path: Option<&Path>) -> Result<Settings, ConfigErrors> {
    load_with(path, &Environment::of_process())
}

/// As [`load`], with the given environment.
///
/// # Errors
/// Everything that is wrong.
pub fn load_with(path: Option<&Path>, environment: &Environment) -> Result<Settings, ConfigErrors> {
    let file = path.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if path.is_none() && error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(ConfigErrors(vec![unreadable(file, &error)])),
    };
    Settings::from_toml(&text, file, environment)
}

/// Reads every customer's file (`*.toml`) of a folder, in the order of ids. A folder that is missing holds none.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn load_customers(dir: &Path) -> Result<Vec<CustomerSettings>, ConfigErrors> {
    let read = read_customers(dir, &Environment::of_process());
    read.problems.or(read.customers)
}

/// What a folder of customers held.
#[derive(Debug)]
pub struct CustomersRead {
    /// The customers whose files are right, in the order of ids.
    pub customers: Vec<CustomerSettings>,
    /// What is wrong with the other files.
    pub problems: ConfigErrors,
}

/// As [`load_customers`], but one customer's bad file does not take the others away: for a service that is running.
#[must_use]
pub fn read_customers(dir: &Path, environment: &Environment) -> CustomersRead {
    let mut problems = ConfigErrors::default();
    let files = customer_files(dir).unwrap_or_else(|error| {
        problems.0.push(unreadable(dir, &error));
        Vec::new()
    });
    let mut by_id: BTreeMap<CustomerId, Vec<CustomerSettings>> = BTreeMap::new();
    for file in files {
        match std::fs::read_to_string(&file) {
            Ok(text) => match CustomerSettings::from_toml(&text, &file, environment) {
                Ok(customer) => by_id.entry(customer.id.clone()).or_default().push(customer),
                Err(errors) => problems.extend(errors),
            },
            Err(error) => problems.0.push(unreadable(&file, &error)),
        }
    }
    let mut customers = Vec::new();
    for (id, mut same) in by_id {
        if let [first, others @ ..] = same.as_slice()
            && !others.is_empty()
        {
            // Neither is taken: whichever we chose might be the wrong account's keys.
            problems.0.extend(others.iter().map(|other| Problem {
                file: Some(other.file.clone()),
                key: "id".to_owned(),
                message: format!("the customer \"{id}\" is in {} already", first.file.display()),
            }));
        } else {
            customers.append(&mut same);
        }
    }
    CustomersRead { customers, problems }
}

/// The customers' files in order of names. Hidden files are left out: editors keep their half-written copies so.
fn customer_files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "toml") && !hidden && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::of_file(path, format!("cannot be read: {error}"))
}

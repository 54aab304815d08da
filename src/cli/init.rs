//! `tandem init`: a folder to start in.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::json;

use super::{
    CliError,
    output::{print, print_json},
};
use crate::config::{DEFAULT_FILE, NewCustomer, PROCESS_FILE, write_new};

/// The first customer, whom the documents speak of.
const FIRST: &str = "hope";

/// Arguments of `tandem init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// The folder; it is made if it is missing [default: the current one].
    dir: Option<PathBuf>,
}

/// Writes `tandem.toml`, `customers/` and a first customer.
///
/// # Errors
/// When a file of the name is there already, or cannot be written.
pub(super) fn run(args: &InitArgs, json: bool) -> Result<ExitCode, CliError> {
    let dir = args.dir.clone().unwrap_or_default();
    let id = FIRST.parse().map_err(|_| CliError::failed("the first customer has no name"))?;
    let customer =
        NewCustomer { id, name: Some("Hope Foundation".to_owned()), time_zone: None, api_key: None };
    let files = [
        (dir.join(DEFAULT_FILE), PROCESS_FILE.to_owned()),
        (dir.join("customers").join(format!("{FIRST}.toml")), customer.file()),
    ];
    // Nothing is written before it is known that all can be. A link that leads nowhere is there, too.
    let is_there_as = |path: &Path| std::fs::symlink_metadata(path).is_ok();
    if let Some((there, _)) = files.iter().find(|(path, _)| is_there_as(path)) {
        return Err(is_there(there));
    }
    let folders =
        files.iter().filter_map(|(path, _)| path.parent()).filter(|path| !path.as_os_str().is_empty());
    if let Some(folder) = folders.into_iter().find(|path| is_there_as(path) && !path.is_dir()) {
        return Err(CliError::failed(format!(
            "{} is no folder, but a file or a link that leads nowhere: remove it, or give another folder; nothing was written",
            folder.display()
        )));
    }
    for (path, text) in &files {
        write_new(path, text).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => is_there(path),
            _ => CliError::failed(format!("{} cannot be written: {error}", path.display())),
        })?;
    }
    let made: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    if json {
        print_json(&format!("{:#}\n", json!({ "made": made })));
    } else {
        print(&next(&made, &dir));
    }
    Ok(ExitCode::SUCCESS)
}

fn is_there(path: &Path) -> CliError {
    CliError::failed(format!("{} is there already: nothing was written", path.display()))
}

fn next(made: &[String], dir: &Path) -> String {
    let made: String = made.iter().map(|path| format!("made {path}\n")).collect();
    let there = if dir.as_os_str().is_empty() { String::new() } else { format!("cd {}\n  ", dir.display()) };
    format!(
        "{made}\nNext: set client_id and client_secret in tandem.toml and api_key in customers/{FIRST}.toml, then\n  {there}tandem serve\n  \
         tandem customer link {FIRST}   # an address for the customer's browser\n  tandem check\n  tandem plan {FIRST}            # \
         what would be written\n  tandem import {FIRST} start\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, load_with, read_customers};

    #[test]
    fn what_it_writes_is_read_and_never_overwritten() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("new");
        let args = InitArgs { dir: Some(dir.clone()) };
        run(&args, true).unwrap();
        let settings = load_with(Some(&dir.join(DEFAULT_FILE)), &Environment::default()).unwrap();
        let read = read_customers(&settings.customers_dir, &Environment::default());
        assert!(read.problems.is_empty(), "{}", read.problems);
        assert_eq!((read.customers.len(), read.customers[0].name.as_str()), (1, "Hope Foundation"));

        let file = dir.join(DEFAULT_FILE);
        std::fs::write(&file, "# mine\n").unwrap();
        assert!(run(&args, true).unwrap_err().to_string().contains("tandem.toml is there already"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
        std::fs::remove_file(&file).unwrap();
        assert!(run(&args, true).unwrap_err().to_string().contains("hope.toml is there already"));
        assert!(!file.exists(), "all or nothing");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_and_nothing_is_written() {
        let place = tempfile::tempdir().unwrap();
        for (link, told) in [
            ("tandem.toml", "tandem.toml is there already"),
            ("customers", "customers is no folder"),
            ("customers/hope.toml", "hope.toml is there already"),
            ("", "is no folder"),
        ] {
            let dir = place.path().join(link.replace('/', "-") + ".place");
            let at = dir.join(link);
            let folder = if link.is_empty() { place.path() } else { at.parent().unwrap() };
            std::fs::create_dir_all(folder).unwrap();
            let nowhere = place.path().join("nowhere");
            let at = if link.is_empty() { dir.clone() } else { at };
            std::os::unix::fs::symlink(&nowhere, &at).unwrap();
            let error = run(&InitArgs { dir: Some(dir.clone()) }, true).unwrap_err().to_string();
            assert!(error.contains(told), "{link}: {error}");
            assert!(!nowhere.exists() && std::fs::symlink_metadata(&at).unwrap().is_symlink(), "{link}");
            assert!(
                link == "tandem.toml" || !dir.join("tandem.toml").exists(),
                "{link}: nothing was written"
            );
        }
    }
}

//! `tandem completions` and `tandem man`: what a shell and a manual know of the commands.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use super::{
    CliError,
    output::{print, print_json},
};

const NAME: &str = "tandem";

/// Arguments of `tandem completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

/// Arguments of `tandem man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The folder for the pages; it is made if it is missing.
    dir: PathBuf,
}

/// Prints the script that completes commands and options.
pub(super) fn completions(args: &CompletionsArgs, mut command: Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, NAME, &mut script);
    print(&String::from_utf8_lossy(&script));
    ExitCode::SUCCESS
}

/// Writes a page of the manual for each command.
///
/// # Errors
/// When the folder or a page cannot be written.
pub(super) fn man(args: &ManArgs, command: Command, json: bool) -> Result<ExitCode, CliError> {
    let pages = write_pages(&args.dir, command)
        .map_err(|error| CliError::failed(format!("{} cannot be written: {error}", args.dir.display())))?;
    let dir = args.dir.display().to_string();
    if json {
        print_json(&format!("{:#}\n", json!({ "dir": dir, "pages": pages })));
    } else {
        print(&format!("wrote {pages} pages; read one with: man {dir}/{NAME}.1\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn write_pages(dir: &Path, command: Command) -> io::Result<usize> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command, dir)?;
    let pages = std::fs::read_dir(dir)?.flatten();
    Ok(pages.filter(|page| page.path().extension().is_some_and(|extension| extension == "1")).count())
}

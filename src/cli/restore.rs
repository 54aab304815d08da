//! `tandem restore` and `tandem compact`: care for a store that no process has.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::{Value, json};

use super::{CliError, output::print};
use crate::{
    care::{self, CareError, Compacted, Restored},
    clock::{Clock, SystemClock},
    config::load,
};

/// Arguments of `tandem restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
}

/// Arguments of `tandem compact`.
#[derive(Debug, Clone, Args)]
pub struct CompactArgs {}

impl From<CareError> for CliError {
    fn from(error: CareError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Puts a backup in the place of the store.
///
/// # Errors
/// [`CliError`]; then the store is what it was.
pub fn run(args: &RestoreArgs, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("cannot start: {error}")))?;
    let restored = runtime.block_on(care::restore(&settings, &args.file, SystemClock.now()))?;
    let Restored { made, records, customers, before } = restored;
    let before = before.map(|path| path.display().to_string());
    let answer = json!({
        "file": args.file.display().to_string(), "made_at": made.at, "made_by": made.by, "records": records,
        "customers": customers, "before": before,
    });
    let kept = before.map_or_else(String::new, |path| {
        format!("The store before is in {path}; delete it once all is well.\n")
    });
    let text = format!(
        "The store is the backup of {} ({records} records). What was done since is not known: {customers} customers are read \
         anew before anything is written, and today's calls of Constant Contact count as made.\n{kept}\
         Next: `tandem serve`, then `tandem check`, which says who has to be connected again.\n",
        made.at
    );
    Ok(show(&answer, text, json))
}

/// Makes the files of the store as small as what is in them.
///
/// # Errors
/// [`CliError`]; then the store is what it was.
pub fn compact(_: &CompactArgs, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let Compacted { before, after } = care::compact(&settings.data_dir)?;
    let answer = json!({"bytes_before": before, "bytes_after": after});
    Ok(show(&answer, format!("The store took {before} bytes and takes {after} bytes now.\n"), json))
}

fn show(answer: &Value, text: String, json: bool) -> ExitCode {
    print(&if json { format!("{answer:#}\n") } else { text });
    ExitCode::SUCCESS
}

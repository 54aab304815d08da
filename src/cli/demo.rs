//! `tandem demo`: the main job on simulated systems.

use std::{io::IsTerminal, process::ExitCode, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use clap::Args;

use super::{CliError, output, signals};
use crate::{
    demo::{Demo, DemoError, DemoOptions, Progress},
    domain::Stage,
};

/// Arguments of `tandem demo`.
#[derive(Debug, Clone, Args)]
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

/// How often a plain line says how far it is, where there is no terminal.
const LINE_EVERY: u32 = 20;

/// Runs the demo: until both sides agree, or until it is stopped.
///
/// # Errors
/// [`CliError`].
pub fn run(args: DemoArgs, json: bool) -> Result<ExitCode, CliError> {
    let options = DemoOptions {
        contacts: usize::try_from(args.contacts).unwrap_or(usize::MAX),
        seed: args.seed,
        until_synced: args.until_synced,
    };
    let failed = |error: DemoError| CliError::failed(error.to_string());
    actix::System::new().block_on(async move {
        let stop = signals::stop().map_err(|error| CliError::failed(error.to_string()))?;
        let demo = Demo::start(options).await.map_err(failed)?;
        let mut shown = Shown::new(json);
        shown.say(&format!(
            "demo at {}: {} contacts, seed {}",
            demo.address(),
            options.contacts,
            options.seed
        ));
        let stopped = tokio::select! {
            () = stop => true,
            synced = both(&demo, &mut shown) => {
                synced.map_err(failed)?;
                false
            }
            error = demo.app.store_failed() => return Err(CliError::failed(error)),
        };
        let report = demo.report().map_err(failed)?;
        shown.end();
        if json {
            output::print(&format!("{}\n", serde_json::to_string(&report).unwrap_or_default()));
        } else {
            output::print(&format!("{report}"));
        }
        if !stopped && !options.until_synced {
            shown.say("both sides agree; the demo goes on until it is stopped (Ctrl-C)");
            let again = signals::stop().map_err(|error| CliError::failed(error.to_string()))?;
            again.await;
        }
        let code = if stopped && options.until_synced { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        demo.stop().await;
        Ok(code)
    })
}

/// The first sync, and then a week of edits.
async fn both(demo: &Demo, shown: &mut Shown) -> Result<(), DemoError> {
    demo.until_synced(|progress| shown.tell(&progress)).await?;
    demo.play_week()?;
    shown.say("both sides agree; a week of edits follows");
    demo.until_synced(|progress| shown.tell(&progress)).await?;
    shown.say("in step again; staff opt somebody out in Virtuous and put a list's tag on somebody");
    demo.staff_edits().await?;
    demo.until_synced(|progress| shown.tell(&progress)).await
}

/// How far it is, on standard error: a bar on a terminal, plain lines elsewhere.
struct Shown {
    bar: Option<ProgressBar>,
    looks: u32,
    quiet: bool,
}

impl Shown {
    fn new(quiet: bool) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg:10} [{bar:40}] {pos}/{len} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Self { bar, looks: 0, quiet }
    }

    fn tell(&mut self, progress: &Progress) {
        let stage = match progress.stage {
            Stage::Observing => "reading",
            Stage::Scanning => "linking",
            Stage::Importing => "importing",
            Stage::Live => "in step",
        };
        let (settled, all) = (progress.settled(), progress.counts.subjects().max(progress.contacts));
        match &self.bar {
            Some(bar) => {
                bar.set_length(all);
                bar.set_position(settled);
                bar.set_message(stage);
            }
            None if self.looks.is_multiple_of(LINE_EVERY) => {
                self.say(&format!("{stage}: {settled} of {all} subscribers settled"));
            }
            None => {}
        }
        self.looks += 1;
    }

    fn say(&self, line: &str) {
        if !self.quiet {
            output::complain(line);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

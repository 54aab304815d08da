//! How a customer stands, in one word, what is wrong in a sentence, and the one thing to do. Pure: from the answer of the question.

use std::time::Duration;

use super::{prose::Prose, words};
use crate::{
    domain::{Rule, Stage, State, Timestamp},
    operator::shown::customer::CustomerView,
};

/// How long an opt-out may wait before it is said on top: late readings and one outage take less (E1).
const OPT_OUT_LATE: Duration = Duration::from_secs(15 * 60);

/// How urgent a standing is, the most urgent first; customers are listed in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The brake holds (B1).
    Brake,
    /// Nothing runs.
    Paused,
    /// There is no grant of Constant Contact.
    NotConnected,
    /// Its settings file is gone or wrong.
    File,
    /// An opt-out waits.
    OptOut,
    /// Calls fail, or writes were given up.
    Failed,
    /// People wait for a decision.
    Questions,
    /// It is not in step yet, and works on it.
    Busy,
    /// Nothing is to be done.
    Well,
}

impl Rank {
    /// The colour: what is wrong, what waits for a person, what goes on, what is well.
    #[must_use]
    pub const fn colour(self) -> &'static str {
        match self {
            Self::Brake | Self::Paused | Self::File | Self::OptOut | Self::Failed => "bad",
            Self::NotConnected | Self::Questions => "ask",
            Self::Busy => "busy",
            Self::Well => "well",
        }
    }

    /// Whether something is wrong; a customer that is new is not.
    #[must_use]
    pub fn is_unwell(self) -> bool {
        self <= Self::Failed && self != Self::NotConnected
    }
}

/// How a customer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How urgent it is.
    pub rank: Rank,
    /// In a word or two.
    pub word: &'static str,
    /// What is wrong; empty if nothing is.
    pub what: Prose,
    /// The one thing to do; empty if nothing is.
    pub remedy: Prose,
    /// The page where it is done, below the customer's; empty if it is done elsewhere.
    pub place: &'static str,
}

fn standing(rank: Rank, word: &'static str, what: String, remedy: String) -> Standing {
    Standing { rank, word, what: Prose::of(what), remedy: Prose::of(remedy), place: "" }
}

impl Standing {
    /// How a customer stands; `wrong` is what is wrong with its file.
    #[must_use]
    pub fn of(view: &CustomerView, wrong: Option<&str>, now: Timestamp) -> Self {
        of_the_whole(view)
            .or_else(|| of_the_file(view, wrong))
            .or_else(|| of_opt_outs(view, now))
            .or_else(|| of_people(view))
            .unwrap_or_else(|| at_work(view))
    }

    /// A file that is wrong, of a customer that never ran.
    #[must_use]
    pub fn of_file(problem: &str) -> Self {
        let remedy = "Mend the file, then `tandem customer apply`.".to_owned();
        standing(Rank::File, "file wrong", problem.to_owned(), remedy)
    }
}

/// What stops the whole customer.
fn of_the_whole(view: &CustomerView) -> Option<Standing> {
    let id = &view.id;
    if let Some(brake) = &view.brake {
        let remedy = "Look at what it stops. If that is right, let it go on; if not, put it right in Constant Contact.";
        let brake = standing(Rank::Brake, "brake", brake.reason.clone(), remedy.to_owned());
        return Some(Standing { place: "questions", ..brake });
    }
    if let Some(pause) = &view.pause {
        let remedy = if pause.by_operator {
            format!("`tandem customer resume {id}` when it may go on.")
        } else if pause.rule == Rule::I5 {
            format!("If this account and organisation are right: `tandem customer rebind {id}`.")
        } else {
            match view.last_error.as_ref().map(|error| error.system.as_str()) {
                Some("virtuous") => "Make a new API key in Virtuous, put it into the customer's file, then `tandem customer apply`.".to_owned(),
                Some("constant_contact") => format!("Have the account connected again: `tandem customer link {id}`."),
                _ => format!("`tandem check` says what is refused, `tandem customer resume {id}` goes on."),
            }
        };
        // Who was never connected is paused for that, and the pause says it worse.
        if view.connected || pause.by_operator {
            return Some(standing(Rank::Paused, "paused", pause.reason.clone(), remedy));
        }
    }
    (!view.connected).then(|| {
        let what = "Constant Contact is not connected yet.".to_owned();
        let remedy = format!("`tandem customer link {id}` makes the link that connects it.");
        standing(Rank::NotConnected, "not connected", what, remedy)
    })
}

fn of_the_file(view: &CustomerView, wrong: Option<&str>) -> Option<Standing> {
    if let Some(problem) = wrong {
        return Some(Standing::of_file(problem));
    }
    (!view.has_file).then(|| {
        let what = "Its settings file is gone, so it does not run; what is kept of it stays.".to_owned();
        let remedy = format!(
            "Put the file back and `tandem customer apply`, or forget the customer: `tandem customer remove {}`.",
            view.id
        );
        standing(Rank::File, "file gone", what, remedy)
    })
}

fn of_opt_outs(view: &CustomerView, now: Timestamp) -> Option<Standing> {
    // Before the import nothing is owed, as nothing may be written (C4).
    let since = view.oldest_opt_out.filter(|_| view.stage.may_write())?;
    let waits = now.since(since);
    (waits > OPT_OUT_LATE).then(|| {
        let what = format!("An opt-out waits for {}.", super::moment::lasting(waits));
        let remedy = match (&view.waits_for, of(view, State::Failed)) {
            (Some(wait), _) => format!("It waits for {}.", wait.what),
            (None, 0) => "`tandem check` says what stands in the way.".to_owned(),
            (None, _) => "See what was refused.".to_owned(),
        };
        let place = if of(view, State::Failed) > 0 { "questions" } else { "" };
        Standing { place, ..standing(Rank::OptOut, "opt-out waits", what, remedy) }
    })
}

fn of_people(view: &CustomerView) -> Option<Standing> {
    let (failed, asked) = (of(view, State::Failed), of(view, State::Review));
    if failed > 0 {
        let what = format!("{} refused for good.", words::counted(failed, "write was", "writes were"));
        let remedy = "See why, then try again or leave it.".to_owned();
        let failed = standing(Rank::Failed, "given up", what, remedy);
        return Some(Standing { place: "questions", ..failed });
    }
    if let Some(wait) = view.waits_for.as_ref().filter(|wait| wait.until.is_some()) {
        let what = format!("Waits for {}.", wait.what);
        return Some(standing(Rank::Failed, "trouble", what, String::new()));
    }
    (asked > 0).then(|| {
        let what = format!("{} for a decision.", words::counted(asked, "person waits", "people wait"));
        let asked = standing(Rank::Questions, "questions", what, "Answer the questions.".to_owned());
        Standing { place: "questions", ..asked }
    })
}

/// A customer with nothing that waits for a person, but for its import.
fn at_work(view: &CustomerView) -> Standing {
    let id = &view.id;
    match view.stage {
        Stage::Observing if view.import.started_at.is_none() => {
            let what = "Reads only: nothing is written before the import is started.".to_owned();
            let remedy = format!("Look at the dry run, then `tandem import {id} start`.");
            Standing { place: "plan", ..standing(Rank::Questions, "not started", what, remedy) }
        }
        Stage::Live => standing(Rank::Well, "well", String::new(), String::new()),
        _ => {
            let paused = if view.import.paused { ", held by an operator" } else { "" };
            let what = format!("The first import is under way{paused}: {:.1} %.", view.import.percent);
            standing(Rank::Busy, "importing", what, String::new())
        }
    }
}

/// How many people are in a state.
#[must_use]
pub fn of(view: &CustomerView, state: State) -> u64 {
    view.states.get(&state).copied().unwrap_or_default()
}

/// How many people are to do, sent or held: what time or others will settle.
#[must_use]
pub fn waiting(view: &CustomerView) -> u64 {
    [State::Pending, State::Submitted, State::Held].into_iter().map(|state| of(view, state)).sum()
}

/// How many people need a person.
#[must_use]
pub fn needing(view: &CustomerView) -> u64 {
    of(view, State::Review) + of(view, State::Failed)
}

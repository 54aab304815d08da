//! One turn of the poller: each part that is due, in order.

use crate::{
    access::CustomerContext,
    constant_contact::streams::Include,
    domain::{Lane, System, Timestamp},
    turn::{Turn, TurnError},
};

use super::{
    commit::Committer,
    known::Known,
    memory::Memory,
    overtaken,
    part::{Group, OnFailure, Part},
    parts::{self, SoFar},
    reach::Reach,
    view::View,
};

/// Does the next piece of reading.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(context: &CustomerContext, memory: &mut Memory) -> Result<Turn, TurnError> {
    let _under_way = context.store.begin_turn().await;
    let record = context.record()?;
    if let Some(pause) = &record.pause {
        return context.probe(pause).await;
    }
    memory.begin_anew_after(record.begun_anew_at());
    if context.store.token()?.is_none() {
        memory.tell_unconnected(&context.id);
        // The grant comes with a nudge.
        return Ok(Turn::Idle(None));
    }
    if !context.is_compared(System::ConstantContact, record.accounts.of(System::ConstantContact)) {
        return compare_first(context, memory).await;
    }
    let is_stopping = || context.is_stopping();
    let view = View {
        known: Known::of(&context.store),
        reach: Reach {
            customer: &context.id,
            cc: &context.cc,
            include: Include::with_tags(context.rules.cc_tags),
            clock: &*context.clock,
            is_stopping: &is_stopping,
        },
        commit: Committer {
            customer: &context.id,
            store: &context.store,
            rules: &context.rules,
            clock: &*context.clock,
            captured: &context.captured,
        },
        record: &record,
        settings: &context.settings.constant_contact,
        single_reads: context.single_reads,
    };
    walk(&view, memory).await
}

/// Nothing of Constant Contact is read before its account was compared with the customer's (I5); an outage concludes nothing, and is
/// waited for.
async fn compare_first(context: &CustomerContext, memory: &mut Memory) -> Result<Turn, TurnError> {
    let now = context.now();
    if let Some(until) = memory.account.waits(now) {
        return Ok(Turn::Idle(Some(until)));
    }
    let outcome = context.compare_account(System::ConstantContact, Lane::Consent).await;
    let done = memory.account.take("whose grant of Constant Contact it is", outcome, now)?;
    Ok(done.map_or(Turn::Idle(memory.account.waits(now)), |()| Turn::Progressed))
}

/// Gives each part that is due its turn.
async fn walk(view: &View<'_>, memory: &mut Memory) -> Result<Turn, TurnError> {
    let (mut walk, began) = (Walk::default(), view.now());
    let mut so_far = SoFar { poll_now: parts::polls_by_hint(view, memory)?, ..SoFar::default() };
    for part in Part::ORDER {
        if walk.is_over_for(part) {
            continue;
        }
        let now = view.now();
        let Some(due) = part.when(view, memory, so_far)? else { continue };
        match memory.waits(part, now).or(Some(due).filter(|due| *due > now)) {
            Some(later) => walk.comes_again(later),
            None => {
                let outcome = if overtaken::stands_back(part, memory.counts_stood_back) {
                    run_until_overtaken(view, part, memory, &mut so_far, began).await
                } else {
                    part.run(view, memory, &mut so_far).await
                };
                walk.take(part, outcome, memory, now)?;
            }
        }
    }
    walk.end()
}

/// Gives a part its turn, until opt-outs go before its next call (W6).
async fn run_until_overtaken(
    view: &View<'_>,
    part: Part,
    memory: &mut Memory,
    so_far: &mut SoFar,
    began: Timestamp,
) -> Result<Turn, TurnError> {
    let stops = || view.reach.stops() || overtaken::is_overtaken(view, began);
    let cc = view.reach.cc.standing_back_at(overtaken::opt_outs_due(view, began));
    let reach = Reach { is_stopping: &stops, cc: &cc, ..view.reach };
    part.run(&View { reach, ..*view }, memory, so_far).await
}

/// How a turn goes.
#[derive(Default)]
struct Walk {
    progressed: bool,
    next: Option<Timestamp>,
    /// Groups that have had their turn.
    over: Vec<Group>,
    /// A failure that is told at the end.
    failure: Option<TurnError>,
}

impl Walk {
    fn is_over_for(&self, part: Part) -> bool {
        matches!(part.on_failure(), OnFailure::Waits(group) if self.over.contains(&group))
    }

    fn comes_again(&mut self, at: Timestamp) {
        self.next = self.next.into_iter().chain([at]).min();
    }

    /// Takes in how a part went.
    ///
    /// # Errors
    /// What ends the turn at once.
    fn take(
        &mut self,
        part: Part,
        outcome: Result<Turn, TurnError>,
        memory: &mut Memory,
        now: Timestamp,
    ) -> Result<(), TurnError> {
        let done = match (part.on_failure(), outcome) {
            (OnFailure::Waits(group), outcome) => {
                let done = memory.take(part, outcome, now)?;
                if done.is_none() || group == Group::Background {
                    self.over.push(group);
                }
                done.unwrap_or(Turn::Idle(memory.waits(part, now)))
            }
            (OnFailure::ToldAtEnd, Err(error @ TurnError::Outside(_))) => {
                self.failure = Some(error);
                Turn::Idle(None)
            }
            (OnFailure::ToldAtEnd, outcome) => outcome?,
        };
        match done {
            Turn::Progressed => self.progressed = true,
            Turn::Idle(next) => next.into_iter().for_each(|at| self.comes_again(at)),
        }
        Ok(())
    }

    fn end(self) -> Result<Turn, TurnError> {
        match self.failure {
            Some(error) => Err(error),
            None if self.progressed => Ok(Turn::Progressed),
            None => Ok(Turn::Idle(self.next)),
        }
    }
}

#[cfg(test)]
#[path = "turn_test.rs"]
mod tests;

//! Sending rows for Virtuous' nightly import (C4): one as a transaction, many as batches, a refused batch by halves.

use crate::{
    domain::{Action, Finding, Lane, Submission, Timestamp, Transaction},
    submitter::{
        hand::PlannedSubject,
        performed::{Outcome, Performed},
        reach::Reach,
    },
    sync::Step,
    virtuous::{VirtuousError, bisect::Bisection, import},
};

/// Sends all rows, in batches of this size. Rows with one name only go apart: if this organisation refuses such, no whole row
/// suffers (C3).
pub async fn all(reach: &Reach<'_>, hands: Vec<PlannedSubject>, batch_size: usize) -> Performed {
    let (partial, whole): (Vec<_>, Vec<_>) =
        hands.into_iter().partition(|hand| row(hand).is_some_and(|row| row.partial_name));
    let mut performed = Performed::default();
    for batch in [whole, partial].iter().flat_map(|group| group.chunks(batch_size)) {
        if performed.stop.is_some() || (reach.is_stopping)() {
            performed.add(Performed::not_begun(batch));
        } else {
            performed.add(send(reach, batch).await);
        }
    }
    performed
}

fn row(hand: &PlannedSubject) -> Option<&Transaction> {
    match &hand.plan.step {
        Step::Submit(row) => Some(row),
        _ => None,
    }
}

/// Sends one batch.
async fn send(reach: &Reach<'_>, hands: &[PlannedSubject]) -> Performed {
    let rows: Vec<Transaction> = hands.iter().filter_map(row).cloned().collect();
    let mut outcomes: Vec<Option<Outcome>> = std::iter::repeat_with(|| None).take(hands.len()).collect();
    let mut halves = Bisection::new(rows.len());
    let mut stop = None;
    while let Some(part) = halves.next_part() {
        let sent_at = reach.now();
        let sent = send_part(reach, hands[part.start].due.lane, &rows[part.clone()]).await;
        let answer = match sent {
            Ok(at) => {
                halves.accepted();
                Some(Answer::Taken(at.unwrap_or(sent_at)))
            }
            Err(error) if is_refusal(&error) => {
                if let Some(at_row) = halves.refused() {
                    outcomes[at_row] = Some(refused(reach, &rows[at_row], error));
                }
                continue;
            }
            Err(VirtuousError::Transient { may_have_arrived: true, .. } | VirtuousError::Odd { .. }) => {
                // The other rows wait for a better hour, rather than get lost in the same way.
                let text = "an earlier part of the batch got no clear answer".to_owned();
                stop = Some(VirtuousError::Transient { text, after: None, may_have_arrived: false });
                Some(Answer::Unclear(sent_at))
            }
            Err(error) => {
                stop = Some(error);
                None
            }
        };
        if let Some(answer) = answer {
            for at_row in part {
                outcomes[at_row] = Some(submitted(&hands[at_row], answer));
            }
        }
        if stop.is_some() {
            break;
        }
    }
    let failed = || stop.clone().map(|error| Outcome::failed(Action::Submit, reach.virtuous.refusal(error)));
    let all = hands.iter().zip(outcomes);
    let all = all.filter_map(|(hand, outcome)| Some((hand, outcome.or_else(failed)?)));
    Performed::of(all.collect(), reach.process())
}

/// What is known of rows that left, with the time of their sending.
#[derive(Clone, Copy)]
enum Answer {
    /// Virtuous took them.
    Taken(Timestamp),
    /// Virtuous may have taken them: the answer was lost, or cannot be read.
    Unclear(Timestamp),
}

/// Sends rows; gives when Virtuous took them, where it tells.
async fn send_part(
    reach: &Reach<'_>,
    lane: Lane,
    rows: &[Transaction],
) -> Result<Option<Timestamp>, VirtuousError> {
    let source = reach.planner.rules.reference_source.as_str();
    let call = reach.virtuous.call(lane, |client| async move {
        match rows {
            [only] => client.submit(only, source).await,
            several => client.submit_batch(several, source).await,
        }
    });
    let outcome = call.await;
    let word = if outcome.is_ok() { "done" } else { "failed" };
    reach.metrics.effects(reach.customer, Action::Submit.as_str(), word, rows.len() as u64);
    let import::Accepted { at } = outcome?;
    Ok(at)
}

fn submitted(hand: &PlannedSubject, answer: Answer) -> Outcome {
    let (sent_at, certain) = match answer {
        Answer::Taken(at) => (at, true),
        Answer::Unclear(at) => (at, false),
    };
    let creates = hand.subject().virtuous.linked().is_none();
    let email = row(hand).map(|row| row.email.clone());
    Outcome::of(vec![Finding::Submitted { submission: Submission { sent_at, certain, creates }, email }])
}

/// A refusal of what was sent, which halving can pin to one row.
const fn is_refusal(error: &VirtuousError) -> bool {
    matches!(error, VirtuousError::Refused { .. } | VirtuousError::Conflict { .. })
}

/// What a row refused by itself means: an incomplete name is held (C3), anything else is a dead letter (B3).
fn refused(reach: &Reach<'_>, row: &Transaction, error: VirtuousError) -> Outcome {
    if row.partial_name && error.speaks_of_name() {
        let mut outcome = Outcome::of(vec![Finding::NameRefused]);
        outcome.seen.partial_names_refused = true;
        return outcome;
    }
    // It may be the name; it says nothing of other subscribers' names.
    if row.partial_name && matches!(error, VirtuousError::Refused { status: 400 | 422, .. }) {
        return Outcome::of(vec![Finding::NameRefused]);
    }
    Outcome::failed(Action::Submit, reach.virtuous.refusal(error))
}

#[cfg(test)]
#[path = "submit_test.rs"]
mod tests;

//! Sending rows for Virtuous' nightly import (C4): one as a transaction, many as batches, a refused batch by halves.

use crate::{
    access::CustomerContext,
    domain::{Action, Finding, Refusal, Submission, Timestamp, Transaction},
    store::SharedPlanner,
    sync::Step,
    turn::TurnError,
    virtuous::{VirtuousError, bisect::Bisection, import},
};

use super::{
    apply::settle_or_stop,
    turn::{InHand, ids},
};

/// Sends everybody in hand, and settles them.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was sent until then is settled.
pub async fn submit(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hands: Vec<InHand>,
) -> Result<(), TurnError> {
    // Rows with one name only go apart: if this organisation refuses such, no whole row suffers (C3).
    let (partial, whole): (Vec<_>, Vec<_>) =
        hands.into_iter().partition(|hand| row(hand).is_some_and(|row| row.partial_name));
    for group in [whole, partial] {
        let mut rest = group.into_iter().peekable();
        while rest.peek().is_some() {
            let part: Vec<InHand> = rest.by_ref().take(env.settings.import.batch_size).collect();
            send(env, planner, part).await?;
        }
    }
    Ok(())
}

fn row(hand: &InHand) -> Option<&Transaction> {
    match &hand.plan.step {
        Step::Submit(row) => Some(row),
        _ => None,
    }
}

/// Sends one batch. The intent is durable before the call, so that after a kill nobody sends a row twice unaware.
async fn send(env: &CustomerContext, planner: &SharedPlanner, hands: Vec<InHand>) -> Result<(), TurnError> {
    let rows: Vec<Transaction> = hands.iter().filter_map(row).cloned().collect();
    env.store.begin(ids(&hands), true, env.now()).await?;
    let mut findings: Vec<Option<Finding>> = vec![None; hands.len()];
    let mut halves = Bisection::new(rows.len());
    let mut stop = None;
    while let Some(part) = halves.next_part() {
        let sent_at = env.now();
        match send_part(env, planner, &hands[part.start], &rows[part.clone()]).await {
            Ok(at) => {
                for at_row in part.clone() {
                    findings[at_row] = Some(submitted(&hands[at_row], at.unwrap_or(sent_at), true));
                }
                halves.accepted();
            }
            Err(error) if is_refusal(&error) => {
                if let Some(at_row) = halves.refused() {
                    findings[at_row] = Some(refused(env, &rows[at_row], error).await?);
                }
            }
            Err(VirtuousError::Transient { may_have_arrived: true, .. } | VirtuousError::Odd { .. }) => {
                for at_row in part {
                    findings[at_row] = Some(submitted(&hands[at_row], sent_at, false));
                }
                // The others wait for a better hour, rather than get lost in the same way.
                let text = "an earlier part of the batch got no clear answer".to_owned();
                stop = Some(VirtuousError::Transient { text, after: None, may_have_arrived: false });
                break;
            }
            Err(error) => {
                stop = Some(error);
                break;
            }
        }
    }
    let mut failed = Vec::new();
    let mut results = Vec::new();
    for (hand, finding) in hands.iter().zip(findings) {
        match (finding, &stop) {
            (Some(finding), _) => results.push((hand, vec![finding])),
            (None, Some(error)) => {
                let refusal = error.clone().into_refusal(env.now());
                failed.push((hand, vec![Finding::Failed { action: Action::Submit, refusal }]));
            }
            (None, None) => {}
        }
    }
    // Surely not sent: nobody has to wonder about these rows.
    env.store.forget_intents(failed.iter().map(|(hand, _)| hand.taken.subject.id.clone()).collect()).await?;
    settle_or_stop(env, planner, results).await?;
    settle_or_stop(env, planner, failed).await
}

async fn send_part(
    env: &CustomerContext,
    planner: &SharedPlanner,
    first: &InHand,
    rows: &[Transaction],
) -> Result<Option<Timestamp>, VirtuousError> {
    let source = planner.rules.reference_source.as_str();
    let lane = first.taken.lane;
    let call = env.virtuous.call(lane, |client| async move {
        match rows {
            [only] => client.submit(only, source).await,
            several => client.submit_batch(several, source).await,
        }
    });
    let outcome = call.await;
    let word = if outcome.is_ok() { "done" } else { "failed" };
    env.metrics.effects(&env.id, Action::Submit.as_str(), word, rows.len() as u64);
    let import::Accepted { at } = outcome?;
    Ok(at)
}

fn submitted(hand: &InHand, sent_at: Timestamp, certain: bool) -> Finding {
    let creates = hand.taken.subject.virtuous.linked().is_none();
    let email = row(hand).map(|row| row.email.clone());
    Finding::Submitted { submission: Submission { sent_at, certain, creates }, email }
}

/// A refusal of what was sent, which halving can pin to one row.
const fn is_refusal(error: &VirtuousError) -> bool {
    matches!(error, VirtuousError::Refused { .. } | VirtuousError::Conflict { .. })
}

/// What a row refused by itself means: an incomplete name is held (C3), anything else is a dead letter (B3).
async fn refused(
    env: &CustomerContext,
    row: &Transaction,
    error: VirtuousError,
) -> Result<Finding, TurnError> {
    if row.partial_name && error.speaks_of_name() {
        env.store.update_customer(|record| record.partial_names_refused = true).await?;
        return Ok(Finding::NameRefused);
    }
    // It may be the name; it says nothing of other people's names.
    if row.partial_name && matches!(error, VirtuousError::Refused { status: 400 | 422, .. }) {
        return Ok(Finding::NameRefused);
    }
    let refusal = match error.into_refusal(env.now()) {
        Refusal::Permanent { status, text } => Refusal::Permanent { status, text },
        other => other,
    };
    Ok(Finding::Failed { action: Action::Submit, refusal })
}

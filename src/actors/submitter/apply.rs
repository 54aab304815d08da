//! Carrying out plans for linked subscribers, several at once, each one's effects in order until one fails.

use futures_util::{StreamExt, stream};

use crate::{
    actors::{access::virtuous::turn_error, env::CustomerEnv, turn::TurnError},
    domain::{Cause, Finding, Reason, Refusal, Rule, Settlement, System},
    store::SharedPlanner,
    sync::Step,
};

use super::{effects, turn::InHand};

/// Subscribers worked on at once. The limit of the hour binds long before this does; it hides the calls' latency.
const AT_ONCE: usize = 6;

/// Carries out everybody's plan, and settles them.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was done until then is settled.
pub async fn all(env: &CustomerEnv, planner: &SharedPlanner, hands: Vec<InHand>) -> Result<(), TurnError> {
    let careful: Vec<_> = hands
        .iter()
        .filter(|hand| matches!(&hand.plan.step, Step::Apply(planned) if planned.iter().any(|one| one.effect.needs_intent())))
        .map(|hand| hand.taken.subject.id.clone())
        .collect();
    if !careful.is_empty() {
        // Durable before the first call: after a kill these are read again before anything is written to them.
        env.store.begin(env.number, careful, false, env.now()).await?;
    }
    let results: Vec<_> = stream::iter(&hands)
        .map(|hand| async move {
            let findings =
                if env.is_stopping() { Vec::new() } else { effects::carry_out(env, planner, hand).await };
            (hand, findings)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    settle_or_stop(env, planner, results).await
}

/// Settles what was found; where a call was refused for reasons that concern the customer as a whole, the turn ends.
///
/// # Errors
/// [`TurnError::NotNow`] and [`TurnError::Pause`] for such refusals; store errors.
pub async fn settle_or_stop(
    env: &CustomerEnv,
    planner: &SharedPlanner,
    results: Vec<(&InHand, Vec<Finding>)>,
) -> Result<(), TurnError> {
    let mut settlements: Vec<Settlement> = Vec::new();
    let mut stop = None;
    for (hand, mut findings) in results {
        let whole_customer = |finding: &Finding| {
            // A limit of Constant Contact is no limit of Virtuous: that write alone waits, on the subject (W4).
            !matches!(finding, Finding::Failed { effect, refusal: Refusal::NotNow { .. } } if effect.ends_with("_in_cc"))
                && matches!(
                    finding,
                    Finding::Failed { refusal: Refusal::NotNow { .. } | Refusal::Unauthorized { .. }, .. }
                )
        };
        if let Some(at) = findings.iter().position(whole_customer)
            && let Finding::Failed { refusal, .. } = findings.remove(at)
        {
            findings.truncate(at);
            // A refused key outweighs a full hour: it does not pass by waiting.
            if stop.is_none() || matches!(refusal, Refusal::Unauthorized { .. }) {
                stop = Some(turn_error(refusal));
            }
        }
        if env.is_stopping() && findings.is_empty() {
            continue;
        }
        // Nothing found because of the customer's limit: it stays due as it is, with its intent if there is one.
        if findings.is_empty() && stop.is_some() {
            continue;
        }
        settlements.push(hand.settlement(findings));
    }
    if !settlements.is_empty() {
        env.store.settle(env.number, settlements, planner.clone(), env.now()).await?;
    }
    match stop {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// The reason of a customer's pause after a refusal.
#[must_use]
pub fn pause_reason(system: System, text: &str) -> Reason {
    Reason::about(Rule::B3, Cause::Refused, format!("{}: {text}", system.as_str()))
}

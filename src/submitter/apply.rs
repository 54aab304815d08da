//! Carrying out plans for linked subscribers, several at once, each one's effects in order until one fails.

use futures_util::{StreamExt, stream};

use crate::{
    access::CustomerContext,
    domain::{Cause, Effect, Finding, Reason, Refusal, Rule, Settlement, System, email_key},
    store::SharedPlanner,
    sync::Step,
    turn::{TurnError, turn_error},
};

use super::{effects, turn::InHand};

/// Subscribers worked on at once. The limit of the hour binds long before this does; it hides the calls' latency.
const AT_ONCE: usize = 6;

/// Carries out everybody's plan, and settles them.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was done until then is settled.
pub async fn all(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hands: Vec<InHand>,
) -> Result<(), TurnError> {
    let careful: Vec<_> = hands
        .iter()
        .filter(|hand| matches!(&hand.plan.step, Step::Apply(planned) if planned.iter().any(|one| one.effect.kind().needs_intent())))
        .map(|hand| hand.taken.subject.id.clone())
        .collect();
    if !careful.is_empty() {
        // Durable before the first call: after a kill these are read again before anything is written to them.
        env.store.begin(careful, false, env.now()).await?;
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
    env: &CustomerContext,
    planner: &SharedPlanner,
    results: Vec<(&InHand, Vec<Finding>)>,
) -> Result<(), TurnError> {
    let mut settlements: Vec<Settlement> = Vec::new();
    let mut unsent = Vec::new();
    let mut stop = None;
    for (hand, mut findings) in results {
        let whole_customer = |finding: &Finding| {
            // A limit of Constant Contact is no limit of Virtuous: that write alone waits, on the subject (W4).
            matches!(
                finding,
                Finding::Failed {
                    refusal: Refusal::NotNow { system: System::Virtuous, .. } | Refusal::Unauthorized { .. },
                    ..
                }
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
        // Nothing was done, as the process stops or because of the customer's limit: it stays due as it is. What it meant to write
        // was surely not sent; what an earlier turn sent may have arrived, and that is remembered.
        if findings.is_empty() && (env.is_stopping() || stop.is_some()) {
            let subject = &hand.taken.subject;
            let is_known = hand.taken.unsure.is_none() && !may_be_half_done(hand);
            unsent.extend(is_known.then(|| subject.id.clone()));
            continue;
        }
        settlements.push(hand.settlement(findings));
    }
    if !settlements.is_empty() {
        env.store.settle(settlements, planner.clone(), env.now()).await?;
    }
    // An intent left behind would have tags and opt-outs of staff that are read meanwhile taken for Tandem's (S2, P1).
    env.store.forget_intents(unsent).await?;
    match stop {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Whether the first of a subscriber's effects takes several calls, so that the first of them may have gone out before a limit
/// stopped the second.
fn may_be_half_done(hand: &InHand) -> bool {
    let Step::Apply(planned) = &hand.plan.step else { return false };
    let Some(Effect::SetOptIn { addresses, .. }) = planned.first().map(|one| &one.effect) else {
        return false;
    };
    let methods =
        hand.taken.subject.virtuous.linked().map(|person| person.emails.as_slice()).unwrap_or_default();
    methods.iter().filter(|method| addresses.contains(&email_key(&method.value))).count() != 1
}

/// The reason of a customer's pause after a refusal.
#[must_use]
pub fn pause_reason(system: System, text: &str) -> Reason {
    Reason::about(Rule::B3, Cause::Refused, format!("{}: {text}", system.as_str()))
}

//! A call that failed: tried again, given up, or put off (B3).

use std::time::Duration;

use crate::{
    domain::{Action, Cause, EffectKind, Failure, Reason, Refusal, Rule, Subject, Timestamp, What},
    sync::{capture::note_event, retry, unseen},
};

/// How long a subject's call waits that never left this machine (E4).
const UNREACHABLE_WAIT: Duration = Duration::from_secs(60);

/// Keeps a failed call. Gives the time before which the subject must not go on, if the refusal asks for a wait.
pub(super) fn failed(
    subject: &mut Subject,
    action: Action,
    refusal: &Refusal,
    now: Timestamp,
) -> Option<Timestamp> {
    if action == EffectKind::SetFields.into()
        && matches!(refusal, Refusal::Transient { may_have_arrived: true, .. })
    {
        unseen::doubt_fields(subject);
    }
    match refusal {
        Refusal::Permanent { status, text } => {
            subject.attempts += 1;
            let told = Reason::about(Rule::B3, Cause::Refused, format!("{action}: {status}"));
            give_up(subject, action, format!("{status} {text}"), told, now);
            None
        }
        Refusal::Transient { text, after, .. } => {
            subject.attempts += 1;
            // An opt-out of either direction is never given up (B3).
            let opt_out = subject.opt_out_owed_since.is_some();
            if retry::gives_up(subject.attempts, opt_out) {
                let told = Reason::about(Rule::B3, Cause::GaveUp, action.as_str());
                give_up(subject, action, text.clone(), told, now);
                return None;
            }
            let due = now.plus(retry::wait_after(subject.attempts, &subject.id, opt_out));
            let told = Reason::about(Rule::B3, Cause::RetryLater, action.as_str());
            note_event(subject, now, What::Retry, told);
            Some(after.map_or(due, |after| after.max(due)))
        }
        Refusal::NotNow { until, .. } => Some(*until),
        // An outage wears out no attempts: the work waits a minute (E4).
        Refusal::Unreachable { .. } => Some(now.plus(UNREACHABLE_WAIT)),
        // The customer pauses; the work stays due for when it is resumed.
        Refusal::Unauthorized { .. } => Some(now),
    }
}

/// Stops the subject with a dead letter.
fn give_up(subject: &mut Subject, action: Action, response: String, told: Reason, now: Timestamp) {
    let attempts = subject.attempts;
    subject.failure = Some(Failure { effect: action.to_string(), attempts, response, at: now });
    note_event(subject, now, What::Failed, told);
}

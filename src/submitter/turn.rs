//! One turn of the submitter: the next bounded piece of work.

use std::time::Duration;

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Lane, System, Timestamp},
    turn::{Turn, TurnError},
};

use super::{
    commit::Committer,
    memory::Memory,
    part::Part,
    run::Run,
    when::{View, When},
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Does the next piece of work: opt-outs first, then the first part that is due.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(env: &CustomerContext, memory: &mut Memory) -> Result<Turn, TurnError> {
    let _under_way = env.store.begin_turn().await;
    Committer { customer: &env.id, store: &env.store }.heed_clock(env.now()).await?;
    let mut record = env.record()?;
    if record.pause.is_some() {
        return Ok(Turn::Idle(None));
    }
    memory.begin_anew_after(record.begun_anew_at());
    if env.settings.virtuous.api_key.is_empty() {
        memory.tell_keyless(&env.id);
        // A key comes with new settings, which start everything anew.
        return Ok(Turn::Idle(None));
    }
    let now = env.now();
    correct_future_times(&mut record, now);
    let reference_read_at = env.store.reference_data()?.virtuous.read_at;
    let view = View {
        customer: &env.id,
        settings: &env.settings,
        public_url: &env.public_url,
        is_heard: env.is_heard,
        clock: &*env.clock,
        store: &env.store,
        record,
        reference_read_at,
        now,
    };
    let run = Run { env, view: &view };
    if !env.is_compared(System::Virtuous, view.record.accounts.of(System::Virtuous))
        && let Some(turn) = compare_first(&run, memory).await?
    {
        return Ok(turn);
    }
    if let Some(turn) = consent_first(&run, memory).await? {
        return Ok(turn);
    }
    let order = if memory.has_read { Part::AFTER_A_READING } else { Part::ORDER };
    for part in order {
        if memory.waits(part, now).is_some() || !is_due(part.when(&view, memory)?, now) {
            continue;
        }
        let outcome = run.part(part, memory).await;
        let has_failed = outcome.is_err();
        if let Some(turn) = memory.backoff(part).take(part.name(), outcome, now)?.flatten() {
            memory.has_read = part.is_periodic_reading();
            return Ok(turn);
        }
        if has_failed && view.is_overtaken() {
            // An opt-out became due meanwhile: no further part goes before it (W6).
            return Ok(Turn::Progressed);
        }
    }
    memory.has_read = false;
    idle(&view, memory)
}

fn is_due(when: When, now: Timestamp) -> bool {
    match when {
        When::Never => false,
        When::At(at) => at <= now,
        When::Asked(_) => true,
    }
}

/// Nothing of Virtuous is read or written before its organisation was compared with the customer's (I5); an outage concludes nothing.
/// It is waited for, unless Virtuous told before whose key this is: then the turn goes on, and it is asked again. `None` if it does.
async fn compare_first(run: &Run<'_>, memory: &mut Memory) -> Result<Option<Turn>, TurnError> {
    let (part, now) = (Part::Organisation, run.view.now);
    if memory.waits(part, now).is_none() {
        let outcome = run.part(part, memory).await;
        let done = memory.backoff(part).take(part.name(), outcome, now)?.flatten();
        if done.is_some() {
            return Ok(done);
        }
    }
    let goes_on = run.env.goes_on_with_known_organisation(&run.view.record.accounts);
    Ok((!goes_on).then(|| Turn::Idle(memory.waits(part, now))))
}

/// An opt-out that is due waits for nothing else, whatever becomes of the rest (P1, W6). It has a reserve, and asks for a call also
/// while other work waits for the organisation's hour; that it got through says nothing of the other lanes.
async fn consent_first(run: &Run<'_>, memory: &mut Memory) -> Result<Option<Turn>, TurnError> {
    if !run.view.may_write() || run.view.lacks_reference_data() {
        return Ok(None);
    }
    match run.consent().await {
        Err(TurnError::NotNow(until)) => {
            memory.backoff(Part::Work).put_off(until);
            Ok(Some(Turn::Idle(Some(until))))
        }
        other => other,
    }
}

/// Nothing is due: comes again when the first part is.
fn idle(view: &View<'_>, memory: &Memory) -> Result<Turn, TurnError> {
    let mut next: Option<Timestamp> = None;
    for part in Part::ORDER {
        let due = match (memory.waits(part, view.now), part.when(view, memory)?) {
            (_, When::Never) => None,
            (Some(until), _) => Some(until),
            (None, When::At(at)) => Some(at),
            (None, When::Asked(at)) => at,
        };
        next = next.into_iter().chain(due).min();
    }
    // Without reference data no opt-out can be planned: the turn comes again for those (W6).
    let consent = if view.lacks_reference_data() { None } else { view.next_due(&[Lane::Consent])? };
    Ok(Turn::Idle(next.into_iter().chain(consent).min()))
}

/// What was last done in the future was done by a clock that has been set back since: as if it was never done (V2). The
/// query's overlap covers a day.
fn correct_future_times(record: &mut CustomerRecord, now: Timestamp) {
    if let Some(at) = record.virtuous_queried_at.filter(|at| *at > now) {
        record.virtuous_queried_at = None;
        if at > now.plus(DAY) {
            record.virtuous_upto = Some(Timestamp::EPOCH.plus(DAY));
        }
    }
    record.virtuous_upto = record.virtuous_upto.map(|upto| upto.min(now));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v2_what_was_last_done_in_the_future_was_never_done() {
        let now = Timestamp::parse("2026-11-20T15:00:00Z").unwrap();
        let check = |queried_at: Timestamp, upto: Timestamp, expect: (Option<Timestamp>, Timestamp)| {
            let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
            (record.virtuous_queried_at, record.virtuous_upto) = (Some(queried_at), Some(upto));
            correct_future_times(&mut record, now);
            assert_eq!((record.virtuous_queried_at, record.virtuous_upto), (expect.0, Some(expect.1)));
        };
        let hour = Duration::from_secs(3600);
        check(now.minus(hour), now.minus(DAY), (Some(now.minus(hour)), now.minus(DAY)));
        // The overlap of a day reaches what happened since.
        check(now.plus(hour), now.plus(hour), (None, now));
        check(now.plus(30 * DAY), now.plus(30 * DAY), (None, Timestamp::EPOCH.plus(DAY)));
        // Only the other side's dates are ahead.
        check(now.minus(hour), now.plus(30 * DAY), (Some(now.minus(hour)), now));
    }

    #[test]
    fn every_part_has_its_place_and_its_backoff() {
        for (place, part) in Part::ORDER.into_iter().enumerate() {
            assert_eq!(part as usize, place);
        }
    }
}

#[cfg(test)]
#[path = "turn_test.rs"]
mod whole_turns;

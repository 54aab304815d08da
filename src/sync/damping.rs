//! How fast the same may be written again (E3).

use std::time::Duration;

use crate::domain::{Cause, Effect, Lane, RUN, Reason, Repeat, Rule, State, Subject, Timestamp};

use super::{Planned, Step, plan::Plan};

/// The waits after the first, second, ... time without progress: of equal writes within a day, and of reports that fail (W4).
const WAITS: [Duration; 5] = [
    Duration::from_secs(60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(3600),
    Duration::from_secs(6 * 3600),
    WAIT_MAX,
];
/// The longest of them.
pub const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// The longest wait of an opt-out.
const OPT_OUT_MAX: Duration = Duration::from_secs(6 * 60);
/// A count ends an hour after the longest wait: what is still without effect then goes on being written once a day.
const KEPT: Duration = Duration::from_secs(25 * 3600);
/// Equal writes that need no wait between them.
const FREE: u32 = 2;
/// Writes that are counted of one subject, beside one to each further contact with the address; the oldest count gives way.
const REPEATS_MAX: usize = 64;
/// Stands for a plan that a reading just before its write contradicts.
const DIFFERING: u64 = 0;
/// Stands for a subject that the brake let through.
const AT_BRAKE: u64 = 1;

/// The wait after so many times without progress before this one.
#[must_use]
pub fn wait_after(times: u32) -> Duration {
    usize::try_from(times).ok().and_then(|times| WAITS.get(times)).copied().unwrap_or(WAIT_MAX)
}

/// Whether the subject is the first time at the brake within a run, and takes note of it. A subject that comes back to it, as
/// a write was without effect, is counted once (B1).
pub fn counts_at_brake(subject: &mut Subject, now: Timestamp) -> bool {
    let is_of_run = |repeat: &Repeat| repeat.last <= now && now.since(repeat.last) < RUN;
    if subject.repeats.iter().any(|repeat| repeat.key == AT_BRAKE && is_of_run(repeat)) {
        return false;
    }
    subject.repeats.retain(|repeat| repeat.key != AT_BRAKE);
    bump(subject, AT_BRAKE, now);
    true
}

/// Counts an effect that was written.
pub fn count(subject: &mut Subject, effect: &Effect, now: Timestamp) {
    subject.repeats.retain(|repeat| repeat.key != DIFFERING);
    bump(subject, key_of(effect), now);
}

/// Whether writing the effect once more is at least the third time within a day.
#[must_use]
pub fn is_repeat(subject: &Subject, effect: &Effect) -> bool {
    times_of(subject, key_of(effect)) >= FREE
}

/// How often the effect was written within the day.
#[must_use]
pub fn times_written(subject: &Subject, effect: &Effect) -> u32 {
    times_of(subject, key_of(effect))
}

/// Counts a question to the other side that needs no second answer.
pub fn count_question(subject: &mut Subject, question: &str, now: Timestamp) {
    bump(subject, hash(question), now);
}

/// Whether the question was asked within the day.
#[must_use]
pub fn was_asked(subject: &Subject, question: &str) -> bool {
    times_of(subject, hash(question)) > 0
}

/// Counts a reading that differs from the plan that was to be written.
pub fn count_differing(subject: &mut Subject, now: Timestamp) {
    bump(subject, DIFFERING, now);
}

/// Holds back the effects that were written too often, with a remark and the time when they go on.
pub fn hold_back(plan: &mut Plan, subject: &Subject, now: Timestamp) {
    if subject.repeats.is_empty() {
        return;
    }
    let Step::Apply(planned) = &mut plan.step else { return };
    let waits = |planned: &Planned| {
        let opts_out = planned.effect.kind().opts_out();
        let waits = |key| waits_until(subject, key, opts_out, now);
        waits(key_of(&planned.effect)).max(waits(DIFFERING))
    };
    let mut next = None;
    for one in std::mem::take(planned) {
        let Some(until) = waits(&one) else {
            planned.push(one);
            continue;
        };
        let (times, kind) = (times_of(subject, key_of(&one.effect)), one.effect.kind());
        let detail = format!("{kind} was written {times} times without effect; again at {until}");
        plan.remarks.push(Reason::about(Rule::E3, Cause::Repeated, detail));
        plan.held.push(one);
        next = Some(next.map_or(until, |next: Timestamp| next.min(until)));
    }
    let Some(next) = next else { return };
    let opts_out = plan.held.iter().any(|one| one.effect.kind().opts_out());
    if plan.due.is_none_or(|(_, due)| next < due) {
        plan.due = Some((if opts_out { Lane::Consent } else { Lane::Verify }, next));
    }
    if planned.is_empty() {
        plan.step = Step::Nothing;
        if let Some(remark) = plan.remarks.last()
            && plan.state == State::Pending
        {
            plan.reason = remark.clone();
        }
    }
}

/// Until when an effect with this key waits; `None` if it may go.
fn waits_until(subject: &Subject, key: u64, opts_out: bool, now: Timestamp) -> Option<Timestamp> {
    let repeat = subject.repeats.iter().find(|repeat| repeat.key == key)?;
    let over = repeat.times.checked_sub(FREE)?;
    let wait = wait_after(over);
    let until = repeat.last.plus(if opts_out { wait.min(OPT_OUT_MAX) } else { wait });
    // A count from a time to come is a wrong clock's (W8).
    (until > now && repeat.last <= now).then_some(until)
}

fn times_of(subject: &Subject, key: u64) -> u32 {
    subject.repeats.iter().find(|repeat| repeat.key == key).map_or(0, |repeat| repeat.times)
}

fn bump(subject: &mut Subject, key: u64, now: Timestamp) {
    subject.repeats.retain(|repeat| now.since(repeat.last) < KEPT && repeat.last <= now);
    if let Some(known) = subject.repeats.iter_mut().find(|repeat| repeat.key == key) {
        (known.times, known.last) = (known.times.saturating_add(1), now);
        return;
    }
    let most = REPEATS_MAX + subject.further().len();
    let oldest = subject.repeats.iter().enumerate().min_by_key(|(_, repeat)| repeat.last);
    if let Some((oldest, _)) = oldest.filter(|_| subject.repeats.len() >= most) {
        subject.repeats.remove(oldest);
    }
    subject.repeats.push(Repeat { key, times: 1, last: now });
}

/// The same effect with the same content has the same key, whatever version of Tandem made it.
fn key_of(effect: &Effect) -> u64 {
    hash(&format!("{effect:?}"))
}

/// No hash is one of the keys that stand for something else.
fn hash(text: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes()).max(AT_BRAKE + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, IndividualId, State, TagId, VirtuousContactId};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn tag() -> Effect {
        let segment = crate::domain::SegmentKey::List(crate::domain::ListId::new("l-1"));
        Effect::AddTag { contact: VirtuousContactId(1), tag: TagId(2), name: "CC: News".to_owned(), segment }
    }

    fn opt_out() -> Effect {
        let addresses = vec!["ann@example.org".to_owned()];
        let (contact, individual) = (VirtuousContactId(1), IndividualId(1));
        Effect::SetOptIn { contact, individual, addresses, opted_in: false }
    }

    /// How often an effect without effect is written within so many seconds.
    fn writes(effect: &Effect, secs: i64) -> usize {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        let (mut now, mut written) = (0, 0);
        while now < secs {
            let planned = Planned { effect: effect.clone(), reason: Reason::new(Rule::S1, Cause::OnList) };
            let mut plan = Plan::step(&subject, Step::Apply(vec![planned]), subject.reason.clone());
            hold_back(&mut plan, &subject, at(now));
            if matches!(plan.step, Step::Apply(_)) {
                count(&mut subject, effect, at(now));
                (written, now) = (written + 1, now + 1);
            } else {
                let (_, due) = plan.due.expect("it goes on by itself");
                assert!(due > at(now), "without a wait");
                now = (due.as_millis() - at(0).as_millis()) / 1000;
                assert_eq!(plan.remarks.last().unwrap().cause, Cause::Repeated);
            }
        }
        written
    }

    #[test]
    fn e3_the_same_is_written_at_most_eight_times_a_day_and_an_opt_out_every_six_minutes() {
        assert!(writes(&tag(), 86_400) <= 8, "{}", writes(&tag(), 86_400));
        assert!(writes(&tag(), 10 * 86_400) <= 20);
        let day = writes(&opt_out(), 86_400);
        assert!((200..=245).contains(&day), "{day}");
    }

    #[test]
    fn e3_every_write_to_each_of_200_further_contacts_is_counted() {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        let contact = |id| crate::domain::Person {
            contact: VirtuousContactId(id),
            ..crate::sync::unseen::tests::person(&[], crate::sync::unseen::tests::method(true, 0))
        };
        subject.virtuous = crate::domain::VirtuousView::Candidates((1..=200).map(contact).collect());
        let opt_out = |id| match opt_out() {
            Effect::SetOptIn { individual, addresses, opted_in, .. } => {
                Effect::SetOptIn { contact: VirtuousContactId(id), individual, addresses, opted_in }
            }
            other => other,
        };
        for round in 0..2 {
            count(&mut subject, &tag(), at(round));
            (1..=200).for_each(|id| count(&mut subject, &opt_out(id), at(round)));
        }
        let repeats = (1..=200).filter(|id| is_repeat(&subject, &opt_out(*id))).count();
        assert_eq!((repeats, is_repeat(&subject, &tag())), (200, true));
        (0..500).for_each(|id| count(&mut subject, &opt_out(1_000 + id), at(2)));
        assert_eq!(subject.repeats.len(), 264, "the counts of one subject are bounded");
    }

    #[test]
    fn b1_a_subject_is_counted_once_in_a_run() {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        let days = [0, 3_600, 86_399, 86_400, 90_000].map(|secs| counts_at_brake(&mut subject, at(secs)));
        assert_eq!(days, [true, false, false, true, false]);
        assert!(counts_at_brake(&mut subject, at(60)), "the last time was of a wrong clock");
    }

    #[test]
    fn e3_another_effect_waits_for_nothing_and_a_contradicted_plan_waits_too() {
        let mut subject = Subject::new(ContactId::new("c-1"), at(0));
        for _ in 0..3 {
            count(&mut subject, &tag(), at(0));
        }
        let plan = |subject: &Subject| {
            let effects = [tag(), opt_out()];
            let planned = effects.map(|effect| Planned { effect, reason: subject.reason.clone() }).to_vec();
            let mut plan = Plan::step(subject, Step::Apply(planned), subject.reason.clone());
            hold_back(&mut plan, subject, at(1));
            plan
        };
        let Step::Apply(left) = plan(&subject).step else { panic!() };
        assert_eq!(left.len(), 1);
        assert!(left[0].effect.kind().opts_out());
        for _ in 0..3 {
            count_differing(&mut subject, at(0));
        }
        let held = plan(&subject);
        assert_eq!((held.step, held.state), (Step::Nothing, State::Pending));
        // A write ends the row of contradictions.
        count(&mut subject, &opt_out(), at(0));
        assert!(matches!(plan(&subject).step, Step::Apply(_)));
    }
}

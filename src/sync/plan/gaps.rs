//! A contact of which the last reading left out a part: it is read again, and shown to a person if that does not help (E2).

use std::time::Duration;

use crate::domain::{Cause, Lane, Person, Reason, Rule, State, Timestamp};

use super::{Plan, Step};

/// The waits before the contact is read again. After the last, events and whole readings show whether it is told (V3).
const LOOKS: [Duration; 5] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(24 * 3600),
];
/// Readings in a row that leave something out, before a person is shown it.
pub(super) const READINGS_UNSHOWN: u8 = 3;

/// When the contact is read again; `None` after the last look.
pub(super) fn next_look(person: &Person) -> Option<Timestamp> {
    let wait = LOOKS.get(usize::from(person.gaps.readings.saturating_sub(1)));
    wait.map(|wait| person.seen_at.plus(*wait))
}

/// Adds the next reading of a contact with gaps to a plan that has nothing else to do now.
pub(super) fn look_again(mut plan: Plan, person: &Person, now: Timestamp) -> Plan {
    let gaps = person.gaps;
    if gaps.untold.is_empty() || plan.step != Step::Nothing {
        return plan;
    }
    let reason = Reason::about(Rule::E2, Cause::NotTold, gaps.untold.names());
    let look = next_look(person);
    if look.is_some_and(|look| look <= now) {
        return Plan { step: Step::Refresh, state: State::Pending, reason, ..plan };
    }
    if let Some(look) = look
        && plan.due.is_none_or(|(_, due)| look < due)
    {
        plan.due = Some((Lane::Verify, look));
    }
    match plan.state {
        State::InSync if gaps.readings >= READINGS_UNSHOWN => Plan { state: State::Review, reason, ..plan },
        State::InSync => Plan { state: State::Pending, reason, ..plan },
        _ => {
            plan.remarks.push(reason);
            plan
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, Gaps, Parts, Subject};

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000).plus(Duration::from_secs(secs))
    }

    #[test]
    fn e2_a_gap_is_read_again_and_shown_after_three_readings() {
        let subject = Subject::new(ContactId::new("c-1"), at(0));
        let planned = |readings: u8, now: u64| {
            let gaps = Gaps { untold: Parts::TAGS, unknown: Parts::NONE, readings };
            let person = crate::sync::link::tests::linked_at(at(0), gaps);
            let agreed = Reason::new(Rule::I1, Cause::Agreed);
            let plan = look_again(Plan::waits(&subject, State::InSync, agreed), &person, at(now));
            (plan.step, plan.state, plan.due.map(|(_, due)| due))
        };
        assert_eq!(planned(0, 0).1, State::Pending);
        assert_eq!(planned(1, 0), (Step::Nothing, State::Pending, Some(at(60))));
        assert_eq!(planned(1, 60), (Step::Refresh, State::Pending, None));
        assert_eq!(planned(2, 60), (Step::Nothing, State::Pending, Some(at(300))));
        assert_eq!(planned(3, 60), (Step::Nothing, State::Review, Some(at(1_800))));
        assert_eq!(planned(6, 999_999), (Step::Nothing, State::Review, None));
    }
}

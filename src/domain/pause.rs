//! A pause of a customer, and when it lifts itself (B3).

use std::time::Duration;

use super::{ApiPart, Cause, Reason, Refused, Rule, System, Timestamp, kept_time};

/// How often a system is tried that refused a customer's key or grant.
pub const PROBE_EVERY: Duration = Duration::from_secs(15 * 60);

/// The next try of a system that refused the customer's key or grant: once it is taken again, the pause lifts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Which system.
    pub system: System,
    /// What it refused, and is asked for.
    pub of: Refused,
    /// When it is tried next.
    pub next: Timestamp,
}

impl Probe {
    /// The next try after one at this time.
    #[must_use]
    pub fn after(system: System, of: Refused, now: Timestamp) -> Self {
        Self { system, of, next: now.plus(PROBE_EVERY) }
    }

    /// What an earlier version of Tandem stored did not say what was refused: the words of the reason do.
    #[must_use]
    pub fn of_earlier_version(system: System, next: Timestamp, reason: &Reason) -> Self {
        let is_privilege = system == System::ConstantContact && reason.detail.contains("forbidden");
        let of = if is_privilege { Refused::Reading(ApiPart::Contacts) } else { Refused::Access };
        Self { system, of, next }
    }

    /// When it is due. A time further ahead than the wait was written by a wrong clock, and is now (W8).
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Timestamp {
        kept_time::due(self.next, PROBE_EVERY, now)
    }
}

/// A pause of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Why, and by which rule.
    pub reason: Reason,
    /// Whether an operator paused it, rather than Tandem itself.
    pub by_operator: bool,
    /// When the pause is looked at by itself; `None`: it lasts until a person ends it.
    pub probe: Option<Probe>,
}

impl Pause {
    /// A pause by a person: only a person ends it.
    #[must_use]
    pub const fn by_operator(reason: Reason, since: Timestamp) -> Self {
        Self { since, reason, by_operator: true, probe: None }
    }

    /// A pause by Tandem that only a person ends: another account (I5), values that cannot be read (B4).
    #[must_use]
    pub const fn until_a_person_acts(reason: Reason, since: Timestamp) -> Self {
        Self { since, reason, by_operator: false, probe: None }
    }

    /// A pause because a system refuses the key or grant, or a privilege: it lifts itself (B3).
    #[must_use]
    pub fn refused(system: System, of: Refused, reason: Reason, now: Timestamp) -> Self {
        Self { since: now, reason, by_operator: false, probe: Some(Probe::after(system, of, now)) }
    }

    /// What an earlier version of Tandem stored: a refusal had no tries, and is tried at once.
    #[must_use]
    pub fn of_earlier_version(reason: Reason, since: Timestamp, by_operator: bool) -> Self {
        let is_refusal = !by_operator && reason.rule == Rule::B3 && reason.cause == Cause::Refused;
        let is_of_virtuous = reason.detail.starts_with(System::Virtuous.as_str());
        let system = if is_of_virtuous { System::Virtuous } else { System::ConstantContact };
        let probe = is_refusal.then(|| Probe::of_earlier_version(system, Timestamp::EPOCH, &reason));
        Self { since, reason, by_operator, probe }
    }

    /// Its kind, as metrics label it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match (self.by_operator, self.reason.rule) {
            (true, _) => "operator",
            (false, Rule::I5) => "account",
            (false, Rule::B4) => "unreadable",
            (false, _) => "refused",
        }
    }

    /// Whether it is this one, whenever its next try is.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let of = |pause: &Self| pause.probe.map(|probe| (probe.system, probe.of));
        (self.since, self.by_operator, of(self)) == (other.since, other.by_operator, of(other))
    }

    /// Whether it gives way to this one: what lifts itself does, to what needs a person.
    #[must_use]
    pub const fn gives_way_to(&self, other: &Self) -> bool {
        self.probe.is_some() && other.probe.is_none()
    }
}

/// How long the end of a pause is remembered: refused again within it, the pause goes on.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The last pause that lifted itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifted {
    /// Which system had refused.
    pub system: System,
    /// What.
    pub of: Refused,
    /// Since when the customer was paused for it.
    pub since: Timestamp,
    /// When the pause lifted itself.
    pub at: Timestamp,
}

impl Lifted {
    /// A pause that lifts itself now; `None` for one of a person's.
    #[must_use]
    pub fn of(pause: &Pause, now: Timestamp) -> Option<Self> {
        let Probe { system, of, .. } = pause.probe?;
        Some(Self { system, of, since: pause.since, at: now })
    }

    /// Since when a pause is that begins now: if the same was refused until lately, since then, so that an alarm on its length rings.
    /// Times to come are a wrong clock's (W8).
    #[must_use]
    pub fn since_of(&self, pause: &Pause) -> Timestamp {
        let is_same = pause.probe.is_some_and(|probe| (probe.system, probe.of) == (self.system, self.of));
        let is_past = self.since <= self.at && self.at <= pause.since;
        let goes_on = is_same && is_past && pause.since.since(self.at) < REMEMBERED;
        if goes_on { self.since } else { pause.since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_a_try_is_due_after_a_quarter_of_an_hour_and_a_time_beyond_that_is_now() {
        let now = Timestamp::from_secs(1_800_000_000);
        let probe = Probe::after(System::Virtuous, Refused::Access, now);
        assert_eq!(probe.due(now), now.plus(PROBE_EVERY));
        assert_eq!(probe.due(now.plus(2 * PROBE_EVERY)), now.plus(PROBE_EVERY), "due for a while");
        // The clock was two days ahead when the try was planned.
        let before = now.minus(Duration::from_secs(2 * 86_400));
        assert_eq!(probe.due(before), before);
    }

    #[test]
    fn b3_a_pause_of_an_earlier_version_is_tried_at_once_if_it_was_a_refusal() {
        let now = Timestamp::from_secs(1_800_000_000);
        let of = |rule, cause, detail: &str, by_operator| {
            Pause::of_earlier_version(Reason::about(rule, cause, detail), now, by_operator).probe
        };
        let refused = "virtuous refuses the key or grant: 401";
        let probe = of(Rule::B3, Cause::Refused, refused, false).unwrap();
        assert_eq!((probe.system, probe.due(now)), (System::Virtuous, Timestamp::EPOCH));
        let forbidden = "constant_contact refuses the key or grant: forbidden: no";
        let of_forbidden = of(Rule::B3, Cause::Refused, forbidden, false).unwrap().of;
        assert_eq!(of_forbidden, Refused::Reading(ApiPart::Contacts));
        let refused = "constant_contact refuses the key or grant: 401";
        assert_eq!(of(Rule::B3, Cause::Refused, refused, false).unwrap().system, System::ConstantContact);
        assert_eq!(of(Rule::B3, Cause::Decided, "paused by command", true), None);
        assert_eq!(of(Rule::I5, Cause::AnotherAccount, "", false), None);
        assert_eq!(of(Rule::B4, Cause::Unreadable, "", false), None);
    }
}

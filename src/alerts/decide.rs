//! What is to be told, of what stands and what was told before; pure.

use std::{collections::BTreeMap, time::Duration};

use super::{
    message::{Message, Phase},
    trouble::Trouble,
};
use crate::domain::{AlertKind, Timestamp, ToldAlert, kept_time};

/// Messages about a kind are at least so far apart: what begins and ends meanwhile is gathered, so that an outage is a few messages
/// however many customers it takes, one after the other.
const GATHERED: Duration = Duration::from_secs(15 * 60);
/// Questions are told so often at most: they are no reason to wake people.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What comes of a look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// What to tell now.
    pub messages: Vec<Message>,
    /// What is told then, of each kind that changes; `None`: nothing of it stands any more.
    pub told: Vec<(AlertKind, Option<ToldAlert>)>,
}

/// Compares what stands with what was told.
#[must_use]
pub fn decide(
    standing: &[Trouble],
    told: &BTreeMap<AlertKind, ToldAlert>,
    repeat_every: Duration,
    now: Timestamp,
) -> Decided {
    let mut decided = Decided::default();
    for kind in AlertKind::STANDING {
        let of_kind: Vec<&Trouble> = standing.iter().filter(|one| one.kind == kind).collect();
        let repeat_every = if kind == AlertKind::Questions { DAY } else { repeat_every };
        decided.add(Look { kind, standing: of_kind, told: told.get(&kind), repeat_every, now });
    }
    decided
}

/// A look at one kind.
struct Look<'a> {
    kind: AlertKind,
    standing: Vec<&'a Trouble>,
    told: Option<&'a ToldAlert>,
    repeat_every: Duration,
    now: Timestamp,
}

impl Look<'_> {
    /// Whether the last message was so long ago. A message of a time to come is a wrong clock's, and was never (W8).
    fn is_after(&self, pause: Duration) -> bool {
        self.told.is_none_or(|told| !kept_time::lasts(told.at, pause, self.now))
    }

    fn was_told(&self, one: &Trouble) -> bool {
        self.told.is_some_and(|told| told.of.contains(one.concerned()))
    }

    fn message(&self, phase: Phase, concerned: Vec<Trouble>) -> Message {
        Message { kind: self.kind, phase, concerned, standing: self.standing.len() }
    }

    /// Those that were told and stand no more.
    fn ended(&self) -> Vec<Trouble> {
        let stands = |id: &String| self.standing.iter().any(|one| one.concerned() == id);
        let gone = self.told.into_iter().flat_map(|told| &told.of).filter(|id| !stands(id));
        let ended = |id: &String| Trouble {
            kind: self.kind,
            customer: id.parse().ok(),
            name: String::new(),
            what: String::new(),
            remedy: String::new(),
        };
        gone.map(ended).collect()
    }
}

impl Decided {
    fn add(&mut self, look: Look<'_>) {
        let all = || look.standing.iter().map(|one| (*one).clone()).collect::<Vec<_>>();
        if look.kind == AlertKind::Questions {
            // Told as they are, once a day: neither a new question nor an answer is an event.
            if !look.standing.is_empty() && look.is_after(DAY) {
                self.messages.push(look.message(Phase::Begins, all()));
                self.keep(&look);
            }
            return;
        }
        if !look.is_after(GATHERED) {
            return;
        }
        let begun: Vec<Trouble> = all().into_iter().filter(|one| !look.was_told(one)).collect();
        let ended = look.ended();
        let goes_on = begun.is_empty() && !look.standing.is_empty() && look.is_after(look.repeat_every);
        if begun.is_empty() && ended.is_empty() && !goes_on {
            return;
        }
        if !ended.is_empty() {
            self.messages.push(look.message(Phase::Ends, ended));
        }
        if !begun.is_empty() {
            self.messages.push(look.message(Phase::Begins, begun));
        } else if goes_on {
            self.messages.push(look.message(Phase::GoesOn, all()));
        }
        self.keep(&look);
    }

    /// What stands is told now.
    fn keep(&mut self, look: &Look<'_>) {
        let of = look.standing.iter().map(|one| one.concerned().to_owned()).collect();
        let told = (!look.standing.is_empty()).then_some(ToldAlert { at: look.now, of });
        self.told.push((look.kind, told));
    }
}

#[cfg(test)]
#[path = "decide_test.rs"]
mod tests;

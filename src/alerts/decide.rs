//! What is to be told, of what stands and what was told before; pure.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    message::{Message, Phase},
    trouble::{Looked, Trouble},
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
    /// What is told then, of each kind that changes.
    pub told: Vec<(AlertKind, ToldAlert)>,
}

/// Compares what stands with what was told.
#[must_use]
pub fn decide(
    looked: &Looked,
    told: &BTreeMap<AlertKind, ToldAlert>,
    repeat_every: Duration,
    now: Timestamp,
) -> Decided {
    let mut decided = Decided::default();
    for kind in AlertKind::STANDING {
        let of_kind: Vec<&Trouble> = looked.standing.iter().filter(|one| one.kind == kind).collect();
        let mut told = told.get(&kind).cloned();
        let is_pruned = kind == AlertKind::Paused && told.as_mut().is_some_and(|told| prune(told, looked));
        let look = Look { kind, standing: of_kind, unseen: &looked.unseen, told, repeat_every, now };
        if !decided.add(&look) && is_pruned {
            decided.told.extend(look.told.map(|told| (kind, told)));
        }
    }
    decided
}

/// A pause that an operator made their own ends without a message.
fn prune(told: &mut ToldAlert, looked: &Looked) -> bool {
    let before = told.of.len();
    told.of.retain(|id| !looked.paused_by_operator.contains(id));
    told.of.len() < before
}

/// A look at one kind.
struct Look<'a> {
    kind: AlertKind,
    standing: Vec<&'a Trouble>,
    unseen: &'a BTreeSet<String>,
    told: Option<ToldAlert>,
    repeat_every: Duration,
    now: Timestamp,
}

impl Look<'_> {
    /// Whether the last message was so long ago. A message of a time to come is a wrong clock's, and was never (W8).
    fn is_after(&self, pause: Duration) -> bool {
        self.told.as_ref().is_none_or(|told| !kept_time::lasts(told.at, pause, self.now))
    }

    fn was_told(&self, one: &Trouble) -> bool {
        self.told.as_ref().is_some_and(|told| told.of.contains(one.concerned()))
    }

    fn message(&self, phase: Phase, concerned: Vec<Trouble>) -> Message {
        Message { kind: self.kind, phase, concerned, standing: self.standing.len() }
    }

    /// Those that were told and do not stand.
    fn gone(&self) -> impl Iterator<Item = &String> {
        let stands = |id: &String| self.standing.iter().any(|one| one.concerned() == id);
        self.told.iter().flat_map(|told| &told.of).filter(move |id| !stands(id))
    }

    /// Those that were told and stand no more. What was not looked at may stand.
    fn ended(&self) -> Vec<Trouble> {
        let ended = |id: &String| Trouble {
            kind: self.kind,
            customer: id.parse().ok(),
            name: String::new(),
            what: String::new(),
            remedy: String::new(),
        };
        self.gone().filter(|id| !self.unseen.contains(*id)).map(ended).collect()
    }
}

impl Decided {
    /// Gives whether anything is told.
    fn add(&mut self, look: &Look<'_>) -> bool {
        let all = || look.standing.iter().map(|one| (*one).clone()).collect::<Vec<_>>();
        if look.kind == AlertKind::Questions {
            // Told as they are, once a day: neither a new question nor an answer is an event.
            if !look.standing.is_empty() && look.is_after(DAY) {
                self.messages.push(look.message(Phase::Begins, all()));
                self.keep(look);
                return true;
            }
            return false;
        }
        if !look.is_after(GATHERED) {
            return false;
        }
        let begun: Vec<Trouble> = all().into_iter().filter(|one| !look.was_told(one)).collect();
        let ended = look.ended();
        let goes_on = begun.is_empty() && !look.standing.is_empty() && look.is_after(look.repeat_every);
        if begun.is_empty() && ended.is_empty() && !goes_on {
            return false;
        }
        if !ended.is_empty() {
            self.messages.push(look.message(Phase::Ends, ended));
        }
        if !begun.is_empty() {
            self.messages.push(look.message(Phase::Begins, begun));
        } else if goes_on {
            self.messages.push(look.message(Phase::GoesOn, all()));
        }
        self.keep(look);
        true
    }

    /// What stands is told now. The time stays when all ended: what comes and goes is gathered all the same.
    fn keep(&mut self, look: &Look<'_>) {
        let stands = look.standing.iter().map(|one| one.concerned().to_owned());
        let unseen = look.gone().filter(|id| look.unseen.contains(*id)).cloned();
        let of = stands.chain(unseen).collect();
        self.told.push((look.kind, ToldAlert { at: look.now, of }));
    }
}

#[cfg(test)]
#[path = "decide_test.rs"]
mod tests;

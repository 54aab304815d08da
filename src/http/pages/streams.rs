//! The readings of a customer: what each reads, when it last did, when it does next.

use std::time::Duration;

use super::{moment::Moment, words};
use crate::{
    config::{CustomerSettings, Every},
    domain::{Stream, Timestamp},
    operator::shown::customer::CustomerView,
};

/// A reading on a page.
pub struct Reading {
    /// What it reads.
    pub word: &'static str,
    /// When it was last read to its end.
    pub last: Option<Moment>,
    /// When it is read next; a time that is over means that it is due.
    pub next: Option<Moment>,
    /// Whether its time is over.
    pub is_due: bool,
}

/// The readings of a customer; without its settings nothing is read, and there is no next time.
pub fn of(view: &CustomerView, settings: Option<&CustomerSettings>, now: Timestamp) -> Vec<Reading> {
    let zone = settings.map_or(chrono_tz::UTC, |settings| settings.time_zone);
    let moment = |at| Moment::of(at, now, zone);
    let reading = |stream: Stream| {
        let last = view.polls.get(&stream).copied().flatten();
        let next = last.zip(settings).map(|(last, settings)| last.plus(every(stream, settings)));
        Reading {
            word: words::of_stream(stream),
            last: last.map(moment),
            next: next.map(moment),
            is_due: next.is_none_or(|next| next <= now),
        }
    };
    Stream::ALL.into_iter().map(reading).collect()
}

/// The pace of a reading, by the customer's file.
fn every(stream: Stream, settings: &CustomerSettings) -> Duration {
    let cc = &settings.constant_contact;
    match stream {
        Stream::Changes | Stream::OptOuts => cc.poll_every,
        Stream::Lists | Stream::Counts => match cc.lists_every {
            Every::Time(time) => time,
            Every::Polls(polls) => cc.poll_every.saturating_mul(polls),
        },
        Stream::Bounces => cc.bounces_every,
        Stream::Sweep => cc.sweep_every,
        Stream::Virtuous => settings.virtuous.query_every,
    }
}

//! The opt-outs as the store, the log and the other side tell them.

use std::{collections::HashMap, fmt, time::Duration};

use tandem::{
    domain::{Event, Person, Subject, Timestamp, What},
    simulator::virtuous::meter::WriteRecord,
};

/// An opt-out as it is known after the end.
pub struct OptOut<'a> {
    pub subject: &'a Subject,
    /// The timeline, oldest first.
    pub events: &'a [Event],
    /// What the organisation was asked to write, oldest first.
    pub writes: &'a [WriteRecord],
}

/// When pages of each customer were durable, by the log.
pub struct PagesKept(HashMap<String, Vec<Timestamp>>);

impl PagesKept {
    pub fn of(log: &str) -> Self {
        let mut kept: HashMap<String, Vec<Timestamp>> = HashMap::new();
        for line in log.lines().filter(|line| line.contains(" page kept ")) {
            let at = line.split(' ').next().and_then(Timestamp::parse);
            let customer = line.rsplit_once(" customer=").and_then(|(_, rest)| rest.split(' ').next());
            if let (Some(at), Some(customer)) = (at, customer) {
                kept.entry(customer.to_owned()).or_default().push(at);
            }
        }
        Self(kept)
    }

    pub fn of_customer(&self, name: &str) -> &[Timestamp] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// All opt-outs together.
#[derive(Debug, Default)]
pub struct Measured {
    /// Those that are not in Virtuous.
    pub missing: usize,
    /// From capture to the call at the other side.
    waits: Vec<Duration>,
    /// The same of those between which the process was killed.
    across: Vec<Duration>,
    /// Ordinary writes of the organisation that were let through from the moment that an opt-out was on the disk to its call: its
    /// wait in time of the budget, as each took a free call (W6).
    passed_over: Vec<usize>,
}

impl Measured {
    /// Takes in an opt-out of a customer whose pages were durable then.
    pub fn add(&mut self, opt_out: &OptOut<'_>, kept: &[Timestamp], kills: &[Timestamp]) {
        let OptOut { subject, events, writes } = opt_out;
        let Some(linked) = subject.virtuous.linked() else { return };
        let is_meant =
            |value: &str| subject.cc.email.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(value));
        let is_in =
            |person: &Person| person.emails.iter().any(|method| method.opted_in && is_meant(&method.value));
        self.missing += usize::from(is_in(linked));
        let is_seen = |event: &&Event| event.what == What::Seen && event.reason.detail.contains("consent");
        // Before the contact is confirmed there is nothing to call (V1).
        let is_begin = |event: &&Event| is_seen(event) || event.what == What::Confirmed;
        let Some(from) = events.iter().rev().find(is_begin) else { return };
        let paths: Vec<String> =
            linked.emails.iter().map(|method| format!("/api/ContactMethod/{}", method.id)).collect();
        let is_call = |write: &&WriteRecord| {
            write.at >= from.at.as_millis() && paths.iter().any(|path| **path == *write.path)
        };
        // One that Virtuous had before, or a page that shows once more what was known, needs no call.
        let Some(call) = writes.iter().find(is_call) else { return };
        let to = Timestamp::from_millis(call.at);
        let is_killed = kills.iter().any(|killed| (from.at..to).contains(killed));
        let waits = if is_killed { &mut self.across } else { &mut self.waits };
        waits.push(to.since(from.at));
        let Some(durable) = kept.iter().find(|at| **at >= from.at).filter(|_| is_seen(&from)) else { return };
        let is_ordinary = |write: &&WriteRecord| {
            (durable.as_millis() + 1..call.at).contains(&write.at)
                && !write.path.starts_with("/api/ContactMethod/")
        };
        self.passed_over.push(writes.iter().filter(is_ordinary).count());
    }

    /// The most ordinary writes that one opt-out let through.
    pub fn most_passed_over(&self) -> usize {
        self.passed_over.iter().copied().max().unwrap_or_default()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, waits) in [("", &self.waits), (" across a kill", &self.across)] {
            let mut waits = waits.clone();
            waits.sort();
            let at = |share: usize| waits.get(waits.len() * share / 100).copied().unwrap_or_default();
            let (count, half, most, all) = (waits.len(), at(50), at(90), at(99));
            writeln!(f, "{count} opt-outs, capture to call{what}: p50 {half:?}, p90 {most:?}, p99 {all:?}")?;
        }
        let mut counts = [0_usize; 8];
        self.passed_over.iter().for_each(|passed| counts[(*passed).min(7)] += 1);
        let most = self.most_passed_over();
        write!(
            f,
            "ordinary writes let through before an opt-out: none {}, then {:?}, most {most}",
            counts[0],
            &counts[1..]
        )
    }
}

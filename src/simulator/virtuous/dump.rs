//! The whole state of an organisation as JSON, and its counts, for control.

use serde::Serialize;

use super::{
    import::Held,
    meter::{Repeats, WriteRecord},
    organisation::Organisation,
    view::{ContactView, NoteView},
    webhooks::Subscription,
};

#[derive(Serialize)]
struct Tag<'a> {
    id: i64,
    name: &'a str,
    group: &'a str,
}

#[derive(Serialize)]
struct Waiting<'a> {
    reference_source: Option<&'a str>,
    reference_id: Option<&'a str>,
    email: Option<&'a str>,
    submitted: String,
}

/// Everything an organisation holds. Written straight to JSON.
#[derive(Serialize)]
pub(crate) struct Dump<'a> {
    id: i64,
    name: &'a str,
    time_zone: &'static str,
    next_import: String,
    contacts: Vec<ContactView<'a>>,
    notes: Vec<NoteView<'a>>,
    tags: Vec<Tag<'a>>,
    held: Vec<Waiting<'a>>,
    update_needed: Vec<Waiting<'a>>,
    refused: Vec<Waiting<'a>>,
    webhooks: &'a [Subscription],
    events_waiting: usize,
    switches: &'a super::switches::Switches,
}

/// Calls to one route.
#[derive(Debug, Serialize)]
pub(crate) struct RouteCalls {
    method: &'static str,
    pattern: &'static str,
    calls: u64,
}

/// What an organisation was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct CallReport<'a> {
    organisation: &'a str,
    total: u64,
    /// Calls that got 429.
    limited: u64,
    writes: usize,
    repeats: Repeats,
    imports: u64,
    calls: Vec<RouteCalls>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<&'a [WriteRecord]>,
}

impl Organisation {
    pub(crate) fn dump(&self) -> Dump<'_> {
        fn waiting(held: &[Held]) -> Vec<Waiting<'_>> {
            held.iter()
                .map(|held| Waiting {
                    reference_source: held.row.reference_source.as_deref(),
                    reference_id: held.row.reference_id.as_deref(),
                    email: held.row.email.as_deref(),
                    submitted: held.at.to_string(),
                })
                .collect()
        }
        let tags = self.tags().iter().map(|tag| Tag { id: tag.id, name: &tag.name, group: &tag.group });
        Dump {
            id: self.id,
            name: &self.name,
            time_zone: self.time_zone.name(),
            next_import: self.holding.due().to_string(),
            contacts: self
                .book
                .contacts()
                .iter()
                .filter(|contact| !contact.removed)
                .map(|contact| self.view(contact))
                .collect(),
            notes: self.notes().iter().map(|note| NoteView::new(note, true)).collect(),
            tags: tags.collect(),
            held: waiting(self.holding.rows()),
            update_needed: waiting(self.holding.update_needed()),
            refused: waiting(self.holding.refused()),
            webhooks: self.webhooks.subscriptions(),
            events_waiting: self.webhooks.events().len(),
            switches: &self.switches,
        }
    }

    pub(crate) fn call_report(&self, with_writes: bool) -> CallReport<'_> {
        let calls = self.meter.calls().map(|(method, pattern, calls)| RouteCalls { method, pattern, calls });
        CallReport {
            organisation: &self.name,
            total: self.meter.total(),
            limited: self.meter.refused(),
            writes: self.meter.writes().len(),
            repeats: self.meter.repeats,
            imports: self.holding.runs(),
            calls: calls.collect(),
            written: with_writes.then(|| self.meter.writes()),
        }
    }
}

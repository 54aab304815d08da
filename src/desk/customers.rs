//! Customers: where each stands, and pausing them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    DeskError, Room,
    import::{self, ImportStatus},
    reconcile::ReadingView,
    subscription::EventsView,
    work::BrakeView,
};
use crate::domain::{
    Cause, Counts, CustomerId, CustomerRecord, Lane, Pause, Reason, Rule, State, Stream, Timestamp,
};

/// Why nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseView {
    /// Since when.
    pub since: String,
    /// Why.
    pub reason: String,
    /// By which rule.
    pub rule: String,
    /// Whether an operator or the file paused it.
    pub by_operator: bool,
}

/// A customer as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerView {
    /// The short name.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// Whether a settings file is there.
    pub has_file: bool,
    /// How far the first import is.
    pub stage: String,
    /// Why nothing runs, if so.
    pub pause: Option<PauseView>,
    /// The brake, if it holds (B1).
    pub brake: Option<BrakeView>,
    /// Whether a refresh token is stored.
    pub connected: bool,
    /// Subscribers by state.
    pub states: BTreeMap<String, u64>,
    /// Waiting work by lane.
    pub lanes: BTreeMap<String, u64>,
    /// Since when the oldest opt-out waits to be applied.
    pub oldest_opt_out: Option<String>,
    /// When each stream was last read to its end.
    pub polls: BTreeMap<String, Option<String>>,
    /// The subscription to the events of Virtuous.
    pub events: EventsView,
    /// The whole reading that was last asked for (V2).
    pub reading: Option<ReadingView>,
    /// The import.
    pub import: ImportStatus,
}

/// All customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomersView {
    /// In order of ids.
    pub customers: Vec<CustomerView>,
}

impl fmt::Display for CustomersView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.customers.is_empty() {
            return writeln!(
                f,
                "no customers: put a file into the customers' folder and run `tandem customer apply`"
            );
        }
        writeln!(
            f,
            "{:<24} {:<10} {:>9} {:>8} {:>6} {:>6}  pause",
            "id", "stage", "in_sync", "pending", "review", "failed"
        )?;
        for one in &self.customers {
            let of = |state: &str| one.states.get(state).copied().unwrap_or_default();
            let pause = one.pause.as_ref().map_or("", |pause| pause.reason.as_str());
            let (in_sync, pending) = (of("in_sync"), of("pending"));
            let (review, failed) = (of("review"), of("failed"));
            writeln!(
                f,
                "{:<24} {:<10} {in_sync:>9} {pending:>8} {review:>6} {failed:>6}  {pause}",
                one.id, one.stage
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for CustomerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.id, self.name, self.stage)?;
        if let Some(pause) = &self.pause {
            writeln!(f, "  paused since {}: {} [{}]", pause.since, pause.reason, pause.rule)?;
        }
        if !self.has_file {
            writeln!(f, "  its settings file is gone")?;
        }
        if let Some(brake) = &self.brake {
            writeln!(f, "  the brake holds: {} (`tandem work {} accept brake`)", brake.reason, self.id)?;
        }
        if !self.connected {
            writeln!(f, "  not connected to Constant Contact: `tandem customer link {}`", self.id)?;
        }
        let list = |f: &mut fmt::Formatter<'_>, title: &str, counts: &BTreeMap<String, u64>| {
            let text: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            writeln!(f, "  {title:<7} {}", text.join(", "))
        };
        list(f, "states", &self.states)?;
        list(f, "lanes", &self.lanes)?;
        if let Some(since) = &self.oldest_opt_out {
            writeln!(f, "  an opt-out waits since {since}")?;
        }
        for (stream, at) in &self.polls {
            writeln!(f, "  {stream:<9} last read {}", at.as_deref().unwrap_or("never"))?;
        }
        writeln!(f, "  events    {}", self.events)?;
        if let Some(reading) = &self.reading {
            write!(f, "{reading}")?;
        }
        write!(f, "{}", self.import)
    }
}

/// Counts by the names of states.
#[must_use]
pub fn states(counts: &Counts) -> BTreeMap<String, u64> {
    State::ALL
        .iter()
        .map(|state| (state.as_str().to_owned(), counts.states[usize::from(state.to_u8())]))
        .collect()
}

/// Counts by the names of lanes.
#[must_use]
pub fn lanes(counts: &Counts) -> BTreeMap<String, u64> {
    Lane::ALL.iter().map(|lane| (lane.as_str().to_owned(), counts.lanes[usize::from(lane.to_u8())])).collect()
}

/// All customers.
///
/// # Errors
/// When the store cannot be read.
pub fn list(room: &Room) -> Result<CustomersView, DeskError> {
    let records = room.store.customers()?;
    let customers = records.iter().map(|record| show(room, record)).collect::<Result<_, _>>()?;
    Ok(CustomersView { customers })
}

/// One customer.
///
/// # Errors
/// When the store cannot be read.
pub fn show(room: &Room, record: &CustomerRecord) -> Result<CustomerView, DeskError> {
    let (store, number) = (&room.store, record.number);
    let counts = store.of(number).counts()?;
    let mut polls = BTreeMap::new();
    for stream in Stream::ALL {
        let at = match stream {
            Stream::Virtuous => record.virtuous_queried_at,
            // A sweep that was asked for says so by a reading that never was.
            _ => store.of(number).cursor(stream)?.completed_at.filter(|at| *at != Timestamp::EPOCH),
        };
        polls.insert(stream.as_str().to_owned(), at.map(|at| at.to_string()));
    }
    let settings = room.settings_of(&record.id);
    Ok(CustomerView {
        id: record.id.to_string(),
        name: settings.map_or_else(|| record.id.to_string(), |settings| settings.name.clone()),
        has_file: settings.is_some(),
        stage: import::stage_name(record.stage).to_owned(),
        pause: record.pause.as_ref().map(|pause| PauseView {
            since: pause.since.to_string(),
            reason: pause.reason.to_string(),
            rule: pause.reason.rule.to_string(),
            by_operator: pause.by_operator,
        }),
        brake: BrakeView::of(record),
        connected: store.of(number).token()?.is_some(),
        states: states(&counts),
        lanes: lanes(&counts),
        oldest_opt_out: store.of(number).oldest_owed()?.map(|at| at.to_string()),
        polls,
        events: EventsView::of(settings.map(AsRef::as_ref), store.of(number).subscription()?.as_ref()),
        reading: record.reading.as_ref().map(ReadingView::of),
        import: import::status(store, record)?,
    })
}

/// Pauses a customer, or ends any pause.
///
/// # Errors
/// [`DeskError::Unknown`]; when the store cannot read or write.
pub async fn set_paused(room: &Room, id: &CustomerId, paused: bool) -> Result<CustomerView, DeskError> {
    let record = room.record(id)?;
    let now = room.now();
    let changed = room
        .store
        .of(record.number)
        .update_customer(move |record| {
            let by_operator = record.pause.as_ref().is_some_and(|pause| pause.by_operator);
            if !paused {
                record.end_pause(now);
            } else if !by_operator {
                let reason = Reason::about(Rule::B3, Cause::Decided, "paused by command");
                record.pause = Some(Pause { since: now, reason, by_operator: true });
            }
        })
        .await?;
    show(room, &changed.unwrap_or(record))
}

/// Forgets a customer whose file is gone: its views, timeline, work and token. Neither system is touched.
///
/// # Errors
/// [`DeskError::Refused`] while the file is there, since the next `apply` would bring the customer back.
pub async fn remove(room: &Room, id: &CustomerId) -> Result<(), DeskError> {
    let record = room.record(id)?;
    if let Some(settings) = room.settings_of(id) {
        let file = settings.file.display();
        return Err(DeskError::Refused(format!(
            "the customer \"{id}\" still has its file: move {file} away, run `tandem customer apply`, then remove it"
        )));
    }
    Ok(room.store.of(record.number).remove_customer(id.to_string()).await?)
}

//! Where a customer stands.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    brake::BrakeView,
    counts,
    events::EventsView,
    import::ImportView,
    reading::ReadingView,
    waits::{self, LastErrorView, WaitView},
};
use crate::{
    domain::{Account, CustomerId, CustomerRecord, Lane, Rule, Stage, State, Stream, System, Timestamp},
    operator::{OperatorContext, OperatorError},
};

/// Why nothing runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PauseView {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
    /// By which rule.
    pub rule: Rule,
    /// Whether an operator or the file paused it.
    pub by_operator: bool,
    /// What ends it.
    #[serde(default)]
    pub remedy: String,
}

/// An account of Constant Contact, or an organisation of Virtuous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountView {
    /// Its id there; empty where the system tells none.
    pub id: String,
    /// Its name there.
    pub name: String,
}

impl AccountView {
    /// That of a customer in a system, if it is known.
    #[must_use]
    pub fn of(account: Option<&Account>) -> Option<Self> {
        account.map(|Account { id, name }| Self { id: id.clone(), name: name.clone() })
    }
}

/// Which account and which organisation a customer is (I5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountsView {
    /// The account of Constant Contact, once it is known.
    pub constant_contact: Option<AccountView>,
    /// The organisation of Virtuous, once it is known.
    pub virtuous: Option<AccountView>,
}

impl AccountsView {
    /// Those of a customer.
    #[must_use]
    pub fn of(record: &CustomerRecord) -> Self {
        let of = |system| AccountView::of(record.accounts.of(system));
        Self { constant_contact: of(System::ConstantContact), virtuous: of(System::Virtuous) }
    }
}

impl fmt::Display for AccountsView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |account: &Option<AccountView>| match account {
            None => "not known yet".to_owned(),
            Some(AccountView { id, name }) => Account { id: id.clone(), name: name.clone() }.to_string(),
        };
        let (account, organisation) = (name(&self.constant_contact), name(&self.virtuous));
        write!(f, "account of Constant Contact: {account}; organisation of Virtuous: {organisation}")
    }
}

/// A customer as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerView {
    /// The short name.
    pub id: CustomerId,
    /// The name that people know.
    pub name: String,
    /// Whether a settings file is there.
    pub has_file: bool,
    /// Which account and which organisation it is (I5).
    pub account: AccountsView,
    /// How far the first import is.
    pub stage: Stage,
    /// Why nothing runs, if so.
    pub pause: Option<PauseView>,
    /// What it waits for as a whole, if so.
    #[serde(default)]
    pub waits_for: Option<WaitView>,
    /// Its latest call that failed, if known.
    #[serde(default)]
    pub last_error: Option<LastErrorView>,
    /// The brake, if it holds (B1).
    pub brake: Option<BrakeView>,
    /// Whether a refresh token is stored.
    pub connected: bool,
    /// Subscribers by state.
    pub states: BTreeMap<State, u64>,
    /// Waiting work by lane.
    pub lanes: BTreeMap<Lane, u64>,
    /// Since when the oldest opt-out waits to be applied.
    pub oldest_opt_out: Option<Timestamp>,
    /// When each stream was last read to its end.
    pub polls: BTreeMap<Stream, Option<Timestamp>>,
    /// The subscription to the events of Virtuous.
    pub events: EventsView,
    /// The whole reading that was last asked for (V2).
    pub reading: Option<ReadingView>,
    /// The import.
    pub import: ImportView,
}

impl CustomerView {
    /// Where a customer stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(context: &OperatorContext, record: &CustomerRecord) -> Result<Self, OperatorError> {
        let (store, number) = (&context.deps.store, record.number);
        let counts = store.of(number).counts()?;
        let settings = context.settings_of(&record.id);
        let connected = store.of(number).token()?.is_some();
        let outside = waits::outside(context, record);
        Ok(Self {
            id: record.id.clone(),
            name: settings.map_or_else(|| record.id.to_string(), |settings| settings.name.clone()),
            has_file: settings.is_some(),
            account: AccountsView::of(record),
            stage: record.stage,
            pause: record.pause.as_ref().map(|pause| PauseView {
                since: pause.since,
                reason: pause.reason.to_string(),
                rule: pause.reason.rule,
                by_operator: pause.by_operator,
                remedy: waits::pause_remedy(&record.id, pause, context.now()),
            }),
            waits_for: WaitView::of_customer(context, record)?,
            last_error: LastErrorView::of(record, &outside),
            brake: BrakeView::of(record),
            connected,
            states: counts::states(&counts),
            lanes: counts::lanes(&counts),
            oldest_opt_out: store.of(number).oldest_owed()?,
            polls: polls(context, record)?,
            events: EventsView::of(settings.map(AsRef::as_ref), store.of(number).subscription()?.as_ref()),
            reading: record.reading.as_ref().map(ReadingView::of),
            // What it waits for is told of the customer.
            import: ImportView { waits_for: None, ..ImportView::of(context, record)? },
        })
    }
}

/// When each stream was last read to its end.
fn polls(
    context: &OperatorContext,
    record: &CustomerRecord,
) -> Result<BTreeMap<Stream, Option<Timestamp>>, OperatorError> {
    let read_at = |stream| -> Result<Option<Timestamp>, OperatorError> {
        Ok(match stream {
            Stream::Virtuous => record.virtuous_queried_at,
            _ => context.deps.store.of(record.number).cursor(stream)?.completed_at,
        })
    };
    Stream::ALL.into_iter().map(|stream| Ok((stream, read_at(stream)?))).collect()
}

impl fmt::Display for CustomerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.id, self.name, self.stage.as_str())?;
        writeln!(f, "  {}", self.account)?;
        if let Some(pause) = &self.pause {
            writeln!(f, "  paused since {}: {} [{}]", pause.since, pause.reason, pause.rule)?;
            writeln!(f, "    to end it: {}", pause.remedy)?;
        }
        if let Some(wait) = &self.waits_for {
            writeln!(f, "  waits for {wait}")?;
        }
        if let Some(LastErrorView { at, system, what }) = &self.last_error {
            writeln!(f, "  last error at {at}, {system}: {what}")?;
        }
        if !self.has_file {
            writeln!(f, "  its settings file is gone")?;
        }
        if let Some(brake) = &self.brake {
            writeln!(f, "  the brake holds: {} (`tandem work {} accept brake`)", brake.reason, self.id)?;
        }
        if !self.connected {
            writeln!(f, "  not connected to Constant Contact yet: `tandem customer link {}`", self.id)?;
        }
        writeln!(f, "  {:<7} {}", "states", counts::line(&self.states))?;
        writeln!(f, "  {:<7} {}", "lanes", counts::line(&self.lanes))?;
        if let Some(since) = &self.oldest_opt_out {
            writeln!(f, "  an opt-out waits since {since}")?;
        }
        for (stream, at) in counts::by_name(&self.polls) {
            let at = at.map_or_else(|| "never".to_owned(), |at| at.to_string());
            writeln!(f, "  {stream:<9} last read {at}")?;
        }
        writeln!(f, "  events    {}", self.events)?;
        if let Some(reading) = &self.reading {
            write!(f, "{reading}")?;
        }
        write!(f, "{}", self.import)
    }
}

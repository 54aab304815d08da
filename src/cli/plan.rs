//! `tandem plan` of a customer that was never read, where no service runs: both systems are read first, and nothing is written to either.

use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};

use serde_json::Value;

use super::{CliError, ask, client::OperatorClient, output::complain, serve};
use crate::{
    app::App,
    auth::{Caller, SigningKey},
    clock::SystemClock,
    config::{ConfigErrors, CustomerSettings, Settings, load},
    deps::Deps,
    domain::{CustomerId, CustomerRecord, Hindrance, Stage, Stream, Timestamp},
    metrics::Metrics,
    operator::{Asked, OperatorContext, Plans, enrolment, questions::plan::Incomplete},
    service::Service,
    store::{CustomerStore, StoreError},
    transport::http::{HttpTransport, Limits},
};

/// How often it is looked at how far the reading is.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often that is told.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// A reading that stands still for so long has ended; after a failure sooner.
const STILL_MAX: Duration = Duration::from_secs(300);
const STILL_AFTER_FAILURE_MAX: Duration = Duration::from_secs(30);
/// The same while a host cannot be reached.
const STILL_CUT_OFF_MAX: Duration = Duration::from_secs(3);

/// Plans.
///
/// # Errors
/// [`CliError`].
pub fn run(asked: &Asked, config: Option<&Path>, json: bool) -> Result<ExitCode, CliError> {
    let settings = load(config)?;
    let id = asked.customer().and_then(|id| id.parse().ok());
    let unread = match id {
        Some(id) => ask::with_client(settings.clone(), async |client| match client {
            OperatorClient::Service { .. } => Ok(None),
            OperatorClient::Store(context) => unread(context, &id).await,
        })?,
        None => None,
    };
    let Some(customer) = unread else { return ask::run(asked, config, json) };
    let zone = ask::zone_of(asked, &settings);
    let answer = read(asked, settings, customer)?;
    Ok(ask::show(asked.operation, &answer, (json, zone)))
}

/// The customer's settings, if it has to be read before a plan says anything. A customer that has a file is enrolled.
async fn unread(context: &OperatorContext, id: &CustomerId) -> Result<Option<CustomerSettings>, CliError> {
    let Some(settings) = context.settings_of(id) else { return Ok(None) };
    let (store, reading) = (&context.deps.store, as_for_reading(settings));
    enrolment::apply(store, &[Arc::new(reading.clone())], context.now()).await?;
    let record = context.record(id)?;
    let of_customer = store.of(record.number);
    let reads = is_only_read(&record)
        && record.pause.is_none()
        && of_customer.token()?.is_some()
        && !settings.virtuous.api_key.is_empty()
        && !is_read(&of_customer, &record)?;
    Ok(reads.then_some(reading))
}

/// Whether the customer is one for which nothing may be written yet (C4).
fn is_only_read(record: &CustomerRecord) -> bool {
    record.stage == Stage::Observing && record.import_started_at.is_none()
}

/// Settings by which nothing can begin to be written.
fn as_for_reading(settings: &CustomerSettings) -> CustomerSettings {
    let mut settings = settings.clone();
    settings.import.auto_start = false;
    settings.virtuous.manage_webhook = false;
    settings
}

/// Whether both sides were read whole.
fn is_read(store: &CustomerStore, record: &CustomerRecord) -> Result<bool, StoreError> {
    let is_scanned = record.scan.as_ref().is_some_and(|scan| scan.done_at.is_some());
    Ok(is_scanned && store.cursor(Stream::Changes)?.completed_at.is_some())
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Reads both systems as the service would, until both were read whole or that goes no further, and answers then.
fn read(asked: &Asked, settings: Settings, customer: CustomerSettings) -> Result<Value, CliError> {
    let signing_key = SigningKey::read_or_make(&settings)
        .map_err(|error| CliError::failed(format!("the key that signs links cannot be kept: {error}")))?;
    let store = serve::open_store(&settings)?;
    let transport =
        HttpTransport::new(Limits::default()).map_err(|error| CliError::failed(error.to_string()))?;
    let deps = Deps {
        settings: Arc::new(settings),
        store,
        clock: Arc::new(SystemClock),
        transport: transport.shared(),
        metrics: Metrics::new(),
    };
    let id = customer.id.clone();
    complain(&format!(
        "\"{id}\" was never read: both systems are read first, and nothing is written to either"
    ));
    let system = serve::system()?;
    let ended = system.block_on(async move {
        let app = App::start(deps.clone(), vec![customer.clone()]).await.map_err(CliError::Failed)?;
        let watched = watch(&app, &id).await;
        let customers = vec![Arc::new(customer)];
        let (broken, caller) = (ConfigErrors::default(), Caller::command());
        let plans = Plans::default();
        let context = OperatorContext { deps, customers, broken, service: None, signing_key, caller, plans };
        let answer = match watched {
            Ok(incomplete) => asked.answer(&context).await.map_err(CliError::from).and_then(|mut plan| {
                if let Some(incomplete) = incomplete {
                    plan["incomplete"] = serde_json::to_value(incomplete)
                        .map_err(|error| CliError::failed(format!("the plan is no JSON: {error}")))?;
                }
                Ok(plan)
            }),
            Err(error) => Err(error),
        };
        app.stop().await;
        answer
    });
    // As at the end of the service: all is on disk.
    std::mem::forget(system);
    ended
}

/// Tells how far the reading is, until it ends; gives why, if that is before both systems were read whole.
async fn watch(app: &App, id: &CustomerId) -> Result<Option<Incomplete>, CliError> {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    let mut seen = (0, 0);
    let (mut moved_at, mut told_at) = (app.deps.clock.now(), app.deps.clock.now());
    loop {
        ticks.tick().await;
        let now: Timestamp = app.deps.clock.now();
        let Some(record) = app.deps.store.customer(id)? else { return Ok(None) };
        let store = app.deps.store.of(record.number);
        if is_read(&store, &record)? {
            return Ok(None);
        }
        let people = (store.counts()?.subjects(), record.scan.as_ref().map_or(0, |scan| scan.read));
        if people != seen {
            (seen, moved_at) = (people, now);
        }
        if now.since(told_at) >= TELL_EVERY {
            told_at = now;
            let (cc, virtuous) = seen;
            complain(&format!(
                "read so far: {cc} people of Constant Contact, {virtuous} contacts of Virtuous"
            ));
        }
        let outside = app.outside(id);
        let is_cut_off = outside.awaited.is_some_and(|awaited| awaited.hindrance == Hindrance::Unreachable);
        let most = match (is_cut_off, outside.last_error.is_some()) {
            (true, _) => STILL_CUT_OFF_MAX,
            (false, true) => STILL_AFTER_FAILURE_MAX,
            (false, false) => STILL_MAX,
        };
        if record.pause.is_some() || now.since(moved_at) >= most {
            let incomplete = incomplete(&record, outside.last_error.map(|error| error.what));
            complain(&format!(
                "not all of it could be read ({}): the plan is of what was, `tandem check` says more",
                incomplete.why
            ));
            return Ok(Some(incomplete));
        }
    }
}

/// Why a reading ended that was not over: a pause needs a person, all else may pass.
fn incomplete(record: &CustomerRecord, last_error: Option<String>) -> Incomplete {
    let paused = record.pause.as_ref().map(|pause| pause.reason.to_string());
    let needs_person = paused.is_some();
    let why = paused.or(last_error).unwrap_or_else(|| "nothing came any more".to_owned());
    Incomplete { why, needs_person }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Cause, Pause, Reason, Rule};

    #[test]
    fn b2_half_a_reading_says_why_it_ended_and_whether_a_person_has_to_act() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        let passes = incomplete(&record, Some("the connection broke".to_owned()));
        assert_eq!((passes.why.as_str(), passes.needs_person), ("the connection broke", false));
        assert_eq!(incomplete(&record, None).why, "nothing came any more");
        let reason = Reason::about(Rule::B4, Cause::KeyMissing, "the key is refused");
        record.pause = Some(Pause::until_a_person_acts(reason, now));
        let paused = incomplete(&record, Some("the connection broke".to_owned()));
        assert!(paused.needs_person && paused.why.contains("the key is refused"), "{paused:?}");
    }

    #[test]
    fn b2_a_plan_reads_only_for_customers_for_which_nothing_may_be_written() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut record = CustomerRecord::new("hope".parse().unwrap(), 1, now);
        assert!(is_only_read(&record));
        record.import_started_at = Some(now);
        assert!(!is_only_read(&record), "it would begin");
        let file = Path::new("hope.toml");
        let text = "[import]\nauto_start = true\n[virtuous]\nmanage_webhook = true\n";
        let settings =
            CustomerSettings::from_toml(text, file, &crate::config::Environment::default()).unwrap();
        let reading = as_for_reading(&settings);
        assert_eq!((reading.import.auto_start, reading.virtuous.manage_webhook), (false, false));
    }
}

//! The pre-flight: settings, store, both APIs of every customer, the mapping. Says what is wrong and what to do.

mod alerts;
mod backup;
mod constant_contact;
mod customer;
mod mapping;
mod paced;
mod problem;
mod secrets;
mod virtuous;

use std::{collections::BTreeMap, fmt};

pub use backup::late_backup;
pub use customer::brake_remedy;
pub use problem::{Kind, Problem};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    budget::DailyLedger,
    config::{ConfigErrors, rules},
    constant_contact::CcError,
    domain::{CustomerId, Lane, ReferenceData},
    operator::{OperatorContext, OperatorError, Outcome, Question, enrolment, shown::customer::AccountsView},
    transport::Method,
};

/// Checks settings, store, both APIs of every customer and the mapping.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckView {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Which account and which organisation each customer is (I5).
    #[serde(default)]
    pub accounts: BTreeMap<CustomerId, AccountsView>,
    /// What keeps nothing from working and should be put right all the same.
    #[serde(default)]
    pub warnings: Vec<Problem>,
}

impl Question for Check {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/check";
    const COMMAND: &'static str = "check";
    const SUMMARY: &'static str = "Checks settings, store, both APIs of every customer and the mapping";
    const IS_FILTERED: bool = true;
    type View = CheckView;

    /// Customers are enrolled first, so that a token that a refresh rotates has a place on disk.
    async fn answer(&self, context: &OperatorContext) -> Result<CheckView, OperatorError> {
        enrolment::enrol(&context.deps.store, &context.customers, context.now()).await?;
        let mut problems = CheckView::of_settings(&context.broken).problems;
        problems.extend(missing_client(context));
        // Of the whole process, for callers that may see all.
        let sees_all = context.caller.only.is_none();
        if sees_all {
            problems.extend(secrets::problem(context));
            problems.extend(secrets::certificate(context));
            problems.extend(backup::problem(context)?);
        }
        // Nothing is called into a used-up day (W4).
        let used_up = is_used_up(context)?;
        for settings in &context.customers {
            let record = context.record(&settings.id)?;
            let mut one = customer::CheckedCustomer::new(context, settings);
            let cc = if used_up {
                one.cc_error("constant_contact", &CcError::QuotaExceeded, "");
                None
            } else {
                one.constant_contact(&record).await
            };
            one.pause(&record);
            one.brake(&record);
            one.reports(&record)?;
            one.endless(&record)?;
            let virtuous = one.virtuous(&record).await?;
            if let Some(read) = &virtuous {
                one.hurry_tags(&record, read).await?;
            }
            if let (Some(cc), Some(virtuous)) = (cc, virtuous) {
                one.mapping(&ReferenceData { cc, virtuous }, &rules(settings));
            }
            problems.append(&mut one.found);
        }
        let mut view = CheckView::of(problems);
        if sees_all {
            view.warnings = secrets::warnings(context);
            view.warnings.extend(no_customers(context));
            view.warnings.extend(alerts::warning(context)?);
        }
        for settings in &context.customers {
            let record = context.record(&settings.id)?;
            view.accounts.insert(record.id.clone(), AccountsView::of(&record));
        }
        Ok(view)
    }

    fn outcome(view: &CheckView) -> Outcome {
        let has = |kind| view.problems.iter().any(|problem| problem.kind == kind);
        match () {
            () if view.ok => Outcome::Done,
            () if has(Kind::Settings) => Outcome::WrongSettings,
            () if has(Kind::Person) => Outcome::NeedsPerson,
            () => Outcome::Failed,
        }
    }
}

impl CheckView {
    /// The result of these problems.
    #[must_use]
    pub fn of(problems: Vec<Problem>) -> Self {
        Self { ok: problems.is_empty(), problems, accounts: BTreeMap::new(), warnings: Vec::new() }
    }

    /// The same with problems that it does not have yet.
    #[must_use]
    pub fn and(mut self, others: Vec<Problem>) -> Self {
        // Another process may name the same file by another path.
        let same = |one: &Problem, known: &Problem| one.customer == known.customer && one.what == known.what;
        let is_new = |one: &Problem| !self.problems.iter().any(|known| same(one, known));
        let new: Vec<Problem> = others.into_iter().filter(is_new).collect();
        self.problems.extend(new);
        self.ok = self.problems.is_empty();
        self
    }

    /// The result of settings that cannot be read.
    #[must_use]
    pub fn of_settings(errors: &ConfigErrors) -> Self {
        let problem = |problem: &crate::config::Problem| Problem {
            customer: problem.customer().map(str::to_owned),
            place: problem.file.as_ref().map_or("environment".to_owned(), |file| file.display().to_string()),
            what: match problem.key.as_str() {
                "" => problem.message.clone(),
                key => format!("{key}: {}", problem.message),
            },
            remedy: "mend the setting and run `tandem check` again".to_owned(),
            kind: Kind::Settings,
        };
        Self::of(errors.0.iter().map(problem).collect())
    }
}

/// Without customers there is nothing to do, which is seldom meant.
fn no_customers(context: &OperatorContext) -> Option<Problem> {
    let folder = context.deps.settings.customers_dir.display();
    (context.customers.is_empty() && context.broken.is_empty()).then(|| Problem {
        customer: None,
        place: "settings".to_owned(),
        what: format!("there are no customers in {folder}"),
        remedy: "`tandem customer add ID` writes a file for one; --config names other settings".to_owned(),
        kind: Kind::Settings,
    })
}

fn missing_client(context: &OperatorContext) -> Option<Problem> {
    context.deps.settings.constant_contact.client_id.is_empty().then(|| Problem {
        customer: None,
        place: "settings".to_owned(),
        what: "constant_contact.client_id is not set".to_owned(),
        remedy: "set client_id and client_secret of the application in [constant_contact]".to_owned(),
        kind: Kind::Settings,
    })
}

/// Whether the key has no calls left today, by the ledger.
fn is_used_up(context: &OperatorContext) -> Result<bool, OperatorError> {
    let settings = &context.deps.settings.constant_contact;
    let kept = context.deps.store.ledger(&settings.ledger_key())?;
    Ok(DailyLedger::new(settings.calls_per_day, 1, kept).remaining(Lane::Consent, context.now()) == 0)
}

impl fmt::Display for CheckView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (customer, accounts) in &self.accounts {
            writeln!(f, "{customer}: {accounts}")?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {}\n  {}", warning.what, warning.remedy)?;
        }
        if self.ok {
            return writeln!(f, "all is well");
        }
        self.problems.iter().try_for_each(|problem| {
            let customer =
                problem.customer.as_ref().map_or(String::new(), |customer| format!("{customer}: "));
            writeln!(f, "{customer}{}: {}\n  {}", problem.place, problem.what, problem.remedy)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Cause, PROBE_EVERY, Pause, Reason, Refused, Rule, System},
        operator::{questions::customer_pause::CustomerPause, tests::Place},
    };

    #[tokio::test]
    async fn every_problem_says_where_it_is_and_what_to_do() {
        let place = Place::new().await;
        let answer = Check {}.answer(&place.context).await.unwrap();
        let places: Vec<&str> = answer.problems.iter().map(|problem| problem.place.as_str()).collect();
        assert_eq!(places, ["settings", "constant_contact: token", "virtuous: api_key"]);
        assert!(!answer.ok && answer.problems.iter().all(|problem| !problem.remedy.is_empty()), "{answer:?}");
        assert_eq!(Check::outcome(&answer), Outcome::WrongSettings);
        assert!(answer.to_string().contains("hope: virtuous: api_key: there is no API key"), "{answer}");
    }

    #[tokio::test]
    async fn a_folder_without_customers_is_told() {
        let mut place = Place::empty();
        place.context.customers.clear();
        let view = Check {}.answer(&place.context).await.unwrap();
        assert!(view.warnings.iter().any(|one| one.remedy.contains("`tandem customer add ID`")), "{view}");
        let settings = std::sync::Arc::make_mut(&mut place.context.deps.settings);
        let (cert, key) = ("cert.pem".into(), "key.pem".into());
        settings.http.tls = Some(crate::config::TlsFiles { cert, key });
        settings.http.public_url = "http://sync.example.org".to_owned();
        let view = Check {}.answer(&place.context).await.unwrap();
        assert!(view.warnings.iter().any(|one| one.what.contains("http.public_url is http://")), "{view}");
        let said = CheckView::of_settings(&ConfigErrors(vec![crate::config::Problem {
            file: Some("customers/hope.toml".into()),
            key: String::new(),
            message: "line 1 is no valid TOML".to_owned(),
        }]));
        assert_eq!(said.problems[0].what, "line 1 is no valid TOML");
    }

    #[tokio::test]
    async fn a_late_backup_is_a_problem_for_a_person() {
        let place = Place::new().await;
        let found = || async {
            let view = Check {}.answer(&place.context).await.unwrap();
            view.problems.into_iter().find(|problem| problem.place == "store: backup")
        };
        assert_eq!(found().await, None, "the store is new");
        for _ in 0..2 * 24 * 60 + 1 {
            place.later();
        }
        let problem = found().await.unwrap();
        assert!(
            problem.what.contains("of the last 2d") && problem.remedy.contains("tandem backup"),
            "{problem:?}"
        );
        assert_eq!(problem.kind, Kind::Person);
        crate::operator::questions::backup::Backup { file: None }.answer(&place.context).await.unwrap();
        assert_eq!(found().await, None);
    }

    #[tokio::test]
    async fn b3_a_paused_customer_is_a_problem_for_a_person() {
        let place = Place::new().await;
        CustomerPause { customer: place.hope() }.answer(&place.context).await.unwrap();
        let view = Check {}.answer(&place.context).await.unwrap();
        let named = view.problems.iter().find(|problem| problem.place == "pause").unwrap();
        assert_eq!((named.customer.as_deref(), named.kind), (Some("hope"), Kind::Person));
        assert!(named.remedy.contains("`tandem customer resume hope`"), "{view}");
        let only = CheckView::of(vec![named.clone()]);
        assert_eq!(Check::outcome(&only).exit_code(), 3);
        let now = place.context.now();
        let reason = Reason::about(Rule::B3, Cause::Refused, "virtuous refuses the key or grant");
        place
            .change(move |record| {
                record.pause = Some(Pause::refused(System::Virtuous, Refused::Access, reason, now))
            })
            .await;
        let view = Check {}.answer(&place.context).await.unwrap();
        let named = view.problems.iter().find(|problem| problem.place == "pause").unwrap();
        assert!(named.remedy.contains(&now.plus(PROBE_EVERY).to_string()), "{view}");
    }

    #[tokio::test]
    async fn e5_bounce_reports_that_are_never_read_are_a_problem_for_a_person() {
        let place = Place::new().await;
        let now = place.context.now();
        let found = || async {
            let view = Check {}.answer(&place.context).await.unwrap();
            view.problems.into_iter().find(|problem| problem.place == "constant_contact: bounce reports")
        };
        place
            .change(move |record| {
                (record.stage, record.import_started_at) = (crate::domain::Stage::Live, Some(now))
            })
            .await;
        assert_eq!(found().await, None, "the first reading takes its time");
        (0..6 * 60 + 1).for_each(|_| place.later());
        let problem = found().await.unwrap();
        assert_eq!((problem.customer.as_deref(), problem.kind), (Some("hope"), Kind::Person));
        assert!(problem.what.contains(&now.to_string()), "{problem:?}");
        for stream in [crate::domain::Stream::Changes, crate::domain::Stream::Bounces] {
            let cursor = crate::sync::windows::Cursor { upto: Some(now), ..Default::default() };
            place.context.deps.store.of(place.record().number).set_cursor(stream, cursor).await.unwrap();
        }
        assert_eq!(found().await, None);
    }

    #[tokio::test]
    async fn w7_a_reading_that_comes_to_no_end_is_told() {
        let place = Place::new().await;
        let mut cursor = crate::sync::windows::Cursor::default();
        for attempts in 1..=5 {
            let window = cursor.window(place.context.now());
            assert_eq!(window.attempt, attempts);
            cursor.restart(window);
        }
        let store = place.context.deps.store.of(place.record().number);
        store.set_cursor(crate::domain::Stream::OptOuts, cursor).await.unwrap();
        let view = Check {}.answer(&place.context).await.unwrap();
        let told: Vec<_> =
            view.problems.iter().filter(|one| one.place == "constant_contact: pages").collect();
        assert_eq!(told.len(), 1, "{view}");
        assert!(told[0].what.contains("opt_outs was begun 6 times"), "{view}");
    }

    #[test]
    fn the_outcome_is_that_of_the_worst_problem() {
        let problem = |kind| Problem {
            customer: None,
            place: String::new(),
            what: String::new(),
            remedy: String::new(),
            kind,
        };
        let outcome = |kinds: &[Kind]| {
            Check::outcome(&CheckView::of(kinds.iter().map(|kind| problem(*kind)).collect()))
        };
        assert_eq!(outcome(&[]), Outcome::Done);
        assert_eq!(outcome(&[Kind::Other]), Outcome::Failed);
        assert_eq!(outcome(&[Kind::Other, Kind::Person]), Outcome::NeedsPerson);
        assert_eq!(outcome(&[Kind::Person, Kind::Settings]), Outcome::WrongSettings);
    }
}

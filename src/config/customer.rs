//! One customer's settings: `customers/<id>.toml`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use chrono_tz::Tz;

use super::{
    duration::Every, environment::Environment, mapping, mapping::MappingSettings, problem::ConfigErrors,
    process::VirtuousSettings, reader::Section, reader::Source, secret::Secret, window::ImportWindow,
};
use crate::domain::{CustomerId, UntouchedPolicy};

/// What Tandem needs to know of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerSettings {
    /// The short name; the file's name where the file gives none.
    pub id: CustomerId,
    /// The name that people see; the id where the file gives none.
    pub name: String,
    /// Where the customer's wall clocks are.
    pub time_zone: Tz,
    /// Whether the customer is paused by settings.
    pub paused: bool,
    /// Whether another customer may have the same account or organisation (I5).
    pub shared_account: bool,
    /// `[constant_contact]`
    pub constant_contact: CustomerConstantContact,
    /// `[virtuous]`
    pub virtuous: CustomerVirtuous,
    /// `[mapping]`
    pub mapping: MappingSettings,
    /// `[consent]`
    pub consent: ConsentSettings,
    /// `[brake]`
    pub brake: BrakeSettings,
    /// `[import]`
    pub import: ImportSettings,
    /// The file that this was read from.
    pub file: PathBuf,
}

/// The customer's Constant Contact account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerConstantContact {
    /// Only to start: a token that differs from what the file held before replaces the stored token.
    pub refresh_token: Secret,
    /// Pace of the changes and opt-out streams.
    pub poll_every: Duration,
    /// Pace of complete sweeps (D2).
    pub sweep_every: Duration,
    /// Pace of the bounce report (P4).
    pub bounces_every: Duration,
    /// Pace of lists and counts (W3).
    pub lists_every: Every,
    /// Empty: no receiver for CC hints.
    pub webhook_token: Secret,
    /// Empty: hints are not signed.
    pub webhook_secret: Secret,
}

/// The customer's Virtuous organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerVirtuous {
    /// The API key.
    pub api_key: Secret,
    /// Empty: no receiver for Virtuous events.
    pub webhook_token: Secret,
    /// Empty: events are not signed.
    pub webhook_secret: Secret,
    /// The header that carries the signature, in lower case.
    pub signature_header: String,
    /// The organisation's ceiling, where the file gives one. See [`CustomerVirtuous::ceiling`].
    pub calls_per_hour: Option<u64>,
    /// What `referenceSource` says (I1).
    pub reference_source: String,
    /// Whether Tandem creates and watches its own subscription.
    pub manage_webhook: bool,
    /// Pace of the query for missed events (V2).
    pub query_every: Duration,
    /// How often both sides are read whole by themselves (V3).
    pub reconcile_every: Duration,
    /// When a submission is looked up (V1).
    pub lookup_after: Duration,
    /// When a submission becomes a review (V1).
    pub review_after: Duration,
}

impl CustomerVirtuous {
    /// The organisation's ceiling of calls per hour: the customer's own setting, or that of the process.
    #[must_use]
    pub fn ceiling(&self, process: &VirtuousSettings) -> u64 {
        self.calls_per_hour.unwrap_or(process.calls_per_hour)
    }
}

/// What bounces and complaints do (P4), and which way consent flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentSettings {
    /// Codes `B` and `S`.
    pub hard_bounce: BounceAction,
    /// Codes `D`, `F`, `X` and `Z`.
    pub soft_bounce: BounceAction,
    /// An unsubscribe that speaks of spam or abuse.
    pub complaint: BounceAction,
    /// Whether tags that staff add or remove change lists in CC (S5).
    pub two_way: bool,
    /// What an opt-out means that a method has had since it was made (P7).
    pub untouched: UntouchedPolicy,
}

/// What one category of bounce does (P4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceAction {
    /// Opts out, and adds a note.
    OptOut,
    /// Adds a note.
    Note,
    /// Nothing.
    Ignore,
}

/// When the brake stops a run (B1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrakeSettings {
    /// Share of the linked, 0 to 1.
    pub share: f64,
    /// Number of people below which the brake never acts.
    pub floor: u64,
}

/// The first import (C4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportSettings {
    /// Whether it starts by itself.
    pub auto_start: bool,
    /// When the import lane may work.
    pub window: ImportWindow,
    /// The import lane's own ceiling of calls per hour.
    pub calls_per_hour: u64,
    /// Contacts in one batch.
    pub batch_size: usize,
}

impl CustomerSettings {
    /// Reads the text of a customer's file. `file` is named in problems, gives the id if the text has none, and its folder
    /// is what `file:` secrets count from.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_toml(text: &str, file: &Path, environment: &Environment) -> Result<Self, ConfigErrors> {
        let source = Source::new(file, environment, false);
        let settings = read(source.parse(text), file);
        match settings {
            Some(settings) => source.into_errors().or(settings),
            None => Err(source.into_errors()),
        }
    }
}

/// Nothing if there is no usable id; that problem is reported then.
fn read(mut top: Section<'_>, file: &Path) -> Option<CustomerSettings> {
    let id = read_id(&mut top, file);
    let name = top.filled("name", id.as_ref().map_or("Hope Foundation", CustomerId::as_str));
    let zone = chrono_tz::America::Chicago;
    let expected = "the name of an IANA time zone";
    let time_zone =
        top.parsed("time_zone", zone, expected, "\"America/Chicago\"", |text| text.trim().parse().ok());
    let paused = top.flag("paused", false);
    let shared_account = top.flag("shared_account", false);
    let constant_contact = read_constant_contact(top.section("constant_contact"));
    let virtuous = read_virtuous(top.section("virtuous"));
    let mapping = mapping::read(top.section("mapping"));
    let consent = read_consent(top.section("consent"));
    let brake = read_brake(top.section("brake"));
    let import = read_import(top.section("import"));
    top.finish();
    let file = file.to_owned();
    Some(CustomerSettings {
        id: id?,
        name,
        time_zone,
        paused,
        shared_account,
        constant_contact,
        virtuous,
        mapping,
        consent,
        brake,
        import,
        file,
    })
}

fn read_id(top: &mut Section<'_>, file: &Path) -> Option<CustomerId> {
    let expected = "1 to 40 of a-z, 0-9 and -";
    let given = top.gives("id");
    let id = top.parsed("id", None, expected, "\"hope\"", |text| text.parse().ok().map(Some));
    if given {
        return id;
    }
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let id = stem.parse().ok();
    if id.is_none() {
        top.problem(
            "id",
            format!(
                "expected {expected}, for example id = \"hope\"; it is missing, and the file's name is none"
            ),
        );
    }
    id
}

fn read_constant_contact(mut section: Section<'_>) -> CustomerConstantContact {
    let settings = CustomerConstantContact {
        refresh_token: section.secret("refresh_token"),
        poll_every: section.duration("poll_every", "1h"),
        sweep_every: section.duration("sweep_every", "7d"),
        bounces_every: section.duration("bounces_every", "24h"),
        lists_every: section.every("lists_every", Every::Polls(4)),
        webhook_token: webhook_token(&mut section),
        webhook_secret: section.secret("webhook_secret"),
    };
    section.finish();
    settings
}

fn read_virtuous(mut section: Section<'_>) -> CustomerVirtuous {
    let header = "X-Virtuous-Signature";
    let settings = CustomerVirtuous {
        api_key: section.secret("api_key"),
        webhook_token: webhook_token(&mut section),
        webhook_secret: section.secret("webhook_secret"),
        signature_header: section.parsed(
            "signature_header",
            header.to_lowercase(),
            "the name of an HTTP header",
            &format!("\"{header}\""),
            |text| {
                let text = text.trim();
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                (!text.is_empty() && text.bytes().all(allowed)).then(|| text.to_lowercase())
            },
        ),
        calls_per_hour: section.whole_if_given("calls_per_hour", 1500),
        reference_source: section.filled("reference_source", "Constant Contact"),
        manage_webhook: section.flag("manage_webhook", true),
        query_every: section.duration("query_every", "4h"),
        reconcile_every: section.duration("reconcile_every", "30d"),
        lookup_after: section.duration("lookup_after", "24h"),
        review_after: section.duration("review_after", "72h"),
    };
    section.finish();
    settings
}

fn read_consent(mut section: Section<'_>) -> ConsentSettings {
    let mut action = |key| {
        let expected = "\"opt_out\", \"note\" or \"ignore\"";
        section.parsed(key, BounceAction::OptOut, expected, "\"opt_out\"", |text| match text {
            "opt_out" => Some(BounceAction::OptOut),
            "note" => Some(BounceAction::Note),
            "ignore" => Some(BounceAction::Ignore),
            _ => None,
        })
    };
    let (hard_bounce, soft_bounce, complaint) =
        (action("hard_bounce"), action("soft_bounce"), action("complaint"));
    let two_way = section.flag("two_way", true);
    let expected = "\"ask\", \"leave\" or \"opt_out\"";
    let untouched =
        section.parsed("untouched", UntouchedPolicy::Ask, expected, "\"ask\"", |text| match text {
            "ask" => Some(UntouchedPolicy::Ask),
            "leave" => Some(UntouchedPolicy::Leave),
            "opt_out" => Some(UntouchedPolicy::OptOut),
            _ => None,
        });
    section.finish();
    ConsentSettings { hard_bounce, soft_bounce, complaint, two_way, untouched }
}

fn read_brake(mut section: Section<'_>) -> BrakeSettings {
    let settings =
        BrakeSettings { share: section.share("share", 0.05), floor: section.whole("floor", 50, 0, u64::MAX) };
    section.finish();
    settings
}

fn read_import(mut section: Section<'_>) -> ImportSettings {
    let window = ImportWindow::parse("20:00-06:00").unwrap_or(ImportWindow::Any);
    let expected = "two times of day, or an empty text for any time";
    let batch_size = section.whole("batch_size", 100, 1, 1000);
    let settings = ImportSettings {
        auto_start: section.flag("auto_start", false),
        window: section.parsed("window", window, expected, "\"20:00-06:00\"", ImportWindow::parse),
        calls_per_hour: section.whole("calls_per_hour", 1200, 1, u64::MAX),
        batch_size: usize::try_from(batch_size).unwrap_or(1000),
    };
    section.finish();
    settings
}

/// A receiver's token is a part of its address, so it must be able to stand in one.
fn webhook_token(section: &mut Section<'_>) -> Secret {
    let token = section.secret("webhook_token");
    if token.expose().bytes().any(|byte| !byte.is_ascii_graphic() || b"/?#%\\".contains(&byte)) {
        section.problem(
            "webhook_token",
            "expected letters, digits, - and _ only: it is a part of the receiver's address",
        );
    }
    token
}

//! The pre-flight: settings, store, both APIs of every customer, the mapping. Says what is wrong and what to do.

use std::{fmt, sync::Arc, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{DeskError, Room, apply};
use crate::{
    access::StoreTokens,
    budget::DailyLedger,
    config::{ConfigErrors, CustomerSettings, rules},
    constant_contact::{AccessToken, Answer, CcError, Client as CcClient, OAuth, Session, streams},
    domain::{Book, CcBook, CustomerRecord, CustomerRules, Lane, VirtuousBook},
    sync::Mapping,
    virtuous::{Client as VirtuousClient, VirtuousError},
};

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The settings are wrong: exit code 2.
    Settings,
    /// A key is refused, or something is missing that a person has to make: exit code 3.
    Person,
    /// Anything else: exit code 1.
    Other,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Whose, if it is one customer's.
    pub customer: Option<String>,
    /// Where.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// Who has to act.
    pub kind: Kind,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Check {
    /// The result of these problems.
    #[must_use]
    pub fn of(problems: Vec<Problem>) -> Self {
        Self { ok: problems.is_empty(), problems }
    }

    /// The result of settings that cannot be read.
    #[must_use]
    pub fn of_settings(errors: &ConfigErrors) -> Self {
        let problem = |problem: &crate::config::Problem| Problem {
            customer: problem.file.as_deref().and_then(customer_of),
            place: problem.file.as_ref().map_or("environment".to_owned(), |file| file.display().to_string()),
            what: format!("{}: {}", problem.key, problem.message),
            remedy: "mend the setting and run `tandem check` again".to_owned(),
            kind: Kind::Settings,
        };
        Self::of(errors.0.iter().map(problem).collect())
    }

    /// The exit code (INTERFACE.md).
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let has = |kind| self.problems.iter().any(|problem| problem.kind == kind);
        match () {
            () if self.ok => 0,
            () if has(Kind::Settings) => 2,
            () if has(Kind::Person) => 3,
            () => 1,
        }
    }
}

/// Whose file it is: the files of the customers' folder are named after them.
fn customer_of(file: &std::path::Path) -> Option<String> {
    let stem = file.file_stem()?.to_str()?;
    (stem != "tandem").then(|| stem.to_owned())
}

/// Calls of Constant Contact that a check makes: not faster than the key allows, again when they were throttled, since
/// the service and other customers use the same key (W4).
struct Paced {
    session: Session,
    client: CcClient,
    gap: Duration,
}

impl Paced {
    async fn call<T, F>(&self, call: impl Fn(AccessToken, CcClient) -> F) -> Result<T, CcError>
    where
        F: Future<Output = Result<Answer<T>, CcError>>,
    {
        for _ in 0..THROTTLED_MAX {
            tokio::time::sleep(self.gap).await;
            match self.session.with_token(|token| call(token, self.client.clone())).await {
                Err(CcError::Throttled { after }) => tokio::time::sleep(after.max(self.gap)).await,
                answer => return answer.map(|answer| answer.value),
            }
        }
        Err(CcError::Throttled { after: self.gap })
    }
}

/// How often a throttled call is made again.
const THROTTLED_MAX: u32 = 20;

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// Checks everything. Customers are enrolled first, so that a token that a refresh rotates has a place on disk.
///
/// # Errors
/// When the store cannot read or write.
pub async fn check(room: &Room) -> Result<Check, DeskError> {
    apply::enrol(&room.store, &room.customers, room.now()).await?;
    let mut problems = Vec::new();
    if room.settings.constant_contact.client_id.is_empty() {
        problems.push(Problem {
            customer: None,
            place: "settings".to_owned(),
            what: "constant_contact.client_id is not set".to_owned(),
            remedy: "set client_id and client_secret of the application in [constant_contact]".to_owned(),
            kind: Kind::Settings,
        });
    }
    // Nothing is called into a used-up day (W4).
    let used_up = is_used_up(room)?;
    for settings in &room.customers {
        let record = room.record(&settings.id)?;
        let mut one = OneCustomer { room, settings, found: Vec::new() };
        let cc = if used_up {
            one.cc_error("constant_contact", &CcError::QuotaExceeded, "");
            None
        } else {
            one.constant_contact(&record).await
        };
        one.brake(&record);
        let virtuous = one.virtuous(&record).await?;
        if let (Some(cc), Some(virtuous)) = (cc, virtuous) {
            one.mapping(Book { cc, virtuous }, &rules(settings));
        }
        problems.append(&mut one.found);
    }
    Ok(Check::of(problems))
}

/// Whether the key has no calls left today, by the ledger.
fn is_used_up(room: &Room) -> Result<bool, DeskError> {
    let settings = &room.settings.constant_contact;
    let kept = room.store.ledger(&settings.ledger_key())?;
    Ok(DailyLedger::new(settings.calls_per_day, 1, kept).remaining(Lane::Consent, room.now()) == 0)
}

struct OneCustomer<'a> {
    room: &'a Room,
    settings: &'a CustomerSettings,
    found: Vec<Problem>,
}

impl OneCustomer<'_> {
    fn add(&mut self, kind: Kind, place: &str, what: impl Into<String>, remedy: impl Into<String>) {
        self.found.push(Problem {
            customer: Some(self.settings.id.to_string()),
            place: place.to_owned(),
            what: what.into(),
            remedy: remedy.into(),
            kind,
        });
    }

    /// B1.
    fn brake(&mut self, record: &CustomerRecord) {
        if let Some(held) = &record.brake.held {
            let remedy = format!(
                "look at `tandem work {id}`; put it right in Constant Contact, or run `tandem work {id} accept brake`",
                id = record.id
            );
            self.add(Kind::Person, "brake", held.reason.to_string(), remedy);
        }
    }

    fn session(&self, record: &CustomerRecord) -> Session {
        let running = self.room.sessions.as_ref().and_then(|sessions| sessions(&record.id));
        running.unwrap_or_else(|| {
            let settings = &self.room.settings.constant_contact;
            let secret = SecretString::from(settings.client_secret.expose());
            let transport = Arc::clone(&self.room.transport);
            let oauth = OAuth::new(transport, &settings.auth_url, &settings.client_id, secret);
            let (store, clock) = (self.room.store.clone(), Arc::clone(&self.room.clock));
            let tokens = StoreTokens { store: store.of(record.number), clock: Arc::clone(&clock) };
            Session::new(oauth, Arc::new(tokens), clock)
        })
    }

    /// The grant, its privileges, and what can be read with it.
    async fn constant_contact(&mut self, record: &CustomerRecord) -> Option<CcBook> {
        let session = self.session(record);
        let settings = &self.room.settings.constant_contact;
        let client = CcClient::new(Arc::clone(&self.room.transport), &settings.api_url);
        let connect = format!("run `tandem customer link {}` and open the address it prints", record.id);
        if let Err(error) = session.token().await {
            self.cc_error("constant_contact: token", &error, &connect);
            return None;
        }
        let per_second = self.room.settings.constant_contact.calls_per_second.max(1);
        let gap = Duration::from_secs(1) / u32::try_from(per_second).unwrap_or(u32::MAX);
        let paced = Paced { session, client, gap };
        match paced.call(|token, client| async move { client.privileges(&token).await }).await {
            Ok(names) => {
                let has = |wanted: &str| names.iter().any(|name| name == wanted);
                if !names.is_empty() && !has("contacts:write") {
                    let what = "the connected user may not write contacts (contacts:write)";
                    let remedy = "let an account owner or manager connect: ".to_owned() + &connect;
                    self.add(Kind::Person, "constant_contact: privileges", what, remedy);
                }
            }
            // Not every account answers this; the lists below tell more.
            Err(CcError::NotFound) => {}
            Err(error) => self.cc_error("constant_contact: privileges", &error, &connect),
        }
        match read_book(&paced, self.settings.mapping.cc_tags).await {
            Ok(book) => Some(book),
            Err(error) => {
                self.cc_error("constant_contact: lists and fields", &error, &connect);
                None
            }
        }
    }

    fn cc_error(&mut self, place: &str, error: &CcError, connect: &str) {
        let what = error.to_string();
        match error {
            CcError::NeedsReconnect { .. } | CcError::InvalidGrant { .. } => {
                self.add(Kind::Person, place, what, connect);
            }
            CcError::Unauthorized { .. } | CcError::Forbidden { .. } => {
                let remedy =
                    format!("check client_id, client_secret and scopes of the application, then {connect}");
                self.add(Kind::Person, place, what, remedy);
            }
            CcError::QuotaExceeded => self.add(Kind::Other, place, what, "try again after 00:00 UTC"),
            _ => {
                self.add(Kind::Other, place, what, "check api_url, auth_url and the network, then try again")
            }
        }
    }

    /// The key, and the whole book of the organisation.
    async fn virtuous(&mut self, record: &CustomerRecord) -> Result<Option<VirtuousBook>, DeskError> {
        let key = &self.settings.virtuous.api_key;
        let file = self.settings.file.display().to_string();
        if key.is_empty() {
            let remedy = format!("make an API key in Virtuous (Settings, Connectivity) and set it in {file}");
            self.add(Kind::Person, "virtuous: api_key", "there is no API key", remedy);
            return Ok(None);
        }
        let client = VirtuousClient::new(
            Arc::clone(&self.room.transport),
            Arc::clone(&self.room.clock),
            &self.room.settings.virtuous.api_url,
            &SecretString::from(key.expose()),
            Arc::new(|_| {}),
        );
        match client.read_book(self.room.now()).await {
            Ok((mut book, _)) => {
                book.chosen_tags = self.room.store.of(record.number).book()?.virtuous.chosen_tags;
                Ok(Some(book))
            }
            Err(error) => {
                let what = error.to_string();
                match error {
                    VirtuousError::Unauthorized { .. } => {
                        let remedy = format!(
                            "make a new API key in Virtuous (Settings, Connectivity) and set it in {file}"
                        );
                        self.add(Kind::Person, "virtuous: api_key", what, remedy);
                    }
                    VirtuousError::Forbidden { .. } => {
                        let remedy =
                            "give the key's permission group access to contacts, tags and custom fields";
                        self.add(Kind::Person, "virtuous: permissions", what, remedy);
                    }
                    VirtuousError::RateLimited { .. } => {
                        self.add(Kind::Other, "virtuous", what, "try again when the hour is over");
                    }
                    _ => self.add(
                        Kind::Other,
                        "virtuous",
                        what,
                        "check virtuous.api_url and the network, then try again",
                    ),
                }
                Ok(None)
            }
        }
    }

    fn mapping(&mut self, book: Book, rules: &CustomerRules) {
        let file = self.settings.file.display().to_string();
        let types = [
            ("mapping.contact_type", &rules.contact_type, &book.virtuous.contact_types),
            ("mapping.email_type", &rules.email_type, &book.virtuous.method_types),
            ("mapping.phone_type", &rules.phone_type, &book.virtuous.method_types),
        ];
        for (key, wanted, known) in types {
            if !known.is_empty() && !known.iter().any(|known| known.eq_ignore_ascii_case(wanted)) {
                let what = format!("Virtuous has no type \"{wanted}\"");
                let remedy = format!("set {key} in {file} to one of: {}", known.join(", "));
                self.add(Kind::Person, key, what, remedy);
            }
        }
        let mapping = Mapping::new(&book, rules);
        for field in &mapping.unknown_fields {
            let what = format!("there is no custom field \"{field}\" (F1)");
            let remedy = format!("create it, or correct [mapping.fields] or mapping.lists in {file}");
            self.add(Kind::Person, "mapping.fields", what, remedy);
        }
        for tag in mapping.missing_tags() {
            let what = format!("the tag \"{tag}\" does not exist (S4)");
            self.add(
                Kind::Person,
                "virtuous: tags",
                what,
                "create it in Virtuous, exactly so: the API cannot",
            );
        }
        for tag in mapping.doubled_tags() {
            let what = format!("there are several tags \"{tag}\" (S4)");
            self.add(Kind::Person, "virtuous: tags", what, "delete or rename all but one in Virtuous");
        }
        let words = &book.virtuous.words;
        let queries = [
            (
                "modified since",
                words.modified_since.is_none(),
                "changes by staff are then only seen by webhook (V2)",
            ),
            ("id above", words.id_above.is_none(), "the first reading then goes page by page (I2)"),
        ];
        for (what, missing, remedy) in queries {
            if missing {
                let what = format!("the query options of Virtuous offer no \"{what}\"");
                self.add(Kind::Other, "virtuous: query", what, remedy);
            }
        }
    }
}

/// Lists, fields and tags of the account, all pages.
async fn read_book(paced: &Paced, tags: bool) -> Result<CcBook, CcError> {
    let mut book = CcBook::default();
    let mut at = Some(streams::lists::first());
    while let Some(path) = at {
        let path = &path;
        let page = paced.call(|token, client| async move { client.lists_page(&token, path).await }).await?;
        book.lists.extend(page.items);
        at = page.next;
    }
    let mut at = Some(streams::fields::first());
    while let Some(path) = at {
        let path = &path;
        let page =
            paced.call(|token, client| async move { client.custom_fields_page(&token, path).await }).await?;
        book.fields.extend(page.items);
        at = page.next;
    }
    let mut at = tags.then(streams::lists::first_tags);
    while let Some(path) = at {
        let path = &path;
        let page = paced.call(|token, client| async move { client.tags_page(&token, path).await }).await?;
        book.tags.extend(page.items);
        at = page.next;
    }
    Ok(book)
}

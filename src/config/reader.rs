//! Reads one TOML file key by key: every value is checked where it is taken, every problem is kept, nothing stops at the
//! first, and a key that no setting took is unknown.

use std::{cell::RefCell, path::Path, time::Duration};

use toml::{Table, Value};

use super::{
    duration::{Every, parse_duration},
    environment::Environment,
    problem::{ConfigErrors, Problem},
    secret::Secret,
};

/// The prefix of environment variables that override keys of the process settings.
const PREFIX: &str = "TANDEM_";

/// What is common to one file while it is read.
pub(super) struct Source<'a> {
    file: &'a Path,
    base: &'a Path,
    environment: &'a Environment,
    overridable: bool,
    problems: RefCell<Vec<Problem>>,
}

/// One table of the file. Take values with the typed methods, then call [`Section::finish`].
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    name: String,
    table: Table,
    known: Vec<&'static str>,
}

/// A value that a file or a variable gives.
struct Given {
    value: Value,
    variable: Option<String>,
}

impl<'a> Source<'a> {
    /// A customer's file, or with `overridable` the process settings, whose keys the environment may set.
    pub(super) fn new(file: &'a Path, environment: &'a Environment, overridable: bool) -> Self {
        let base = file.parent().unwrap_or(Path::new(""));
        Self { file, base, environment, overridable, problems: RefCell::default() }
    }

    /// The file's outermost table. Text that is no TOML is a problem and reads as empty. The parser's own message is
    /// used, but never the line that it quotes: that line may hold a secret.
    pub(super) fn parse(&'a self, text: &str) -> Section<'a> {
        let table = text.parse::<Table>().unwrap_or_else(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            self.add(Problem::of_file(
                self.file,
                format!("line {line} is no valid TOML: {}", error.message()),
            ));
            Table::new()
        });
        Section { source: self, name: String::new(), table, known: Vec::new() }
    }

    /// Adds a problem.
    pub(super) fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Everything that was found to be wrong.
    pub(super) fn into_errors(self) -> ConfigErrors {
        ConfigErrors(self.problems.into_inner())
    }
}

impl<'a> Section<'a> {
    /// A table within this one; reads as empty if it is missing.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'a> {
        self.known.push(key);
        let table = match self.table.remove(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => {
                self.problem(key, format!("expected a table, for example `[{key}]`; found {}", kind(&other)));
                Table::new()
            }
        };
        Section { source: self.source, name: self.path(key), table, known: Vec::new() }
    }

    /// Adds a problem with a key of this section.
    pub(super) fn problem(&self, key: &str, message: impl Into<String>) {
        let file = Some(self.source.file.to_owned());
        self.source.add(Problem { file, key: self.path(key), message: message.into() });
    }

    /// The folder that relative paths count from.
    pub(super) fn base(&self) -> &'a Path {
        self.source.base
    }

    /// Whether the file or the environment gives this key.
    pub(super) fn gives(&self, key: &str) -> bool {
        self.table.contains_key(key) || self.overridden(key)
    }

    /// A value that `read` turns into what is wanted. A refusal is reported with what was expected and an example, and
    /// `default` stands in, so that reading goes on to the next problem.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        default: T,
        expected: &str,
        example: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> T {
        let Some(given) = self.take(key) else { return default };
        // A variable has no type of its own: it is tried as a text, and then as the number or flag that it spells.
        let spelled =
            || given.variable.as_ref().and_then(|_| given.value.as_str()?.trim().parse::<Value>().ok());
        read(&given.value).or_else(|| read(&spelled()?)).unwrap_or_else(|| {
            let found = shown(&given.value);
            self.refuse(
                key,
                &given,
                format!("expected {expected}, for example {key} = {example}; found {found}"),
            );
            default
        })
    }

    /// A text that `read` accepts.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        default: T,
        expected: &str,
        example: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> T {
        self.value(key, default, expected, example, |value| value.as_str().and_then(&read))
    }

    /// Any text.
    pub(super) fn text(&mut self, key: &'static str, default: &str) -> String {
        let example = format!("\"{}\"", if default.is_empty() { "some text" } else { default });
        self.parsed(key, default.to_owned(), "a text", &example, |text| Some(text.to_owned()))
    }

    /// A text that is not blank.
    pub(super) fn filled(&mut self, key: &'static str, default: &str) -> String {
        let example = format!("\"{default}\"");
        self.parsed(key, default.to_owned(), "a text that is not empty", &example, |text| {
            (!text.trim().is_empty()).then(|| text.trim().to_owned())
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        let example = default.to_string();
        self.value(key, default, "true or false", &example, |value| match value {
            Value::Boolean(flag) => Some(*flag),
            _ => None,
        })
    }

    /// A whole number from `least` to `most`.
    pub(super) fn whole(&mut self, key: &'static str, default: u64, least: u64, most: u64) -> u64 {
        let expected = if most == u64::MAX {
            format!("a whole number of at least {least}")
        } else {
            format!("a whole number from {least} to {most}")
        };
        self.value(key, default, &expected, &default.to_string(), |value| as_whole(value, least, most))
    }

    /// A whole number of at least 1, or nothing where the key is missing.
    pub(super) fn whole_if_given(&mut self, key: &'static str, example: u64) -> Option<u64> {
        self.value(key, None, "a whole number of at least 1", &example.to_string(), |value| {
            as_whole(value, 1, u64::MAX).map(Some)
        })
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self, key: &'static str, default: f64) -> f64 {
        self.value(key, default, "a number from 0 to 1", &default.to_string(), |value| {
            let number = match value {
                Value::Float(number) => *number,
                Value::Integer(0) => 0.0,
                Value::Integer(1) => 1.0,
                _ => return None,
            };
            (0.0..=1.0).contains(&number).then_some(number)
        })
    }

    /// A duration.
    pub(super) fn duration(&mut self, key: &'static str, default: &str) -> Duration {
        let fallback = parse_duration(default).unwrap_or(Duration::from_secs(3600));
        let example = format!("\"{default}\"");
        self.parsed(key, fallback, "a duration of at least 1s (1s, 15m, 1h, 7d)", &example, parse_duration)
    }

    /// A duration, or no time at all for what is never done.
    pub(super) fn duration_or_never(&mut self, key: &'static str, default: &str) -> Duration {
        let fallback = parse_duration(default).unwrap_or(Duration::from_secs(3600));
        let expected = "a duration of at least 1s (15m, 1h, 7d), or 0s for never";
        self.parsed(key, fallback, expected, &format!("\"{default}\""), |text| {
            let never = humantime::parse_duration(text.trim()).ok().filter(Duration::is_zero);
            never.or_else(|| parse_duration(text))
        })
    }

    /// A duration or a number of polls.
    pub(super) fn every(&mut self, key: &'static str, default: Every) -> Every {
        let expected = "a number of polls or a duration of at least 1s (4 polls, 1h, 7d)";
        self.parsed(key, default, expected, "\"4 polls\"", Every::parse)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let expected = "a list of texts that are not empty";
        self.value(key, Vec::new(), expected, "[\"Newsletter\"]", |value| {
            let texts = value.as_array()?.iter().map(|item| item.as_str().map(|text| text.trim().to_owned()));
            texts.map(|text| text.filter(|text| !text.is_empty())).collect()
        })
    }

    /// A secret: in place, `env:NAME` or `file:PATH`. Problems name the variable or the file, never the value.
    pub(super) fn secret(&mut self, key: &'static str) -> Secret {
        self.secret_of(key, 0)
    }

    /// The same; a secret that is set has so many characters at the least.
    pub(super) fn secret_of(&mut self, key: &'static str, chars_min: usize) -> Secret {
        let Some(given) = self.take(key) else { return Secret::default() };
        let base = if given.variable.is_some() { Path::new("") } else { self.source.base };
        let secret = match given.value.as_str() {
            Some(text) => Secret::resolve(text.trim(), base, self.source.environment),
            None => Err(format!(
                "expected a text, for example {key} = \"env:NAME\" or \"file:PATH\"; found {}",
                kind(&given.value)
            )),
        };
        let long_enough = secret.and_then(|secret| {
            let chars = secret.expose().chars().count();
            if chars > 0 && chars < chars_min {
                return Err(format!(
                    "expected {chars_min} characters or more, since a short secret is guessed; take what `openssl rand -hex 32` \
                     prints, or leave it empty and Tandem makes one"
                ));
            }
            Ok(secret)
        });
        long_enough.unwrap_or_else(|message| {
            self.refuse(key, &given, message);
            Secret::default()
        })
    }

    /// What is left of a free-form table.
    pub(super) fn rest(&mut self) -> Table {
        std::mem::take(&mut self.table)
    }

    /// Whether the environment, not the file, gives this key.
    pub(super) fn overridden(&self, key: &str) -> bool {
        self.source.overridable
            && self.variables(key).any(|variable| self.source.environment.get(&variable).is_some())
    }

    /// Reports every key that no setting took.
    pub(super) fn finish(self) {
        let mut known = self.known.clone();
        known.sort_unstable();
        let known = known.join(", ");
        for key in self.table.keys() {
            self.problem(key, format!("unknown key; known here: {known}"));
        }
        if !self.source.overridable {
            return;
        }
        if self.name.is_empty() {
            self.unknown_sections(&known);
            return;
        }
        let prefix = self.variable("");
        for name in self.source.environment.names(&prefix) {
            if !self.known.iter().any(|key| self.variable(key) == name) {
                let message = format!("unknown key; known in [{}]: {known}", self.name);
                self.source.add(Problem { file: None, key: name.to_owned(), message });
            }
        }
    }

    /// Reports variables of sections that do not exist.
    fn unknown_sections(&self, known: &str) {
        for name in self.source.environment.names(PREFIX) {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let Some(section) = rest.strip_prefix('_').or(rest.split_once("__").map(|(section, _)| section))
            else {
                continue;
            };
            if !self.known.iter().any(|key| key.to_uppercase() == section) {
                let message = format!("unknown section; known here: {known}");
                self.source.add(Problem { file: None, key: name.to_owned(), message });
            }
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Given> {
        self.known.push(key);
        let in_file = self.table.remove(key).map(|value| Given { value, variable: None });
        if !self.source.overridable {
            return in_file;
        }
        let given = self.variables(key).find_map(|variable| {
            let text = self.source.environment.get(&variable)?;
            Some(Given { value: Value::String(text.to_owned()), variable: Some(variable) })
        });
        given.or(in_file)
    }

    fn refuse(&self, key: &str, given: &Given, message: String) {
        match &given.variable {
            Some(variable) => self.source.add(Problem { file: None, key: variable.clone(), message }),
            None => self.problem(key, message),
        }
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The variables that may set a key. One of the outermost table has no section: both spellings of that are taken.
    fn variables(&self, key: &str) -> impl Iterator<Item = String> {
        let bare = self.name.is_empty().then(|| format!("{PREFIX}_{}", key.to_uppercase()));
        std::iter::once(self.variable(key)).chain(bare)
    }

    fn variable(&self, key: &str) -> String {
        let key = key.to_uppercase();
        if self.name.is_empty() {
            format!("{PREFIX}{key}")
        } else {
            format!("{PREFIX}{}__{key}", self.name.to_uppercase())
        }
    }
}

fn as_whole(value: &Value, least: u64, most: u64) -> Option<u64> {
    u64::try_from(value.as_integer()?).ok().filter(|number| (least..=most).contains(number))
}

/// What a value is, without the value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// A value as an operator recognises it; never used for secrets.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        other => kind(other).to_owned(),
    }
}

//! The conditions of a query, checked and read once, then held against every record.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::Deserialize;

use super::query_options::spaced;
use crate::{
    domain::Timestamp,
    simulator::virtuous::{answer, call::loose_text, organisation::Organisation, switches::Operators},
    transport::Response,
};

/// Whether a value fulfils a condition.
pub(super) type Test<'a, T> = Box<dyn Fn(&T) -> bool + 'a>;

/// Conditions that must all hold.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    #[serde(default)]
    pub(super) conditions: Vec<Condition>,
}

/// One condition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Condition {
    #[serde(default)]
    pub(super) parameter: String,
    #[serde(default)]
    pub(super) operator: String,
    #[serde(default, deserialize_with = "loose_text")]
    pub(super) value: Option<String>,
    #[serde(default, deserialize_with = "loose_text")]
    secondary_value: Option<String>,
    #[serde(default)]
    values: Option<Vec<String>>,
}

/// Tests of groups: AND inside, OR between; no group means everything.
pub(super) struct Filter<'a, T>(Vec<Vec<Test<'a, T>>>);

impl<'a, T> Filter<'a, T> {
    /// Reads every condition; the first that is wrong refuses the query.
    pub(super) fn new(
        groups: &'a [Group],
        read: impl Fn(&'a Condition) -> Result<Test<'a, T>, Response>,
    ) -> Result<Self, Response> {
        let group = |group: &'a Group| group.conditions.iter().map(&read).collect();
        groups.iter().map(group).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn holds(&self, record: &T) -> bool {
        self.0.is_empty() || self.0.iter().any(|group| group.iter().all(|test| test(record)))
    }
}

impl Condition {
    /// The operator in PascalCase, if it is written as this organisation wants it.
    pub(super) fn operator(&self, style: Operators) -> Result<Cow<'_, str>, Response> {
        let has_space = self.operator.contains(' ');
        let one_word = self.operator.chars().skip(1).all(|letter| !letter.is_ascii_uppercase());
        let pascal: String = self.operator.split(' ').collect();
        let fits = match style {
            Operators::Pascal => !has_space,
            Operators::Spaced => one_word || (has_space && spaced(&pascal) == self.operator),
            Operators::Both => true,
        };
        if !fits {
            return Err(self.refused());
        }
        Ok(if has_space { Cow::Owned(pascal) } else { Cow::Borrowed(&self.operator) })
    }

    pub(super) fn refused(&self) -> Response {
        answer::bad_request(&format!(
            "The operator {:?} is not valid for {:?}.",
            self.operator, self.parameter
        ))
    }

    pub(super) fn unknown(&self) -> Response {
        answer::bad_request(&format!("The query parameter {:?} is not valid.", self.parameter))
    }

    fn value(&self) -> Result<&str, Response> {
        self.value.as_deref().ok_or_else(|| answer::bad_request("A value is required."))
    }

    /// The values of `In` and its kin: the list, or one value.
    pub(super) fn listed(&self) -> Vec<&str> {
        let listed = self.values.as_deref().unwrap_or_default();
        if listed.is_empty() {
            self.value.as_deref().into_iter().collect()
        } else {
            listed.iter().map(String::as_str).collect()
        }
    }

    fn ordered<T: PartialOrd + 'static>(
        &self,
        style: Operators,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Test<'static, T>, Response> {
        let parsed = |text: &str| {
            read(text).ok_or_else(|| answer::bad_request(&format!("The value {text:?} is not valid.")))
        };
        let operator = self.operator(style)?;
        if matches!(&*operator, "In" | "NotIn") {
            let values: Vec<T> = self.listed().into_iter().map(parsed).collect::<Result<_, _>>()?;
            let inside = operator == "In";
            return Ok(Box::new(move |found| values.contains(found) == inside));
        }
        let wanted = parsed(self.value()?)?;
        Ok(match &*operator {
            "Is" => Box::new(move |found| *found == wanted),
            "IsNot" => Box::new(move |found| *found != wanted),
            "LessThan" | "Before" => Box::new(move |found| *found < wanted),
            "LessThanOrEqual" | "OnOrBefore" => Box::new(move |found| *found <= wanted),
            "GreaterThan" | "After" => Box::new(move |found| *found > wanted),
            "GreaterThanOrEqual" | "OnOrAfter" => Box::new(move |found| *found >= wanted),
            "Between" => {
                let until = parsed(self.secondary_value.as_deref().unwrap_or_default())?;
                Box::new(move |found| *found >= wanted && *found <= until)
            }
            _ => return Err(self.refused()),
        })
    }

    /// A whole number.
    pub(super) fn number(&self, organisation: &Organisation) -> Result<Test<'static, i64>, Response> {
        self.ordered(organisation.switches.operators, |text| text.trim().parse().ok())
    }

    /// A date: whole days in the organisation's zone, or the moment by switch. A date-time that is sent while days
    /// are compared is cut to its day in that zone.
    pub(super) fn date<'a>(&self, organisation: &'a Organisation) -> Result<Test<'a, Timestamp>, Response> {
        let style = organisation.switches.operators;
        if organisation.switches.exact_dates {
            return self.ordered(style, Timestamp::parse).map(|test| test as Test<'a, Timestamp>);
        }
        let test = self.ordered(style, |text| {
            let bare = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
            bare.or_else(|| Timestamp::parse(text).map(|at| organisation.local_date(at)))
        })?;
        Ok(Box::new(move |found| test(&organisation.local_date(*found))))
    }

    /// Texts, ignoring case: whether any of a record's fulfils the condition.
    pub(super) fn text(&self, organisation: &Organisation) -> Result<TextTest, Response> {
        let operator = self.operator(organisation.switches.operators)?;
        let test: fn(&str, &str) -> bool = match &*operator {
            "IsKnown" => return Ok(TextTest::Known(true)),
            "IsNotKnown" => return Ok(TextTest::Known(false)),
            "Is" => |text, wanted| text == wanted,
            "Contains" => |text, wanted| text.contains(wanted),
            "StartsWith" => |text, wanted| text.starts_with(wanted),
            "EndsWith" => |text, wanted| text.ends_with(wanted),
            _ => return Err(self.refused()),
        };
        Ok(TextTest::Like(self.value()?.trim().to_lowercase(), test))
    }
}

/// A test of texts.
pub(super) enum TextTest {
    Known(bool),
    Like(String, fn(&str, &str) -> bool),
}

impl TextTest {
    pub(super) fn any<'a>(&self, mut texts: impl Iterator<Item = &'a str>) -> bool {
        match self {
            Self::Known(known) => texts.any(|text| !text.is_empty()) == *known,
            Self::Like(wanted, test) => texts.any(|text| test(&text.to_lowercase(), wanted)),
        }
    }

    pub(super) fn one(&self, text: &str) -> bool {
        self.any(std::iter::once(text))
    }
}

//! From an answer's JSON back to the text for people, so that it is the same whoever answered.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Ask, apply::Applied, check::Check, contact::Contact, customers, decide, import::ImportStatus,
    plan::PlanView, reconcile::ReadingView, work,
};

/// The text form of the answer to a question; an answer of another version of Tandem is shown as it is.
#[must_use]
pub fn text(ask: &Ask, value: &Value) -> String {
    let text = match ask {
        Ask::Check => as_text::<Check>(value),
        Ask::Apply => as_text::<Applied>(value),
        Ask::Customers => as_text::<customers::CustomersView>(value),
        Ask::Customer(_) | Ask::Pause(_) | Ask::Resume(_) => as_text::<customers::CustomerView>(value),
        Ask::Remove(id) => Some(format!("removed {id}\n")),
        Ask::Link(_) => value["url"].as_str().map(|url| format!("{url}\n")),
        Ask::Plan(_) => as_text::<PlanView>(value),
        Ask::Import(..) => as_text::<ImportStatus>(value),
        Ask::Reconcile(_) => as_text::<ReadingView>(value),
        Ask::Contact(..) => as_text::<Contact>(value),
        Ask::Work(_) => as_text::<work::WorkView>(value),
        Ask::Decide(..) => as_text::<decide::Decided>(value),
        Ask::Inspect => value["text"].as_str().map(str::to_owned),
    };
    text.unwrap_or_else(|| format!("{value:#}\n"))
}

fn as_text<T: DeserializeOwned + Display>(value: &Value) -> Option<String> {
    serde_json::from_value::<T>(value.clone()).ok().map(|value| value.to_string())
}

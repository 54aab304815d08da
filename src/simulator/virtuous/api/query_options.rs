//! `Contact/QueryOptions`: which parameters and operators a query may use (section 4.4).

use serde_json::{Value, json};

use crate::simulator::virtuous::{
    answer::{self, Outcome},
    call::Call,
    organisation::Organisation,
    switches::Operators,
};

/// The operators of dates, numbers, addresses and sets.
pub(super) const DATES: &[&str] = &[
    "Is",
    "Before",
    "After",
    "OnOrBefore",
    "OnOrAfter",
    "LessThan",
    "LessThanOrEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "Between",
];
pub(super) const NUMBERS: &[&str] = &[
    "Is",
    "IsNot",
    "LessThan",
    "LessThanOrEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "Between",
    "In",
    "NotIn",
];
pub(super) const TEXTS: &[&str] = &["Is", "IsKnown", "IsNotKnown", "Contains", "StartsWith", "EndsWith"];
pub(super) const SETS: &[&str] = &["In", "NotIn", "Is", "IsAnyOf", "IsNoneOf"];

/// The parameters that are understood.
pub(super) const PARAMETERS: &[(&str, &str, &[&str])] = &[
    ("Contact Id", "Int", NUMBERS),
    ("Contact Name", "String", TEXTS),
    ("Email Address", "String", TEXTS),
    ("Last Modified Date", "Date", DATES),
    ("Create Date", "Date", DATES),
    ("Tags", "List", SETS),
];

/// `OnOrAfter` as `On Or After`.
pub(super) fn spaced(operator: &str) -> String {
    let mut text = String::with_capacity(operator.len() + 3);
    for (at, letter) in operator.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

pub(super) fn contact(organisation: &mut Organisation, _: &Call<'_>) -> Outcome {
    let write = |operator: &&str| -> Value {
        let name = match organisation.switches.operators {
            Operators::Spaced => spaced(operator),
            Operators::Pascal | Operators::Both => (*operator).to_owned(),
        };
        let many = matches!(*operator, "In" | "NotIn" | "IsAnyOf" | "IsNoneOf");
        let needed = !matches!(*operator, "IsKnown" | "IsNotKnown");
        json!({"operator": name, "multipleValuesAllowed": many, "valueRequired": needed})
    };
    let option = |(parameter, kind, operators): &(&str, &str, &[&str])| {
        let operators: Vec<_> = operators.iter().map(write).collect();
        json!({"parameter": parameter, "type": kind, "operatorOptions": operators, "valueOptions": []})
    };
    let options: Vec<_> = PARAMETERS.iter().map(option).collect();
    answer::ok(&json!({"options": options, "operatorOptions": []}))
}

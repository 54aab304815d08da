//! How this organisation spells its queries: parameters and operators differ between documentation, recordings and live
//! organisations, so they are taken from `Contact/QueryOptions` (reference/virtuous.md 4.4, 14.5).

use serde_json::Value;

use super::wire::name_of;
use crate::domain::reference_data::QueryTerms;

const MODIFIED: &[&str] = &["lastmodifieddate", "lastmodifieddatetime", "lastmodified", "modifieddate"];
/// Operators for "on or after" first: a strict one costs a day more of reading.
const SINCE: &[&str] = &[
    "onorafter",
    "isonorafter",
    "greaterthanorequal",
    "isgreaterthanorequal",
    "greaterthanorequalto",
    "after",
    "isafter",
    "greaterthan",
    "isgreaterthan",
];
const CONTACT_ID: &[&str] = &["contactid", "id"];
const ABOVE: &[&str] = &["greaterthan", "isgreaterthan", "greaterthanorequal", "isgreaterthanorequal"];
const EMAIL: &[&str] = &["emailaddress", "email"];
const EQUALS: &[&str] = &["is", "equals", "equal", "isequalto"];

/// Whether an operator leaves out the value itself: `After`, `Greater Than` and the like. A query with one for a date
/// has to go one day further back ([`super::Client::query_full`] does so by itself).
#[must_use]
pub fn is_strict(operator: &str) -> bool {
    matches!(plain(operator).as_str(), "after" | "isafter" | "greaterthan" | "isgreaterthan")
}

/// Chooses the terms from the answer of `Contact/QueryOptions`; a question without a fitting parameter and operator is
/// `None`. Names are compared without case, blanks and punctuation, and kept as the organisation spells them.
#[must_use]
pub fn choose(options: &Value) -> QueryTerms {
    let all: Vec<Offer> = options
        .get("options")
        .or(Some(options))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|option| Offer::of(option, options))
        .collect();
    let find = |parameters: &[&str], operators: &[&str]| {
        parameters.iter().find_map(|wanted| {
            let offer = all.iter().find(|offer| plain(&offer.parameter) == *wanted)?;
            let operator = operators
                .iter()
                .find_map(|wanted| offer.operators.iter().find(|name| plain(name) == *wanted))?;
            Some((offer.parameter.clone(), operator.clone()))
        })
    };
    QueryTerms {
        modified_since: find(MODIFIED, SINCE),
        id_above: find(CONTACT_ID, ABOVE),
        email_is: find(EMAIL, EQUALS),
    }
}

struct Offer {
    parameter: String,
    operators: Vec<String>,
}

impl Offer {
    /// An option's own operators; where it lists none, those of the whole answer.
    fn of(option: &Value, whole: &Value) -> Option<Self> {
        let names = |from: &Value| -> Vec<String> {
            let list = from.get("operatorOptions").and_then(Value::as_array);
            list.into_iter()
                .flatten()
                .filter_map(|one| name_of(one, &["operator", "name", "value"]))
                .collect()
        };
        let mut operators = names(option);
        if operators.is_empty() {
            operators = names(whole);
        }
        Some(Self { parameter: name_of(option, &["parameter", "name"])?, operators })
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::virtuous::script::any_json;

    fn options(operators: &[&str]) -> Value {
        let operators: Vec<_> = operators.iter().map(|name| json!({"operator": name})).collect();
        json!({"options": [
            {"parameter": "Last Modified Date", "type": "Date", "operatorOptions": operators},
            {"parameter": "Contact Id", "type": "Int", "operatorOptions": [{"operator": "GreaterThan"}]},
            {"parameter": "Email Address", "operatorOptions": ["Contains", "Is"]},
        ]})
    }

    #[test]
    fn the_best_operator_is_chosen() {
        let check = |offered: &[&str], expect: Option<&str>| {
            let terms = choose(&options(offered));
            assert_eq!(
                terms.modified_since.as_ref().map(|(_, operator)| operator.as_str()),
                expect,
                "{offered:?}"
            );
            assert_eq!(terms.id_above, Some(("Contact Id".to_owned(), "GreaterThan".to_owned())));
            assert_eq!(terms.email_is, Some(("Email Address".to_owned(), "Is".to_owned())));
        };
        check(&["After", "OnOrAfter", "Before"], Some("OnOrAfter"));
        check(&["LessThan", "GreaterThan", "GreaterThanOrEqual"], Some("GreaterThanOrEqual"));
        check(&["Is After", "Is Before"], Some("Is After"));
        check(&["Is", "LessThan"], None);
    }

    #[test]
    fn spelling_is_tolerated() {
        let terms =
            choose(&json!([{"parameter": "last modified  date", "operatorOptions": ["on or after"]}]));
        assert_eq!(terms.modified_since, Some(("last modified  date".to_owned(), "on or after".to_owned())));
        let shared = json!({"options": [{"parameter": "Contact Id"}],
            "operatorOptions": [{"operator": "GreaterThan"}]});
        assert!(choose(&shared).id_above.is_some());
    }

    #[test]
    fn strict_operators_are_known() {
        for strict in ["After", "Is After", "GreaterThan", "Greater Than"] {
            assert!(is_strict(strict), "{strict}");
        }
        for not in ["OnOrAfter", "GreaterThanOrEqual", "Is", "Between"] {
            assert!(!is_strict(not), "{not}");
        }
    }

    proptest! {
        #[test]
        fn no_options_panic(value in any_json()) {
            let _ = choose(&value);
        }
    }
}

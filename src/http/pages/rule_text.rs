//! What a rule says, in plain words, to stand behind a click beside its number.

use super::prose::Prose;
use crate::domain::{Rule, explained::explain};

/// What a rule says.
#[must_use]
pub fn of(rule: Rule) -> Prose {
    Prose::of(explain(rule.as_str()).map_or("", |known| known.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_text() {
        for rule in Rule::ALL {
            assert!(of(*rule).to_string().len() > 30, "{rule}");
        }
    }
}

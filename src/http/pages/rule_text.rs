//! What a rule says, from the page of rules, to stand behind a click beside its number.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::domain::Rule;

static TEXTS: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    let rows = include_str!("../../../docs/RULES.md").lines().filter_map(|line| line.strip_prefix("| **"));
    rows.filter_map(|row| {
        let (number, rest) = row.split_once("** |")?;
        let (text, _) = rest.rsplit_once('|')?;
        let text = text.trim().rsplit_once('|').map_or(text, |(text, _)| text);
        Some((number, text.trim().replace("**", "")))
    })
    .collect()
});

/// What a rule says.
#[must_use]
pub fn of(rule: Rule) -> &'static str {
    TEXTS.get(rule.as_str()).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_text() {
        for rule in Rule::ALL {
            let text = of(*rule);
            assert!(text.len() > 30 && !text.contains('|'), "{rule}: {text:?}");
        }
        assert!(of(Rule::P3).starts_with("Opting in again needs proof"), "{}", of(Rule::P3));
    }
}

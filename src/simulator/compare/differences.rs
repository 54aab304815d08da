//! The whole comparison, from two systems to what does not agree.

use std::collections::{HashMap, HashSet};

use super::{CompareRules, Comparison, VirtuousSnapshot, check::Check, index::Index, tags};
use crate::simulator::{Simulator, constant_contact::Account};

/// Compares an account with an organisation; none if either is unknown. With a `baseline`, also whether anything was
/// deleted or changed in Virtuous that is not Tandem's.
#[must_use]
pub fn differences(
    simulator: &Simulator,
    account: &str,
    organisation: &str,
    rules: &CompareRules,
    baseline: Option<&VirtuousSnapshot>,
) -> Option<Comparison> {
    let account = simulator.constant_contact.account(account)?;
    let organisation = simulator.virtuous.organisation(organisation)?;
    let mut check = Check {
        account,
        organisation,
        rules,
        index: Index::new(organisation, &rules.reference_source),
        living: living_addresses(account),
        found: Comparison::default(),
        linked: HashMap::new(),
    };
    for contact in account.roster.iter() {
        check.contact(contact);
    }
    tags::compare(&mut check);
    if let Some(baseline) = baseline {
        baseline.compare(organisation, rules, &mut check.found);
    }
    Some(check.found)
}

fn living_addresses(account: &Account) -> HashSet<String> {
    let living = account.roster.iter().filter(|contact| contact.deleted_at.is_none());
    living.filter_map(|contact| contact.email.as_ref()).map(|email| email.address.to_lowercase()).collect()
}

//! What a reading shows to differ from what was known, by facet, for whole readings (V2).

use crate::domain::{CcView, Person, VirtuousView, email_key, reading::Drift};

use super::capture::changed_facets;

/// Between two views of Constant Contact.
#[must_use]
pub fn of_cc(known: &CcView, read: &CcView) -> Drift {
    let changed = changed_facets(known, read);
    let any = |names: &[&str]| u64::from(names.iter().any(|name| changed.contains(name)));
    Drift {
        consent: any(&["consent", "bounce"]),
        email: any(&["email"]),
        segments: any(&["lists", "tags"]),
        fields: any(&["fields"]),
        other: any(&["deletion", "profile"]),
    }
}

/// Between two views of Virtuous. A subscriber that was not linked, or is linked to another contact now, counts as `other`.
#[must_use]
pub fn of_virtuous(known: &VirtuousView, read: &VirtuousView) -> Drift {
    let (VirtuousView::Linked(known), VirtuousView::Linked(read)) = (known, read) else {
        return Drift { other: u64::from(known != read), ..Drift::default() };
    };
    let addresses = |person: &Person| {
        let mut all: Vec<_> =
            person.reached(false).map(|method| (method.id.0, email_key(&method.value))).collect();
        all.sort();
        all
    };
    let opt_ins = |person: &Person| {
        let mut all: Vec<_> = person.reached(false).map(|method| (method.id.0, method.opted_in)).collect();
        all.sort_unstable();
        all
    };
    let others = |person: &Person| {
        let Person { contact, individual, has_reference, merged_into, .. } = person;
        (*contact, *individual, *has_reference, person.is_restricted(), *merged_into)
    };
    // A method that came or went is another address, not another opt-in.
    let same_methods = addresses(known) == addresses(read);
    Drift {
        consent: u64::from(same_methods && opt_ins(known) != opt_ins(read)),
        email: u64::from(!same_methods),
        segments: u64::from(known.tags != read.tags),
        fields: u64::from(known.fields != read.fields),
        other: u64::from(others(known) != others(read)),
    }
}

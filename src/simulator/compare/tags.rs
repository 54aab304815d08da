//! S1 to S4, I4: a household's `CC:` tags are the lists of its linked subscribers together.

use std::collections::BTreeSet;

use super::check::Check;

pub(super) fn compare(check: &mut Check<'_>) {
    let prefix = check.rules.tag_prefix.as_str();
    let tag_of = |name: &str| format!("{prefix}{name}");
    // Every name that marks a tag as owned: lists that are, were deleted, or were called otherwise.
    let owned: BTreeSet<String> = check
        .account
        .lists
        .iter()
        .map(|list| tag_of(&list.name))
        .chain(check.rules.former_lists.iter().map(|name| tag_of(name)))
        .collect();
    let selected = |name: &str, id: String| {
        check.rules.only_lists.is_empty()
            || check.rules.only_lists.iter().any(|only| only == name || *only == id)
    };
    let defined = |name: &str| check.organisation.tags().iter().filter(|tag| *tag.name == *name).count();
    let mut holders: Vec<_> = check.linked.iter().collect();
    holders.sort_by_key(|(id, _)| **id);
    let mut wrong = Vec::new();
    let (mut waiting, mut review) = (0, 0);
    for (id, people) in holders {
        let Some(contact) = check.organisation.book.contact(*id) else { continue };
        let expected: BTreeSet<String> = people
            .iter()
            .flat_map(|person| &person.lists)
            .filter_map(|list| check.account.list(*list))
            .filter(|list| list.deleted_at.is_none() && selected(&list.name, list.list_id.to_string()))
            .map(|list| tag_of(&list.name))
            .collect();
        let found: BTreeSet<String> = check
            .organisation
            .tag_names(&contact.tags)
            .filter(|name| owned.contains(*name))
            .map(str::to_owned)
            .collect();
        let mut missing = Vec::new();
        for name in expected.difference(&found) {
            match defined(name) {
                0 => waiting += 1,
                1 => missing.push(name.as_str()),
                _ => review += 1,
            }
        }
        // Deleted in Constant Contact, the contact is left as it is (D1).
        let gone = people.iter().all(|person| person.deleted_at.is_some());
        let surplus: Vec<&str> = found.difference(&expected).map(String::as_str).filter(|_| !gone).collect();
        if let (Some(first), false) = (people.first(), missing.is_empty() && surplus.is_empty()) {
            let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join("; ");
            wrong.push((first.id, list(&expected), list(&found)));
        }
    }
    check.found.waiting_tags += waiting;
    check.found.review += review;
    for (id, expected, found) in wrong {
        check.found.differ(id, "segments", expected, found);
    }
}

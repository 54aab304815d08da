//! The segments facet: list memberships and the tags that stand for them (S1 to S4, I4).

use std::collections::BTreeSet;

use crate::domain::{
    Cause, CcView, CustomerRules, Effect, ListId, Membership, Person, Reason, Rule, SegmentKey, Subject,
    book::TagLookup,
};

use super::{Household, Mapping};

/// What is to become of the tags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// What to write, adds before removals (S3).
    pub effects: Vec<(Effect, Reason)>,
    /// Segments agreed on now.
    pub agreed: Vec<(SegmentKey, String)>,
    /// What waits or was noticed.
    pub remarks: Vec<Reason>,
    /// Names of tags that are wanted and do not exist (S4).
    pub missing: Vec<String>,
}

/// The segments that Constant Contact says the subscriber is in.
#[must_use]
pub fn memberships(cc: &CcView, rules: &CustomerRules) -> BTreeSet<SegmentKey> {
    if cc.deletion.is_some() {
        return BTreeSet::new();
    }
    let lists = cc.lists.iter().cloned().map(SegmentKey::List);
    let tags = cc.tags.iter().filter(|_| rules.cc_tags).cloned().map(SegmentKey::Tag);
    lists.chain(tags).collect()
}

/// Whether staff of Virtuous may change memberships of this subscriber (S5).
#[must_use]
pub fn staff_may_change(subject: &Subject, rules: &CustomerRules) -> bool {
    rules.two_way
        && subject.cc.deletion.is_none()
        && subject.cc.permission != crate::domain::Permission::Unsubscribed
}

/// Whether nothing of the contact's tags was looked at yet, so that what is on it is nobody's word: at first connect, and when
/// an import has just put them on.
#[must_use]
pub fn is_first_look(subject: &Subject) -> bool {
    subject.base.consent.is_none() && (subject.base.email.is_none() || subject.fresh_since.is_some())
}

/// Keeps tags that a reading newly shows while it is unknown whether an earlier write arrived: they are Tandem's, or else they
/// would be taken for what staff put on (S2, S5).
pub fn own_new_tags(subject: &mut Subject, person: &Person, mapping: &Mapping) {
    if subject.virtuous.linked().is_some_and(|known| known.contact == person.contact) {
        own_tags(subject, &person.tags, mapping);
    }
}

/// Makes tags Tandem's that stand for a list or tag of Constant Contact and that the contact was not seen with yet (S2).
pub fn own_tags(subject: &mut Subject, names: &[String], mapping: &Mapping) {
    let shown = subject.virtuous.linked().map(|known| known.tags.clone()).unwrap_or_default();
    for name in names.iter().filter(|name| !shown.contains(name)) {
        let is_known = subject.base.segments.iter().any(|(_, known)| known == name);
        if let (Some(segment), false) = (mapping.by_name.get(name), is_known) {
            subject.base.segments.push((segment.clone(), name.clone()));
        }
    }
    subject.base.segments.sort();
}

/// Decides the tags for a linked subscriber.
#[must_use]
pub fn decide(
    subject: &Subject,
    person: &Person,
    mapping: &Mapping,
    household: &Household,
    rules: &CustomerRules,
) -> Decision {
    let mut decision = Decision::default();
    let wanted = memberships(&subject.cc, rules);
    let has = |name: &str| person.tags.iter().any(|tag| tag == name);
    let agreed = |segment: &SegmentKey, name: &str| {
        subject.base.segments.iter().any(|(key, known)| key == segment && known == name)
    };
    let former_names = |segment: &SegmentKey, now: &str| -> Vec<(SegmentKey, String)> {
        let former = |(key, name): &&(SegmentKey, String)| key == segment && name != now && has(name);
        subject.base.segments.iter().filter(former).cloned().collect()
    };

    let mut leaves = Vec::new();
    for segment in &wanted {
        let Some(tag) = mapping.tags.get(segment) else { continue };
        let add = |reason| {
            let (contact, name) = (person.contact, tag.name.clone());
            match tag.lookup {
                TagLookup::One(id) => {
                    Ok((Effect::AddTag { contact, tag: id, name, segment: segment.clone() }, reason))
                }
                TagLookup::Missing => Err(Reason::about(Rule::S4, Cause::TagMissing, name)),
                TagLookup::Several => Err(Reason::about(Rule::S4, Cause::TagTwice, name)),
            }
        };
        if has(&tag.name) {
            decision.agreed.push((segment.clone(), tag.name.clone()));
            continue;
        }
        if let SegmentKey::List(list) = segment
            && agreed(segment, &tag.name)
            && staff_may_change(subject, rules)
            && matches!(tag.lookup, TagLookup::One(_))
        {
            // It was on, under this very name, which is there still, and is off: staff took it off (S5).
            decision.agreed.push((segment.clone(), tag.name.clone()));
            leaves.push((list.clone(), tag.name.clone()));
            continue;
        }
        // The old name stays on, and stays Tandem's, until the new one is on (S3).
        let former = former_names(segment, &tag.name);
        let (rule, cause) =
            if former.is_empty() { (Rule::S1, Cause::OnList) } else { (Rule::S3, Cause::ListRenamed) };
        decision.agreed.extend(former);
        match add(Reason::about(rule, cause, tag.name.clone())) {
            Ok(effect) => decision.effects.push(effect),
            Err(waits) => {
                if waits.cause == Cause::TagMissing {
                    decision.missing.push(tag.name.clone());
                }
                decision.remarks.push(waits);
            }
        }
    }
    let joins = remove(subject, person, mapping, household, rules, &wanted, &mut decision);
    // One direction at a time; the other follows when this one is done.
    let change = if leaves.is_empty() { (Membership::Join, joins) } else { (Membership::Leave, leaves) };
    decision.effects.extend(by_staff(change));
    decision.agreed.sort();
    decision.agreed.dedup();
    decision
}

/// The change of lists that staff's tags ask for, if any.
fn by_staff((membership, tagged): (Membership, Vec<(ListId, String)>)) -> Option<(Effect, Reason)> {
    let (lists, names): (Vec<_>, Vec<_>) = tagged.into_iter().unzip();
    let reason = Reason::about(Rule::S5, Cause::TagByStaff, names.join(", "));
    (!lists.is_empty()).then_some((Effect::ChangeLists { membership, lists }, reason))
}

/// Finds the tags to take off: what Tandem put on and is no longer meant, and at first connect what carries the prefix
/// and name of a mapped list that the subscriber is not on (S2: CC wins where nothing was agreed yet). Gives the lists whose
/// tags staff have put on since (S5).
fn remove(
    subject: &Subject,
    person: &Person,
    mapping: &Mapping,
    household: &Household,
    rules: &CustomerRules,
    wanted: &BTreeSet<SegmentKey>,
    decision: &mut Decision,
) -> Vec<(ListId, String)> {
    let mut joins = Vec::new();
    let first_look = is_first_look(subject);
    let owned = |name: &str| subject.base.segments.iter().find(|(_, tag)| tag == name).map(|(key, _)| key);
    for name in &person.tags {
        let segment = owned(name).or_else(|| mapping.by_name.get(name));
        let Some(segment) = segment else { continue };
        let current = mapping.tags.get(segment).map(|tag| tag.name.as_str());
        // Two lists may have one name, and so one tag: it is meant as long as either is.
        let still_meant =
            wanted.iter().filter_map(|segment| mapping.tags.get(segment)).any(|tag| tag.name == *name);
        // The old name of a renamed list goes only once the new one is on (S3).
        let awaits_new_name = wanted.contains(segment)
            && current.is_some_and(|current| !person.tags.iter().any(|t| t == current));
        let was_agreed = owned(name).is_some();
        // A list that was deleted is nobody's any more, even where the other was not read again since (S3).
        let by_household = household
            .segments
            .iter()
            .any(|key| mapping.tags.get(key).is_some_and(|tag| key == segment || tag.name == *name));
        if still_meant || awaits_new_name || by_household {
            if was_agreed {
                // I4: on for another of the household, it stays Tandem's.
                decision.agreed.push((segment.clone(), name.clone()));
            }
            continue;
        }
        let by_staff = !was_agreed && !first_look && rules.two_way && matches!(segment, SegmentKey::List(_));
        if by_staff && household.owned.contains(name) {
            // Put on for another of the household, whose part it is to take it off (I4).
            continue;
        }
        if let SegmentKey::List(list) = segment
            && by_staff
            && current == Some(name)
            && staff_may_change(subject, rules)
        {
            // The household has the tag, so that one of it joins (I4).
            if household.joins {
                joins.push((list.clone(), name.clone()));
            }
            continue;
        }
        let (rule, cause) = match (mapping.tags.contains_key(segment), wanted.contains(segment)) {
            (true, true) => (Rule::S3, Cause::ListRenamed),
            // Never for somebody who is unsubscribed or deleted.
            (true, false) if by_staff => (Rule::S5, Cause::OppositeChanges),
            (true, false) => (Rule::S1, Cause::OffList),
            (false, _) => (Rule::S3, Cause::ListDeleted),
        };
        let effect =
            Effect::RemoveTag { contact: person.contact, name: name.clone(), segment: segment.clone() };
        decision.effects.push((effect, Reason::about(rule, cause, name.clone())));
        if cause != Cause::OppositeChanges {
            // It stays Tandem's until it is off, or else a failed call would leave it behind as if staff had put it on.
            decision.agreed.push((segment.clone(), name.clone()));
        }
    }
    joins
}

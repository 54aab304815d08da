//! The tags of a linked subscriber: each wanted segment and each carried tag asks for its part, and the parts are one decision
//! (S1 to S5, I4).

use std::collections::BTreeSet;

use crate::domain::{
    Cause, CustomerRules, Effect, ListId, Membership, Person, Reason, Rule, SegmentKey, Subject,
    reference_data::TagLookup,
};

use super::{
    Household, Mapping,
    mapping::MappedTag,
    segments::{is_first_look, memberships, staff_may_change},
    tag_ids,
};

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

/// Decides the tags for a linked subscriber.
#[must_use]
pub fn decide(
    subject: &Subject,
    person: &Person,
    mapping: &Mapping,
    household: &Household,
    rules: &CustomerRules,
) -> Decision {
    let wanted = memberships(&subject.cc, rules);
    let views = Views { subject, person, mapping, household, rules, wanted };
    let wanted = views.wanted.iter().filter_map(|segment| views.of_wanted(segment));
    let carried = person.tags.iter().filter_map(|name| views.of_carried(name));
    put_together(wanted.chain(carried))
}

/// What a tag is decided from.
struct Views<'a> {
    subject: &'a Subject,
    person: &'a Person,
    mapping: &'a Mapping,
    household: &'a Household,
    rules: &'a CustomerRules,
    /// The segments that Constant Contact says the subscriber is in.
    wanted: BTreeSet<SegmentKey>,
}

/// What one wanted segment or one carried tag asks for.
#[derive(Debug, Default)]
struct Part {
    agreed: Option<(SegmentKey, String)>,
    /// Former names that stay Tandem's (S3).
    former: Vec<(SegmentKey, String)>,
    effect: Option<(Effect, Reason)>,
    remark: Option<Reason>,
    missing: Option<String>,
    /// The list that staff join or leave by the tag of this name (S5).
    by_staff: Option<(Membership, ListId, String)>,
}

impl Part {
    fn agrees(segment: &SegmentKey, name: &str) -> Self {
        Self { agreed: Some((segment.clone(), name.to_owned())), ..Self::default() }
    }
}

impl Views<'_> {
    /// The part of a segment that the subscriber is in; `None` if no tag stands for the segment.
    fn of_wanted(&self, segment: &SegmentKey) -> Option<Part> {
        let tag = self.mapping.tags.get(segment)?;
        if self.carries(&tag.name) {
            return Some(Part::agrees(segment, &tag.name));
        }
        if let SegmentKey::List(list) = segment
            && self.is_taken_off_by_staff(segment, tag)
        {
            let by_staff = Some((Membership::Leave, list.clone(), tag.name.clone()));
            return Some(Part { by_staff, ..Part::agrees(segment, &tag.name) });
        }
        Some(self.put_on(segment, tag))
    }

    /// The tag was on under its present name, still exists, and is off: staff took the tag off (S5).
    fn is_taken_off_by_staff(&self, segment: &SegmentKey, tag: &MappedTag) -> bool {
        self.subject.base.segments.iter().any(|(key, name)| key == segment && *name == tag.name)
            && staff_may_change(self.subject, self.rules)
            && tag_ids::is_agreed(&self.subject.base.tag_ids, tag)
    }

    /// Puts the tag on. Former names stay on, and stay Tandem's, until the new one is on (S3).
    fn put_on(&self, segment: &SegmentKey, tag: &MappedTag) -> Part {
        let name = tag.name.clone();
        let is_former =
            |(key, tag): &&(SegmentKey, String)| key == segment && *tag != name && self.carries(tag);
        let former: Vec<_> = self.subject.base.segments.iter().filter(is_former).cloned().collect();
        let (rule, cause) =
            if former.is_empty() { (Rule::S1, Cause::OnList) } else { (Rule::S3, Cause::ListRenamed) };
        let waits = |cause| Some(Reason::about(Rule::S4, cause, name.clone()));
        match tag.lookup {
            TagLookup::One(id) => {
                let reason = Reason::about(rule, cause, name.clone());
                let (contact, segment) = (self.person.contact, segment.clone());
                let effect = Some((Effect::AddTag { contact, tag: id, name, segment }, reason));
                Part { former, effect, ..Part::default() }
            }
            TagLookup::Missing => {
                let remark = waits(Cause::TagMissing);
                Part { former, remark, missing: Some(name), ..Part::default() }
            }
            TagLookup::Several => Part { former, remark: waits(Cause::TagTwice), ..Part::default() },
        }
    }

    /// The part of a tag that the contact carries; `None` if the tag is none of Tandem's business. Where nothing was agreed yet,
    /// the prefix and name of a mapped list are Tandem's too: Constant Contact wins (S2).
    fn of_carried(&self, name: &str) -> Option<Part> {
        let owner = self.subject.base.segments.iter().find(|(_, tag)| tag == name).map(|(key, _)| key);
        let segment = owner.or_else(|| self.mapping.by_name.get(name))?;
        if self.stays_on(segment, name) {
            // Tandem's tag stays Tandem's, though it is on for another member of the household (I4).
            return owner.is_some().then(|| Part::agrees(segment, name));
        }
        let SegmentKey::List(list) = segment else { return Some(self.take_off(segment, name, false)) };
        let by_staff = owner.is_none() && self.rules.two_way && !is_first_look(self.subject);
        if !by_staff {
            return Some(self.take_off(segment, name, false));
        }
        if self.household.owned.contains(name) {
            // The tag was put on for another member of the household, whose plan takes it off (I4).
            return None;
        }
        if self.current_name(segment) == Some(name) && staff_may_change(self.subject, self.rules) {
            // The household has the tag, so that one of its members joins (I4).
            let by_staff = Some((Membership::Join, list.clone(), name.to_owned()));
            return self.household.joins.then(|| Part { by_staff, ..Part::default() });
        }
        Some(self.take_off(segment, name, true))
    }

    /// Whether the tag is still meant, for this subscriber or for the household.
    fn stays_on(&self, segment: &SegmentKey, name: &str) -> bool {
        // Two lists of one name share a tag, which is meant as long as either is (S3).
        let is_meant = self.wanted.iter().any(|key| self.current_name(key) == Some(name));
        // The old name of a renamed list goes only once the new one is on (S3).
        let awaits_new_name = self.wanted.contains(segment)
            && self.current_name(segment).is_some_and(|current| !self.carries(current));
        // A deleted list is meant for no household, even where the other subscriber was not read again since; and the old name of a
        // renamed one for none that has the new one (S3).
        let is_theirs = |key: &SegmentKey| {
            let current = self.current_name(key);
            current.is_some_and(|current| current == name || key == segment && !self.carries(current))
        };
        let by_household = self.household.segments.iter().any(is_theirs);
        is_meant || awaits_new_name || by_household
    }

    fn take_off(&self, segment: &SegmentKey, name: &str, by_staff: bool) -> Part {
        let (rule, cause) = match (self.mapping.tags.contains_key(segment), self.wanted.contains(segment)) {
            (true, true) => (Rule::S3, Cause::ListRenamed),
            // Staff join no subscriber who is unsubscribed or deleted (S5).
            (true, false) if by_staff => (Rule::S5, Cause::OppositeChanges),
            (true, false) => (Rule::S1, Cause::OffList),
            (false, _) => (Rule::S3, Cause::ListDeleted),
        };
        let effect = Effect::RemoveTag {
            contact: self.person.contact,
            name: name.to_owned(),
            segment: segment.clone(),
        };
        let effect = Some((effect, Reason::about(rule, cause, name)));
        if cause == Cause::OppositeChanges {
            return Part { effect, ..Part::default() };
        }
        // The tag stays Tandem's until it is off: after a failed call it would look as if staff had put it on (S2).
        Part { effect, ..Part::agrees(segment, name) }
    }

    fn carries(&self, name: &str) -> bool {
        self.person.tags.iter().any(|tag| tag == name)
    }

    fn current_name(&self, segment: &SegmentKey) -> Option<&str> {
        self.mapping.tags.get(segment).map(|tag| tag.name.as_str())
    }
}

fn put_together(parts: impl Iterator<Item = Part>) -> Decision {
    let (mut decision, mut by_staff) = (Decision::default(), Vec::new());
    for part in parts {
        decision.agreed.extend(part.agreed);
        decision.agreed.extend(part.former);
        decision.effects.extend(part.effect);
        decision.remarks.extend(part.remark);
        decision.missing.extend(part.missing);
        by_staff.extend(part.by_staff);
    }
    if !by_staff.is_empty() {
        // One direction at a time: joins follow when the leaves are done (S5).
        let change = changed(&by_staff, Membership::Leave).or_else(|| changed(&by_staff, Membership::Join));
        decision.effects.extend(change);
    }
    decision.agreed.sort();
    decision.agreed.dedup();
    decision
}

/// The change of lists in one direction that staff's tags ask for (S5).
fn changed(by_staff: &[(Membership, ListId, String)], membership: Membership) -> Option<(Effect, Reason)> {
    let (lists, names): (Vec<_>, Vec<_>) = by_staff
        .iter()
        .filter(|(direction, ..)| *direction == membership)
        .map(|(_, list, name)| (list.clone(), name.as_str()))
        .unzip();
    let reason = Reason::about(Rule::S5, Cause::TagByStaff, names.join(", "));
    (!lists.is_empty()).then_some((Effect::ChangeLists { membership, lists }, reason))
}

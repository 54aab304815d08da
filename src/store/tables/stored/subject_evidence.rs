//! A subject on disk since single readings are not believed: version 7 with what no reading has shown yet, version 8 with what
//! readings left out, version 9 with the further methods that an opt-out reaches and the ids of tags, version 10 with what readings of
//! further contacts left out.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Gaps, OtherMethod, Parts, Person, Repeat, ShownForm, Subject, TagId, Timestamp, Unseen, VirtuousContactId,
};

use super::{
    subject::SubjectV6,
    time::{Millis, millis, time},
    unseen::UnseenV1,
    view::{MethodV1, PersonV1, method, read_method},
};

/// A subject since a reading may lag behind Tandem's writes (E1, E3): what version 6 holds, and what no reading has shown yet,
/// forms as (name, sent, shown, since), repeats as (key, times, last).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV7(
    SubjectV6,
    Vec<UnseenV1>,
    Vec<(String, String, String, Millis)>,
    Vec<(u64, u32, Millis)>,
);

impl From<&Subject> for SubjectV7 {
    fn from(subject: &Subject) -> Self {
        let form = |form: &ShownForm| {
            (form.name.clone(), form.sent.clone(), form.shown.clone(), form.since.as_millis())
        };
        Self(
            SubjectV6::from(subject),
            subject.unseen.iter().map(UnseenV1::from).collect(),
            subject.forms.iter().map(form).collect(),
            subject.repeats.iter().map(|it| (it.key, it.times, it.last.as_millis())).collect(),
        )
    }
}

impl From<SubjectV7> for Subject {
    fn from(SubjectV7(stored, unseen, forms, repeats): SubjectV7) -> Self {
        let form = |(name, sent, shown, since)| ShownForm {
            name,
            sent,
            shown,
            since: Timestamp::from_millis(since),
        };
        let repeat = |(key, times, last)| Repeat { key, times, last: Timestamp::from_millis(last) };
        Self {
            unseen: unseen.into_iter().map(Unseen::from).collect(),
            forms: forms.into_iter().map(form).collect(),
            repeats: repeats.into_iter().map(repeat).collect(),
            ..stored.into()
        }
    }
}

/// A subject since answers are known to leave parts out (E2): what version 7 holds, and what the readings of each contact of the
/// view left out: the contact, the parts that were not told, the parts that never were, the readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV8(SubjectV7, Vec<(i64, u8, u8, u8)>);

impl From<&Subject> for SubjectV8 {
    fn from(subject: &Subject) -> Self {
        let people = subject.virtuous.contacts().into_iter().filter_map(|id| subject.virtuous.person_of(id));
        Self(SubjectV7::from(subject), people.filter_map(stored_gaps).collect())
    }
}

impl From<SubjectV8> for Subject {
    fn from(SubjectV8(stored, gaps): SubjectV8) -> Self {
        let mut subject = Self::from(stored);
        for (contact, untold, unknown, readings) in gaps {
            if let Some(person) = subject.virtuous.person_of_mut(VirtuousContactId(contact)) {
                person.gaps = read_gaps(untold, unknown, readings);
            }
        }
        subject
    }
}

/// A method that only an opt-out reaches: whether a reading told its opt-in, whether its opt-out is no word of staff.
type OtherMethodV1 = (MethodV1, bool, bool);

/// A subject since an opt-out reaches the address wherever it is (P2): what version 8 holds, and the further methods of
/// each contact of the view; further contacts with the address, of which a person chose the linked one (I2); the ids of the agreed tags
/// by name (S5); since when the contact is gone (I3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV9(
    SubjectV8,
    Vec<(i64, Vec<OtherMethodV1>)>,
    Vec<PersonV1>,
    Vec<(String, i64)>,
    Option<Millis>,
);

impl From<&Subject> for SubjectV9 {
    fn from(subject: &Subject) -> Self {
        let of_view = subject.virtuous.contacts().into_iter().filter_map(|id| subject.virtuous.person_of(id));
        let people = of_view.chain(&subject.hits);
        let other = |other: &OtherMethod| (method(&other.method), other.told, other.answered);
        let others = people
            .filter(|person| !person.others.is_empty())
            .map(|person| (person.contact.0, person.others.iter().map(other).collect()));
        let hits = subject.hits.iter().map(PersonV1::from).collect();
        let ids = subject.base.tag_ids.iter().map(|(name, id)| (name.clone(), id.0)).collect();
        Self(SubjectV8::from(subject), others.collect(), hits, ids, millis(subject.gone_since))
    }
}

impl From<SubjectV9> for Subject {
    fn from(SubjectV9(stored, others, hits, ids, gone_since): SubjectV9) -> Self {
        let mut subject = Self { hits: hits.into_iter().map(Into::into).collect(), ..stored.into() };
        subject.gone_since = time(gone_since);
        subject.base.tag_ids = ids.into_iter().map(|(name, id)| (name, TagId(id))).collect();
        let other = |(method, told, answered)| OtherMethod { method: read_method(method), told, answered };
        for (contact, others) in others {
            let contact = VirtuousContactId(contact);
            let hit = subject.hits.iter_mut().find(|hit| hit.contact == contact);
            if let Some(person) = subject.virtuous.person_of_mut(contact).or(hit) {
                person.others = others.into_iter().map(other).collect();
            }
        }
        subject
    }
}

/// A subject since further contacts with the address are looked at again (I2, E2): what version 9 holds, and what the readings of each of
/// them left out, as version 8 has it of the view; whether more contacts have the address than were read; whether the opt-out that was
/// agreed on is Tandem's own by a note (E5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectV10(SubjectV9, Vec<(i64, u8, u8, u8)>, bool, bool);

impl From<&Subject> for SubjectV10 {
    fn from(subject: &Subject) -> Self {
        let gaps = subject.hits.iter().filter_map(stored_gaps).collect();
        Self(SubjectV9::from(subject), gaps, subject.more_hits, subject.own_note)
    }
}

impl From<SubjectV10> for Subject {
    fn from(SubjectV10(stored, gaps, more_hits, own_note): SubjectV10) -> Self {
        let mut subject = Self { more_hits, own_note, ..stored.into() };
        for (contact, untold, unknown, readings) in gaps {
            let contact = VirtuousContactId(contact);
            if let Some(hit) = subject.hits.iter_mut().find(|hit| hit.contact == contact) {
                hit.gaps = read_gaps(untold, unknown, readings);
            }
        }
        subject
    }
}

/// What the readings of a contact left out; `None` if nothing.
fn stored_gaps(person: &Person) -> Option<(i64, u8, u8, u8)> {
    let Gaps { untold, unknown, readings } = person.gaps;
    (person.gaps != Gaps::default()).then(|| (person.contact.0, untold.bits(), unknown.bits(), readings))
}

const fn read_gaps(untold: u8, unknown: u8, readings: u8) -> Gaps {
    Gaps { untold: Parts::of_bits(untold), unknown: Parts::of_bits(unknown), readings }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, EmailMethod, ListId, MethodId, SegmentKey, Sight, VirtuousView, Written};

    #[test]
    fn e1_what_no_reading_has_shown_is_kept_since_version_7() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut subject = Subject::new(ContactId::new("c-1"), now);
        let segment = SegmentKey::List(ListId::new("l-3"));
        let facets = [
            Written::Tag { segment, name: "CC: News".to_owned(), on: true },
            Written::OptIn { method: MethodId(7), opted_in: false, modified_at: Some(now), agreed: None },
            Written::Field { name: "f".to_owned(), before: String::new(), value: "1".to_owned() },
            Written::Reference,
            Written::Email {
                method: MethodId(8),
                before: "ann@x.org".to_owned(),
                value: "ann@y.org".to_owned(),
                modified_at: Some(now),
            },
        ];
        let unseen = |(facet, sight)| Unseen {
            contact: VirtuousContactId(3),
            facet,
            at: now,
            sight,
            looks: 1,
            next_look: Some(now),
        };
        let sights = [Sight::Awaited, Sight::Event, Sight::Reading].into_iter().cycle();
        subject.unseen = facets.into_iter().zip(sights).map(unseen).collect();
        let [name, sent, shown] = ["f", "1234", "1,234"].map(str::to_owned);
        subject.forms = vec![ShownForm { name, sent, shown, since: now }];
        subject.repeats = vec![Repeat { key: 5, times: 2, last: now }];
        assert_eq!(Subject::from(SubjectV7::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV6::from(&subject)), subject);
        assert_eq!(Subject::from(SubjectV8::from(&subject)), subject);
        subject.gone_since = Some(now);
        subject.base.tag_ids = vec![("CC: News".to_owned(), TagId(7))];
        assert_eq!(Subject::from(SubjectV9::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV8::from(&subject)), subject);
    }

    #[test]
    fn p2_the_further_methods_of_an_opt_out_are_kept_since_version_9() {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut subject = Subject::new(ContactId::new("c-1"), now);
        let mut person = crate::sync::link::tests::linked_at(now, Gaps::default());
        let method = EmailMethod {
            id: MethodId(20),
            kind: "Work Email".to_owned(),
            value: "ann@example.org".to_owned(),
            opted_in: false,
            primary: true,
            created_at: None,
            modified_at: Some(now),
        };
        person.others = vec![OtherMethod { method, told: true, answered: true }];
        let hit = Person { contact: VirtuousContactId(8), ..person.clone() };
        subject.virtuous = VirtuousView::Linked(Box::new(person));
        subject.hits = vec![hit];
        assert_eq!(Subject::from(SubjectV9::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV8::from(&subject)), subject);
        subject.hits[0].gaps = Gaps { untold: Parts::METHODS, unknown: Parts::NONE, readings: 2 };
        (subject.more_hits, subject.own_note) = (true, true);
        assert_eq!(Subject::from(SubjectV10::from(&subject)), subject);
        assert_ne!(Subject::from(SubjectV9::from(&subject)), subject);
    }
}

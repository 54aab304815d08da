//! The three views of a subject on disk, version 1.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Actor, Address, AgreedConsent, Base, Bounce, CcId, CcTagId, CcView, Deletion, DeletionProof, EmailMethod,
    FieldId, FieldValue, Gaps, IndividualId, LinkedBy, ListId, MethodId, Permission, Person, Profile,
    SegmentKey, Timestamp, VirtuousContactId, VirtuousView,
};

use super::time::{Millis, millis, time};

/// An id of Constant Contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum IdV1 {
    Uuid([u8; 16]),
    Text(String),
}

impl From<&CcId> for IdV1 {
    fn from(id: &CcId) -> Self {
        match id {
            CcId::Uuid(bits) => Self::Uuid(bits.to_be_bytes()),
            CcId::Text(text) => Self::Text(text.to_string()),
        }
    }
}

impl From<IdV1> for CcId {
    fn from(id: IdV1) -> Self {
        match id {
            IdV1::Uuid(bytes) => Self::Uuid(u128::from_be_bytes(bytes)),
            IdV1::Text(text) => Self::Text(text.into()),
        }
    }
}

/// Constant Contact's view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CcViewV1 {
    seen_at: Millis,
    email: Option<String>,
    permission: u8,
    opt_in: (u8, Option<Millis>),
    opt_out: (u8, Option<Millis>, Option<String>),
    deletion: Option<(Millis, u8)>,
    lists: Vec<IdV1>,
    tags: Vec<IdV1>,
    fields: Vec<(IdV1, Option<String>, Vec<String>)>,
    names: (String, String),
    phone: String,
    address: Option<[String; 5]>,
    updated_at: Option<Millis>,
    bounce: Option<(char, Millis, String, String)>,
}

const PERMISSIONS: [Permission; 7] = [
    Permission::Explicit,
    Permission::Implicit,
    Permission::NotSet,
    Permission::PendingConfirmation,
    Permission::TempHold,
    Permission::Unsubscribed,
    Permission::Unknown,
];
const ACTORS: [Actor; 3] = [Actor::Contact, Actor::Account, Actor::Unknown];
const PROOFS: [DeletionProof; 3] = [DeletionProof::DeletedAt, DeletionProof::NotFound, DeletionProof::Sweep];
const LINKS: [LinkedBy; 3] = [LinkedBy::Reference, LinkedBy::Email, LinkedBy::Operator];

/// The place of a value in its fixed table.
fn place<T: PartialEq>(table: &[T], value: &T) -> u8 {
    let at = table.iter().position(|known| known == value).unwrap_or(table.len() - 1);
    u8::try_from(at).unwrap_or(u8::MAX)
}

/// The value at a place of a fixed table; the last one for places that this version does not know.
fn at<T: Copy>(table: &[T], place: u8) -> T {
    table.get(usize::from(place)).copied().unwrap_or(table[table.len() - 1])
}

impl From<&CcView> for CcViewV1 {
    fn from(view: &CcView) -> Self {
        Self {
            seen_at: view.seen_at.as_millis(),
            email: view.email.clone(),
            permission: place(&PERMISSIONS, &view.permission),
            opt_in: (place(&ACTORS, &view.opt_in_source), millis(view.opt_in_at)),
            opt_out: (
                place(&ACTORS, &view.opt_out_source),
                millis(view.opt_out_at),
                view.opt_out_reason.clone(),
            ),
            deletion: view
                .deletion
                .map(|deletion| (deletion.at.as_millis(), place(&PROOFS, &deletion.proof))),
            lists: view.lists.iter().map(|id| IdV1::from(&id.0)).collect(),
            tags: view.tags.iter().map(|id| IdV1::from(&id.0)).collect(),
            fields: view
                .fields
                .iter()
                .map(|(id, value)| (IdV1::from(&id.0), value.value.clone(), value.choices.clone()))
                .collect(),
            names: (view.profile.first_name.clone(), view.profile.last_name.clone()),
            phone: view.profile.phone.clone(),
            address: view.profile.address.clone().map(|address| {
                [address.street, address.city, address.state, address.postal_code, address.country]
            }),
            updated_at: millis(view.updated_at),
            bounce: view.bounce.as_ref().map(|bounce| {
                (bounce.code, bounce.at.as_millis(), bounce.address.clone(), bounce.campaign.clone())
            }),
        }
    }
}

impl From<CcViewV1> for CcView {
    fn from(stored: CcViewV1) -> Self {
        let (opt_in_source, opt_in_at) = stored.opt_in;
        let (opt_out_source, opt_out_at, opt_out_reason) = stored.opt_out;
        let (first_name, last_name) = stored.names;
        let address = stored.address.map(|[street, city, state, postal_code, country]| Address {
            street,
            city,
            state,
            postal_code,
            country,
        });
        Self {
            seen_at: Timestamp::from_millis(stored.seen_at),
            email: stored.email,
            permission: at(&PERMISSIONS, stored.permission),
            opt_in_source: at(&ACTORS, opt_in_source),
            opt_in_at: time(opt_in_at),
            opt_out_source: at(&ACTORS, opt_out_source),
            opt_out_at: time(opt_out_at),
            opt_out_reason,
            deletion: stored.deletion.map(|(when, proof)| Deletion {
                at: Timestamp::from_millis(when),
                proof: at(&PROOFS, proof),
            }),
            lists: stored.lists.into_iter().map(|id| ListId(id.into())).collect(),
            tags: stored.tags.into_iter().map(|id| CcTagId(id.into())).collect(),
            fields: stored
                .fields
                .into_iter()
                .map(|(id, value, choices)| (FieldId(id.into()), FieldValue { value, choices }))
                .collect(),
            profile: Profile { first_name, last_name, phone: stored.phone, address },
            updated_at: time(stored.updated_at),
            bounce: stored.bounce.map(|(code, when, address, campaign)| Bounce {
                code,
                at: Timestamp::from_millis(when),
                address,
                campaign,
            }),
        }
    }
}

/// An email method: id, type, address, (opted in, primary), created, modified.
pub type MethodV1 = (i64, String, String, (bool, bool), Option<Millis>, Option<Millis>);

pub fn method(method: &EmailMethod) -> MethodV1 {
    (
        method.id.0,
        method.kind.clone(),
        method.value.clone(),
        (method.opted_in, method.primary),
        millis(method.created_at),
        millis(method.modified_at),
    )
}

pub fn read_method((id, kind, value, (opted_in, primary), created, modified): MethodV1) -> EmailMethod {
    EmailMethod {
        id: MethodId(id),
        kind,
        value,
        opted_in,
        primary,
        created_at: time(created),
        modified_at: time(modified),
    }
}

/// Private; before archived was kept by itself, archived or private. Both stand in the byte that said so.
const PRIVATE: u8 = 1;
/// Archived.
const ARCHIVED: u8 = 2;

const fn standing(archived: bool, private: bool) -> u8 {
    (if archived { ARCHIVED } else { 0 }) | (if private { PRIVATE } else { 0 })
}

/// A person of Virtuous.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonV1 {
    contact: i64,
    individual: i64,
    linked_by: u8,
    has_reference: bool,
    emails: Vec<MethodV1>,
    tags: Vec<String>,
    fields: Vec<(String, String)>,
    standing: u8,
    merged_into: Option<i64>,
    seen_at: Millis,
}

impl From<&Person> for PersonV1 {
    fn from(person: &Person) -> Self {
        Self {
            contact: person.contact.0,
            individual: person.individual.0,
            linked_by: place(&LINKS, &person.linked_by),
            has_reference: person.has_reference,
            emails: person.emails.iter().map(method).collect(),
            tags: person.tags.clone(),
            fields: person.fields.clone(),
            standing: standing(person.archived, person.private),
            merged_into: person.merged_into.map(|id| id.0),
            seen_at: person.seen_at.as_millis(),
        }
    }
}

impl From<PersonV1> for Person {
    fn from(stored: PersonV1) -> Self {
        Self {
            contact: VirtuousContactId(stored.contact),
            individual: IndividualId(stored.individual),
            linked_by: at(&LINKS, stored.linked_by),
            // Kept beside the view, since version 7 of a subject (E2).
            gaps: Gaps::default(),
            has_reference: stored.has_reference,
            emails: stored.emails.into_iter().map(read_method).collect(),
            tags: stored.tags,
            fields: stored.fields,
            archived: stored.standing & ARCHIVED != 0,
            private: stored.standing & PRIVATE != 0,
            merged_into: stored.merged_into.map(VirtuousContactId),
            seen_at: Timestamp::from_millis(stored.seen_at),
            late: Vec::new(),
            // Kept beside the view, since version 9.
            others: Vec::new(),
        }
    }
}

/// The time on disk of an absence that says nothing any more.
const LOOK_AGAIN: Millis = 0;

/// Virtuous' view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum VirtuousViewV1 {
    Unknown,
    Absent(Millis),
    Candidates(Vec<PersonV1>),
    Linked(Box<PersonV1>),
}

impl From<&VirtuousView> for VirtuousViewV1 {
    fn from(view: &VirtuousView) -> Self {
        match view {
            VirtuousView::Unknown => Self::Unknown,
            VirtuousView::Absent { since } => Self::Absent(since.as_millis()),
            VirtuousView::LookAgain => Self::Absent(LOOK_AGAIN),
            VirtuousView::Candidates(people) => Self::Candidates(people.iter().map(PersonV1::from).collect()),
            VirtuousView::Linked(person) => Self::Linked(Box::new(PersonV1::from(&**person))),
        }
    }
}

impl From<VirtuousViewV1> for VirtuousView {
    fn from(stored: VirtuousViewV1) -> Self {
        match stored {
            VirtuousViewV1::Unknown => Self::Unknown,
            VirtuousViewV1::Absent(LOOK_AGAIN) => Self::LookAgain,
            VirtuousViewV1::Absent(since) => Self::Absent { since: Timestamp::from_millis(since) },
            VirtuousViewV1::Candidates(people) => {
                Self::Candidates(people.into_iter().map(Person::from).collect())
            }
            VirtuousViewV1::Linked(person) => Self::Linked(Box::new((*person).into())),
        }
    }
}

/// What both sides last agreed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseV1 {
    consent: Option<(bool, Option<Millis>)>,
    email: Option<String>,
    segments: Vec<(bool, IdV1, String)>,
    fields: Vec<(String, String)>,
    profile: Option<u64>,
    notes: Vec<String>,
}

impl From<&Base> for BaseV1 {
    fn from(base: &Base) -> Self {
        let segment = |(key, name): &(SegmentKey, String)| match key {
            SegmentKey::List(id) => (false, IdV1::from(&id.0), name.clone()),
            SegmentKey::Tag(id) => (true, IdV1::from(&id.0), name.clone()),
        };
        Self {
            consent: base.consent.map(|consent| (consent.opted_in, millis(consent.at))),
            email: base.email.clone(),
            segments: base.segments.iter().map(segment).collect(),
            fields: base.fields.clone(),
            profile: base.profile,
            notes: base.notes.clone(),
        }
    }
}

impl From<BaseV1> for Base {
    fn from(stored: BaseV1) -> Self {
        let segment = |(is_tag, id, name): (bool, IdV1, String)| {
            let key = if is_tag {
                SegmentKey::Tag(CcTagId(id.into()))
            } else {
                SegmentKey::List(ListId(id.into()))
            };
            (key, name)
        };
        Self {
            consent: stored.consent.map(|(opted_in, at)| AgreedConsent { opted_in, at: time(at) }),
            email: stored.email,
            former: Vec::new(),
            segments: stored.segments.into_iter().map(segment).collect(),
            tag_ids: Vec::new(),
            fields: stored.fields,
            profile: stored.profile,
            notes: stored.notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_that_says_nothing_any_more_is_one_at_the_epoch() {
        assert_eq!(VirtuousViewV1::from(&VirtuousView::LookAgain), VirtuousViewV1::Absent(0));
        assert_eq!(VirtuousView::from(VirtuousViewV1::Absent(0)), VirtuousView::LookAgain);
        let absent = VirtuousView::Absent { since: Timestamp::from_secs(1_800_000_000) };
        assert_eq!(VirtuousView::from(VirtuousViewV1::from(&absent)), absent);
    }
}

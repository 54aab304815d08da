use super::*;
use crate::domain::{
    ContactId, Gaps, IndividualId, LinkedBy, ListId, ListTarget, Permission, ReferenceData, Timestamp,
    VirtuousContactId,
    reference_data::{List, VirtuousFieldKind},
};

const FIELD: &str = "Mailing lists";

fn rules() -> CustomerRules {
    CustomerRules { lists: ListTarget::Field(FIELD.to_owned()), ..CustomerRules::default() }
}

/// Lists `a` (before: "Old A"), `b` and `c`, which was deleted; the field hangs on this.
fn mapping(holder: FieldHolder) -> Mapping {
    let mut reference = ReferenceData::default();
    let list = |name: &str, former: &[&str], deleted| List {
        name: name.to_owned(),
        former_names: former.iter().map(|name| (*name).to_owned()).collect(),
        deleted,
        ..List::default()
    };
    reference.cc.lists.insert(ListId::new("a"), list("Alpha", &["Old A"], false));
    reference.cc.lists.insert(ListId::new("b"), list("Beta", &[], false));
    reference.cc.lists.insert(ListId::new("c"), list("Gamma", &[], true));
    reference.virtuous.fields.push(VirtuousField {
        name: FIELD.to_owned(),
        display_name: FIELD.to_owned(),
        kind: VirtuousFieldKind::Text,
        options: Vec::new(),
        holder,
    });
    Mapping::new(&reference, &rules())
}

/// A subscriber on these lists, whose field Tandem last wrote so.
fn decided(lists: &[&str], before: &str, household: &[&str], holder: FieldHolder) -> Decision {
    let mut subject = Subject::new(ContactId::new("x"), Timestamp::EPOCH);
    subject.cc.permission = Permission::Explicit;
    subject.cc.lists = lists.iter().map(|id| ListId::new(id)).collect();
    let fields = if before.is_empty() { Vec::new() } else { vec![(FIELD.to_owned(), before.to_owned())] };
    subject.base.fields.clone_from(&fields);
    let person = Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(2),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: Vec::new(),
        tags: Vec::new(),
        fields,
        archived: false,
        private: false,
        merged_into: None,
        seen_at: Timestamp::EPOCH,
        late: Vec::new(),
        others: Vec::new(),
    };
    let segments = household.iter().map(|id| SegmentKey::List(ListId::new(id))).collect();
    let household = Household { segments, ..Household::default() };
    decide(&subject, &person, &mapping(holder), &household, &rules())
}

fn write(decision: Decision) -> (String, Rule, Cause) {
    let (Effect::SetFields { fields, .. }, reason) = decision.effect.unwrap() else {
        panic!("another effect")
    };
    (fields[0].1.clone(), reason.rule, reason.cause)
}

#[test]
fn s1_names_are_sorted_and_joined_and_a_deleted_list_is_none() {
    let contact = FieldHolder::Contact;
    let wrote = write(decided(&["b", "a", "c"], "", &[], contact));
    assert_eq!(wrote, ("Alpha; Beta".to_owned(), Rule::S1, Cause::OnList));
    let agreed = decided(&["a", "b"], "Alpha; Beta", &[], contact);
    assert_eq!((agreed.effect, agreed.agreed), (None, Some((FIELD.to_owned(), "Alpha; Beta".to_owned()))));
    // On no list, and nothing was ever written: what stands there is somebody else's.
    assert_eq!(decided(&[], "", &[], contact), Decision::default());
}

#[test]
fn s3_b1_the_reason_says_why_a_name_goes() {
    let contact = FieldHolder::Contact;
    let left = write(decided(&["a"], "Alpha; Beta", &[], contact));
    assert_eq!(left, ("Alpha".to_owned(), Rule::S1, Cause::OffList));
    let renamed = write(decided(&["a"], "Old A", &[], contact));
    assert_eq!(renamed, ("Alpha".to_owned(), Rule::S3, Cause::ListRenamed));
    let deleted = write(decided(&["c"], "Gamma", &[], contact));
    assert_eq!(deleted, (String::new(), Rule::S3, Cause::ListDeleted));
}

#[test]
fn i4_the_field_of_a_shared_contact_holds_the_names_of_all_who_share_it() {
    let wrote = write(decided(&["b"], "Beta", &["a"], FieldHolder::Contact));
    assert_eq!(wrote, ("Alpha; Beta".to_owned(), Rule::S1, Cause::OnList));
    // An individual's own field holds their own.
    assert_eq!(decided(&["b"], "Beta", &["a"], FieldHolder::Individual).effect, None);
}

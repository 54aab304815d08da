//! Subjects biased to the edges: few addresses in different cases, few and equal seconds, everything that may be missing
//! missing often.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
    sample::{select, subsequence},
};
use tandem::{
    domain::{
        Actor, Address, AgreedConsent, Base, Bounce, BouncePolicy, CcTagId, CcView, ContactId, CustomerRules,
        Deletion, DeletionProof, EmailMethod, FieldId, FieldValue, Individual, IndividualId, ListId,
        MethodId, Nameless, Permission, Profile, ProfilePolicy, ReferenceData, SegmentKey, Stage, Subject,
        TagId, Timestamp, Told, VirtuousContact, VirtuousContactId,
        reference_data::{CcField, FieldHolder, FieldKind, List, VirtuousField, VirtuousFieldKind},
    },
    sync::{Household, Mapping, Planner, capture, link},
};

/// The id of the only subscriber.
pub const ID: &str = "af73e650-96f0-11ef-b2a0-fa163eafb85e";

/// Second `0` of the tests' time.
pub const ZERO: i64 = 1_800_000_000;

pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(ZERO + secs)
}

/// A moment when everything generated lies in the past.
pub const NOW: i64 = 1_000;

const ADDRESSES: [&str; 5] = ["ann@x.org", "Ann@X.org", "ann.lee@x.org", "bob@x.org", " BOB@x.org "];
const LISTS: [(&str, &str, bool); 8] = [
    ("l-news", "News", false),
    ("l-gala", "Gala", false),
    ("l-semi", "Friends; Family", false),
    ("l-missing", "Missing", false),
    ("l-twice", "Twice", false),
    ("l-gone", "Gone", true),
    ("l-same-1", "Same", false),
    ("l-same-2", "Same", false),
];
const TAGS: [(&str, &[i64]); 7] = [
    ("CC: News", &[1]),
    ("CC: Gala", &[2]),
    ("CC: Friends; Family", &[3]),
    ("CC: Twice", &[4, 5]),
    ("CC: Same", &[6]),
    ("CC tag: vip", &[7]),
    ("Major donor", &[8]),
];
/// Tags that may sit on a contact: mapped, former, unmapped with the prefix, in another case, and staff's own.
const TAGS_ON: [&str; 9] = [
    "CC: News",
    "CC: Gala",
    "CC: Twice",
    "CC: Same",
    "CC: Old news",
    "CC: Unknown",
    "cc: news",
    "CC tag: vip",
    "Major donor",
];
const KINDS: [(&str, FieldKind, VirtuousFieldKind, FieldHolder); 7] = [
    ("Text", FieldKind::Text, VirtuousFieldKind::Text, FieldHolder::Contact),
    ("Number", FieldKind::Number, VirtuousFieldKind::Number, FieldHolder::Individual),
    ("Date", FieldKind::Date, VirtuousFieldKind::Date, FieldHolder::Contact),
    ("Boolean", FieldKind::Boolean, VirtuousFieldKind::Boolean, FieldHolder::Individual),
    ("One", FieldKind::SingleSelect, VirtuousFieldKind::Dropdown, FieldHolder::Contact),
    ("Many", FieldKind::MultiSelect, VirtuousFieldKind::Text, FieldHolder::Individual),
    ("Currency", FieldKind::Currency, VirtuousFieldKind::Number, FieldHolder::Contact),
];
const VALUES: [&str; 12] =
    ["", " ", "Blue", "blue", "1", "1.0", "1,234.5", "2016-04-23", "4/23/2016", "True", "no", "NaN"];

pub fn id() -> ContactId {
    ContactId::new(ID)
}

pub fn time() -> impl Strategy<Value = Timestamp> {
    // Few seconds, and some of them twice with other milliseconds: the same second is no proof (P3).
    (0..6i64, select(vec![0i64, 0, 500]))
        .prop_map(|(secs, millis)| Timestamp::from_millis(at(secs).as_millis() + millis))
}

fn address() -> impl Strategy<Value = String> {
    select(&ADDRESSES[..]).prop_map(str::to_owned)
}

fn cc_address() -> impl Strategy<Value = Option<String>> {
    // Reading trims, and takes empty text for none.
    option::weighted(0.9, address().prop_map(|address| address.trim().to_owned()))
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["", "Ann", "Lee"]).prop_map(str::to_owned)
}

fn permission() -> impl Strategy<Value = Permission> {
    prop_oneof![
        4 => Just(Permission::Explicit),
        4 => Just(Permission::Implicit),
        4 => Just(Permission::Unsubscribed),
        3 => select(vec![
            Permission::NotSet,
            Permission::PendingConfirmation,
            Permission::TempHold,
            Permission::Unknown
        ]),
    ]
}

fn actor() -> impl Strategy<Value = Actor> {
    select(vec![Actor::Contact, Actor::Account, Actor::Unknown])
}

fn deletion() -> impl Strategy<Value = Option<Deletion>> {
    let proof = select(vec![DeletionProof::DeletedAt, DeletionProof::NotFound, DeletionProof::Sweep]);
    option::weighted(0.15, (time(), proof).prop_map(|(at, proof)| Deletion { at, proof }))
}

fn bounce() -> impl Strategy<Value = Option<Bounce>> {
    let bounce = (select(vec!['B', 'S', 'D', 'Z', 'V', '?']), time(), address());
    let bounce = bounce.prop_map(|(code, at, address)| Bounce { code, at, address, campaign: "c1".into() });
    option::weighted(0.15, bounce)
}

fn field_value() -> impl Strategy<Value = FieldValue> {
    let value = option::of(select(&VALUES[..]).prop_map(str::to_owned));
    let choices =
        vec(select(vec!["1", "001", "2", "9"]).prop_map(str::to_owned), 0..3).prop_map(|mut choices| {
            choices.sort_unstable();
            choices.dedup();
            choices
        });
    (value, choices).prop_map(|(value, choices)| FieldValue { value, choices })
}

fn cc_fields() -> impl Strategy<Value = Vec<(FieldId, FieldValue)>> {
    vec(option::of(field_value()), KINDS.len()).prop_map(|values| {
        let mut fields: Vec<_> = KINDS
            .iter()
            .zip(values)
            .filter_map(|((name, ..), value)| Some((FieldId::new(name), value?)))
            .collect();
        fields.sort_by(|one, other| one.0.cmp(&other.0));
        fields
    })
}

fn lists() -> impl Strategy<Value = Vec<ListId>> {
    btree_set(select(&LISTS[..]).prop_map(|(id, ..)| ListId::new(id)), 0..4)
        .prop_map(|lists| lists.into_iter().collect())
}

/// What Constant Contact says. `seen_at` is for the caller to set.
pub fn cc_view() -> impl Strategy<Value = CcView> {
    let consent = (
        permission(),
        actor(),
        option::of(time()),
        actor(),
        option::of(time()),
        option::of(select(vec!["", "Too much mail", "SPAM!", "abuse", "Opted out in the donor database"])),
    );
    let tags = subsequence(vec!["t-vip", "t-unknown"], 0..=2);
    let place = option::of(select(vec!["", "1 Main St"]));
    let profile = (name(), name(), select(vec!["", "555-0100"]), place);
    let rest = (lists(), tags, cc_fields(), profile);
    (cc_address(), consent, deletion(), bounce(), rest).prop_map(
        |(email, consent, deletion, bounce, (lists, tags, fields, profile))| {
            let (permission, opt_in_source, opt_in_at, opt_out_source, opt_out_at, reason) = consent;
            let (first_name, last_name, phone, street) = profile;
            let address = street.map(|street| Address { street: street.to_owned(), ..Address::default() });
            let profile = Profile { first_name, last_name, phone: phone.to_owned(), address };
            let mut tags: Vec<CcTagId> = tags.into_iter().map(CcTagId::new).collect();
            tags.sort_unstable();
            CcView {
                seen_at: at(NOW),
                email,
                permission,
                opt_in_source,
                opt_in_at,
                opt_out_source,
                opt_out_at: opt_out_at.filter(|_| permission == Permission::Unsubscribed),
                opt_out_reason: reason.filter(|_| permission == Permission::Unsubscribed).map(str::to_owned),
                deletion,
                lists,
                tags,
                fields,
                profile,
                updated_at: None,
                bounce,
            }
        },
    )
}

fn methods(first: i64) -> impl Strategy<Value = Vec<EmailMethod>> {
    let method = (address(), any::<bool>(), any::<bool>(), option::of(time()), option::of(time()));
    vec(method, 0..4).prop_map(move |methods| {
        let numbered = methods.into_iter().zip(first..);
        numbered
            .map(|((value, opted_in, primary, created_at, modified_at), id)| EmailMethod {
                id: MethodId(id),
                kind: "Home Email".to_owned(),
                value,
                opted_in,
                primary,
                created_at,
                modified_at,
            })
            .collect()
    })
}

fn virtuous_fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let one = (select(&KINDS[..]), select(&VALUES[..]));
    vec(one, 0..4).prop_map(|fields| {
        let named: BTreeMap<_, _> =
            fields.into_iter().map(|((name, ..), value)| (format!("v {name}"), value.to_owned())).collect();
        named.into_iter().collect()
    })
}

/// A contact as Virtuous has it: one or two people, who may have the same address twice.
pub fn contact() -> impl Strategy<Value = VirtuousContact> {
    let references = prop_oneof![
        3 => Just(vec![("Constant Contact".to_owned(), ID.to_owned())]),
        2 => Just(Vec::new()),
        1 => Just(vec![("Other".to_owned(), ID.to_owned())]),
    ];
    let people = (methods(10), option::weighted(0.3, methods(20)));
    let tags = subsequence(TAGS_ON.to_vec(), 0..=TAGS_ON.len());
    let standing = prop_oneof![8 => Just((false, false)), 1 => Just((true, false)), 1 => Just((false, true))];
    (references, people, tags, virtuous_fields(), standing, option::of(time())).prop_map(
        |(references, (first, second), tags, fields, (archived, private), modified_at)| {
            let person = |id, primary, emails: Vec<EmailMethod>| Individual {
                id: IndividualId(id),
                primary,
                emails: emails.into(),
                fields: Told::whole(vec![]),
            };
            let mut individuals = vec![person(1, true, first)];
            individuals.extend(second.map(|emails| person(2, false, emails)));
            VirtuousContact {
                id: VirtuousContactId(100),
                merged_into: None,
                archived: Some(archived),
                private: Some(private),
                references: Told::whole(references),
                tags: tags.into_iter().map(str::to_owned).collect(),
                fields: Told::whole(fields),
                individuals: Told::whole(individuals),
                modified_at,
            }
        },
    )
}

fn segment_keys() -> impl Strategy<Value = SegmentKey> {
    select(&LISTS[..]).prop_map(|(id, ..)| SegmentKey::List(ListId::new(id)))
}

/// What both sides agreed on before, whatever that was.
fn base() -> impl Strategy<Value = Base> {
    let agreed = (any::<bool>(), option::of(time()));
    let consent = option::of(agreed.prop_map(|(opted_in, at)| AgreedConsent { opted_in, at }));
    let email = option::of(address().prop_map(|address| address.trim().to_lowercase()));
    // A list stands under its own name, or under one that it had before.
    let segment = (select(&LISTS[..]), any::<bool>()).prop_map(|((id, name, _), former)| {
        let name = if former && id == "l-news" { "Old news" } else { name };
        (SegmentKey::List(ListId::new(id)), format!("CC: {name}"))
    });
    let segments = btree_set(segment, 0..4);
    let fields = virtuous_fields();
    (consent, email, segments, fields).prop_map(|(consent, email, segments, mut fields)| {
        fields.retain(|(_, value)| !value.trim().is_empty());
        Base {
            consent,
            email,
            former: Vec::new(),
            segments: segments.into_iter().collect(),
            fields,
            profile: None,
            tag_ids: Vec::new(),
            notes: Vec::new(),
        }
    })
}

fn policy() -> impl Strategy<Value = BouncePolicy> {
    select(vec![BouncePolicy::OptOut, BouncePolicy::Note, BouncePolicy::Ignore])
}

fn rules() -> impl Strategy<Value = CustomerRules> {
    let nameless = select(vec![
        Nameless::Hold,
        Nameless::Placeholder { first: "Friend".to_owned(), last: "Unknown".to_owned() },
    ]);
    let profile = select(vec![ProfilePolicy::CreateOnly, ProfilePolicy::Transaction]);
    let only = select(vec![Vec::new(), Vec::new(), vec!["l-news".to_owned(), "gala".to_owned()]]);
    let table = select(vec![Vec::new(), vec![("Many".to_owned(), "v Text".to_owned())]]);
    let policies = (policy(), policy(), policy());
    (any::<bool>(), any::<bool>(), nameless, profile, only, table, policies).prop_map(
        |(two_way, cc_tags, nameless, profile, only_lists, fields, (hard_bounce, soft_bounce, complaint))| {
            CustomerRules {
                two_way,
                cc_tags,
                nameless,
                profile,
                only_lists,
                fields,
                hard_bounce,
                soft_bounce,
                complaint,
                ..CustomerRules::default()
            }
        },
    )
}

/// The reference data of both systems: lists with a missing tag, a double one, one with a semicolon, one deleted, two of one name.
pub fn reference_data() -> ReferenceData {
    let mut reference = ReferenceData::default();
    for (id, name, deleted) in LISTS {
        let list = List { name: name.to_owned(), deleted, ..List::default() };
        reference.cc.lists.insert(ListId::new(id), list);
    }
    reference.cc.tags.insert(CcTagId::new("t-vip"), "vip".to_owned());
    for (name, ids) in TAGS {
        reference.virtuous.tags.insert(name.to_owned(), ids.iter().copied().map(TagId).collect());
    }
    for (label, kind, virtuous, holder) in KINDS {
        let choices = BTreeMap::from([("1".into(), "Blue".into()), ("2".into(), "Red".into())]);
        reference.cc.fields.insert(FieldId::new(label), CcField { label: label.to_owned(), kind, choices });
        reference.virtuous.fields.push(VirtuousField {
            name: format!("v {label}"),
            display_name: label.to_owned(),
            kind: virtuous,
            options: if virtuous == VirtuousFieldKind::Dropdown { vec!["Blue".into()] } else { vec![] },
            holder,
        });
    }
    reference
}

/// A planner of a customer whose import may write.
pub fn planner() -> impl Strategy<Value = Planner> {
    (rules(), select(vec![Stage::Importing, Stage::Live]), option::of(Just(at(NOW)))).prop_map(
        |(rules, stage, scanned_at)| Planner {
            unsubscribes_left: None,
            mapping: Mapping::new(&reference_data(), &rules).into(),
            rules,
            stage,
            scanned_at,
            partial_names_refused: false,
            confirmed_until: None,
            awaits_bounces: false,
        },
    )
}

pub fn household() -> impl Strategy<Value = Household> {
    let shared = (btree_set(segment_keys(), 0..3), option::of(cc_view()), any::<bool>());
    let shared = shared.prop_map(|(segments, other, joins)| Household {
        segments,
        living: other.map(|view| (ContactId::new("0-other"), view.fields)).into_iter().collect(),
        joins,
        ..Household::default()
    });
    prop_oneof![3 => Just(Household::default()), 1 => shared]
}

/// A subscriber, the contact that it may be in Virtuous, and what was agreed on.
#[derive(Clone)]
pub struct Case {
    pub planner: Planner,
    pub household: Household,
    pub cc: CcView,
    pub contact: Option<VirtuousContact>,
    pub base: Base,
    pub fresh_since: Option<Timestamp>,
}

/// The mapping follows from the rules, and would fill pages.
impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Planner { rules, stage, scanned_at, .. } = &self.planner;
        f.debug_struct("Case")
            .field("rules", rules)
            .field("stage", stage)
            .field("scanned_at", scanned_at)
            .field("household", &self.household)
            .field("cc", &self.cc)
            .field("contact", &self.contact)
            .field("base", &self.base)
            .field("fresh_since", &self.fresh_since)
            .finish()
    }
}

pub fn case() -> impl Strategy<Value = Case> {
    let fresh = option::weighted(0.15, time());
    let base = prop_oneof![Just(Base::default()), base()];
    (planner(), household(), cc_view(), option::weighted(0.8, contact()), base, fresh).prop_map(
        |(planner, household, cc, contact, base, fresh_since)| {
            // Something can only have been agreed on with somebody who is there.
            let base = if contact.is_some() { base } else { Base::default() };
            Case { planner, household, cc, contact, base, fresh_since }
        },
    )
}

impl Case {
    /// The subject as the store would have it after reading both sides.
    pub fn subject(&self) -> Subject {
        let mut subject = Subject::new(id(), at(0));
        capture::observe_cc(
            &mut subject,
            super::world::observation(&self.cc),
            &self.planner.rules,
            self.planner.stage,
            at(NOW),
        );
        // Bounces come from reports, not with the contact.
        subject.cc.bounce.clone_from(&self.cc.bounce);
        subject.base = self.base.clone();
        if let Some(contact) = &self.contact {
            let wanted: BTreeSet<String> = self.planner.mapping.field_names();
            if let Some(person) = link::person_of(contact, &subject, &self.planner.rules, &wanted, at(NOW)) {
                let (rules, stage) = (&self.planner.rules, self.planner.stage);
                capture::observe_virtuous(&mut subject, person, rules, stage, at(NOW));
                subject.fresh_since = self.fresh_since;
            }
        }
        subject
    }
}

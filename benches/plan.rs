//! What merging and planning costs, on a mix of subjects like that of a real account.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may stop at the first surprise")]

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tandem::{
    domain::{
        AgreedConsent, ContactId, CustomerRules, EmailMethod, FieldId, FieldValue, Gaps, IndividualId, Lane,
        LinkedBy, ListId, MethodId, Permission, Person, ReferenceData, Stage, State, Subject, TagId,
        Timestamp, VirtuousContactId, VirtuousView,
        reference_data::{CcField, FieldHolder, FieldKind, List, VirtuousField, VirtuousFieldKind},
    },
    sync::{Household, Mapping, Planner, Step, settle},
};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SUBJECTS: usize = 10_000;

fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

/// Twelve lists with a tag each, six mapped fields.
fn planner() -> Planner {
    let mut reference = ReferenceData::default();
    for list in 0..12 {
        let name = format!("List {list}");
        reference.virtuous.tags.insert(format!("CC: {name}"), vec![TagId(list)]);
        reference.cc.lists.insert(ListId::new(&format!("l{list}")), List { name, ..List::default() });
    }
    for field in 0..6 {
        let label = format!("Field {field}");
        let from = CcField { label: label.clone(), kind: FieldKind::Text, ..CcField::default() };
        reference.cc.fields.insert(FieldId::new(&format!("f{field}")), from);
        reference.virtuous.fields.push(VirtuousField {
            name: label.clone(),
            display_name: label,
            kind: [VirtuousFieldKind::Text, VirtuousFieldKind::Date, VirtuousFieldKind::Number][field % 3],
            options: Vec::new(),
            holder: FieldHolder::Contact,
        });
    }
    let rules = CustomerRules::default();
    Planner {
        unsubscribes_left: None,
        mapping: Mapping::new(&reference, &rules).into(),
        rules,
        stage: Stage::Live,
        scanned_at: Some(now()),
        partial_names_refused: false,
        confirmed_until: None,
        awaits_bounces: false,
    }
}

/// A third unsubscribed, most of the rest implicit; four of five linked.
fn subject(number: usize) -> Subject {
    let mut subject =
        Subject::new(ContactId::new(&format!("{number:08x}-96f0-11ef-b2a0-fa163eafb85e")), now());
    let email = format!("Person.Number{number}@example.org");
    let cc = &mut subject.cc;
    cc.email = (!number.is_multiple_of(300)).then(|| email.clone());
    cc.permission = match number % 10 {
        0..=2 => Permission::Unsubscribed,
        3 => Permission::Explicit,
        _ => Permission::Implicit,
    };
    cc.opt_in_at = Some(Timestamp::from_secs(1_700_000_000));
    cc.opt_out_at = (number % 10 < 3).then(|| Timestamp::from_secs(1_750_000_000));
    cc.lists = (0..number % 4).map(|list| ListId::new(&format!("l{list}"))).collect();
    let value = |text: &str| FieldValue { value: Some(text.to_owned()), choices: Vec::new() };
    cc.fields = vec![(FieldId::new("f0"), value("Skiing")), (FieldId::new("f1"), value("2016-04-23"))];
    cc.profile.first_name = "Dana".to_owned();
    cc.profile.last_name = if number.is_multiple_of(7) { String::new() } else { "Lee".to_owned() };
    subject.revision = 1;
    if number.is_multiple_of(5) {
        return subject;
    }
    let id = i64::try_from(number).unwrap();
    let method = |id, value: String| EmailMethod {
        id: MethodId(id),
        kind: "Home Email".to_owned(),
        value,
        opted_in: number % 10 >= 3,
        primary: true,
        created_at: Some(Timestamp::from_secs(1_600_000_000)),
        modified_at: Some(Timestamp::from_secs(1_600_000_000)),
    };
    subject.virtuous = VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(id),
        individual: IndividualId(id),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: vec![method(id, email.to_lowercase()), method(id + 1, format!("work{number}@example.org"))],
        tags: (0..number % 4).map(|list| format!("CC: List {list}")).collect(),
        fields: vec![
            ("Field 0".to_owned(), "Skiing".to_owned()),
            ("Field 1".to_owned(), "4/23/2016".to_owned()),
        ],
        archived: false,
        private: false,
        merged_into: None,
        seen_at: now(),
        late: Vec::new(),
        others: Vec::new(),
    }));
    settle::replan(&mut subject, Lane::Change, &planner(), &Household::default(), now());
    // Every tenth has something to do: an opt-out, a list left, a list joined.
    match number % 30 {
        4 => {
            subject.cc.permission = Permission::Unsubscribed;
            subject.base.consent = Some(AgreedConsent { opted_in: true, at: None });
        }
        14 => subject.cc.lists.clear(),
        24 => subject.cc.lists.push(ListId::new("l9")),
        _ => {}
    }
    subject
}

fn plan(criterion: &mut Criterion) {
    let planner = planner();
    let subjects: Vec<Subject> = (0..SUBJECTS).map(subject).collect();
    let household = Household::default();
    let plans: Vec<_> = subjects.iter().map(|subject| planner.plan(subject, &household, now())).collect();
    let agreed = plans.iter().filter(|plan| plan.state == State::InSync).count();
    let writes = plans.iter().filter(|plan| matches!(plan.step, Step::Apply(_))).count();
    // A mix that had nothing to decide would measure nothing.
    assert!(agreed > SUBJECTS / 2 && writes > SUBJECTS / 20, "{agreed} in sync, {writes} to write");
    let mut group = criterion.benchmark_group("plan");
    group
        .throughput(Throughput::Elements(SUBJECTS as u64))
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4));
    group.bench_function("subjects", |bencher| {
        bencher.iter(|| {
            for subject in &subjects {
                black_box(planner.plan(black_box(subject), &household, now()));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);

use super::*;
use crate::domain::{
    Bounce, CcView, ContactId, Deletion, Gaps, IndividualId, LinkedBy, Permission, Timestamp,
    VirtuousContactId, VirtuousView,
};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn subject(cc: CcView) -> Subject {
    let mut subject =
        Subject::new(ContactId::new("11111111-1111-4111-8111-111111111111"), at("2026-11-01T00:00:00Z"));
    subject.cc = CcView {
        email: Some("ann@example.com".to_owned()),
        permission: if cc.permission == Permission::Unknown { Permission::Implicit } else { cc.permission },
        ..cc
    };
    subject.virtuous = VirtuousView::Linked(Box::new(Person {
        contact: VirtuousContactId(1),
        individual: IndividualId(2),
        linked_by: LinkedBy::Reference,
        gaps: Gaps::default(),
        has_reference: true,
        emails: Vec::new(),
        tags: Vec::new(),
        fields: Vec::new(),
        archived: false,
        private: false,
        merged_into: None,
        seen_at: Timestamp::EPOCH,
        late: Vec::new(),
        others: Vec::new(),
    }));
    subject
}

fn bounced(code: char) -> CcView {
    let (address, campaign) = ("Ann@Example.com".to_owned(), "Spring appeal".to_owned());
    let bounce = Bounce { code, at: at("2026-11-20T16:20:00Z"), address, campaign };
    CcView { bounce: Some(bounce), ..CcView::default() }
}

/// The texts, without their markers.
fn texts(subject: &Subject, rules: &CustomerRules) -> Vec<String> {
    let person = subject.virtuous.linked().unwrap();
    let text = |(effect, reason): (Effect, Reason)| {
        assert_eq!((reason.rule, reason.cause), (Rule::N1, Cause::NoteOwed));
        let Effect::AddNote { note, .. } = effect else { panic!("{effect:?}") };
        let marker = marker_of(&note.text).unwrap();
        assert_eq!(marker, super::marker(subject, &note.key));
        let (text, rest) = note.text.rsplit_once(" [").unwrap();
        let code = subject.cc.email_key().map(|address| format!(", address {}", address_code(&address)));
        assert_eq!(rest, format!("{marker}{}]", code.unwrap_or_default()));
        text.to_owned()
    };
    owed(subject, person, &Household::default(), rules).into_iter().map(text).collect()
}

#[test]
fn n1_a_note_of_a_bounce_says_source_date_meaning_category_code_and_campaign() {
    let rules = CustomerRules::default();
    assert_eq!(
        texts(&subject(bounced('B')), &rules),
        [
            "Mail from Constant Contact bounced on 2026-11-20: the address does not exist (hard bounce, code B), \
             campaign \"Spring appeal\". The email address was opted out here."
        ]
    );
    let noted = CustomerRules { soft_bounce: BouncePolicy::Note, ..CustomerRules::default() };
    assert_eq!(
        texts(&subject(bounced('F')), &noted),
        [
            "Mail from Constant Contact bounced on 2026-11-20: the mailbox is full (soft bounce, code F), campaign \
             \"Spring appeal\". Nothing else was changed."
        ]
    );
    let ignored = CustomerRules { soft_bounce: BouncePolicy::Ignore, ..CustomerRules::default() };
    assert_eq!(texts(&subject(bounced('F')), &ignored), Vec::<String>::new());
}

#[test]
fn n1_p3_a_note_of_a_bounce_that_an_opt_in_answered_claims_no_opt_out() {
    let opted_in = at("2026-11-21T08:00:00Z");
    let cc = CcView { permission: Permission::Explicit, opt_in_at: Some(opted_in), ..bounced('B') };
    let texts = texts(&subject(cc), &CustomerRules::default());
    assert!(texts.len() == 1 && texts[0].ends_with("Nothing else was changed."), "{texts:?}");
}

#[test]
fn n1_d1_a_note_of_a_deletion_says_when_and_how_it_was_found() {
    let of = |proof| {
        let deletion = Some(Deletion { at: at("2026-11-20T16:20:00Z"), proof });
        texts(&subject(CcView { deletion, ..CcView::default() }), &CustomerRules::default()).remove(0)
    };
    let (shown, twice, sweep) =
        (of(DeletionProof::DeletedAt), of(DeletionProof::NotFound), of(DeletionProof::Sweep));
    for text in [&shown, &twice, &sweep] {
        assert!(text.contains("Constant Contact on 2026-11-20") && text.contains("opted out here"), "{text}");
    }
    assert!(twice.contains("checked twice") && sweep.contains("complete reading"));
    assert!(shown != twice && twice != sweep);
}

#[test]
fn n1_p4_a_note_of_a_complaint_is_written_unless_it_is_to_be_ignored() {
    let cc = CcView {
        permission: Permission::Unsubscribed,
        opt_out_at: Some(at("2026-11-20T16:20:00Z")),
        opt_out_reason: Some("Marked as spam".to_owned()),
        ..CcView::default()
    };
    let with = |complaint| CustomerRules { complaint, ..CustomerRules::default() };
    // Constant Contact unsubscribed the person: opted out in any case (P1).
    for policy in [BouncePolicy::OptOut, BouncePolicy::Note] {
        let texts = texts(&subject(cc.clone()), &with(policy));
        assert!(texts[0].contains("2026-11-20") && texts[0].contains("opted out here"), "{texts:?}");
    }
    assert_eq!(texts(&subject(cc), &with(BouncePolicy::Ignore)), Vec::<String>::new());
}

#[test]
fn n1_d1_a_deletion_that_was_found_before_it_was_stated_has_one_note() {
    let deleted =
        |when: &str, proof| CcView { deletion: Some(Deletion { at: at(when), proof }), ..CcView::default() };
    let mut found = subject(deleted("2026-11-20T17:00:00Z", DeletionProof::NotFound));
    found.base.notes = vec![format!("deleted {}", at("2026-11-20T17:00:00Z"))];
    found.cc = deleted("2026-11-20T16:20:00Z", DeletionProof::DeletedAt);
    assert_eq!(texts(&found, &CustomerRules::default()), Vec::<String>::new());
    // A later one is another.
    found.cc = deleted("2026-11-25T09:00:00Z", DeletionProof::DeletedAt);
    assert_eq!(texts(&found, &CustomerRules::default()).len(), 1);
}

#[test]
fn b4_n1_the_keys_of_notes_have_an_end() {
    let mut keys = Vec::new();
    for number in 0..250 {
        let at = Timestamp::from_secs(1_800_000_000 + number);
        remember(&mut keys, &Note { key: format!("bounce {number}"), at, text: String::new() });
    }
    assert_eq!((keys.len(), keys[0].as_str(), keys[99].as_str()), (100, "bounce 150", "bounce 249"));
}

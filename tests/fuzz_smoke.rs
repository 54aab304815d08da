//! The fuzz targets' functions over mutated seeds, on stable: a smoke for CI. The real thing is in `fuzz/`.
//!
//! The seed is printed; a failing run is repeated by writing it into `SEED`.

use tandem::{
    constant_contact::{
        CcError, ContactRead, ContactsPage, PagePath,
        hints::{self, HINTS_MAX},
        signature::verify_signature,
        unsubscribe_body,
    },
    domain::Timestamp,
    transport::Response,
};

/// `None`: another seed each time.
const SEED: Option<u64> = None;
const ROUNDS: usize = 4_000;

const PAGE: &str = r#"{"contacts":[{"contact_id":"af73e650-96f0-11ef-b2a0-fa163eafb85e","email_address":{"address":"dana@example.com",
"permission_to_send":"implicit","opt_in_source":"Account","opt_in_date":"2024-10-30T18:56:35Z"},"first_name":"Dan\ud83d\ude00",
"birthday_month":11,"birthday_day":24,"custom_fields":[{"custom_field_id":"f","value":"x","choice_ids":["1",2]}],
"phone_numbers":[{"phone_number":"1","kind":"home"}],"street_addresses":[{"kind":"home","city":"W"}],
"list_memberships":["l"],"taggings":[],"updated_at":"2026-11-20T10:04:11.123-05:00"},{"contact_id":1,"deleted_at":"2026-11-20"},null],
"contacts_count":3,"_links":{"next":{"href":"/v3/contacts?cursor=bGltaXQ9"}}}"#;
const CONTACT: &str =
    r#"{"contact_id":"c","email_address":{"address":"a@b.c"},"first_name":"\ud83d","first_name":"B"}"#;
const ERROR: &str = r#"[{"error_key":"contacts.api.conflict","error_message":"dana@example.com exists"},{"error":"invalid_grant"}]"#;
const HINT: &str = r#"[{"event":"contact.updated","data":{"contacts":[{"contact_id":"c","email_address":{"address":"a@b.c"}}]}},
{"email_address__address":"d@e.f"},{"body":"{\"contact_id\":\"x\"}"},{"event_type":"tier.increase"}]"#;

/// Random bytes that begin as something sensible.
fn mutate(random: &mut fastrand::Rng, seed: &str) -> Vec<u8> {
    const WORDS: [&[u8]; 16] = [
        b"null", b"{}", b"[]", b"{", b"}", b"[", b"]", b"\"", b"\\u", b"\\ud83d", b",", b":", b"1e999",
        b"-1", b"\xff", b"@",
    ];
    let mut bytes = seed.as_bytes().to_vec();
    for _ in 0..random.usize(1..=6) {
        let (from, to) = (random.usize(0..=bytes.len()), random.usize(0..=bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match random.u8(0..5) {
            0 => drop(bytes.drain(from..to)),
            1 => drop(bytes.splice(from..from, WORDS[random.usize(..WORDS.len())].iter().copied())),
            2 => drop(
                bytes.splice(from..to.min(from + 12), WORDS[random.usize(..WORDS.len())].iter().copied()),
            ),
            3 => {
                let copy = bytes[from..to].to_vec();
                let at = random.usize(0..=bytes.len());
                drop(bytes.splice(at..at, copy));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte = random.u8(..);
                }
            }
        }
    }
    bytes
}

fn drive(seed: &str, target: impl Fn(&[u8])) {
    let number = SEED.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {number}");
    let mut random = fastrand::Rng::with_seed(number);
    target(seed.as_bytes());
    for _ in 0..ROUNDS {
        target(&mutate(&mut random, seed));
    }
}

fn page(bytes: &[u8]) {
    let at = PagePath::first("/v3/contacts", &[]);
    if let Ok(page) = ContactsPage::decode(bytes.to_vec(), &at, "https://api.cc.email") {
        let (observations, problems) = page.observe_all(Timestamp::EPOCH);
        assert_eq!(observations.len() + problems.len(), page.len());
    }
    if let Ok(record) = ContactRead::new(bytes.to_vec()).record() {
        let _ = record.observe(Timestamp::EPOCH);
        let _ = unsubscribe_body(&record, "smoke");
    }
}

fn error(bytes: &[u8]) {
    let mut response = Response::new(400);
    response.body = bytes.to_vec();
    let error = CcError::of_response(&response);
    assert!(!error.to_string().contains("dana@example.com"));
    let _ = error.into_refusal(Timestamp::EPOCH);
}

fn hint(bytes: &[u8]) {
    if let Ok(hints) = hints::parse(bytes) {
        assert!((1..=HINTS_MAX + 1).contains(&hints.len()));
    }
    let header = String::from_utf8_lossy(bytes);
    assert!(!verify_signature(b"a secret that nobody knows", bytes, &header));
}

#[test]
fn pages_survive_anything() {
    drive(PAGE, page);
    drive(CONTACT, page);
}

#[test]
fn errors_survive_anything() {
    drive(ERROR, error);
}

#[test]
fn hints_survive_anything() {
    drive(HINT, hint);
}

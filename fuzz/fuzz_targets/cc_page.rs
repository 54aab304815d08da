//! Answers of Constant Contact: a page of contacts, a single contact, and the error that the same bytes would be.
//! `tests/fuzz_smoke.rs` drives the same functions on stable.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tandem::{
    constant_contact::{CcError, ContactRead, ContactsPage, PagePath, unsubscribe_body},
    domain::Timestamp,
    transport::Response,
};

fuzz_target!(|bytes: &[u8]| {
    let at = PagePath::first("/v3/contacts", &[]);
    if let Ok(page) = ContactsPage::decode(bytes.to_vec(), &at, "https://api.cc.email") {
        let (observations, problems) = page.observe_all(Timestamp::EPOCH);
        assert_eq!(observations.len() + problems.len(), page.len());
    }
    if let Ok(record) = ContactRead::new(bytes.to_vec()).record() {
        let _ = record.observe(Timestamp::EPOCH);
        let _ = unsubscribe_body(&record, "fuzz");
    }
    let mut response = Response::new(400);
    response.body = bytes.to_vec();
    let _ = CcError::of_response(&response).into_refusal(Timestamp::EPOCH);
});

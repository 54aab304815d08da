//! What Virtuous answers, and what it posts to `/hooks/virtuous/...`.

use std::sync::Arc;

use tandem::{
    clock::SystemClock,
    domain::{IndividualId, JoinId, MethodId, Timestamp, VirtuousContactId, reference_data::QueryTerms},
    virtuous::{
        Client, convert, hook,
        query::{QueryPage, TAKE_MAX},
    },
};

use super::answer::{always, now};

fn client(status: u16, bytes: &[u8]) -> Client {
    let (transport, clock) = (always(status, bytes), Arc::new(SystemClock));
    Client::new(transport, clock, "https://api.example", &"key".into(), Arc::new(|_| {}))
}

/// A whole contact, an individual and a method, and what of them is written back.
pub fn contact(bytes: &[u8]) {
    let client = client(200, bytes);
    now(async {
        let id = VirtuousContactId(41);
        if let Ok(Some(read)) = client.contact(id).await {
            let change = [("Program".to_owned(), "Arts".to_owned())];
            let _ = client.put_contact_fields(&read, &change, &[]).await;
            let _ = client.put_individual_fields(&read, IndividualId(41), &change, &[]).await;
        }
        let _ = client.find_by_reference("Constant Contact", "c-1").await;
        let _ = client.individual_by_email("dana@example.com").await;
        let _ = client.method(MethodId(1)).await;
        let _ = client.tags_of_contact(id, 0).await;
        let _ = client.notes_of_contact(id, 0).await;
    });
    if let Ok(value) = serde_json::from_slice(bytes) {
        let _ = (convert::contact(&value), convert::individual(&value), convert::method(&value));
    }
}

/// A page of whole contacts.
pub fn page(bytes: &[u8]) {
    let asked = QueryPage { take: TAKE_MAX, ..QueryPage::default() };
    let terms = QueryTerms::default();
    if let Ok(page) = now(client(200, bytes).query_full(&asked, &terms)) {
        assert_eq!(page.contacts.len() + page.odd, page.raw_count);
        assert_eq!(page.max_id, page.contacts.iter().map(|contact| contact.id).max());
    }
}

/// A delivery of events.
pub fn event(bytes: &[u8]) {
    if let Ok(events) = hook::events(bytes) {
        assert!(events.iter().filter(|event| event.told.is_some()).count() <= hook::TOLD_MAX);
        assert!(events.iter().all(|event| event.contact.is_none_or(|contact| contact.0 > 0)));
    }
}

/// The organisation, its permissions, types, tags, fields, words for queries, and its subscriptions.
pub fn reference(bytes: &[u8]) {
    let client = client(200, bytes);
    now(async {
        let _ = client.organisation().await;
        let _ = client.permissions().await;
        let _ = client.contact_types().await;
        let _ = client.method_types().await;
        let _ = client.note_types().await;
        let _ = client.tags_page(0, 100).await;
        let _ = client.custom_fields().await;
        let _ = client.query_options().await;
        let _ = client.webhook(tandem::virtuous::webhook::WebhookId(1)).await;
    });
}

/// An error: what it says of a person is left out.
pub fn error(bytes: &[u8]) {
    for status in [400, 401, 403, 404, 409, 422, 429, 500] {
        let asked = now(client(status, bytes).remove_tag(JoinId(1)));
        if let Err(error) = asked {
            assert!(!error.to_string().contains("dana@example.com"));
            let _ = error.into_refusal(Timestamp::EPOCH);
        }
    }
}

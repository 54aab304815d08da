//! What Constant Contact and its token host answer, and what is posted to `/hooks/constant-contact/...`.

use tandem::{
    constant_contact::{
        AccessToken, CcError, Client, ContactRead, ContactsPage, OAuth, PagePath, RefreshToken,
        hints::{self, HINTS_MAX},
        signature::verify_signature,
        unsubscribe_body,
    },
    domain::{ContactId, Timestamp},
    transport::Response,
};

use super::answer::{always, now};

const URL: &str = "https://api.cc.email";

/// A page of contacts.
pub fn page(bytes: &[u8]) {
    let at = PagePath::first("/v3/contacts", &[]);
    if let Ok(page) = ContactsPage::decode(bytes.to_vec(), &at, URL) {
        let (observations, problems) = page.observe_all(Timestamp::EPOCH);
        assert_eq!(observations.len() + problems.len(), page.len());
    }
}

/// A single contact, and the body of the write that unsubscribes it.
pub fn contact(bytes: &[u8]) {
    if let Ok(record) = ContactRead::new(bytes.to_vec()).record() {
        let _ = record.observe(Timestamp::EPOCH);
        if let Ok(body) = unsubscribe_body(&record, "fuzz") {
            assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|body| body.is_object()));
        }
    }
}

/// An error: what it says of a person is left out.
pub fn error(bytes: &[u8]) {
    for status in [400, 401, 403, 404, 409, 429, 500] {
        let mut response = Response::new(status);
        response.body = bytes.to_vec();
        let error = CcError::of_response(&response);
        assert!(!error.to_string().contains("dana@example.com"));
        let _ = error.into_refusal(Timestamp::EPOCH);
    }
}

/// A hint, and the signature on it.
pub fn hint(bytes: &[u8]) {
    if let Ok(hints) = hints::parse(bytes) {
        assert!((1..=HINTS_MAX + 1).contains(&hints.len()));
    }
    let header = String::from_utf8_lossy(bytes);
    assert!(!verify_signature(b"a secret that is not told", bytes, &header));
}

/// What the token host answers.
pub fn token(bytes: &[u8]) {
    for status in [200, 400, 401] {
        let oauth = OAuth::new(always(status, bytes), "https://auth.example", "id", "secret".into());
        let granted = now(oauth.refresh(&RefreshToken::new("used")));
        if let Ok(grant) = granted {
            assert!(!format!("{grant:?}").contains("a-secret-token"));
        }
    }
}

/// Lists, tags, fields, reports, the account, counts and activities.
pub fn reference(bytes: &[u8]) {
    let client = Client::new(always(200, bytes), URL);
    let token = AccessToken::new("token".into(), 0);
    let at = PagePath::first("/v3/contact_lists", &[]);
    now(async {
        let _ = client.lists_page(&token, &at).await;
        let _ = client.tags_page(&token, &at).await;
        let _ = client.custom_fields_page(&token, &at).await;
        let _ = client.campaign_summaries_page(&token, &at).await;
        let _ = client.campaign_sendings(&token, "campaign").await;
        let _ = client.bounces_page(&token, &at).await;
        let _ = client.account(&token).await;
        let _ = client.privileges(&token).await;
        let _ = client.activity(&token, "activity").await;
        let _ = client.put_contact(&token, &ContactId::new("c"), Vec::new()).await;
    });
}

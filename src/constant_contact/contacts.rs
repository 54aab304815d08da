//! Calls for contacts. Sources: reference/constant-contact.md 3 (reading), 6.2 (PUT), 7 (counts).

use serde_json::{Map, Value, json};

use super::{
    AccessToken, Answer, Call, CcError, Client, ContactRead, ContactsPage, PagePath, Record, body,
    mend::with_contact,
    page::percent_encode,
    streams,
    wire::{self, Contact, Text, number, trimmed},
};
use crate::{
    domain::{ContactId, ListId, Permission},
    transport::Method,
};

/// `opt_out_reason` is at most this long.
const REASON_CHARS_MAX: usize = 255;

/// Numbers of contacts, for drift (W3). There are none for deleted, `not_set` and `temp_hold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All that are not deleted.
    pub total: Option<u64>,
    /// With explicit permission.
    pub explicit: Option<u64>,
    /// With implicit permission.
    pub implicit: Option<u64>,
    /// Waiting for confirmation.
    pub pending: Option<u64>,
    /// Unsubscribed.
    pub unsubscribed: Option<u64>,
}

/// Why an unsubscribe must not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoUnsubscribe {
    /// Deleted: a PUT would revive the contact (P1).
    #[error("the contact is deleted")]
    Deleted,
    /// Nothing to do.
    #[error("the contact is unsubscribed already")]
    AlreadyUnsubscribed,
    /// There is no address to unsubscribe.
    #[error("the contact has no address")]
    NoAddress,
    /// The contact cannot be read.
    #[error("the contact cannot be read: {0}")]
    Odd(String),
}

/// The body of the PUT that unsubscribes (P1), made of the contact as it was read just before.
///
/// The PUT replaces: a core field that is left out becomes null, so all that were read go back. Sub-resources that are
/// left out are kept, so none is sent, and no stale list array can be written. The permission is only ever lowered.
///
/// # Errors
/// When the contact must not, or need not, be unsubscribed.
pub fn unsubscribe_body(fresh: &Record<'_>, reason: &str) -> Result<Vec<u8>, NoUnsubscribe> {
    with_contact(fresh.raw, |contact| lowered(contact, reason)).map_err(NoUnsubscribe::Odd)?
}

fn lowered(contact: &Contact<'_>, reason: &str) -> Result<Vec<u8>, NoUnsubscribe> {
    if trimmed(contact.deleted_at.as_ref()).is_some() {
        return Err(NoUnsubscribe::Deleted);
    }
    let email = contact.email_address.as_ref().map(|email| &email.0).ok_or(NoUnsubscribe::NoAddress)?;
    let address = trimmed(email.address.as_ref()).ok_or(NoUnsubscribe::NoAddress)?;
    if trimmed(email.permission_to_send.as_ref()) == Some(Permission::Unsubscribed.as_str()) {
        return Err(NoUnsubscribe::AlreadyUnsubscribed);
    }
    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
    let mut body = Map::new();
    body.insert(
        "email_address".to_owned(),
        json!({ "address": address, "permission_to_send": Permission::Unsubscribed.as_str(), "opt_out_reason": reason }),
    );
    let texts = [
        ("first_name", &contact.first_name),
        ("last_name", &contact.last_name),
        ("job_title", &contact.job_title),
        ("company_name", &contact.company_name),
        ("anniversary", &contact.anniversary),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            body.insert(name.to_owned(), Value::from(text.as_ref()));
        }
    }
    // Both or neither (reference/constant-contact.md 3.3).
    if let (Some(month), Some(day)) =
        (number(contact.birthday_month.as_ref()), number(contact.birthday_day.as_ref()))
    {
        body.insert("birthday_month".to_owned(), month.into());
        body.insert("birthday_day".to_owned(), day.into());
    }
    // `Account`, not `Contact`: the latter could never be taken back by the nonprofit (reference 6.2).
    body.insert("update_source".to_owned(), "Account".into());
    Ok(Value::Object(body).to_string().into_bytes())
}

impl Client {
    /// One page of contacts: the first of a stream ([`streams`]), or the page that the page before names.
    ///
    /// # Errors
    /// [`CcError`]; an odd record is no error but one of the page's problems.
    pub async fn contacts_page(
        &self,
        token: &AccessToken,
        at: &PagePath,
    ) -> Result<Answer<ContactsPage>, CcError> {
        let answer = self.call(token, Call::get(at.as_str())).await?;
        answer.try_map(|body| ContactsPage::decode(body, at, self.api_url()))
    }

    /// One contact, whole, deleted ones included.
    ///
    /// # Errors
    /// [`CcError::NotFound`] for an unknown id, and the rest of [`CcError`].
    pub async fn contact(
        &self,
        token: &AccessToken,
        id: &ContactId,
        include: streams::Include,
    ) -> Result<Answer<ContactRead>, CcError> {
        let at = PagePath::first(&contact_path(id)?, &[("include", include.as_str())]);
        Ok(self.call(token, Call::get(at.as_str())).await?.map(ContactRead::new))
    }

    /// Contacts with this address, deleted and unsubscribed ones included (reference 10.3).
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn contacts_by_email(
        &self,
        token: &AccessToken,
        email: &str,
        include: streams::Include,
    ) -> Result<Answer<ContactsPage>, CcError> {
        let query = [("email", email), ("status", "all"), ("include", include.as_str())];
        self.contacts_page(token, &PagePath::first(streams::CONTACTS, &query)).await
    }

    /// Replaces the core fields of a contact; `body` comes from [`unsubscribe_body`]. The answer is the contact after it.
    ///
    /// # Errors
    /// [`CcError`]; after [`CcError::Transient`] the contact is to be read again before the next attempt.
    pub async fn put_contact(
        &self,
        token: &AccessToken,
        id: &ContactId,
        body: Vec<u8>,
    ) -> Result<Answer<ContactRead>, CcError> {
        let call = Call { method: Method::Put, path: contact_path(id)?, body };
        Ok(self.call(token, call).await?.map(ContactRead::new))
    }

    /// Has the one email sent by which an unsubscribed contact may subscribe again, and join these lists with it. Nothing else
    /// changes until they confirm (reference/constant-contact.md 6.1). The answer is not told apart: there is nothing in it.
    ///
    /// # Errors
    /// [`CcError::Conflict`] when it was sent before, and the rest of [`CcError`].
    pub async fn send_confirmation(
        &self,
        token: &AccessToken,
        id: &ContactId,
        lists: &[ListId],
    ) -> Result<Answer<()>, CcError> {
        let ids: Vec<String> = lists.iter().map(ToString::to_string).collect();
        let body = json!({ "list_ids": ids }).to_string().into_bytes();
        let path = segment(&format!("{}/resubscribe/", streams::CONTACTS), &id.to_string())?;
        Ok(self.call(token, Call { method: Method::Put, path, body }).await?.map(drop))
    }

    /// The numbers of contacts by permission.
    ///
    /// # Errors
    /// [`CcError`].
    pub async fn counts(&self, token: &AccessToken) -> Result<Answer<Counts>, CcError> {
        let answer = self.call(token, Call::get(streams::counts::path().as_str())).await?;
        answer.try_map(|body| {
            let body = body::into_text(body);
            let counts: wire::Counts<'_> = body::decode(&body)?;
            let count = |text: &Option<Text<'_>>| number(text.as_ref());
            Ok(Counts {
                total: count(&counts.total),
                explicit: count(&counts.explicit),
                implicit: count(&counts.implicit),
                pending: count(&counts.pending),
                unsubscribed: count(&counts.unsubscribed),
            })
        })
    }
}

fn contact_path(id: &ContactId) -> Result<String, CcError> {
    segment(&format!("{}/", streams::CONTACTS), &id.to_string())
}

/// `base` and one more segment. An id of dots would climb to another path, so there is no such id.
pub(super) fn segment(base: &str, id: &str) -> Result<String, CcError> {
    if id.bytes().all(|byte| byte == b'.') {
        return Err(CcError::Odd("an id that is none".to_owned()));
    }
    let mut path = base.to_owned();
    percent_encode(id, &mut path);
    Ok(path)
}

#[cfg(test)]
#[path = "contacts_tests.rs"]
mod tests;

//! Rows for the nightly import: `Contact/Transaction` for one, `Contact/Batch` for many (C4; reference/virtuous.md 3).

use serde_json::{Map, Value, json};

use super::{client::Client, error::VirtuousError, paths};
use crate::{
    domain::{Timestamp, Transaction},
    transport::Response,
};

/// A submission that was accepted: it waits for the organisation's import, and is no contact yet (V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// When, by the server's `Date`, if it told.
    pub at: Option<Timestamp>,
}

impl Accepted {
    /// The answer itself has no body and no id (reference 3.1).
    fn of(response: &Response) -> Self {
        Self { at: response.header("date").and_then(Timestamp::parse_http_date) }
    }
}

/// Why a row is not sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// A tag's name holds the semicolon that separates tags, so it would arrive as two others.
    #[error("a tag with a semicolon cannot be sent")]
    SemicolonInTag,
    /// Without a reference the row would be a new contact every night (I1).
    #[error("a row without a reference cannot be sent")]
    NoReference,
}

/// Whether a row can be sent.
///
/// # Errors
/// [`Unsendable`] when it cannot.
pub fn check(row: &Transaction) -> Result<(), Unsendable> {
    if row.tags.iter().any(|tag| tag.contains(';')) {
        return Err(Unsendable::SemicolonInTag);
    }
    if row.reference_id.trim().is_empty() { Err(Unsendable::NoReference) } else { Ok(()) }
}

impl Client {
    /// Submits one row under a reference source. One call; success means held for the import, not done (V1).
    ///
    /// A repetition before the import ran is another row of the same import, as far as anybody knows; the stable
    /// reference makes both resolve to one contact (reference 3.2, GUESS). So nothing is doubled, but after an unknown
    /// outcome it is looked up before it is sent again (C4).
    ///
    /// # Errors
    /// [`VirtuousError`]; `Refused` with status 0 when [`check`] refuses the row, and
    /// [`VirtuousError::speaks_of_name`] tells the refusals that C3 is about.
    pub async fn submit(&self, row: &Transaction, source: &str) -> Result<Accepted, VirtuousError> {
        check(row).map_err(|refusal| VirtuousError::unsent(&refusal.to_string()))?;
        let mut body = fields(row);
        body.insert("referenceSource".to_owned(), json!(source));
        self.post(paths::TRANSACTION, &Value::Object(body)).await.map(|response| Accepted::of(&response))
    }

    /// Submits many rows of one reference source. One call; none for no rows. Repetitions as for [`Client::submit`].
    ///
    /// Size: undocumented, 100 to 200 rows are thought to be safe. A 400 or 422 does not tell which row is at fault:
    /// [`super::bisect`] finds it.
    ///
    /// # Errors
    /// As for [`Client::submit`]; if a single row cannot be sent, none is.
    pub async fn submit_batch(&self, rows: &[Transaction], source: &str) -> Result<Accepted, VirtuousError> {
        for (at, row) in rows.iter().enumerate() {
            check(row).map_err(|refusal| VirtuousError::unsent(&format!("row {at}: {refusal}")))?;
        }
        if rows.is_empty() {
            return Ok(Accepted { at: None });
        }
        let contacts: Vec<Value> = rows.iter().map(|row| Value::Object(fields(row))).collect();
        let body = json!({"referenceSource": source, "contacts": contacts});
        self.post(paths::BATCH, &body).await.map(|response| Accepted::of(&response))
    }
}

/// A row's own fields. Empty text is never sent: it could clear what staff know (F2, v13.C8).
fn fields(row: &Transaction) -> Map<String, Value> {
    let texts = [
        ("referenceId", &row.reference_id),
        ("contactType", &row.contact_type),
        ("firstName", &row.first_name),
        ("lastName", &row.last_name),
        ("email", &row.email),
        ("phone", &row.phone),
        ("address1", &row.address1),
        ("city", &row.city),
        ("state", &row.state),
        ("postal", &row.postal),
        ("country", &row.country),
    ];
    let mut body: Map<String, Value> = texts
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(key, text)| (key.to_owned(), json!(text)))
        .collect();
    // A type says nothing without its value.
    for (key, kind, of) in [("emailType", &row.email_type, "email"), ("phoneType", &row.phone_type, "phone")]
    {
        if body.contains_key(of) && !kind.trim().is_empty() {
            body.insert(key.to_owned(), json!(kind));
        }
    }
    let tags: Vec<&str> = row.tags.iter().map(String::as_str).filter(|tag| !tag.trim().is_empty()).collect();
    if !tags.is_empty() {
        body.insert("tags".to_owned(), json!(tags.join(";")));
    }
    // An object here, unlike the array of reads and PUTs (reference 7).
    let custom: Map<String, Value> = row
        .custom_fields
        .iter()
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    if !custom.is_empty() {
        body.insert("customFields".to_owned(), Value::Object(custom));
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtuous::script::Script;

    fn row() -> Transaction {
        Transaction {
            reference_id: "cc-4".into(),
            contact_type: "Household".into(),
            first_name: "Ann".into(),
            last_name: "Example".into(),
            email_type: "Home Email".into(),
            email: "ann@example.org".into(),
            phone_type: "Mobile Phone".into(),
            tags: vec!["CC: News".into(), "CC: Events".into()],
            custom_fields: vec![("Program".into(), "Arts".into()), ("None".into(), String::new())],
            ..Transaction::default()
        }
    }

    fn expected() -> Value {
        json!({
            "referenceId": "cc-4", "contactType": "Household", "firstName": "Ann", "lastName": "Example",
            "emailType": "Home Email", "email": "ann@example.org",
            "tags": "CC: News;CC: Events", "customFields": {"Program": "Arts"},
        })
    }

    #[tokio::test]
    async fn one_row_carries_its_source() {
        let script = Script::new().then_with(200, "", &[("date", "Sun, 22 Nov 2026 21:26:56 GMT")]);
        let accepted = script.client().submit(&row(), "Constant Contact").await.unwrap();
        assert_eq!(
            accepted.at.map(Timestamp::to_http_date).as_deref(),
            Some("Sun, 22 Nov 2026 21:26:56 GMT")
        );
        let mut expect = expected();
        expect["referenceSource"] = json!("Constant Contact");
        assert_eq!(script.body(0), expect);
        assert_eq!(script.asked(), ["POST /api/Contact/Transaction"]);
    }

    #[tokio::test]
    async fn a_batch_names_the_source_once() {
        let script = Script::new().then(200, "");
        script.client().submit_batch(&[row()], "Constant Contact").await.unwrap();
        assert_eq!(script.body(0), json!({"referenceSource": "Constant Contact", "contacts": [expected()]}));
        script.client().submit_batch(&[], "Constant Contact").await.unwrap();
        assert_eq!(script.asked(), ["POST /api/Contact/Batch"]);
    }

    #[tokio::test]
    async fn what_cannot_be_said_is_not_sent() {
        let script = Script::new();
        let bad = Transaction { tags: vec!["CC: a;b".into()], ..row() };
        let nobody = Transaction { reference_id: " ".into(), ..row() };
        for rows in [[row(), bad], [row(), nobody]] {
            let error = script.client().submit_batch(&rows, "Constant Contact").await.unwrap_err();
            assert!(
                matches!(error, VirtuousError::Refused { status: 0, ref text } if text.starts_with("row 1:"))
            );
            assert!(script.client().submit(&rows[1], "Constant Contact").await.is_err());
        }
        assert!(script.asked().is_empty());
    }
}

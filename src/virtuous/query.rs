//! `Contact/Query/FullContact`: many whole contacts a call (reference/virtuous.md 4.4, 10). The abbreviated query has
//! neither opt-ins nor references nor tags, so nothing here uses it.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use super::{
    client::Client,
    convert,
    error::VirtuousError,
    page::{Cut, record_as, text_of},
    paths,
    query_terms::is_strict,
};
use crate::domain::{Timestamp, VirtuousContact, VirtuousContactId, reference_data::QueryTerms};

/// The most that the API gives in one page; above, it answers 400 (reference 4.4).
pub const TAKE_MAX: usize = 1000;

/// How long an answer may take: a page of whole contacts is slow work for the other side (W7).
const ANSWER_WITHIN: Duration = Duration::from_secs(180);
/// What an answer may hold for each contact that was asked for; 1,000 full contacts are under 10 MB.
const CONTACT_BYTES_MAX: usize = 64 << 10;
/// What it may hold at the least, and in all.
const ANSWER_BYTES_LEAST: usize = 4 << 20;
const ANSWER_BYTES_MOST: usize = 64 << 20;
/// Records beyond twice as many as were asked for, from which on an answer is no page.
const RECORDS_SLACK: usize = 1_000;
/// More contacts than an organisation has: a reading by count ends there at the latest.
const READ_MAX: u64 = 10_000_000;

/// What to ask for: the conditions that are set must all hold.
#[derive(Clone, Default)]
pub struct QueryPage {
    /// Modified on this day or later, in the organisation's time zone, so that callers overlap by a day (V2).
    pub modified_since: Option<Timestamp>,
    /// With an id above this one: the cursor of a scan, which stays right while contacts are added (v13.G).
    pub id_above: Option<VirtuousContactId>,
    /// With this email address.
    pub email: Option<String>,
    /// Archived ones too: archiving is a change that must be seen (I3).
    pub include_archived: bool,
    /// Records to pass over.
    pub skip: usize,
    /// Records at most; [`TAKE_MAX`] at most.
    pub take: usize,
}

/// A page of contacts.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ContactPage {
    /// Those that could be read.
    pub contacts: Vec<VirtuousContact>,
    /// How many match in all, if told.
    pub total: Option<u64>,
    /// How many records of the page could not be read.
    pub odd: usize,
    /// Records in the page, odd ones included: less than asked for means the last page.
    pub raw_count: usize,
    /// The highest id in the page.
    pub max_id: Option<VirtuousContactId>,
    /// Whether the ids rise strictly: only then is `max_id` a cursor that skips no contact.
    pub ascending: bool,
}

impl fmt::Debug for ContactPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactPage")
            .field("raw_count", &self.raw_count)
            .field("odd", &self.odd)
            .field("total", &self.total)
            .field("max_id", &self.max_id)
            .finish_non_exhaustive()
    }
}

impl ContactPage {
    /// Whether it is the last. `passed` are the records before it that were passed over since the id that the page begins after, where
    /// ids are the cursor; `read` are the records of this reading so far, this page and those included. A page may hold fewer
    /// than were asked for and not be the last one: `total` decides where it is told (4.4, CONFLICT).
    #[must_use]
    pub fn is_last(&self, take: usize, passed: Option<usize>, read: u64) -> bool {
        let here = self.raw_count as u64;
        here == 0
            || match (self.total, passed) {
                // With ids as the cursor, each page counts what is left.
                (Some(total), Some(passed)) => here + passed as u64 >= total,
                // A total that moves ahead of the reading has an end, too (W7).
                (Some(total), None) => read >= total.min(READ_MAX),
                (None, _) => self.raw_count < take,
            }
    }
}

impl Client {
    /// One page of whole contacts, sorted by id. One call, a read.
    ///
    /// `terms` are the organisation's own terms for the conditions, from [`super::query_terms`]; a strict operator is asked
    /// one day (or, with ids, nothing) earlier, so that a page always begins at what the caller named.
    ///
    /// # Errors
    /// `Refused` with status 0 when the organisation offers no word for a condition, `Odd` when the answer is no page;
    /// a record that cannot be read is counted, and fails nothing.
    pub async fn query_full(
        &self,
        page: &QueryPage,
        terms: &QueryTerms,
    ) -> Result<ContactPage, VirtuousError> {
        let body = query_body(page, terms)?;
        let path = paths::query_full(page.skip, page.take.min(TAKE_MAX));
        let take = page.take.min(TAKE_MAX);
        let bytes_max = (ANSWER_BYTES_LEAST + take * CONTACT_BYTES_MAX).min(ANSWER_BYTES_MOST);
        let response = self.post_within(&path, &body, ANSWER_WITHIN, bytes_max).await?;
        let read = read_page(&text_of(&response.body), RECORDS_SLACK + 2 * take);
        read.ok_or_else(|| VirtuousError::odd("a page of contacts"))
    }
}

fn query_body(page: &QueryPage, terms: &QueryTerms) -> Result<Value, VirtuousError> {
    let mut conditions = Vec::new();
    let mut add = |terms: &Option<(String, String)>, what: &str, value: &dyn Fn(&str) -> String| {
        let Some((parameter, operator)) = terms else {
            return Err(VirtuousError::unsent(&format!("this organisation's queries cannot ask by {what}")));
        };
        conditions.push(json!({"parameter": parameter, "operator": operator, "value": value(operator)}));
        Ok(())
    };
    if let Some(since) = page.modified_since {
        add(&terms.modified_since, "modification date", &|operator| {
            const DAY: Duration = Duration::from_secs(86_400);
            if is_strict(operator) { since.minus(DAY).to_date() } else { since.to_date() }
        })?;
    }
    if let Some(id) = page.id_above {
        add(&terms.id_above, "contact id", &|operator| {
            if is_strict(operator) { id.0.to_string() } else { id.0.saturating_add(1).to_string() }
        })?;
    }
    if let Some(email) = &page.email {
        add(&terms.email_is, "email address", &|_| email.clone())?;
    }
    let groups = if conditions.is_empty() { json!([]) } else { json!([{"conditions": conditions}]) };
    // The references conflict on where paging goes, and take both (4.4): whichever is read, it says the same.
    Ok(json!({
        "skip": page.skip,
        "take": page.take.min(TAKE_MAX),
        "groups": groups,
        "sortBy": "Id",
        "descending": false,
        "includeArchived": page.include_archived,
    }))
}

fn read_page(body: &str, records_max: usize) -> Option<ContactPage> {
    let cut = Cut::of(body).filter(|cut| cut.records.len() <= records_max)?;
    let mut page = ContactPage {
        total: cut.total,
        raw_count: cut.records.len(),
        ascending: true,
        ..ContactPage::default()
    };
    for record in cut.records {
        let record: Option<Value> = record_as(record);
        let contact = record.as_ref().and_then(|record| convert::contact(record).ok());
        let Some(contact) = contact else {
            page.odd += 1;
            continue;
        };
        page.ascending &= page.max_id.is_none_or(|highest| highest < contact.id);
        page.max_id = page.max_id.max(Some(contact.id));
        page.contacts.push(contact);
    }
    Some(page)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::virtuous::script::{Script, any_json, full_contact, places};

    fn terms(operator: &str) -> QueryTerms {
        QueryTerms {
            modified_since: Some(("Last Modified Date".into(), operator.into())),
            id_above: Some(("Contact Id".into(), "GreaterThan".into())),
            email_is: Some(("Email Address".into(), "Is".into())),
        }
    }

    fn page_of(contacts: &[Value]) -> String {
        json!({"list": contacts, "total": contacts.len()}).to_string()
    }

    #[tokio::test]
    async fn all_conditions_stand_in_one_group() {
        let script = Script::new().then(200, page_of(&[full_contact(3, "a@b.example")]));
        let page = QueryPage {
            modified_since: Timestamp::parse("2026-11-22T10:00:00Z"),
            id_above: Some(VirtuousContactId(2)),
            email: Some("a@b.example".into()),
            include_archived: true,
            skip: 5,
            take: 5000,
        };
        let read = script.client().query_full(&page, &terms("OnOrAfter")).await.unwrap();
        assert_eq!((read.raw_count, read.max_id, read.ascending), (1, Some(VirtuousContactId(3)), true));
        assert_eq!(script.asked(), ["POST /api/Contact/Query/FullContact?skip=5&take=1000"]);
        assert_eq!(
            script.body(0),
            json!({
                "groups": [{"conditions": [
                    {"parameter": "Last Modified Date", "operator": "OnOrAfter", "value": "2026-11-22"},
                    {"parameter": "Contact Id", "operator": "GreaterThan", "value": "2"},
                    {"parameter": "Email Address", "operator": "Is", "value": "a@b.example"},
                ]}],
                "skip": 5, "take": 1000, "sortBy": "Id", "descending": false, "includeArchived": true,
            })
        );
    }

    #[test]
    fn operators_of_either_kind_begin_at_the_same_place() {
        let page = QueryPage {
            modified_since: Timestamp::parse("2026-11-22"),
            id_above: Some(VirtuousContactId(2)),
            ..QueryPage::default()
        };
        let mut terms = terms("Is After");
        terms.id_above = Some(("Contact Id".into(), "GreaterThanOrEqual".into()));
        let body = query_body(&page, &terms).unwrap();
        assert_eq!(body["groups"][0]["conditions"][0]["value"], "2026-11-21");
        assert_eq!(body["groups"][0]["conditions"][1]["value"], "3");
        assert_eq!(query_body(&QueryPage::default(), &terms).unwrap()["groups"], json!([]));
        let unable = query_body(&page, &QueryTerms::default());
        assert!(matches!(unable, Err(VirtuousError::Refused { status: 0, .. })));
    }

    #[test]
    fn odd_records_are_counted() {
        let list = [json!(7), json!({"id": 9, "tags": 5}), full_contact(4, "a@b.example")];
        let page = read_page(&page_of(&list), 100).unwrap();
        assert_eq!((page.contacts.len(), page.odd, page.raw_count), (2, 1, 3));
        assert_eq!((page.max_id, page.ascending), (Some(VirtuousContactId(9)), false));
    }

    proptest! {
        #[test]
        fn one_odd_contact_loses_no_other(value in any_json(), place in any::<proptest::sample::Index>()) {
            let mut odd = full_contact(2, "b@example.org");
            let places = places(&odd);
            *odd.pointer_mut(&places[place.index(places.len())]).unwrap() = value;
            let list = [full_contact(1, "a@example.org"), odd, full_contact(3, "c@example.org")];
            let page = read_page(&page_of(&list), 100).unwrap();
            prop_assert_eq!(page.raw_count, 3);
            prop_assert_eq!(page.contacts.len() + page.odd, 3);
            prop_assert!(page.contacts.iter().any(|contact| contact.id.0 == 1));
            prop_assert!(page.contacts.iter().any(|contact| contact.id.0 == 3));
        }

        #[test]
        fn no_text_panics(body in ".{0,300}") {
            let _ = read_page(&body, 100);
        }
    }
}

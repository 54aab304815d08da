//! Tags on contacts: put on by tag id, taken off by the id of the join (S1, S2; reference/virtuous.md 6). No call makes,
//! renames or deletes a tag of the organisation.

use serde_json::{Value, json};

use super::{
    client::{Client, json as body_of},
    error::VirtuousError,
    page::{Cut, text_of},
    paths,
    wire::{integer_of, name_of},
};
use crate::domain::{JoinId, TagId, VirtuousContactId};

/// Joins asked for in one call.
pub const JOINS_TAKE: usize = 1000;

/// A tag on a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagJoin {
    /// The join; `None` if the record does not show beyond doubt which of its numbers it is.
    pub join: Option<JoinId>,
    /// The tag.
    pub tag: Option<TagId>,
    /// The tag's name.
    pub name: String,
}

impl TagJoin {
    /// Whether the tag is this one, by its name, or by its id where the join shows no name (names unverified).
    #[must_use]
    pub fn is_of(&self, tag: TagId, name: &str) -> bool {
        self.name == name || (self.name.is_empty() && self.tag == Some(tag))
    }
}

/// A page of a contact's tags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinPage {
    /// Those that could be read. The same tag may stand there twice (reference 6, GUESS): all its joins must go.
    pub joins: Vec<TagJoin>,
    /// How many there are in all, if told.
    pub total: Option<u64>,
    /// Records in the page, odd ones included.
    pub raw_count: usize,
}

impl Client {
    /// The tags of a contact with their joins. One call, a read; no contact has more than a page of 1,000.
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if the contact is gone, `Odd` if the answer is no page.
    pub async fn tags_of_contact(
        &self,
        contact: VirtuousContactId,
        skip: usize,
    ) -> Result<JoinPage, VirtuousError> {
        let response = self.get(&paths::tags_of_contact(contact, skip, JOINS_TAKE)).await?;
        let body = text_of(&response.body);
        let cut = Cut::of(&body).ok_or_else(|| VirtuousError::odd("a page of a contact's tags"))?;
        let (records, _) = cut.read::<Value>();
        Ok(JoinPage {
            joins: records.iter().filter_map(join_of).collect(),
            total: cut.total,
            raw_count: cut.records.len(),
        })
    }

    /// Puts an existing tag on a contact, and gives the join if the answer shows it. One call.
    ///
    /// What a repetition does is not documented: a second join, the same one again, or `Conflict` (reference 6, GUESS).
    /// So after an unknown outcome, and after a `Conflict`, the contact's tags are read (S5). An answer that does not
    /// name this tag and this contact shows no join (S2).
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if the tag or the contact is gone.
    pub async fn add_tag(
        &self,
        contact: VirtuousContactId,
        tag: TagId,
    ) -> Result<Option<JoinId>, VirtuousError> {
        let body = json!({"tagId": tag.0, "contactId": contact.0});
        let response = self.post(paths::CONTACT_TAG, &body).await?;
        let answer = body_of(&response).unwrap_or_default();
        let is_of_contact = integer_of(&answer, &["contactId"]) == Some(contact.0);
        let join = join_of(&answer).filter(|join| is_of_contact && join.tag == Some(tag));
        Ok(join.and_then(|join| join.join))
    }

    /// Takes a tag off a contact. One call.
    ///
    /// # Errors
    /// [`VirtuousError`]; `NotFound` if there is no such join.
    pub async fn remove_tag(&self, join: JoinId) -> Result<(), VirtuousError> {
        self.delete(&paths::contact_tag(join.0)).await.map(drop)
    }
}

/// Reads a join whose field names are unverified (reference 6). A lone `id` may be the tag's own, and to delete by it
/// would take some other contact's tag off; so it counts as the join only beside a `tagId`.
fn join_of(record: &Value) -> Option<TagJoin> {
    let inner = record.get("tag").unwrap_or(&Value::Null);
    let tag = integer_of(record, &["tagId"]).or_else(|| integer_of(inner, &["id", "tagId"]));
    let join = integer_of(record, &["contactTagId"]).or_else(|| {
        let id = integer_of(record, &["id"])?;
        tag.map(|_| id)
    });
    let name = name_of(record, &["tagName", "name"]).or_else(|| name_of(inner, &["tagName", "name"]));
    if tag.is_none() && name.is_none() {
        return None;
    }
    Some(TagJoin { join: join.map(JoinId), tag: tag.map(TagId), name: name.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::virtuous::script::{Script, any_json};

    #[test]
    fn both_guesses_of_the_names_are_read() {
        let expect =
            Some(TagJoin { join: Some(JoinId(9)), tag: Some(TagId(5)), name: "CC: News".to_owned() });
        for record in [
            json!({"id": 9, "tagId": 5, "tagName": "CC: News"}),
            json!({"contactTagId": "9", "tagId": "5", "name": "CC: News"}),
            json!({"id": 9, "tag": {"id": 5, "tagName": "CC: News"}}),
            json!({"contactTagId": 9, "id": 7, "tagId": 5, "tagName": "CC: News"}),
        ] {
            assert_eq!(join_of(&record), expect, "{record}");
        }
        assert_eq!(join_of(&json!({"id": 5, "tagName": "CC: News"})).unwrap().join, None);
        assert_eq!(join_of(&json!({"id": 5})), None);
    }

    #[tokio::test]
    async fn tags_go_on_and_off() {
        let script = Script::new()
            .then(200, json!({"list": [{"id": 9, "tagId": 5, "tagName": "CC: News"}, 7], "total": 2}))
            .then(200, "")
            .then(204, "")
            .then(404, "");
        let client = script.client();
        let page = client.tags_of_contact(VirtuousContactId(4), 0).await.unwrap();
        assert_eq!((page.joins.len(), page.raw_count), (1, 2));
        assert_eq!(client.add_tag(VirtuousContactId(4), TagId(5)).await, Ok(None));
        assert_eq!(client.remove_tag(JoinId(9)).await, Ok(()));
        assert_eq!(client.remove_tag(JoinId(9)).await, Err(VirtuousError::NotFound));
        assert_eq!(script.body(1), json!({"tagId": 5, "contactId": 4}));
        assert_eq!(script.asked()[2], "DELETE /api/ContactTag/9");
    }

    #[tokio::test]
    async fn s1_the_answer_of_a_tag_that_is_put_on_tells_the_join_of_this_tag_and_contact_alone() {
        for (answer, join) in [
            (json!({"id": 9, "tagId": 5, "contactId": 4}), Some(JoinId(9))),
            (json!({"contactTagId": 9, "tagId": "5", "contactId": "4"}), Some(JoinId(9))),
            (json!({"contactTagId": 9, "tagId": "5"}), None),
            (json!({"id": 9, "tagId": 5}), None),
            (json!({"id": 9, "tagId": 6, "contactId": 4}), None),
            (json!({"id": 9, "tagId": 5, "contactId": 3}), None),
            (json!({"id": 9, "tagName": "CC: News"}), None),
            (json!([9]), None),
        ] {
            let client = Script::new().then(200, answer.clone()).client();
            assert_eq!(client.add_tag(VirtuousContactId(4), TagId(5)).await, Ok(join), "{answer}");
        }
    }

    proptest! {
        #[test]
        fn no_record_panics(value in any_json()) {
            let _ = join_of(&value);
        }
    }
}

//! The preflight: the whole reference of an organisation, read step by step, so that the caller takes a permit for each call
//! and may stop and go on between any two.

use std::collections::VecDeque;

use super::{
    client::Client,
    error::VirtuousError,
    reference_data::{Organisation, TAGS_TAKE, TAGS_TAKE_FEW, by_name, fewer_may_do},
};
use crate::domain::{TagId, Timestamp, VirtuousReferenceData, reference_data::FieldHolder};

/// One step: exactly one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Whose key it is. The first one, so that a refused key costs one call.
    Organisation,
    /// Types of contacts.
    ContactTypes,
    /// Types of contact methods.
    MethodTypes,
    /// Types of notes.
    NoteTypes,
    /// Custom fields of contacts, or of individuals.
    Fields(FieldHolder),
    /// How queries are spelled.
    QueryOptions,
    /// A page of tags from this place on.
    Tags {
        /// Tags to pass over.
        skip: usize,
    },
}

impl Step {
    /// The steps of a preflight; further pages of tags follow by themselves.
    pub const ALL: [Self; 8] = [
        Self::Organisation,
        Self::ContactTypes,
        Self::MethodTypes,
        Self::NoteTypes,
        Self::Fields(FieldHolder::Contact),
        Self::Fields(FieldHolder::Individual),
        Self::QueryOptions,
        Self::Tags { skip: 0 },
    ];

    /// What it reads, in the operator's words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::ContactTypes => "contact types",
            Self::MethodTypes => "contact method types",
            Self::NoteTypes => "note types",
            Self::Fields(FieldHolder::Contact) => "custom fields of contacts",
            Self::Fields(FieldHolder::Individual) => "custom fields of individuals",
            Self::QueryOptions => "query options",
            Self::Tags { .. } => "tags",
        }
    }
}

/// A preflight under way.
#[derive(Debug, Clone)]
pub struct Preflight {
    steps: VecDeque<Step>,
    reference: VirtuousReferenceData,
    organisation: Organisation,
    tags: Vec<(TagId, String)>,
    tags_take: usize,
    calls: u32,
}

impl Default for Preflight {
    fn default() -> Self {
        Self::new()
    }
}

impl Preflight {
    /// Reads everything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            steps: Step::ALL.into(),
            reference: VirtuousReferenceData::default(),
            organisation: Organisation::default(),
            tags: Vec::new(),
            tags_take: TAGS_TAKE,
            calls: 0,
        }
    }

    /// Reads the tags only, into a reference that is otherwise kept (S4: on demand).
    #[must_use]
    pub fn tags_of(reference: VirtuousReferenceData) -> Self {
        let organisation =
            Organisation { name: reference.organisation.clone(), enabled: true, ..Default::default() };
        Self { steps: [Step::Tags { skip: 0 }].into(), reference, organisation, ..Self::new() }
    }

    /// The next call, `None` when all is read.
    #[must_use]
    pub fn next_step(&self) -> Option<Step> {
        self.steps.front().copied()
    }

    /// Calls made so far, failed ones included.
    #[must_use]
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// The organisation, once its step was run.
    #[must_use]
    pub const fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// Makes the next call, if there is one. After an error the same step is next again.
    ///
    /// # Errors
    /// [`VirtuousError`] of that call.
    pub async fn run_step(&mut self, client: &Client) -> Result<(), VirtuousError> {
        let Some(step) = self.next_step() else { return Ok(()) };
        self.calls += 1;
        let mut following = None;
        match step {
            Step::Organisation => {
                self.organisation = client.organisation().await?;
                self.reference.organisation.clone_from(&self.organisation.name);
            }
            Step::ContactTypes => self.reference.contact_types = client.contact_types().await?,
            Step::MethodTypes => self.reference.method_types = client.method_types().await?,
            Step::NoteTypes => self.reference.note_types = client.note_types().await?,
            Step::Fields(holder) => {
                let fields = client.fields_of(holder).await?;
                self.reference.fields.retain(|field| field.holder != holder);
                self.reference.fields.extend(fields);
            }
            Step::QueryOptions => self.reference.query_terms = client.query_options().await?,
            Step::Tags { skip } => {
                let page = match client.tags_page(skip, self.tags_take).await {
                    Err(error) if fewer_may_do(&error, self.tags_take) => {
                        // The same step is next again, for fewer.
                        self.tags_take = TAGS_TAKE_FEW;
                        return Ok(());
                    }
                    page => page?,
                };
                // A page that brings nothing new means that `skip` is ignored.
                let new = page.tags.iter().any(|tag| !self.tags.contains(tag));
                following =
                    page.next_skip(skip, self.tags_take).filter(|_| new).map(|skip| Step::Tags { skip });
                self.tags.extend(page.tags);
            }
        }
        self.steps.pop_front();
        self.steps.extend(following);
        Ok(())
    }

    /// The reference, dated `now`; `None` while steps are left. What was known of the tags is the caller's to carry over
    /// ([`VirtuousReferenceData::follow`]).
    #[must_use]
    pub fn finish(self, now: Timestamp) -> Option<VirtuousReferenceData> {
        self.steps.is_empty().then(|| VirtuousReferenceData {
            tags: by_name(self.tags),
            read_at: Some(now),
            ..self.reference
        })
    }
}

impl Client {
    /// Reads the whole reference without asking anybody for permits, and says how many calls it took: eight, and one more
    /// for every further page of tags.
    ///
    /// # Errors
    /// The first call's that fails.
    pub async fn read_reference_data(
        &self,
        now: Timestamp,
    ) -> Result<(VirtuousReferenceData, u32), VirtuousError> {
        let mut preflight = Preflight::new();
        while preflight.next_step().is_some() {
            preflight.run_step(self).await?;
        }
        let calls = preflight.calls();
        preflight
            .finish(now)
            .map(|reference| (reference, calls))
            .ok_or_else(|| VirtuousError::odd("a whole reference"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{domain::reference_data::TagLookup, virtuous::script::Script};

    fn script() -> Script {
        Script::new()
            .then(200, json!({"organizationName": "Hope"}))
            .then(200, json!(["Household"]))
            .then(200, json!(["Home Email"]))
            .then(200, json!({"general": "General"}))
            .then(200, json!([{"name": "Program"}]))
            .then(200, json!([{"name": "Nickname"}]))
            .then(
                200,
                json!({"options": [{"parameter": "Contact Id", "operatorOptions": [{"operator": "GreaterThan"}]}]}),
            )
    }

    #[tokio::test]
    async fn a_book_is_read_in_eight_calls() {
        let tags = json!({"list": [{"id": 65, "tagName": "CC: News"}, {"id": 74, "tagName": "CC: News"},
            {"id": 80, "tagName": "CC: Events"}], "total": 3});
        let script = script().then(200, tags);
        let (reference, calls) = script.client().read_reference_data(Timestamp::from_secs(5)).await.unwrap();
        assert_eq!((calls, reference.organisation.as_str(), reference.fields.len()), (8, "Hope", 2));
        assert_eq!(reference.tag("CC: News"), TagLookup::Several);
        assert_eq!(reference.tag("CC: Events"), TagLookup::One(TagId(80)));
        assert!(reference.query_terms.id_above.is_some() && reference.query_terms.modified_since.is_none());
        assert_eq!(reference.read_at, Some(Timestamp::from_secs(5)));
    }

    #[tokio::test]
    async fn a_failed_step_is_next_again() {
        let script = Script::new().then(503, "").then(200, json!({"organizationName": "Hope"}));
        let client = script.client();
        let mut preflight = Preflight::new();
        assert!(preflight.run_step(&client).await.is_err());
        assert_eq!(preflight.next_step(), Some(Step::Organisation));
        preflight.run_step(&client).await.unwrap();
        assert_eq!((preflight.next_step(), preflight.calls()), (Some(Step::ContactTypes), 2));
        assert!(preflight.finish(Timestamp::EPOCH).is_none());
    }

    #[tokio::test]
    async fn w7_tags_that_are_refused_by_the_thousand_are_read_by_the_hundred() {
        let many: Vec<_> = (0..100).map(|id| json!({"id": id, "tagName": format!("t{id}")})).collect();
        let script = Script::new()
            .then(400, json!({"message": "take is too large"}))
            .then(200, json!({"list": many, "total": 101}))
            .then(200, json!({"list": [{"id": 100, "tagName": "t100"}], "total": 101}));
        let client = script.client();
        let mut preflight = Preflight::tags_of(VirtuousReferenceData::default());
        while preflight.next_step().is_some() {
            preflight.run_step(&client).await.unwrap();
        }
        assert_eq!(preflight.finish(Timestamp::EPOCH).unwrap().tags.len(), 101);
        let takes = ["skip=0&take=1000", "skip=0&take=100", "skip=100&take=100"];
        let asked = script.asked();
        assert!(asked.iter().zip(takes).all(|(asked, take)| asked.ends_with(take)), "{asked:?}");
        // Fewer refused too: that is the server's last word.
        let script = Script::new().then(400, "{}").then(400, "{}");
        let (client, mut preflight) = (script.client(), Preflight::tags_of(VirtuousReferenceData::default()));
        preflight.run_step(&client).await.unwrap();
        assert!(preflight.run_step(&client).await.is_err());
    }

    #[tokio::test]
    async fn tags_alone_keep_the_rest() {
        let reference =
            VirtuousReferenceData { organisation: "Hope".into(), ..VirtuousReferenceData::default() };
        let script = Script::new().then(200, json!([{"id": 1, "tagName": "CC: News"}]));
        let mut preflight = Preflight::tags_of(reference);
        preflight.run_step(&script.client()).await.unwrap();
        let reference = preflight.finish(Timestamp::from_secs(9)).unwrap();
        assert_eq!((reference.organisation.as_str(), reference.tags.len()), ("Hope", 1));
    }
}

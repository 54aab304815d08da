//! Who is in which state, with the reason, page by page.

pub mod csv;
mod found;
mod text;

pub use found::Listed;

use std::mem;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use found::Wanted;

use crate::{
    domain::{ContactId, CustomerId, Rule, State},
    operator::{OperatorContext, OperatorError, Outcome, Question},
    store::CustomerStore,
    transport::Method,
};

/// People of an answer, if no number is given.
const USUAL: usize = 100;
/// People of an answer at most.
const MOST: usize = 1000;
/// People that one reading of the store looks at: between two of them other readings have their turn.
const SLICE: usize = if cfg!(test) { 10 } else { 1000 };

/// The subscribers of a customer: all, or those in a state, by a rule, with a text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The customer.
    pub customer: CustomerId,
    /// Only people in this state.
    pub state: Option<State>,
    /// Only people who are there by this rule, such as P3.
    pub rule: Option<Rule>,
    /// Only people with this: a part of the address or name, a contact id of either system.
    pub search: Option<String>,
    /// Only people behind this one (the `next` of an answer).
    pub after: Option<String>,
    /// How many: 100, at most 1,000.
    pub limit: Option<u32>,
}

/// Some people, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PeopleView {
    /// The people.
    pub people: Vec<Listed>,
    /// Where the others begin, as `after`; null if these are all.
    pub next: Option<String>,
    /// People of whom what is kept cannot be read: they are read anew (B4).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unreadable: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Question for People {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers/{customer}/people";
    const COMMAND: &'static str = "people {customer}";
    const SUMMARY: &'static str = "Who is in which state, with the reason; page by page";
    type View = PeopleView;

    async fn answer(&self, context: &OperatorContext) -> Result<PeopleView, OperatorError> {
        let record = context.record(&self.customer)?;
        let store = context.deps.store.of(record.number);
        let limit = self.limit.map_or(USUAL, |limit| usize::try_from(limit).unwrap_or(MOST)).clamp(1, MOST);
        let mut walk = Walk {
            wanted: Wanted::new(self.state, self.rule, self.search.as_deref()),
            after: self.after.as_deref().map(|id| ContactId::new(id.trim())),
            limit,
            view: PeopleView::default(),
            is_over: false,
        };
        while !walk.is_over {
            let store = store.clone();
            let reading = store.clone();
            walk = store.apart(move || walk.on(&reading)).await?;
        }
        Ok(walk.view)
    }

    fn outcome(view: &PeopleView) -> Outcome {
        if view.unreadable > 0 { Outcome::Failed } else { Outcome::Done }
    }
}

/// A walk through the subscribers that gathers those who are wanted.
struct Walk {
    wanted: Wanted,
    after: Option<ContactId>,
    limit: usize,
    view: PeopleView,
    is_over: bool,
}

impl Walk {
    /// Looks at one slice. One person more than the limit says that there are others.
    fn on(mut self, store: &CustomerStore) -> Result<Self, OperatorError> {
        let slice = store.subjects_behind(self.after.as_ref(), SLICE)?;
        self.view.unreadable += slice.unreadable;
        self.is_over = !slice.is_more;
        for subject in slice.subjects.iter().filter(|subject| self.wanted.is(subject)) {
            if self.view.people.len() == self.limit {
                self.view.next = self.view.people.last().map(|last| last.id.to_string());
                self.is_over = true;
                break;
            }
            self.view.people.push(Listed::of(store, subject)?);
        }
        self.after = slice.last.or(mem::take(&mut self.after));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    fn all(place: &Place) -> People {
        let customer = place.hope();
        People { customer, state: None, rule: None, search: None, after: None, limit: None }
    }

    async fn ids(place: &Place, asked: People) -> Vec<String> {
        let view = asked.answer(&place.context).await.unwrap();
        view.people.iter().map(|one| one.id.to_string()).collect()
    }

    #[tokio::test]
    async fn b4_everybody_is_listed_once_page_by_page_over_slices() {
        let place = Place::new().await;
        for number in 0..SLICE + 4 {
            place.subscriber(&format!("n{number:05}"), |_| {}).await;
        }
        for limit in [1, 7, SLICE, SLICE + 4, 100] {
            let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let limit = u32::try_from(limit).ok();
                let asked = People { after, limit, ..all(&place) };
                let view = asked.answer(&place.context).await.unwrap();
                pages += 1;
                seen.extend(view.people.into_iter().map(|one| one.id.to_string()));
                after = view.next;
                if after.is_none() || limit == Some(1) && pages == 3 {
                    break;
                }
            }
            let most = if limit == 1 { 3 } else { SLICE + 4 };
            let expected: Vec<String> = (0..most).map(|number| format!("n{number:05}")).collect();
            assert_eq!(seen, expected, "{limit}");
        }
        let last = People { after: Some("n99999".to_owned()), ..all(&place) };
        assert_eq!(last.answer(&place.context).await.unwrap(), PeopleView::default());
        let none = People { search: Some("no such text".to_owned()), ..all(&place) };
        assert_eq!(none.answer(&place.context).await.unwrap(), PeopleView::default());
    }

    #[tokio::test]
    async fn people_are_found_by_state_rule_and_parts_of_what_is_known_of_them() {
        let place = Place::new().await;
        place.failed("1").await;
        place.asked_about("2").await;
        place.ambiguous("3").await;
        place
            .subscriber("4", |view| {
                (view.profile.first_name, view.profile.last_name) = ("Zoë".into(), "van Lee".into());
            })
            .await;
        let search = |text: &str| People { search: Some(text.to_owned()), ..all(&place) };
        assert_eq!(ids(&place, People { state: Some(State::Failed), ..all(&place) }).await, ["1"]);
        assert_eq!(ids(&place, People { state: Some(State::Review), ..all(&place) }).await, ["2", "3"]);
        let rule = place.subject("3").reason.rule;
        assert_eq!(
            ids(&place, People { rule: Some(rule), search: Some("p3".into()), ..all(&place) }).await,
            ["3"]
        );
        assert_eq!(ids(&place, search("P4@EXAMPLE")).await, ["4"]);
        assert_eq!(ids(&place, search("zoë van")).await, ["4"]);
        assert_eq!(ids(&place, search("ZOË")).await, ["4"]);
        assert_eq!(ids(&place, search(" 2 ")).await, ["2"], "an id of Constant Contact");
        let contact = place.subject("3").virtuous.contacts()[0].to_string();
        assert!(ids(&place, search(&contact)).await.contains(&"3".to_owned()), "{contact} of Virtuous");
        assert_eq!(ids(&place, search("example.org")).await, ["1", "2", "3", "4"]);
        assert_eq!(ids(&place, search("  ")).await.len(), 4);
        let view = search("zoë").answer(&place.context).await.unwrap();
        assert_eq!(
            (view.people[0].name.as_str(), view.people[0].since),
            ("Zoë van Lee", place.context.now())
        );
        let text = view.to_string();
        assert!(text.contains("p4@example.org") && text.contains("Zoë van Lee"), "{text}");
    }
}

//! Who did what, when, from where.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{CustomerId, Timestamp},
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Actions of an answer, if no number is given.
const USUAL: usize = 100;
/// Actions of an answer at most.
const MOST: usize = 1000;

/// What people did: of a customer, or all.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The customer; without: all customers, and what concerns none.
    pub customer: Option<CustomerId>,
    /// How many, the newest first: 100, at most 1,000.
    pub limit: Option<u32>,
    /// Only what was done before this time (the `next` of an answer).
    pub before: Option<Timestamp>,
}

/// An action of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionView {
    /// When.
    pub at: Timestamp,
    /// Who: `admin`, `token 1a2b3c4d`, `share link 1a2b3c4d`, `connect link`, `command`.
    pub who: String,
    /// From where; empty for a visitor by share link.
    pub from: String,
    /// About which customer.
    pub customer: Option<CustomerId>,
    /// What.
    pub what: String,
    /// What came of it.
    pub outcome: String,
}

/// What people did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionsView {
    /// The newest first.
    pub actions: Vec<ActionView>,
    /// Where older ones begin, as `before`; `None` if these are all.
    pub next: Option<Timestamp>,
}

impl Question for Audit {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/audit";
    const COMMAND: &'static str = "audit {customer}";
    const SUMMARY: &'static str = "Who did what, when, from where";
    const IS_FILTERED: bool = true;
    type View = ActionsView;

    async fn answer(&self, context: &OperatorContext) -> Result<ActionsView, OperatorError> {
        let limit = self.limit.map_or(USUAL, |limit| usize::try_from(limit).unwrap_or(MOST)).clamp(1, MOST);
        // Later than any action: a clock that was ahead hides none.
        let before = self.before.unwrap_or(Timestamp::from_millis(i64::MAX));
        let hides = context.caller.is_of_share_link();
        let mut of = Vec::new();
        match &self.customer {
            Some(customer) => of.push((Some(customer.clone()), context.record(customer)?.number)),
            None => {
                of.extend(context.records()?.into_iter().map(|one| (Some(one.id), one.number)));
                of.extend(context.caller.only.is_none().then_some((None, 0)));
            }
        }
        let store = context.deps.store.clone();
        let mut actions = context
            .deps
            .store
            .apart(move || {
                let mut actions = Vec::new();
                for (customer, number) in of {
                    // One more than asked for: whether there are older ones.
                    let found = store.actions(number, before, limit + 1)?;
                    actions.extend(found.into_iter().map(|action| view(customer.clone(), action, hides)));
                }
                Ok::<_, OperatorError>(actions)
            })
            .await?;
        actions.sort_by_key(|action| std::cmp::Reverse(action.at));
        let is_more = actions.len() > limit;
        actions.truncate(limit);
        let next = actions.last().filter(|_| is_more).map(|action| action.at);
        Ok(ActionsView { actions, next })
    }
}

/// `hides`: for a visitor by share link, who learns what was done, and not from where or with which token.
fn view(customer: Option<CustomerId>, action: crate::store::Action, hides: bool) -> ActionView {
    let crate::store::Action { at, mut who, mut from, what, outcome } = action;
    if hides {
        from.clear();
        if let Some((kind, id)) = who.rsplit_once(' ')
            && id.len() == 8
            && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            who = kind.to_owned();
        }
    }
    ActionView { at, who, from, customer, what, outcome }
}

impl fmt::Display for ActionsView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.actions.is_empty() {
            return writeln!(f, "no action is on record yet");
        }
        for action in &self.actions {
            let ActionView { at, who, from, customer, what, outcome } = action;
            let customer = customer.as_ref().map_or("-", CustomerId::as_str);
            writeln!(f, "{at}  {customer}  {who} ({from}): {what}: {outcome}")?;
        }
        match self.next {
            Some(next) => writeln!(f, "older ones: --before {next}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::{Operation, tests::Place};

    #[tokio::test]
    async fn what_a_command_did_is_kept_with_its_outcome_and_without_personal_data() {
        let place = Place::new().await;
        let put = async |method: &str, path: &str, texts: &[(&str, &str)]| {
            let (operation, mut parameters) = Operation::at(method, path).unwrap();
            parameters.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
            let _ = operation.ask(&parameters).unwrap().answer(&place.context).await;
            place.later();
        };
        put("POST", "customers/hope/pause", &[]).await;
        put("POST", "customers/hope/work/drop", &[("item", "99")]).await;
        put("GET", "customers/hope", &[]).await;
        put("POST", "tokens", &[("scope", "read")]).await;
        let all = Audit { customer: None, limit: None, before: None };
        let view = all.answer(&place.context).await.unwrap();
        let whats: Vec<&str> = view.actions.iter().map(|action| action.what.as_str()).collect();
        assert_eq!(whats, ["token create scope=read", "work drop item=99", "customer pause"]);
        assert!(view.actions[1].outcome.starts_with("not done"), "{view}");
        assert_eq!((view.actions[2].outcome.as_str(), view.actions[2].who.as_str()), ("done", "command"));
        let first = Audit { customer: Some(place.hope()), limit: Some(1), before: None };
        let page = first.answer(&place.context).await.unwrap();
        assert_eq!(page.actions.len(), 1);
        let rest = Audit { customer: Some(place.hope()), limit: None, before: page.next };
        let rest = rest.answer(&place.context).await.unwrap();
        assert_eq!((rest.actions.len(), rest.next), (1, None));
        assert!(place.context.caller.sees(&place.hope()));
    }
}

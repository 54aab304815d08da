//! All customers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{Stage, State},
    operator::{OperatorContext, OperatorError, Question, shown::customer::CustomerView},
    transport::Method,
};

/// All customers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerList {}

/// All customers, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomersView {
    /// In the order of their ids.
    pub customers: Vec<CustomerView>,
}

impl CustomersView {
    /// All customers of the store, read apart from the threads that serve.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of(context: &OperatorContext) -> Result<Self, OperatorError> {
        let apart = context.clone();
        context.deps.store.apart(move || Self::read(&apart)).await
    }

    fn read(context: &OperatorContext) -> Result<Self, OperatorError> {
        let records = context.records()?;
        let customers =
            records.iter().map(|record| CustomerView::of(context, record)).collect::<Result<_, _>>()?;
        Ok(Self { customers })
    }
}

impl Question for CustomerList {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/customers";
    const COMMAND: &'static str = "customer list";
    const SUMMARY: &'static str = "All customers";
    const IS_FILTERED: bool = true;
    type View = CustomersView;

    async fn answer(&self, context: &OperatorContext) -> Result<CustomersView, OperatorError> {
        CustomersView::of(context).await
    }
}

impl fmt::Display for CustomersView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.customers.is_empty() {
            return writeln!(
                f,
                "no customers yet: `tandem customer add ID` writes a file for one, `tandem customer apply` takes it over"
            );
        }
        let mut shown: Vec<(u8, String, &CustomerView)> = self
            .customers
            .iter()
            .map(|one| trouble(one).map_or((9, String::new(), one), |(grave, what)| (grave, what, one)))
            .collect();
        // The unwell first: of three hundred customers, those who need somebody are at the top.
        shown.sort_by_key(|(grave, ..)| *grave);
        let ids = self.customers.iter().map(|one| one.id.as_str().len()).max().unwrap_or_default().max(8);
        writeln!(
            f,
            "{:<ids$} {:<10} {:>9} {:>8} {:>6} {:>6} {:>6}",
            "id", "stage", "in_sync", "pending", "held", "review", "failed"
        )?;
        for (_, what, one) in shown {
            let of = |state: State| one.states.get(&state).copied().unwrap_or_default();
            let (in_sync, pending, held) = (of(State::InSync), of(State::Pending), of(State::Held));
            let (review, failed) = (of(State::Review), of(State::Failed));
            writeln!(
                f,
                "{:<ids$} {:<10} {in_sync:>9} {pending:>8} {held:>6} {review:>6} {failed:>6}",
                one.id.as_str(),
                one.stage.as_str()
            )?;
            if !what.is_empty() {
                writeln!(f, "    {what}")?;
            }
        }
        Ok(())
    }
}

/// What is wrong with a customer, the gravest of it, with what to do.
fn trouble(one: &CustomerView) -> Option<(u8, String)> {
    let id = &one.id;
    if let Some(pause) = &one.pause {
        return Some((0, format!("paused: {}; to end it: {}", pause.reason, pause.remedy)));
    }
    if let Some(brake) = &one.brake {
        return Some((1, format!("the brake holds: {} (`tandem work {id}`)", brake.reason)));
    }
    if !one.has_file {
        return Some((2, format!("its settings file is gone; `tandem customer remove {id}` forgets it")));
    }
    let may_write = matches!(one.stage, Stage::Importing | Stage::Live);
    if let Some(since) = one.oldest_opt_out.filter(|_| may_write) {
        return Some((3, format!("an opt-out waits since {since} (`tandem work {id}`)")));
    }
    if !one.connected {
        return Some((4, format!("not connected yet: `tandem customer link {id}`")));
    }
    let questions =
        [State::Review, State::Failed].map(|state| one.states.get(&state).copied().unwrap_or_default());
    let asks = questions.iter().any(|count| *count > 0);
    let wait = one.waits_for.as_ref().map(|wait| (6, format!("waits for {wait}")));
    wait.or(asks.then(|| (5, format!("questions wait for a person: `tandem work {id}`"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn every_customer_is_listed_with_its_counts() {
        let place = Place::new().await;
        place.subscriber("1", |_| {}).await;
        let answer = CustomerList {}.answer(&place.context).await.unwrap();
        assert_eq!(answer.customers.len(), 1);
        assert_eq!(answer.customers[0].id.as_str(), "hope");
        assert_eq!(answer.customers[0].states[&State::Pending], 1);
        assert!(
            answer.to_string().contains("hope     observing          0        1      0      0      0\n    not connected yet: `tandem customer link hope`"),
            "{answer}"
        );
        let well =
            CustomerView { id: "aid".parse().unwrap(), connected: true, ..answer.customers[0].clone() };
        let well = CustomerView { waits_for: None, ..well };
        let mut both = CustomersView { customers: vec![well, answer.customers[0].clone()] };
        let text = both.to_string();
        assert!(text.find("hope") < text.find("aid"), "the unwell first: {text}");
        both.customers[0].has_file = false;
        let text = both.to_string();
        assert!(text.find("aid") < text.find("hope") && text.contains("its settings file is gone"), "{text}");
        assert!(CustomersView { customers: Vec::new() }.to_string().contains("no customers"));
    }
}

//! All customers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::State,
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
                "no customers: put a file into the customers' folder and run `tandem customer apply`"
            );
        }
        writeln!(
            f,
            "{:<24} {:<10} {:>9} {:>8} {:>6} {:>6}  pause",
            "id", "stage", "in_sync", "pending", "review", "failed"
        )?;
        for one in &self.customers {
            let of = |state: State| one.states.get(&state).copied().unwrap_or_default();
            let pause = one.pause.as_ref().map_or("", |pause| pause.reason.as_str());
            let (in_sync, pending) = (of(State::InSync), of(State::Pending));
            let (review, failed) = (of(State::Review), of(State::Failed));
            writeln!(
                f,
                "{:<24} {:<10} {in_sync:>9} {pending:>8} {review:>6} {failed:>6}  {pause}",
                one.id.as_str(),
                one.stage.as_str()
            )?;
        }
        Ok(())
    }
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
            answer.to_string().contains("hope                     observing          0        1"),
            "{answer}"
        );
        assert!(CustomersView { customers: Vec::new() }.to_string().contains("no customers"));
    }
}

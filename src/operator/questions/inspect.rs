//! What the store holds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// What the store holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inspect {}

/// What the store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Holdings {
    /// A table for people.
    pub text: String,
}

impl Question for Inspect {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/inspect";
    const COMMAND: &'static str = "inspect";
    const SUMMARY: &'static str = "What the store holds";
    type View = Holdings;

    async fn answer(&self, context: &OperatorContext) -> Result<Holdings, OperatorError> {
        let store = context.deps.store.clone();
        Ok(Holdings { text: context.deps.store.apart(move || store.inspect()).await? })
    }
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn the_store_tells_its_customers() {
        let place = Place::new().await;
        let answer = Inspect {}.answer(&place.context).await.unwrap();
        assert!(answer.text.contains("hope"), "{answer}");
        assert_eq!(answer.to_string(), answer.text);
    }
}

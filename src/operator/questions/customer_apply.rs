//! Takes over the customers' files.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    operator::{OperatorContext, OperatorError, Question, enrolment},
    transport::Method,
};

/// Takes over the customers' files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerApply {}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Applied {
    /// A line for each change, such as `hope: enrolled`.
    pub changes: Vec<String>,
}

impl Question for CustomerApply {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/apply";
    const COMMAND: &'static str = "customer apply";
    const SUMMARY: &'static str = "Takes over the customers' files";
    const SCOPE: Scope = Scope::Admin;
    type View = Applied;

    async fn answer(&self, context: &OperatorContext) -> Result<Applied, OperatorError> {
        let changes = match &context.service {
            Some(service) => service.apply().await?,
            None => {
                let changes =
                    enrolment::apply(&context.deps.store, &context.customers, context.now()).await?;
                if !context.broken.is_empty() {
                    return Err(OperatorError::Settings(context.broken.to_string()));
                }
                changes
            }
        };
        Ok(Applied { changes })
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.changes.is_empty() {
            return writeln!(f, "nothing changed");
        }
        self.changes.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn a_new_file_enrols_its_customer_once() {
        let place = Place::empty();
        let first = CustomerApply {}.answer(&place.context).await.unwrap();
        assert_eq!(first.changes[0], "hope: enrolled");
        let second = CustomerApply {}.answer(&place.context).await.unwrap();
        assert_eq!(second, Applied::default());
        assert_eq!(second.to_string(), "nothing changed\n");
    }
}

//! What the store holds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    care,
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
    /// Bytes of the store's files.
    #[serde(default)]
    pub file_bytes: u64,
    /// Bytes of the entries in them.
    #[serde(default)]
    pub entry_bytes: u64,
    /// About how many bytes `tandem compact` would save.
    #[serde(default)]
    pub compact_saves_bytes: u64,
}

impl Question for Inspect {
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/inspect";
    const COMMAND: &'static str = "inspect";
    const SUMMARY: &'static str = "What the store holds";
    type View = Holdings;

    async fn answer(&self, context: &OperatorContext) -> Result<Holdings, OperatorError> {
        let store = context.deps.store.clone();
        let look = move || {
            let text = store.inspect()?;
            care::sizes(&store).map(|sizes| (text, sizes))
        };
        let looked = context.deps.store.apart(look).await;
        let (text, sizes) = looked.map_err(|error| OperatorError::Failed(error.to_string()))?;
        Ok(Holdings {
            text,
            file_bytes: sizes.files,
            entry_bytes: sizes.entries,
            compact_saves_bytes: sizes.savings(),
        })
    }
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        let [files, entries, saves] =
            [self.file_bytes, self.entry_bytes, self.compact_saves_bytes].map(|bytes| bytes >> 20);
        writeln!(
            f,
            "files: {files} MB for {entries} MB of entries; `tandem compact` would save about {saves} MB"
        )
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
        assert!(answer.to_string().contains("`tandem compact` would save about 0 MB"), "{answer}");
        assert!(answer.entry_bytes > 0 && answer.file_bytes > answer.entry_bytes, "{answer}");
    }
}

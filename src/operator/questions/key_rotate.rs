//! A new key that seals secrets.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    operator::{OperatorContext, OperatorError, Question},
    store::{RotateError, Rotated},
    transport::Method,
};

/// Makes a new key that seals the secrets in the store, and seals them all under it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotate {}

/// The new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyView {
    /// Which key seals now, as messages name it: not the key itself.
    pub key: String,
    /// Where it is.
    pub file: String,
    /// Secrets that were sealed under it.
    pub sealed: usize,
    /// Secrets that no key opened, and that were forgotten.
    pub lost: usize,
}

impl Question for KeyRotate {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/key/rotate";
    const COMMAND: &'static str = "key rotate";
    const SUMMARY: &'static str = "Makes a new key that seals secrets, and seals all under it";
    const SCOPE: Scope = Scope::Admin;
    type View = KeyView;

    async fn answer(&self, context: &OperatorContext) -> Result<KeyView, OperatorError> {
        rotate(context, false).await
    }
}

/// Replaces the key, apart from the threads that serve.
pub(super) async fn rotate(context: &OperatorContext, is_lost: bool) -> Result<KeyView, OperatorError> {
    let store = context.deps.store.clone();
    let rotated = context.deps.store.apart(move || store.rotate_key(is_lost).map_err(refused)).await?;
    let Rotated { file, key, sealed, lost } = rotated;
    Ok(KeyView { key: key.to_string(), file: file.display().to_string(), sealed, lost })
}

fn refused(error: RotateError) -> OperatorError {
    match error {
        RotateError::Locked(_) | RotateError::NoFile => OperatorError::Refused(error.to_string()),
        RotateError::File(_) | RotateError::Store(_) => OperatorError::Failed(error.to_string()),
    }
}

impl fmt::Display for KeyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, file, sealed, lost } = self;
        writeln!(f, "the key {key} seals from now on: {sealed} secrets were sealed under it")?;
        if *lost > 0 {
            writeln!(
                f,
                "{lost} secrets could not be opened and are forgotten: connect those customers again"
            )?;
        }
        writeln!(
            f,
            "keep a copy of {file} apart from the backups; former keys stay beside it, for backups of before"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    #[tokio::test]
    async fn each_rotation_is_another_key_and_grants_stay() {
        let place = Place::new().await;
        let store = place.context.deps.store.of(place.record().number);
        assert!(store.save_token("refresh".to_owned(), None, None, place.context.now()).await.unwrap());
        let one = KeyRotate {}.answer(&place.context).await.unwrap();
        let other = KeyRotate {}.answer(&place.context).await.unwrap();
        assert_ne!(one.key, other.key);
        assert_eq!((one.sealed, one.lost, other.sealed), (1, 0, 1));
        assert_eq!(store.token().unwrap().unwrap().refresh, "refresh");
        let shown = std::fs::read_to_string(&other.file).unwrap();
        assert!(!other.to_string().contains(shown.trim()), "the key itself is not shown");
    }
}

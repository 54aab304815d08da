//! What a handler is given to answer a call for one account.

use serde::de::DeserializeOwned;

use super::{account::Account, errors::ApiError, id_source::IdSource, switches::Switches};
use crate::{
    domain::Timestamp,
    simulator::{
        ids::{Stamp, Uuid},
        wire::SimRequest,
    },
};

/// One call for one account.
pub(super) struct Call<'a> {
    pub(super) request: &'a SimRequest,
    /// What stands in the path's placeholder.
    pub(super) capture: Option<&'a str>,
    pub(super) account: &'a mut Account,
    pub(super) switches: &'a Switches,
    pub(super) ids: &'a mut IdSource,
    pub(super) now: Timestamp,
}

impl Call<'_> {
    /// The id in the path.
    pub(super) fn id(&self) -> Result<Uuid, ApiError> {
        let text = self.capture.unwrap_or_default();
        text.parse().map_err(|_| ApiError::Validation(format!("{text} is not a valid id")))
    }

    pub(super) const fn stamp(&self) -> Stamp {
        Stamp::at(self.now)
    }

    /// The JSON body.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let kind = self.request.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/json") {
            return Err(ApiError::UnsupportedMediaType);
        }
        self.request.json().map_err(|error| ApiError::Validation(format!("malformed JSON: {error}")))
    }
}

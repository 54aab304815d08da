//! Writing the subscriber's reference onto the linked contact (I2).

use crate::{
    access::VirtuousAccess,
    domain::{ContactId, Lane, VirtuousContactId},
    virtuous::VirtuousError,
};

/// What came of it.
pub enum Added {
    /// Written.
    Done,
    /// Refused: some organisations take one reference of a source only (virtuous.md 9, GUESS). The link stays by id.
    Refused(String),
}

/// Adds the reference.
///
/// # Errors
/// The call's.
pub async fn add(
    virtuous: &VirtuousAccess,
    lane: Lane,
    contact: VirtuousContactId,
    source: &str,
    id: &ContactId,
) -> Result<Added, VirtuousError> {
    let id = id.to_string();
    let call = virtuous.call(lane, |client| async move { client.add_reference(contact, source, &id).await });
    match call.await {
        Ok(_) => Ok(Added::Done),
        Err(VirtuousError::Conflict { text } | VirtuousError::Refused { status: 400 | 422, text }) => {
            Ok(Added::Refused(text))
        }
        Err(error) => Err(error),
    }
}

//! Writing mapped custom fields, by whole models of what was just read (F1).

use crate::{
    access::VirtuousAccess,
    domain::{
        Lane,
        reference_data::{FieldHolder, VirtuousField},
    },
    submitter::perform::fresh::Fresh,
    virtuous::VirtuousError,
};

/// A field's name, value and holder, as planned.
type Field = (String, String, FieldHolder);

/// Writes the fields: one call for those of the contact, one for those of the individual.
///
/// # Errors
/// The first call's that fails.
pub async fn set(
    virtuous: &VirtuousAccess,
    lane: Lane,
    fresh: Option<&Fresh>,
    fields: &[Field],
    kinds: &[VirtuousField],
) -> Result<(), VirtuousError> {
    let Some(Fresh { read, person }) = fresh else { return Err(VirtuousError::NotFound) };
    let on_contact = held_by(fields, FieldHolder::Contact);
    if !on_contact.is_empty() {
        let call = virtuous
            .call(lane, |client| async move { client.put_contact_fields(read, &on_contact, kinds).await });
        call.await?;
    }
    let on_individual = held_by(fields, FieldHolder::Individual);
    if !on_individual.is_empty() {
        let individual = person.individual;
        let call = virtuous.call(lane, |client| async move {
            client.put_individual_fields(read, individual, &on_individual, kinds).await
        });
        call.await?;
    }
    Ok(())
}

fn held_by(fields: &[Field], holder: FieldHolder) -> Vec<(String, String)> {
    let held = fields.iter().filter(|(_, _, at)| *at == holder);
    held.map(|(name, value, _)| (name.clone(), value.clone())).collect()
}

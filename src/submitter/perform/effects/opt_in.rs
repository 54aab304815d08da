//! Opting in or out every email method with one of a subscriber's addresses (P2).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, Person},
    submitter::perform::fresh::Fresh,
    virtuous::{VirtuousError, method::MethodModel},
};

/// Writes each method as a whole model of what was just read. Gives the person as known after it.
///
/// # Errors
/// The first call's that fails; methods before it are written.
pub async fn set(
    virtuous: &VirtuousAccess,
    lane: Lane,
    fresh: Option<&mut Fresh>,
    addresses: &[String],
    opted_in: bool,
) -> Result<Person, VirtuousError> {
    let Some(Fresh { person, .. }) = fresh else { return Err(VirtuousError::NotFound) };
    for method in &mut person.emails {
        if method.opted_in == opted_in || !method.is_at(addresses) {
            continue;
        }
        let model = MethodModel::of(method).with_opt_in(opted_in);
        let id = method.id;
        let call = virtuous.call(lane, |client| async move { client.put_method(id, &model).await });
        // The server normalises, so that its answer is kept where it can be read.
        match call.await? {
            Some(answer) if answer.id == id => *method = answer,
            _ => method.opted_in = opted_in,
        }
    }
    Ok(person.clone())
}

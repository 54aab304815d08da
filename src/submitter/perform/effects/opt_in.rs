//! Opting in or out every email method with one of a subscriber's addresses (P2).

use crate::{
    access::VirtuousAccess,
    domain::{EmailMethod, Lane, OtherMethod, Parts, Person},
    submitter::perform::fresh::Fresh,
    virtuous::{VirtuousError, method::MethodModel},
};

/// Writes each method that such a wish reaches, as a whole model of what was just read. Gives the person as known after it.
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
    let Some(Fresh { person, read }) = fresh else { return Err(VirtuousError::NotFound) };
    for method in &mut person.emails {
        if method.opted_in != opted_in && method.is_at(addresses) {
            put(virtuous, lane, method, opted_in).await?;
        }
    }
    // The address gets the mail: an opt-out is set wherever it is on the contact (P2).
    let is_meant = |other: &&mut OtherMethod| !opted_in && other.method.opted_in;
    for other in person.others.iter_mut().filter(is_meant) {
        put(virtuous, lane, &mut other.method, opted_in).await?;
        // What Tandem wrote is no word of staff (E5).
        (other.told, other.answered) = (true, true);
    }
    let mut individuals = read.contact.individuals.iter();
    let own = individuals.find(|one| one.id == person.individual);
    let is_told =
        person.others.iter().all(|other| other.told) && own.is_some_and(|own| own.emails.is_whole());
    if !opted_in && is_told {
        // What no reading has told is what was written now (E2).
        person.gaps.unknown.remove(Parts::METHODS);
    }
    Ok(person.clone())
}

/// Writes one method, and keeps what it is then: the server normalises, so that its answer counts where it can be read.
async fn put(
    virtuous: &VirtuousAccess,
    lane: Lane,
    method: &mut EmailMethod,
    opted_in: bool,
) -> Result<(), VirtuousError> {
    let (id, model) = (method.id, MethodModel::of(method).with_opt_in(opted_in));
    let call = virtuous.call(lane, |client| async move { client.put_method(id, &model).await });
    match call.await? {
        Some(answer) if answer.id == id => *method = answer,
        _ => method.opted_in = opted_in,
    }
    Ok(())
}

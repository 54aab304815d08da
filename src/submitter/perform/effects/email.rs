//! Changing the address of an email method (P6).

use crate::{
    access::VirtuousAccess,
    domain::{Lane, MethodId, Person, VirtuousContactId, Written, email_key, reference_data::QueryTerms},
    submitter::perform::{
        by_address::{by_address, has_address},
        fresh::Fresh,
    },
    virtuous::{VirtuousError, method::MethodModel},
};

/// What is to be written.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The contact.
    pub contact: VirtuousContactId,
    /// The method.
    pub method: MethodId,
    /// The new address, as written in Constant Contact.
    pub to: &'a str,
}

/// What came of it.
pub enum EmailSet {
    /// Written; the person as known after it.
    Done(Person),
    /// The address sits on another contact: for a person to decide.
    Taken,
    /// The method is not there any more; the person as read.
    MethodGone(Person),
    /// The contact was not read before.
    NotRead,
}

/// Writes the address, unless it already sits on another contact.
///
/// # Errors
/// The call's.
pub async fn set(
    virtuous: &VirtuousAccess,
    terms: &QueryTerms,
    lane: Lane,
    fresh: Option<&mut Fresh>,
    wish: Wish<'_>,
) -> Result<EmailSet, VirtuousError> {
    let (holders, key) = (by_address(virtuous, terms, lane, wish.to).await?, email_key(wish.to));
    // One other contact that can be read decides, whatever else has the address (P6).
    if holders.read.iter().any(|holder| holder.id != wish.contact && has_address(holder, &key)) {
        return Ok(EmailSet::Taken);
    }
    holders.all_read()?;
    let Some(Fresh { person, .. }) = fresh else { return Ok(EmailSet::NotRead) };
    let Some(known) = person.emails.iter_mut().find(|known| known.id == wish.method) else {
        return Ok(EmailSet::MethodGone(person.clone()));
    };
    // A reading that may lag shows it opted out, and Tandem opted it in before: the PUT would take staff's opt-out back (P1, P2).
    let is_opt_in_late = |late: &Written| matches!(late, Written::OptIn { method, opted_in: true, .. } if *method == wish.method);
    if person.late.iter().any(is_opt_in_late) {
        match virtuous.call(lane, |client| async move { client.method(wish.method).await }).await? {
            Some(method) => *known = method,
            None => return Ok(EmailSet::MethodGone(person.clone())),
        }
    }
    let model = MethodModel::of(known).with_value(wish.to.to_owned());
    let call = virtuous.call(lane, |client| async move { client.put_method(wish.method, &model).await });
    match call.await {
        Ok(Some(answer)) if answer.id == wish.method => *known = answer,
        Ok(_) => wish.to.clone_into(&mut known.value),
        Err(VirtuousError::Conflict { .. }) => return Ok(EmailSet::Taken),
        Err(error) => return Err(error),
    }
    Ok(EmailSet::Done(person.clone()))
}

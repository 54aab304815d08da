//! A linked contact that answers 404: the subscriber is looked for again by reference and address (I3).

use crate::{
    domain::{Finding, VirtuousContactId},
    submitter::{hand::PlannedSubject, reach::Reach},
    virtuous::VirtuousError,
};

use super::look_up::look_up;

/// Looks for the subscriber of a contact that is gone. To make the contact again would bring back what staff took away.
///
/// # Errors
/// The call's; nothing is known then.
pub async fn look_elsewhere(
    reach: &Reach<'_>,
    hand: &PlannedSubject,
    contact: VirtuousContactId,
) -> Result<Finding, VirtuousError> {
    Ok(match look_up(reach, hand).await? {
        // It is there after all.
        Finding::Found(person) if person.contact == contact => Finding::Found(person),
        Finding::Found(person) => Finding::Gone { contact, instead: vec![person], more: false },
        Finding::FoundSeveral { people: instead, more } => Finding::Gone { contact, instead, more },
        _ => Finding::Gone { contact, instead: Vec::new(), more: false },
    })
}

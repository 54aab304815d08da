//! Whom the samples of a dry run are about, for those that may see people.

use std::collections::BTreeMap;

use super::view::PlanView;
use crate::{
    domain::{ContactId, CustomerId},
    operator::{OperatorContext, OperatorError},
};

/// The samples' names as Constant Contact has them; the address where it has none. Whose record cannot be read is left out (B4).
///
/// # Errors
/// When the customer is not there.
pub fn names(
    context: &OperatorContext,
    customer: &CustomerId,
    plan: &PlanView,
) -> Result<BTreeMap<ContactId, String>, OperatorError> {
    let store = context.deps.store.of(context.record(customer)?.number);
    let name = |id: &ContactId| {
        let subject = store.subject(id).ok()??;
        let profile = &subject.cc.profile;
        let name = format!("{} {}", profile.first_name.trim(), profile.last_name.trim());
        Some(name.trim().to_owned()).filter(|name| !name.is_empty()).or(subject.cc.email)
    };
    Ok(plan.samples.iter().filter_map(|sample| Some((sample.id.clone(), name(&sample.id)?))).collect())
}

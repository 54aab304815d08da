//! `Contact/Transaction` and `Contact/Batch`: taken into the holding state with an empty 200 (section 3).

use serde::Deserialize;

use super::contacts::checked_fields;
use crate::{
    simulator::virtuous::{
        answer::{self, Outcome},
        call::Call,
        import::Row,
        organisation::{CONTACT_TYPES, Organisation},
    },
    transport::Response,
};

/// Whether a row may be held. The dropdown's options are checked here, unknown fields are not (section 7).
fn checked(organisation: &Organisation, row: &Row) -> Result<(), Response> {
    let status = organisation.switches.invalid_status;
    let kind = row.contact_type.as_deref().unwrap_or("Household");
    if !CONTACT_TYPES.contains(&kind) {
        return Err(answer::invalid(status, "contactType", "The contact type is unknown."));
    }
    if !organisation.switches.names_checked_at_import && !organisation.names_suffice(row) {
        return Err(answer::invalid(status, "firstName", "A name is required."));
    }
    let pairs = row.custom_fields.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let all: Vec<(String, String)> = pairs.collect();
    checked_fields(&organisation.contact_fields, all.iter().cloned(), status)?;
    checked_fields(&organisation.individual_fields, all.into_iter(), status)?;
    Ok(())
}

pub(super) fn transaction(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    let row: Row = call.body("unmatchedContactBindingModel")?;
    checked(organisation, &row)?;
    organisation.holding.hold(row, call.now);
    answer::empty()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    #[serde(default)]
    reference_source: Option<Box<str>>,
    contacts: Vec<Row>,
}

/// A batch is taken whole or refused whole, and a refusal does not say which row is bad (section 3.1).
pub(super) fn batch(organisation: &mut Organisation, call: &Call<'_>) -> Outcome {
    const PATH: &str = "unmatchedContactsBindingModel.contacts";
    let body: Batch = call.body(PATH)?;
    let bad = |row: &Row| checked(organisation, row).is_err();
    if body.contacts.len() > organisation.switches.max_batch || body.contacts.iter().any(bad) {
        return Err(answer::model_state(PATH));
    }
    for mut row in body.contacts {
        row.reference_source = body.reference_source.clone();
        organisation.holding.hold(row, call.now);
    }
    answer::empty()
}

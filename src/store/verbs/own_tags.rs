//! Makes the tags of a contact Tandem's where their author is unknown (S2, S5).

use crate::{
    domain::VirtuousContact,
    store::{
        engine::{Changes, Reader, StoreError},
        tables::{links, loaded::Loaded},
        verbs::basis::Basis,
    },
    sync::segments,
};

/// Makes the tags of a contact Tandem's for every subject that is linked to it, so that they count as no choice of staff (S2, S5);
/// as a step of an operation.
pub(in crate::store) fn own_tags(
    reader: &Reader<'_>,
    changes: &mut Changes,
    basis: &Basis<'_>,
    contact: &VirtuousContact,
) -> Result<(), StoreError> {
    let mut loaded = Loaded::new(reader, basis.customer);
    for id in links::linked(reader, basis.customer, contact.id)? {
        let Some(subject) = loaded.get(&id)? else { continue };
        segments::own_tags(subject, &contact.tags, &basis.planner.mapping);
        loaded.changed(&id);
    }
    loaded.write(changes)?;
    Ok(())
}

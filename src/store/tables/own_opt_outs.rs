//! Opt-outs in Virtuous that Tandem wrote, by method (E5).

use crate::{
    domain::{MethodId, OwnOptOut, Subject},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        tables::{
            keys::{CustomerNo, Key},
            stored::OwnOptOutV1,
        },
    },
    sync::own_opt_outs,
};

const OWN_OPT_OUT_V1: u8 = 1;

/// Those of Tandem's own among the opt-outs that the subject's contact shows and that nothing was agreed on for.
pub(in crate::store) fn of(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Vec<OwnOptOut>, StoreError> {
    let mut own = Vec::new();
    for method in own_opt_outs::in_question(subject) {
        if let Some(value) = reader.get(Key::own_opt_out(customer, method))? {
            own.push(codec::decode::<OwnOptOutV1>(OWN_OPT_OUT_V1, &value)?.of(method));
        }
    }
    Ok(own)
}

/// Remembers opt-outs.
pub(in crate::store) fn put_all(
    changes: &mut Changes,
    customer: CustomerNo,
    own: &[OwnOptOut],
) -> Result<(), StoreError> {
    for own in own {
        let value = codec::encode(OWN_OPT_OUT_V1, &OwnOptOutV1::from(own))?;
        changes.put(Key::own_opt_out(customer, own.method), value);
    }
    Ok(())
}

/// Forgets the opt-outs of methods that are opted in again.
pub(in crate::store) fn forget_all(
    changes: &mut Changes,
    customer: CustomerNo,
    methods: impl IntoIterator<Item = MethodId>,
) {
    for method in methods {
        changes.delete(Key::own_opt_out(customer, method));
    }
}

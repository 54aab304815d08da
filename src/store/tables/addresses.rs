//! The addresses of a subject as the index holds them: the present one, and those that it had (P6).

use crate::{domain::Subject, sync::consent};

/// The addresses of a subject, each with whether Constant Contact shows it now.
pub(in crate::store) fn emails(subject: &Subject) -> Vec<(String, bool)> {
    let present = subject.cc.email_key();
    let is_present = |address: &String| Some(address) == present.as_ref();
    let addresses = consent::addresses(subject).into_iter();
    addresses
        .map(|address| {
            let is_now = is_present(&address);
            (address, is_now)
        })
        .collect()
}

/// What the index holds for an address: nothing for the present one of the subject, a mark for a former one (P6).
pub(in crate::store) const fn email_entry(is_present: bool) -> &'static [u8] {
    if is_present { &[] } else { &[1] }
}

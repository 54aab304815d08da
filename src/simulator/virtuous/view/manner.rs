//! What all views share.

use serde::{Serialize, Serializer};

/// Writes a sequence lazily.
pub(super) struct Each<F>(pub(super) F);

impl<I: IntoIterator<Item: Serialize>, F: Fn() -> I> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}

/// How a view is to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Times end in `Z`.
    pub(crate) zulu: bool,
    /// `contactMethods` are left out (a webhook that was seen in the field).
    pub(crate) omit_methods: bool,
}

impl Manner {
    /// How records that were just written are written: their times end in `Z` (section 4.2).
    pub(crate) const fn written() -> Self {
        Self { zulu: true, omit_methods: false }
    }
}

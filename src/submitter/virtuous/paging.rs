//! How pages of contacts follow each other (virtuous.md 4.4).

use crate::domain::reference_data::QueryTerms;

/// What the next page begins after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// The highest id so far.
    ById,
    /// So many contacts as were read so far.
    ByCount,
}

impl Paging {
    /// How pages go on where so many were counted: by id if the organisation's queries can ask by it, and counting did not begin.
    #[must_use]
    pub const fn of(terms: &QueryTerms, counted: u64) -> Self {
        if terms.id_above.is_some() && counted == 0 { Self::ById } else { Self::ByCount }
    }

    /// Whether the highest id says where to go on.
    #[must_use]
    pub const fn is_by_id(self) -> bool {
        matches!(self, Self::ById)
    }
}

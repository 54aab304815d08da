//! The parts of a turn, each with a due time and a backoff of its own, in the order in which they get their turn.

/// A part of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Comparing the organisation with the customer's (I5).
    Organisation,
    /// Reading the reference data of Virtuous (S4).
    ReferenceData,
    /// Planning every subject again after the mapping or the rules changed.
    Replan,
    /// Keeping the subscription to events.
    Subscription,
    /// Reading the contacts that events named (V2).
    Events,
    /// Beginning the import.
    BeginImport,
    /// Querying the contacts of Virtuous that changed (V1, V2).
    Query,
    /// Asking for a whole reading of both sides when its turn comes (V3).
    Reconcile,
    /// Reading all contacts of Virtuous (I2, V2).
    Scan,
    /// Recalling what stayed of the subjects while the customer was read anew (E5).
    Recall,
    /// Counting the subjects that wait at the brake (B1).
    Brake,
    /// Work of the open lanes.
    Work,
    /// Ending the import.
    EndImport,
}

impl Part {
    /// Every part, in the order in which they get their turn.
    pub const ORDER: [Self; 13] = [
        Self::Organisation,
        Self::ReferenceData,
        Self::Replan,
        Self::Subscription,
        Self::Events,
        Self::BeginImport,
        Self::Query,
        Self::Reconcile,
        Self::Scan,
        Self::Recall,
        Self::Brake,
        Self::Work,
        Self::EndImport,
    ];

    /// The order of a turn that comes after a periodic reading: what is due to be written goes before the next reading, however often that
    /// is asked for (W6).
    pub const AFTER_A_READING: [Self; 13] = [
        Self::Organisation,
        Self::ReferenceData,
        Self::Replan,
        Self::BeginImport,
        Self::Recall,
        Self::Brake,
        Self::Work,
        Self::Subscription,
        Self::Events,
        Self::Query,
        Self::Reconcile,
        Self::Scan,
        Self::EndImport,
    ];

    /// Whether it is a reading that comes again and again, and may be due at every turn.
    #[must_use]
    pub const fn is_periodic_reading(self) -> bool {
        matches!(self, Self::Subscription | Self::Events | Self::Query | Self::Scan)
    }

    /// Its name in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organisation => "whose key to Virtuous it is",
            Self::ReferenceData => "reference data of Virtuous",
            Self::Replan => "planning again",
            Self::Subscription => "the subscription to events of Virtuous",
            Self::Events => "the contacts of events of Virtuous",
            Self::BeginImport => "the beginning of the import",
            Self::Query => "the query of changed contacts of Virtuous",
            Self::Reconcile => "the turn of the whole reading",
            Self::Scan => "the whole reading of Virtuous",
            Self::Recall => "what is known of before",
            Self::Brake => "the brake",
            Self::Work => "work towards Virtuous",
            Self::EndImport => "the end of the import",
        }
    }
}

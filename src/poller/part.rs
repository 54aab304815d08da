//! The parts of a turn, in the order in which they get their turn, and what follows where one fails.

/// A part of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The stream of opt-outs (P1).
    OptOuts,
    /// The same by the wish of a hint, before its time: ordinary work, which leaves the reserve of the day alone (W5).
    OptOutsByHint,
    /// Following hints (W5).
    Hints,
    /// Bounce reports (P4).
    Bounces,
    /// A page of the sweep (D2).
    Sweep,
    /// Lists, fields and tags (S1, F1, S6).
    ReferenceData,
    /// The stream of changes (W1).
    Changes,
    /// Comparing the counts of lists and of the account (W3).
    Counts,
    /// Forgetting the hints that the poll answered (W5).
    Answers,
    /// Second looks at contacts that were not found (D1).
    SecondLooks,
}

/// Parts that belong together: while one of them waits after a failure, so do the others, and an outage costs one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A poll: lists, changes, counts, in this order.
    Poll,
    /// What is never urgent: a piece a turn, while no poll is due.
    Background,
    /// Second looks.
    SecondLooks,
    /// Opt-outs by hint: a limit that stops them stops no poll.
    OptOutsByHint,
    /// Hints: a limit that stops them stops no poll, which may use the reserve for opt-outs (W5).
    Hints,
}

/// What follows where a part fails by a fault outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The other parts get their turn first; then the turn fails.
    ToldAtEnd,
    /// The part waits with its group, and the rest goes on (B3).
    Waits(Group),
}

impl Part {
    /// Every part, in the order in which they get their turn. Opt-outs overtake everything (P1, W6). Background stands
    /// before the poll, since it runs only while no poll is due.
    pub const ORDER: [Self; 10] = [
        Self::OptOuts,
        Self::OptOutsByHint,
        Self::Hints,
        Self::Bounces,
        Self::Sweep,
        Self::ReferenceData,
        Self::Changes,
        Self::Counts,
        Self::Answers,
        Self::SecondLooks,
    ];

    /// Its name in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hints => "hints",
            Self::OptOuts => "opt-outs",
            Self::OptOutsByHint => "opt-outs by hint",
            Self::Bounces => "bounces",
            Self::Sweep => "the sweep",
            Self::ReferenceData => "lists, fields and tags",
            Self::Changes => "changes",
            Self::Counts => "counts",
            Self::Answers => "hints that the poll answered",
            Self::SecondLooks => "second looks",
        }
    }

    /// What follows where it fails.
    #[must_use]
    pub const fn on_failure(self) -> OnFailure {
        match self {
            Self::Hints => OnFailure::Waits(Group::Hints),
            Self::OptOuts => OnFailure::ToldAtEnd,
            Self::OptOutsByHint => OnFailure::Waits(Group::OptOutsByHint),
            Self::Bounces | Self::Sweep => OnFailure::Waits(Group::Background),
            Self::ReferenceData | Self::Changes | Self::Counts | Self::Answers => {
                OnFailure::Waits(Group::Poll)
            }
            Self::SecondLooks => OnFailure::Waits(Group::SecondLooks),
        }
    }
}

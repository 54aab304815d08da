//! What a key is of.

/// What a key's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Facts of the whole store.
    Meta = 0x01,
    /// Customer name to number (customer 0).
    CustomerName = 0x02,
    /// The daily ledger of a Constant Contact key (customer 0).
    Ledger = 0x03,
    /// Which key sealed the secrets (customer 0).
    Seal = 0x04,
    /// An API token (customer 0).
    ApiToken = 0x05,
    /// A session of a browser (customer 0).
    Session = 0x06,
    /// What hashes of forgotten people are salted with (customer 0).
    Salt = 0x07,
    /// A message of an alert on its way (customer 0).
    AlertQueued = 0x08,
    /// What alerts were told of (customer 0).
    AlertTold = 0x09,
    /// The customer's record.
    Customer = 0x10,
    /// The customer's counts.
    Counts = 0x11,
    /// The customer's Constant Contact grant.
    Token = 0x12,
    /// Reference data of Constant Contact.
    CcReferenceData = 0x13,
    /// Reference data of Virtuous.
    VirtuousReferenceData = 0x14,
    /// A stream's cursor.
    Cursor = 0x15,
    /// Hashes of the ids of one page of an open window (W2).
    SeenPage = 0x16,
    /// A hint not yet followed (W5).
    Hint = 0x17,
    /// How far a campaign's bounce report was read (P4).
    Campaign = 0x18,
    /// A contact of Virtuous that an event named and that is not read yet (V1).
    Event = 0x19,
    /// What the last event of a contact of Virtuous was: a double or an older one changes nothing.
    EventSeen = 0x1a,
    /// Tandem's own subscription to the events of Virtuous.
    Subscription = 0x1b,
    /// Contacts of Constant Contact that were read alone today (W5).
    SingleReads = 0x1c,
    /// A place at which a contact of Virtuous was passed over (W7).
    PassedOver = 0x1d,
    /// Bounces of a contact that is not known yet (P4).
    AwaitedBounces = 0x1e,
    /// Calls that polls by hint took today (W5).
    HintPolls = 0x1f,
    /// A subject.
    Subject = 0x20,
    /// Email to subject.
    Email = 0x21,
    /// Virtuous contact to subject (I4).
    Link = 0x22,
    /// Due work.
    Work = 0x23,
    /// Subjects that a person needs to look at: held, review, failed.
    Attention = 0x24,
    /// Opt-outs not yet applied, oldest first.
    Owed = 0x25,
    /// A write that may be under way.
    Intent = 0x26,
    /// Timeline lines.
    Timeline = 0x27,
    /// Subjects that wait at the brake (B1).
    Braked = 0x28,
    /// Subjects that the brake let through.
    Cleared = 0x29,
    /// Known subjects that answered 404 and are to be looked at again (D1).
    Missing = 0x2a,
    /// The counts that movements are measured from (W3).
    Baselines = 0x2b,
    /// Fingerprints of the settings that were last applied.
    Applied = 0x2c,
    /// An opt-out that Tandem wrote on a method (E5).
    OwnOptOut = 0x2d,
    /// The joins of tags on a contact of Virtuous (S1).
    TagJoins = 0x2e,
    /// The bytes of a subject that could not be decoded, for a look into what went wrong (B4).
    SetAside = 0x2f,
    /// What a person did.
    Action = 0x30,
    /// What stays of a subject while its customer is read anew (E5).
    Kept = 0x31,
    /// Hashes of a person who was forgotten.
    Forgotten = 0x32,
}

impl Kind {
    /// All kinds, in key order.
    pub const ALL: [Self; 44] = [
        Self::Meta,
        Self::CustomerName,
        Self::Ledger,
        Self::Seal,
        Self::ApiToken,
        Self::Session,
        Self::Salt,
        Self::AlertQueued,
        Self::AlertTold,
        Self::Customer,
        Self::Counts,
        Self::Token,
        Self::CcReferenceData,
        Self::VirtuousReferenceData,
        Self::Cursor,
        Self::SeenPage,
        Self::Hint,
        Self::Campaign,
        Self::Event,
        Self::EventSeen,
        Self::Subscription,
        Self::SingleReads,
        Self::PassedOver,
        Self::AwaitedBounces,
        Self::HintPolls,
        Self::Subject,
        Self::Email,
        Self::Link,
        Self::Work,
        Self::Attention,
        Self::Owed,
        Self::Intent,
        Self::Timeline,
        Self::Braked,
        Self::Cleared,
        Self::Missing,
        Self::Baselines,
        Self::Applied,
        Self::OwnOptOut,
        Self::TagJoins,
        Self::SetAside,
        Self::Action,
        Self::Kept,
        Self::Forgotten,
    ];
}

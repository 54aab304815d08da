//! Reasons as data: which rule decided, and what it found. Users, logs and the timeline show them.

use std::fmt;

use super::Timestamp;

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        /// A rule of `docs/RULES.md` by its number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is the rule of that number in docs/RULES.md")]
        pub enum Rule { $($name),* }

        impl Rule {
            /// All rules, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The rule's number.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The rule of this number.
            #[must_use]
            pub fn parse(number: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rule| rule.as_str() == number)
            }
        }
    };
}

rules! {
    E1, E2, E3, E4, E5, I1, I2, I3, I4, I5, C1, C2, C3, C4, C5, P1, P2, P3, P4, P5, P6, P7, S1, S2, S3, S4, S5, S6, F1, F2, D1, D2, D3, N1, B1, B2,
    B3, B4, W1, W2, W3, W4, W5, V1, V2, V3,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! causes {
    ($($code:literal $name:ident $text:literal),* $(,)?) => {
        /// What a decision found. The number is what the store keeps; it is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[expect(missing_docs, reason = "each variant's meaning is its text, below")]
        pub enum Cause { $($name = $code),* }

        impl Cause {
            /// All causes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The cause in plain English, as people are shown it.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

causes! {
    // Standing of a subject.
    1 Agreed "both systems agree",
    2 NewSubscriber "newly seen in Constant Contact",
    3 ChangedInCc "changed in Constant Contact",
    4 ChangedInVirtuous "changed in Virtuous",
    5 ImportNotStarted "waits for `tandem import CUSTOMER start`",
    6 LookUp "not yet looked up in Virtuous",
    7 FoundByReference "found in Virtuous by its reference",
    8 FoundByEmail "found in Virtuous by its email address",
    9 NotInVirtuous "not found in Virtuous",
    10 SeveralHits "several Virtuous contacts have this email address: which one is the subscriber?",
    11 ScanRunning "waits until the contacts of Virtuous are read",
    12 Unsure "the outcome of an earlier call is unknown: read again before writing",
    13 MergedAway "the Virtuous contact was merged into another",
    14 ArchivedOrPrivate "the Virtuous contact is archived or private: only opt-outs are written",
    15 VirtuousGone "the linked Virtuous contact is not found any more, nor another by reference or address; none is made again. `retry` looks for it again",
    // Creation.
    20 Create "mailable, and not in Virtuous: to be created",
    21 NoAddress "has no email address",
    22 NotMailable "may not be mailed, so no contact is created",
    23 PendingConfirmation "has not yet confirmed the subscription",
    24 PermissionOnHold "the permission is not set or on hold in Constant Contact",
    25 NoName "has no name, which Virtuous needs",
    26 NotOnSelectedList "is on none of the selected lists",
    27 Submitted "submitted to Virtuous, waits for its nightly import",
    28 WaitingInImports "waiting in Virtuous Imports: somebody needs to run or review the import there",
    29 SubmissionUnsure "the submission's outcome is unknown; looked up before it is sent again",
    30 Confirmed "the submission has become a contact",
    31 NameRefused "Virtuous refused the contact because of its incomplete name",
    // Consent.
    40 UnsubscribedInCc "unsubscribed in Constant Contact",
    41 DeletedInCc "deleted in Constant Contact",
    42 HardBounce "mail to this address bounced for good",
    43 SoftBounce "mail to this address bounced",
    44 Complaint "reported as spam",
    45 OptedOutInVirtuous "opted out in Virtuous by staff",
    46 ProvedOptIn "opted in again in Constant Contact, proved and newer than every opt-out",
    47 UnprovedOptIn "active in Constant Contact and opted out in Virtuous, without proof which is newer",
    48 StaffOptIn "opted in by staff in Virtuous, but opted out in Constant Contact",
    49 ImportOptIn "the opt-in that the import set is not what consent says",
    53 Untouched "opted out in Virtuous since the address was added there, which no person did: the customer's setting consent.untouched says what that means",
    54 AddressOut "the address stays opted out, as another subscriber who has it is opted out",
    55 BouncesUnread "waits until the account's bounces and deletions were read once, as the opt-out may be of one of them",
    64 BounceMayBeNewer "opted in again in Constant Contact, proved: waits until the account's bounce reports were read once, a day at most, as a bounce may be newer than the proof",
    56 DateNotTold "the date of the opt-out in Virtuous is not told yet: the address is asked for it",
    57 OwnNote "a note of Tandem's says that the opt-out in Virtuous is its own",
    58 OwnOptOutStands "opted out in Virtuous by Tandem itself before its store was lost, and active in Constant Contact without proof which is newer: it stays opted out until there is such a proof, or staff opt the address in in Virtuous",
    59 NoteInDoubt "opted out in Virtuous later than a note of Tandem's tells of an opt-out of its own: is it staff's?",
    51 ConfirmationAsked "an operator has Constant Contact send its confirmation email",
    52 ConfirmationSent "Constant Contact was told to send its confirmation email: waits for the subscriber to confirm",
    50 OneWay "kept as it is: preferences are not written to Constant Contact (two_way = false)",
    // Email.
    60 EmailChanged "the email address changed in Constant Contact",
    61 EmailTaken "the new email address already sits on another Virtuous contact",
    63 HandedOn "another subscriber has this address now: it is no evidence about this one, and nothing is written to it for this one",
    62 EmailNotThere "the linked Virtuous contact does not have this email address",
    // Segments.
    70 OnList "is on the list",
    71 OffList "is no longer on the list",
    72 TagMissing "the tag does not exist in Virtuous: staff need to create it",
    73 TagTwice "two Virtuous tags have this name: which one is meant?",
    74 TagByStaff "tag added or removed by staff in Virtuous",
    75 ListRenamed "the list was renamed",
    76 ListDeleted "the list was deleted",
    77 TagUnsendable "the list's name cannot be sent as a tag because it contains a semicolon",
    78 OppositeChanges "both sides changed to opposite meanings: Constant Contact wins",
    79 ListsUnderWay "the change of lists is sent to Constant Contact and not yet carried out there",
    // Fields.
    80 FieldDiffers "a mapped field differs",
    81 FieldNotConvertible "the value does not fit the Virtuous field and is left alone",
    82 FieldUnknown "no Virtuous field of this name: ignored",
    83 ProfileDiffers "name, phone or address changed",
    // Deletion.
    90 GoneInCc "no longer found in Constant Contact",
    91 Revived "back in Constant Contact after a deletion",
    // Safety.
    100 Brake "more people would be opted out, unsubscribed or untagged than the brake allows",
    101 Refused "refused by the other side for good",
    102 RetryLater "a passing failure: tried again later",
    103 GaveUp "tried too often without success",
    104 Bug "an internal error: this customer was restarted",
    105 NoteOwed "a note is to be added",
    106 Dropped "dropped by an operator",
    107 Retried "put back by an operator",
    108 Decided "decided by an operator",
    109 AtBrake "waits until it is counted how many people lose a tag, are opted out after a deletion, or are unsubscribed after an opt-out in Virtuous",
    111 NotVisibleYet "written, and not visible in Virtuous yet: read again",
    112 Repeated "waits, as it was written again and again without effect",
    113 ShownOtherwise "Virtuous shows it in another form than it was sent in",
    114 WithoutEffect "the write was answered, and had no effect",
    150 AnotherAccount "the grant is of another account of Constant Contact than the customer's",
    151 AnotherOrganisation "the key is of another organisation of Virtuous than the customer's",
    152 SharedAccount "another customer has the same account or organisation",
    115 SetAside "what was kept of this person could not be read any more: it was set aside, and the person is read anew from both systems",
    160 PlanFailed "a bug of Tandem: what is to be done for this person cannot be worked out. Nothing is written for it, all else goes on, and it is tried again later; `retry` tries it now. Report it with the log",
    116 Unreadable "a value that is kept for this customer cannot be read or written",
    117 KeyMissing "the key that seals secrets is missing or is another one",
    110 BrakePassed "counted by the brake, and let through",
    // Evidence.
    130 NotTold "Virtuous leaves out a part of the contact: what is known of it stays",
}

impl Cause {
    /// The number that the store keeps.
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The cause with this number.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.code() == code)
    }
}

/// Why a decision was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule that decided.
    pub rule: Rule,
    /// What it found.
    pub cause: Cause,
    /// What it was about (a tag, a field, a call), never personal data. May be empty.
    pub detail: String,
}

impl Reason {
    /// A reason without detail.
    #[must_use]
    pub const fn new(rule: Rule, cause: Cause) -> Self {
        Self { rule, cause, detail: String::new() }
    }

    /// The same with a detail.
    #[must_use]
    pub fn about(rule: Rule, cause: Cause, detail: impl Into<String>) -> Self {
        Self { rule, cause, detail: detail.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause.text())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

/// One line of a subscriber's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it happened, by Tandem's clock.
    pub at: Timestamp,
    /// What was done or seen.
    pub what: What,
    /// Why.
    pub reason: Reason,
}

macro_rules! whats {
    ($($code:literal $name:ident $text:literal),* $(,)?) => {
        /// The kind of a timeline event. The number is what the store keeps; it is never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "each variant's meaning is its text, below")]
        pub enum What { $($name = $code),* }

        impl What {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The kind as a short word for JSON and tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The kind with this number.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.iter().copied().find(|what| *what as u8 == code)
            }
        }
    };
}

whats! {
    1 Seen "seen",
    2 LookedUp "looked_up",
    3 Linked "linked",
    4 Sent "sent",
    5 Confirmed "confirmed",
    6 OptedOut "opted_out",
    7 OptedIn "opted_in",
    8 TagAdded "tag_added",
    9 TagRemoved "tag_removed",
    10 FieldsSet "fields_set",
    11 EmailSet "email_set",
    12 NoteAdded "note_added",
    13 ReferenceAdded "reference_added",
    14 Settled "settled",
    15 Waits "waits",
    16 ForReview "for_review",
    17 Failed "failed",
    18 Retry "retry",
    19 UnsubscribedInCc "unsubscribed_in_cc",
    20 ListsChangedInCc "lists_changed_in_cc",
    21 Decided "decided",
    22 Warned "warned",
    23 ConfirmationSent "confirmation_sent",
}

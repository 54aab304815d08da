//! A subject: one subscriber of one customer, with three views of the same facets (DESIGN: the core).

use std::fmt;

use super::{
    AgreedConsent, CcView, ContactId, Event, Lane, ListId, MethodId, Person, Reason, Repeat, Rule,
    SegmentKey, ShownForm, TagId, Timestamp, Unseen, VirtuousContactId, VirtuousView, reason::Cause,
};

/// Where a subject stands (INTERFACE.md, States).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Both sides agree.
    InSync,
    /// There is something to do.
    Pending,
    /// Sent to Virtuous, not yet confirmed (V1).
    Submitted,
    /// Waits for something that may never come (a name, a confirmation, a tag).
    Held,
    /// Waits for a person's decision.
    Review,
    /// Given up, with a dead letter.
    Failed,
    /// Not synced, by rule.
    Excluded,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::InSync,
        Self::Pending,
        Self::Submitted,
        Self::Held,
        Self::Review,
        Self::Failed,
        Self::Excluded,
    ];

    /// The name in JSON and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "in_sync",
            Self::Pending => "pending",
            Self::Submitted => "submitted",
            Self::Held => "held",
            Self::Review => "review",
            Self::Failed => "failed",
            Self::Excluded => "excluded",
        }
    }

    /// The place in [`State::ALL`], for keys.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        self as u8
    }

    /// The state at this place.
    #[must_use]
    pub fn from_u8(place: u8) -> Option<Self> {
        Self::ALL.get(usize::from(place)).copied()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An opt-out that Constant Contact showed and shows no more, before both sides agreed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnansweredOptOut {
    /// The date of the newest such event; `None` when unknown, which no proof is newer than (P3).
    pub at: Option<Timestamp>,
    /// Whether it was a deletion alone, and a contact was there to be told of it: with the deletion undone there is nothing left to
    /// write (D3, B1).
    pub by_deletion: bool,
}

/// An opt-out that Tandem wrote because of a bounce and of nothing else: it speaks of the address, not of the person (P6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceOptOut {
    /// The address that bounced, as compared.
    pub address: String,
    /// The date of the bounce.
    pub at: Timestamp,
    /// The methods that were opted in until then.
    pub methods: Vec<MethodId>,
}

/// What both sides last agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Base {
    /// Consent of the person.
    pub consent: Option<AgreedConsent>,
    /// The address, as compared.
    pub email: Option<String>,
    /// Further addresses of the record since consent was last agreed on, as compared, oldest first: consent stays with the
    /// person, so what the linked contact shows of them counts too (P6).
    pub former: Vec<String>,
    /// Segments: the key of the list or tag in Constant Contact, and the Virtuous tag's name that stands for it. Sorted.
    pub segments: Vec<(SegmentKey, String)>,
    /// The tag's id under each of these names, as it was last known to be on (S5). Sorted.
    pub tag_ids: Vec<(String, TagId)>,
    /// Mapped fields that Tandem wrote or found equal: Virtuous name and value. Sorted.
    pub fields: Vec<(String, String)>,
    /// A hash of the profile that was last sent (F2).
    pub profile: Option<u64>,
    /// Keys of notes that were written (N1).
    pub notes: Vec<String>,
}

impl Base {
    /// The addresses that were there before the present one, as compared, oldest first.
    pub fn addresses(&self) -> impl DoubleEndedIterator<Item = &String> {
        self.email.iter().chain(&self.former)
    }
}

/// A submission to Virtuous that is not confirmed (C4, V1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submission {
    /// When it was sent, by Virtuous' time where it told.
    pub sent_at: Timestamp,
    /// Whether it is known to have arrived. If not, it is looked up before it is sent again.
    pub certain: bool,
    /// Whether it created the contact, rather than carrying a profile change (F2).
    pub creates: bool,
}

/// The direction of a change of list memberships (S5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Membership {
    /// The subscriber joins the lists.
    Join,
    /// The subscriber leaves the lists.
    Leave,
}

impl Membership {
    /// The other direction.
    #[must_use]
    pub const fn reverse(self) -> Self {
        match self {
            Self::Join => Self::Leave,
            Self::Leave => Self::Join,
        }
    }
}

/// A change of list memberships that Constant Contact took and carries out in its own time (S5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListsInFlight {
    /// The bulk activity that carries it out.
    pub activity: String,
    /// Whether the subscriber joins or leaves the lists.
    pub membership: Membership,
    /// The lists.
    pub lists: Vec<ListId>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// How often it was asked for since.
    pub looks: u8,
    /// When it is asked for next.
    pub next_look: Timestamp,
}

/// Constant Contact's one confirmation email, as a person asked for it (P5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The lists that the subscriber joins by confirming.
    pub lists: Vec<ListId>,
    /// The subject's revision that it was asked for: a change makes it an open question again.
    pub revision: u32,
    /// When Constant Contact took it; `None` while it is to be sent.
    pub sent_at: Option<Timestamp>,
}

/// A refusal or exhaustion that stopped a subject (B3): its dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The effect's name.
    pub effect: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The response: status and error text, scrubbed of personal data.
    pub response: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// When and in which lane a subject is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work {
    /// The lane.
    pub lane: Lane,
    /// Not before this.
    pub due: Timestamp,
}

/// A decision that a person took about a review item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Leave the difference as it is until something changes.
    Leave,
    /// Go on as Tandem proposed.
    Accept,
}

/// One subscriber of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The identity (I1).
    pub id: ContactId,
    /// When first seen.
    pub first_seen: Timestamp,
    /// Hash of the record's bytes as last read. `None` if the view is not a reading's: nothing was read yet, Tandem wrote it, or
    /// another proof changed it. The next reading then counts whatever it shows.
    pub fingerprint: Option<u64>,
    /// Moved by every observation that changed a view, so that a plan knows whether it is still fresh.
    pub revision: u32,
    /// Constant Contact's view.
    pub cc: CcView,
    /// Virtuous' view.
    pub virtuous: VirtuousView,
    /// Further contacts with the address, where a person chose the linked one of several: an opt-out goes to them too (I2, P2).
    pub hits: Vec<Person>,
    /// Whether more contacts have the address than were read (I2, P2).
    pub more_hits: bool,
    /// Whether the opt-out that was agreed on is Tandem's own of a store that was lost, known by a note; while nothing is agreed on, whether
    /// that is in doubt (E5).
    pub own_note: bool,
    /// What both last agreed on.
    pub base: Base,
    /// A submission in flight.
    pub submission: Option<Submission>,
    /// When the contact that came of a submission was first read: until consent is settled, its opt-in is the import's
    /// doing and no evidence (C5).
    pub fresh_since: Option<Timestamp>,
    /// When the linked contact was found to be gone, without another in its place: none is made again (I3).
    pub gone_since: Option<Timestamp>,
    /// Set when the new address was found on another contact (P6).
    pub email_taken: Option<String>,
    /// The last opt-out that a bounce alone was the reason of; of use as long as that is what was last agreed on (P6).
    pub bounced: Option<BounceOptOut>,
    /// The name was refused (C3).
    pub name_refused: bool,
    /// The linked contact takes no reference of this subscriber; the link is by its id alone (I2).
    pub reference_refused: bool,
    /// A change of lists that is under way: until it is done, what Constant Contact shows of lists is not the last word (S5).
    pub lists_in_flight: Option<ListsInFlight>,
    /// Failed calls in a row.
    pub attempts: u32,
    /// The dead letter, if given up.
    pub failure: Option<Failure>,
    /// A person's decision, with the revision that it was made for.
    pub verdict: Option<(Verdict, u32)>,
    /// The confirmation email that is to be sent, or was; until both sides agree that the person is in (P5).
    pub confirmation: Option<Confirmation>,
    /// An opt-out that Constant Contact took back without proof: it stands until newer proof answers it (P3).
    pub unanswered: Option<UnansweredOptOut>,
    /// What Tandem wrote and no reading has shown yet, oldest first (E1).
    pub unseen: Vec<Unseen>,
    /// Fields that Virtuous shows in another form than they were sent in (E3).
    pub forms: Vec<ShownForm>,
    /// What was written within the day, and how often (E3).
    pub repeats: Vec<Repeat>,
    /// When the oldest opt-out that is not yet applied was first seen; `None` if there is none.
    pub opt_out_owed_since: Option<Timestamp>,
    /// Where it stands.
    pub state: State,
    /// Why it stands there.
    pub reason: Reason,
    /// When it is due again.
    pub work: Option<Work>,
    /// Timeline lines not yet moved to the timeline proper; they move with the next settlement.
    pub recent: Vec<Event>,
}

impl Subject {
    /// Contacts with the address that the subscriber is not linked to: those beside the linked one, or several of which none is chosen
    /// (I2, P2). An only candidate is taken for the link.
    #[must_use]
    pub fn further(&self) -> &[Person] {
        match &self.virtuous {
            VirtuousView::Linked(_) => &self.hits,
            VirtuousView::Candidates(people) if people.len() > 1 => people,
            _ => &[],
        }
    }

    /// Such a contact by its id.
    #[must_use]
    pub fn further_contact(&self, contact: VirtuousContactId) -> Option<&Person> {
        self.further().iter().find(|person| person.contact == contact)
    }

    /// What a person decided about the subject as it is now; a change makes it an open question again.
    #[must_use]
    pub fn decided(&self) -> Option<Verdict> {
        self.verdict.filter(|(_, revision)| *revision == self.revision).map(|(verdict, _)| verdict)
    }

    /// The confirmation email, if nothing about the subject changed since it was asked for (P5).
    #[must_use]
    pub fn confirmation_now(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref().filter(|asked| asked.revision == self.revision)
    }

    /// Whether nothing but the brake stops its next write (B1).
    #[must_use]
    pub fn is_at_brake(&self) -> bool {
        self.reason.cause == Cause::AtBrake && self.work.is_none()
    }

    /// A subject seen for the first time.
    #[must_use]
    pub fn new(id: ContactId, now: Timestamp) -> Self {
        Self {
            id,
            first_seen: now,
            fingerprint: None,
            revision: 0,
            cc: CcView::default(),
            virtuous: VirtuousView::Unknown,
            hits: Vec::new(),
            more_hits: false,
            own_note: false,
            base: Base::default(),
            submission: None,
            fresh_since: None,
            gone_since: None,
            email_taken: None,
            bounced: None,
            name_refused: false,
            reference_refused: false,
            lists_in_flight: None,
            attempts: 0,
            failure: None,
            verdict: None,
            confirmation: None,
            unanswered: None,
            unseen: Vec::new(),
            forms: Vec::new(),
            repeats: Vec::new(),
            opt_out_owed_since: None,
            state: State::Pending,
            reason: Reason::new(Rule::I1, Cause::NewSubscriber),
            work: None,
            recent: Vec::new(),
        }
    }
}

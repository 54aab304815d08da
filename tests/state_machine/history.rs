//! What may happen: who is there at first, and what people, staff, networks and operators do.

use proptest::{collection::vec, prelude::*, sample::select};
use proptest_state_machine::ReferenceStateMachine;

/// People at most.
const PEOPLE_MAX: usize = 5;
/// Lists of the account that the histories touch.
pub const LISTS: usize = 3;
/// Tags that are staff's alone; the last looks like Tandem's, but no list has its name (S2).
pub const STAFF_TAGS: [&str; 3] = ["Major donor", "Board", "CC: Gala 2019"];

/// The permission that somebody begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    Explicit,
    /// Implicit, given by the person.
    Asked,
    /// Implicit, given by the account.
    ByAccount,
    /// Implicit, without source and date.
    Bare,
    Unsubscribed,
    Pending,
    OnHold,
}

/// What Virtuous has of somebody at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Absent,
    /// One contact with the address.
    Own(Shown),
    /// Two contacts with the address (I2).
    Twice,
    /// A second person on the contact of the one before, with an address of their own (I4).
    WithThePrevious(Shown),
}

/// The opt-in of an address in Virtuous at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    In,
    /// Opted out, long before any opt-in in Constant Contact.
    OutBefore,
    /// Opted out, after every opt-in and opt-out in Constant Contact.
    OutAfter,
}

/// Somebody, as they begin.
#[derive(Debug, Clone)]
pub struct Start {
    pub permission: Begins,
    pub named: bool,
    pub lists: Vec<usize>,
    pub place: Place,
    /// Not there yet: subscribes later.
    pub later: bool,
    /// Subscribes later with the first address of the one before, as soon as that one has another or is gone.
    pub takes_over: bool,
    /// A contact of Virtuous, nobody's subscriber, has the address that this person may change to.
    pub donor: bool,
    /// The contact carries the first list's tag and one of staff's.
    pub tagged: bool,
}

/// The world that a history runs in.
#[derive(Debug, Clone)]
pub struct Scene {
    pub people: Vec<Start>,
    pub import_opts_in: bool,
    pub list_moves_touch: bool,
    pub consent_touches: bool,
    pub strips_lists: bool,
    pub merge_moves_references: bool,
    /// Profiles go by transaction later (F2).
    pub transaction: bool,
    /// What becomes of the events of Virtuous.
    pub hearing: Hearing,
}

/// What becomes of the events of Virtuous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// There are none: the query alone tells (V2).
    Off,
    /// Each comes at once.
    Good,
    /// Some are lost, come twice, late or in another order.
    Bad,
}

/// An address that somebody may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    First,
    Second,
    /// That of the donor.
    Donors,
}

/// With what evidence somebody subscribes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    Confirmed,
    Asked,
    Staff,
    Nothing,
}

/// A passing trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    LostRequest,
    LostAnswer,
    Error,
    Throttled,
    Malformed,
    Slow,
}

/// One thing that happens. A person is meant by a number, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    Unsubscribe(usize),
    Complain(usize),
    Resubscribe(usize, Evidence),
    Delete(usize),
    Erase(usize),
    Revive(usize),
    Hold(usize),
    Release(usize),
    Join(usize, usize),
    Leave(usize, usize),
    Email(usize, Address, bool),
    Bounce(usize, char),
    Rename(usize),
    Subscribe(usize),
    RenameList(usize, bool),
    DeleteList(usize),
    StaffOptOut(usize, bool),
    StaffOptIn(usize),
    StaffTag(usize, usize),
    StaffUntag(usize, usize),
    StaffTagsList(usize, usize),
    StaffUntagsList(usize, usize),
    Trouble(bool, Trouble, u32),
    Panic(bool),
    Restart,
    Nothing,
}

impl Edit {
    /// The number of the person that it is about.
    pub const fn person(&self) -> Option<usize> {
        match *self {
            Self::Unsubscribe(who)
            | Self::Complain(who)
            | Self::Resubscribe(who, _)
            | Self::Delete(who)
            | Self::Erase(who)
            | Self::Revive(who)
            | Self::Hold(who)
            | Self::Release(who)
            | Self::Join(who, _)
            | Self::Leave(who, _)
            | Self::Email(who, ..)
            | Self::Bounce(who, _)
            | Self::Rename(who)
            | Self::Subscribe(who)
            | Self::StaffOptOut(who, _)
            | Self::StaffOptIn(who)
            | Self::StaffTag(who, _)
            | Self::StaffUntag(who, _)
            | Self::StaffTagsList(who, _)
            | Self::StaffUntagsList(who, _) => Some(who),
            Self::RenameList(..)
            | Self::DeleteList(_)
            | Self::Trouble(..)
            | Self::Panic(_)
            | Self::Restart
            | Self::Nothing => None,
        }
    }
}

/// How much time passes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    None,
    Second,
    Minutes,
    Hours,
    /// Until everything that can be seen was seen.
    Settle,
}

/// An edit and the time after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happens(pub Edit, pub Pause);

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![4 => Just(Shown::In), 1 => Just(Shown::OutBefore), 1 => Just(Shown::OutAfter)]
}

fn start() -> impl Strategy<Value = Start> {
    let permission = prop_oneof![
        3 => Just(Begins::Explicit),
        3 => Just(Begins::ByAccount),
        1 => Just(Begins::Asked),
        1 => Just(Begins::Bare),
        1 => Just(Begins::Unsubscribed),
        1 => Just(Begins::Pending),
        1 => Just(Begins::OnHold),
    ];
    let place = prop_oneof![
        3 => Just(Place::Absent),
        4 => shown().prop_map(Place::Own),
        1 => Just(Place::Twice),
        2 => shown().prop_map(Place::WithThePrevious),
    ];
    let few = proptest::bool::weighted(0.2);
    let rest = (few, few, any::<bool>(), any::<bool>());
    (permission, proptest::bool::weighted(0.9), vec(0..LISTS, 0..3), place, rest).prop_map(
        |(permission, named, lists, place, (later, takes_over, donor, tagged))| Start {
            permission,
            named,
            lists,
            // Whose address it was has the place in Virtuous.
            place: if takes_over { Place::Absent } else { place },
            later: later || takes_over,
            takes_over,
            donor,
            tagged,
        },
    )
}

fn scene() -> impl Strategy<Value = Scene> {
    let switch = any::<bool>;
    let hearing = select(vec![Hearing::Off, Hearing::Good, Hearing::Bad]);
    let switches =
        (switch(), switch(), switch(), switch(), switch(), proptest::bool::weighted(0.25), hearing);
    (vec(start(), 1..=PEOPLE_MAX), switches).prop_map(
        |(
            people,
            (import_opts_in, list_moves_touch, consent_touches, strips_lists, moves, transaction, hearing),
        )| {
            Scene {
                hearing,
                people,
                import_opts_in,
                list_moves_touch,
                consent_touches,
                strips_lists,
                merge_moves_references: moves,
                transaction,
            }
        },
    )
}

fn edit(people: usize) -> BoxedStrategy<Edit> {
    let who = move || 0..people;
    let list = || 0..LISTS;
    let tag = || 0..STAFF_TAGS.len();
    let evidence = select(vec![Evidence::Confirmed, Evidence::Asked, Evidence::Staff, Evidence::Nothing]);
    let address = select(vec![Address::First, Address::Second, Address::Donors]);
    let trouble = select(vec![
        Trouble::LostRequest,
        Trouble::LostAnswer,
        Trouble::LostAnswer,
        Trouble::Error,
        Trouble::Throttled,
        Trouble::Malformed,
        Trouble::Slow,
    ]);
    let in_cc = prop_oneof![
        5 => who().prop_map(Edit::Unsubscribe),
        1 => who().prop_map(Edit::Complain),
        6 => (who(), evidence).prop_map(|(who, evidence)| Edit::Resubscribe(who, evidence)),
        3 => who().prop_map(Edit::Delete),
        1 => who().prop_map(Edit::Erase),
        3 => who().prop_map(Edit::Revive),
        1 => who().prop_map(Edit::Hold),
        1 => who().prop_map(Edit::Release),
        3 => (who(), list()).prop_map(|(who, list)| Edit::Join(who, list)),
        3 => (who(), list()).prop_map(|(who, list)| Edit::Leave(who, list)),
        4 => (who(), address, any::<bool>()).prop_map(|(who, to, upper)| Edit::Email(who, to, upper)),
        3 => (who(), select(vec!['B', 'D', 'F', 'S', 'V', 'X', 'Z'])).prop_map(|(who, code)| Edit::Bounce(who, code)),
        1 => who().prop_map(Edit::Rename),
        2 => who().prop_map(Edit::Subscribe),
        1 => (list(), any::<bool>()).prop_map(|(list, made)| Edit::RenameList(list, made)),
        1 => list().prop_map(Edit::DeleteList),
    ];
    let by_staff = prop_oneof![
        4 => (who(), any::<bool>()).prop_map(|(who, all)| Edit::StaffOptOut(who, all)),
        4 => who().prop_map(Edit::StaffOptIn),
        1 => (who(), tag()).prop_map(|(who, tag)| Edit::StaffTag(who, tag)),
        1 => (who(), tag()).prop_map(|(who, tag)| Edit::StaffUntag(who, tag)),
        1 => (who(), list()).prop_map(|(who, list)| Edit::StaffTagsList(who, list)),
        1 => (who(), list()).prop_map(|(who, list)| Edit::StaffUntagsList(who, list)),
    ];
    let outside = prop_oneof![
        4 => (any::<bool>(), trouble, 1..5u32).prop_map(|(cc, trouble, times)| Edit::Trouble(cc, trouble, times)),
        1 => any::<bool>().prop_map(Edit::Panic),
        2 => Just(Edit::Restart),
        2 => Just(Edit::Nothing),
    ];
    prop_oneof![8 => in_cc, 3 => by_staff, 2 => outside].boxed()
}

fn pause() -> impl Strategy<Value = Pause> {
    prop_oneof![
        2 => Just(Pause::None),
        1 => Just(Pause::Second),
        2 => Just(Pause::Minutes),
        2 => Just(Pause::Hours),
        4 => Just(Pause::Settle),
    ]
}

/// The histories. What they lead to is the model's to say, from what really came of each edit.
#[derive(Debug)]
pub struct Histories;

impl ReferenceStateMachine for Histories {
    type State = Scene;
    type Transition = Happens;

    fn init_state() -> BoxedStrategy<Scene> {
        scene().boxed()
    }

    fn transitions(scene: &Scene) -> BoxedStrategy<Happens> {
        (edit(scene.people.len()), pause()).prop_map(|(edit, pause)| Happens(edit, pause)).boxed()
    }

    // A smaller scene may have fewer people.
    fn preconditions(scene: &Scene, Happens(edit, _): &Happens) -> bool {
        edit.person().is_none_or(|who| who < scene.people.len())
    }

    fn apply(scene: Scene, _: &Happens) -> Scene {
        scene
    }
}

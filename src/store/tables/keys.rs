//! The layout of keys: customer (4 bytes, big-endian), kind (1 byte), the rest by kind.
//!
//! Customer 0 is the process itself. Numbers are big-endian, so that order by bytes is order by value; no key is a
//! prefix of another one of its kind, because parts of variable length carry their length.

use crate::{
    domain::{AlertKind, CcId, ContactId, Lane, MethodId, State, Stream, Timestamp, VirtuousContactId},
    store::tables::kind::Kind,
};

/// The number of a customer in keys; 0 is the process itself.
pub type CustomerNo = u32;
/// Length of the customer and kind that every key begins with.
pub const HEAD: usize = 5;

/// A key under construction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Vec<u8>);

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Key {
    /// The beginning of every key of this kind.
    #[must_use]
    pub fn of(customer: CustomerNo, kind: Kind) -> Self {
        let mut bytes = Vec::with_capacity(40);
        bytes.extend_from_slice(&customer.to_be_bytes());
        bytes.push(kind as u8);
        Self(bytes)
    }

    fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    fn time(mut self, at: Timestamp) -> Self {
        // Times before 1970 sort first: the sign bit is turned.
        let ordered = at.as_millis().cast_unsigned() ^ (1 << 63);
        self.0.extend_from_slice(&ordered.to_be_bytes());
        self
    }

    fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(&bytes[..usize::from(length)]);
        self
    }

    fn id(mut self, id: &CcId) -> Self {
        match id {
            CcId::Uuid(bits) => {
                self.0.push(1);
                self.0.extend_from_slice(&bits.to_be_bytes());
                self
            }
            CcId::Text(text) => self.byte(2).text(text),
        }
    }

    /// A subject's key.
    #[must_use]
    pub fn subject(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Subject).id(&id.0)
    }

    /// All subjects with this address.
    #[must_use]
    pub fn emails(customer: CustomerNo, email_key: &str) -> Self {
        Self::of(customer, Kind::Email).text(email_key)
    }

    /// One subject with this address.
    #[must_use]
    pub fn email(customer: CustomerNo, email_key: &str, id: &ContactId) -> Self {
        Self::emails(customer, email_key).id(&id.0)
    }

    /// All subjects linked to this Virtuous contact.
    #[must_use]
    pub fn links(customer: CustomerNo, contact: VirtuousContactId) -> Self {
        let mut key = Self::of(customer, Kind::Link);
        key.0.extend_from_slice(&contact.0.to_be_bytes());
        key
    }

    /// One subject linked to this Virtuous contact.
    #[must_use]
    pub fn link(customer: CustomerNo, contact: VirtuousContactId, id: &ContactId) -> Self {
        Self::links(customer, contact).id(&id.0)
    }

    /// All work of a lane.
    #[must_use]
    pub fn lane(customer: CustomerNo, lane: Lane) -> Self {
        Self::of(customer, Kind::Work).byte(lane.to_u8())
    }

    /// The end of a lane's work that is due at `at`: keys below it are due.
    #[must_use]
    pub fn due(customer: CustomerNo, lane: Lane, at: Timestamp) -> Self {
        Self::lane(customer, lane).time(Timestamp::from_millis(at.as_millis().saturating_add(1)))
    }

    /// A subject's work.
    #[must_use]
    pub fn work(customer: CustomerNo, lane: Lane, due: Timestamp, id: &ContactId) -> Self {
        Self::lane(customer, lane).time(due).id(&id.0)
    }

    /// All subjects in a state that wants attention.
    #[must_use]
    pub fn attentions(customer: CustomerNo, state: State) -> Self {
        Self::of(customer, Kind::Attention).byte(state.to_u8())
    }

    /// A subject in a state that wants attention.
    #[must_use]
    pub fn attention(customer: CustomerNo, state: State, id: &ContactId) -> Self {
        Self::attentions(customer, state).id(&id.0)
    }

    /// An opt-out not yet applied.
    #[must_use]
    pub fn owed(customer: CustomerNo, since: Timestamp, id: &ContactId) -> Self {
        Self::of(customer, Kind::Owed).time(since).id(&id.0)
    }

    /// Opt-outs that are owed since a later time.
    #[must_use]
    pub fn owed_after(customer: CustomerNo, at: Timestamp) -> Self {
        Self::of(customer, Kind::Owed).time(Timestamp::from_millis(at.as_millis().saturating_add(1)))
    }

    /// Bounces of a contact that is not known yet.
    #[must_use]
    pub fn awaited_bounces(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::AwaitedBounces).id(&id.0)
    }

    /// A place at which a contact of Virtuous was passed over.
    #[must_use]
    pub fn passed_over(customer: CustomerNo, place: &str) -> Self {
        Self::of(customer, Kind::PassedOver).text(place)
    }

    /// A write that may be under way.
    #[must_use]
    pub fn intent(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Intent).id(&id.0)
    }

    /// What stays of a subject while its customer is read anew.
    #[must_use]
    pub fn kept(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Kept).id(&id.0)
    }

    /// A subject that waits at the brake.
    #[must_use]
    pub fn braked(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Braked).id(&id.0)
    }

    /// What was kept of a subject and could not be decoded.
    #[must_use]
    pub fn set_aside(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::SetAside).id(&id.0)
    }

    /// A subject that the brake let through.
    #[must_use]
    pub fn cleared(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Cleared).id(&id.0)
    }

    /// A known subject that answered 404.
    #[must_use]
    pub fn missing(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Missing).id(&id.0)
    }

    /// A subject's timeline.
    #[must_use]
    pub fn timelines(customer: CustomerNo, id: &ContactId) -> Self {
        Self::of(customer, Kind::Timeline).id(&id.0)
    }

    /// A chunk of a subject's timeline. `revision` tells apart chunks of the same millisecond.
    #[must_use]
    pub fn timeline(customer: CustomerNo, id: &ContactId, at: Timestamp, sequence: u32) -> Self {
        let mut key = Self::timelines(customer, id).time(at);
        key.0.extend_from_slice(&sequence.to_be_bytes());
        key
    }

    /// A stream's cursor.
    #[must_use]
    pub fn cursor(customer: CustomerNo, stream: Stream) -> Self {
        Self::of(customer, Kind::Cursor).byte(stream.to_u8())
    }

    /// All pages seen of a stream's open window.
    #[must_use]
    pub fn seen_pages(customer: CustomerNo, stream: Stream) -> Self {
        Self::of(customer, Kind::SeenPage).byte(stream.to_u8())
    }

    /// One page seen of a stream's open window.
    #[must_use]
    pub fn seen_page(customer: CustomerNo, stream: Stream, page: u32) -> Self {
        let mut key = Self::seen_pages(customer, stream);
        key.0.extend_from_slice(&page.to_be_bytes());
        key
    }

    /// A hint about a contact id (`0`), an address (`1`) or no known contact (`2`).
    #[must_use]
    pub fn hint(customer: CustomerNo, about: u8, text: &str) -> Self {
        Self::of(customer, Kind::Hint).byte(about).text(text)
    }

    /// A contact of Virtuous, by `kind`: it is to be read, or an event about it came.
    #[must_use]
    pub fn event(customer: CustomerNo, kind: Kind, contact: VirtuousContactId) -> Self {
        let mut key = Self::of(customer, kind);
        key.0.extend_from_slice(&contact.0.to_be_bytes());
        key
    }

    /// An opt-out that Tandem wrote on a method.
    #[must_use]
    pub fn own_opt_out(customer: CustomerNo, method: MethodId) -> Self {
        let mut key = Self::of(customer, Kind::OwnOptOut);
        key.0.extend_from_slice(&method.0.to_be_bytes());
        key
    }

    /// The joins of tags on a contact.
    #[must_use]
    pub fn tag_joins(customer: CustomerNo, contact: VirtuousContactId) -> Self {
        let mut key = Self::of(customer, Kind::TagJoins);
        key.0.extend_from_slice(&contact.0.to_be_bytes());
        key
    }

    /// How far a campaign's bounce report was read.
    #[must_use]
    pub fn campaign(customer: CustomerNo, id: &str) -> Self {
        Self::of(customer, Kind::Campaign).text(id)
    }

    /// A customer's number, by name.
    #[must_use]
    pub fn customer_name(name: &str) -> Self {
        Self::of(0, Kind::CustomerName).text(name)
    }

    /// An API token, by id.
    #[must_use]
    pub fn api_token(id: &str) -> Self {
        Self::of(0, Kind::ApiToken).text(id)
    }

    /// A session of a browser, by the hash of its cookie.
    #[must_use]
    pub fn session(id: &[u8; 32]) -> Self {
        let mut key = Self::of(0, Kind::Session);
        key.0.extend_from_slice(id);
        key
    }

    /// A message of an alert, by its number.
    #[must_use]
    pub fn alert_queued(number: u64) -> Self {
        let mut key = Self::of(0, Kind::AlertQueued);
        key.0.extend_from_slice(&number.to_be_bytes());
        key
    }

    /// What was told of a kind of alert.
    #[must_use]
    pub fn alert_told(kind: AlertKind) -> Self {
        Self::of(0, Kind::AlertTold).byte(kind as u8)
    }

    /// A hash of a forgotten person.
    #[must_use]
    pub fn forgotten(customer: CustomerNo, hash: &[u8; 32]) -> Self {
        let mut key = Self::of(customer, Kind::Forgotten);
        key.0.extend_from_slice(hash);
        key
    }

    /// The text that a key of a kind with one text ends with.
    #[must_use]
    pub fn text_at_end(key: &[u8]) -> &[u8] {
        key.get(HEAD + 2..).unwrap_or_default()
    }

    /// An action; `sequence` tells apart those of the same millisecond.
    #[must_use]
    pub fn action(customer: CustomerNo, at: Timestamp, sequence: u32) -> Self {
        let mut key = Self::of(customer, Kind::Action).time(at);
        key.0.extend_from_slice(&sequence.to_be_bytes());
        key
    }

    /// A key's daily ledger.
    #[must_use]
    pub fn ledger(key: &str) -> Self {
        Self::of(0, Kind::Ledger).text(key)
    }
}

/// Reads the id that a key ends with.
#[must_use]
pub fn id_at(key: &[u8], at: usize) -> Option<ContactId> {
    let rest = key.get(at..)?;
    let (kind, rest) = rest.split_first()?;
    match kind {
        1 => Some(ContactId(CcId::Uuid(u128::from_be_bytes(rest.try_into().ok()?)))),
        2 => {
            let text = rest.get(2..)?;
            Some(ContactId::new(std::str::from_utf8(text).ok()?))
        }
        _ => None,
    }
}

/// Reads the contact of Virtuous that a key ends with.
#[must_use]
pub fn contact_at(key: &[u8], at: usize) -> Option<VirtuousContactId> {
    Some(VirtuousContactId(i64::from_be_bytes(key.get(at..)?.try_into().ok()?)))
}

/// Reads the time that stands at this place of a key.
#[must_use]
pub fn time_at(key: &[u8], at: usize) -> Option<Timestamp> {
    let bytes: [u8; 8] = key.get(at..at + 8)?.try_into().ok()?;
    Some(Timestamp::from_millis((u64::from_be_bytes(bytes) ^ (1 << 63)).cast_signed()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn work_keys_sort_by_lane_then_due(lanes in any::<[u8; 2]>(), dues in any::<[i64; 2]>(), ids in any::<[u128; 2]>()) {
            let key = |at: usize| {
                let lane = Lane::ALL[usize::from(lanes[at] % 4)];
                let id = ContactId(CcId::Uuid(ids[at]));
                (lane, dues[at], Key::work(7, lane, Timestamp::from_millis(dues[at]), &id), id)
            };
            let (one, other) = (key(0), key(1));
            prop_assert_eq!((one.0, one.1, &one.3).cmp(&(other.0, other.1, &other.3)), one.2.cmp(&other.2));
            prop_assert_eq!(id_at(one.2.as_ref(), HEAD + 1 + 8), Some(one.3.clone()));
            prop_assert_eq!(time_at(one.2.as_ref(), HEAD + 1), Some(Timestamp::from_millis(one.1)));
        }

        #[test]
        fn an_address_is_no_prefix_of_another(one in "[a-z@.]{0,12}", other in "[a-z@.]{0,12}") {
            let (a, b) = (Key::emails(1, &one), Key::emails(1, &other));
            prop_assert_eq!(a.as_ref().starts_with(b.as_ref()), one == other);
        }

        #[test]
        fn text_ids_come_back(id in "\\PC{0,40}") {
            let id = ContactId::new(&id);
            let key = Key::subject(1, &id);
            prop_assert_eq!(id_at(key.as_ref(), HEAD), Some(id));
        }

        #[test]
        fn customers_do_not_mix(one in any::<u32>(), other in any::<u32>(), id in any::<u128>()) {
            prop_assume!(one != other);
            let id = ContactId(CcId::Uuid(id));
            let prefix = Key::of(one, Kind::Subject);
            let key = Key::subject(other, &id);
            prop_assert!(!key.as_ref().starts_with(prefix.as_ref()));
        }
    }
}

//! All addresses of the API in one place (reference/virtuous.md, checklist v13.M1). Paths are case-sensitive.

use crate::domain::{IndividualId, MethodId, VirtuousContactId};

pub(super) const ORGANISATION: &str = "/api/Organization/Current";
pub(super) const PERMISSIONS: &str = "/api/Permission";
pub(super) const CONTACT_TYPES: &str = "/api/Contact/Types";
pub(super) const METHOD_TYPES: &str = "/api/ContactMethod/Types";
pub(super) const NOTE_TYPES: &str = "/api/ContactNote/Types";
pub(super) const CONTACT_FIELDS: &str = "/api/Contact/CustomFields";
pub(super) const INDIVIDUAL_FIELDS: &str = "/api/ContactIndividual/CustomFields";
pub(super) const QUERY_OPTIONS: &str = "/api/Contact/QueryOptions";
pub(super) const TRANSACTION: &str = "/api/Contact/Transaction";
pub(super) const BATCH: &str = "/api/Contact/Batch";
pub(super) const CONTACT_TAG: &str = "/api/ContactTag";
pub(super) const CONTACT_REFERENCE: &str = "/api/ContactReference";
pub(super) const WEBHOOK: &str = "/api/Webhook";
pub(super) const CONTACT_NOTE: &str = "/api/ContactNote";

pub(super) fn tags(skip: usize, take: usize) -> String {
    format!("/api/Tag?skip={skip}&take={take}")
}

/// By path where both parts survive in one, else by `Find`: a part such as `..` or `a/b` would name another resource
/// (reference 4.1 advises `Find` for odd ids).
pub(super) fn contact_by_reference(source: &str, id: &str) -> String {
    let plain = |part: &str| {
        !part.trim_matches('.').is_empty()
            && part.bytes().all(|byte| is_unreserved(byte) || byte == b' ' || !byte.is_ascii())
    };
    if plain(source) && plain(id) {
        format!("/api/Contact/{}/{}", encode(source), encode(id))
    } else {
        format!("/api/Contact/Find?referenceSource={}&referenceId={}", encode(source), encode(id))
    }
}

pub(super) fn contact(id: VirtuousContactId) -> String {
    format!("/api/Contact/{id}")
}

pub(super) fn individual(id: IndividualId) -> String {
    format!("/api/ContactIndividual/{id}")
}

pub(super) fn individual_by_email(address: &str) -> String {
    format!("/api/ContactIndividual/Find?email={}", encode(address))
}

/// `skip` and `take` go into the address: recorded traffic, the registry and the official code agree on it, against
/// two samples that put them into the body (reference 4.4).
pub(super) fn query_full(skip: usize, take: usize) -> String {
    format!("/api/Contact/Query/FullContact?skip={skip}&take={take}")
}

pub(super) fn method(id: MethodId) -> String {
    format!("/api/ContactMethod/{id}")
}

pub(super) fn tags_of_contact(id: VirtuousContactId, skip: usize, take: usize) -> String {
    format!("/api/ContactTag/ByContact/{id}?skip={skip}&take={take}")
}

pub(super) fn contact_tag(join: i64) -> String {
    format!("/api/ContactTag/{join}")
}

pub(super) fn notes_of_contact(id: VirtuousContactId, skip: usize, take: usize) -> String {
    format!("/api/ContactNote/ByContact/{id}?sortBy=CreatedDateTime&descending=true&skip={skip}&take={take}")
}

pub(super) fn webhook(id: i64) -> String {
    format!("/api/Webhook/{id}")
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Percent-encodes all but RFC 3986's unreserved characters, so that it serves in paths and in queries alike: a space
/// is `%20` and a plus `%2B` in both (reference 4.1: a bare `+` in an address is read as a space).
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if is_unreserved(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_encoded() {
        assert_eq!(contact_by_reference("Constant Contact", "a-1"), "/api/Contact/Constant%20Contact/a-1");
        assert_eq!(
            individual_by_email("ann+news@ex ample.org"),
            "/api/ContactIndividual/Find?email=ann%2Bnews%40ex%20ample.org"
        );
        assert_eq!(encode("é&=?#/%"), "%C3%A9%26%3D%3F%23%2F%25");
    }

    #[test]
    fn odd_references_take_the_query() {
        for odd in ["", ".", "..", "a/b", "a?b", "a%2Fb", "a\\b"] {
            let path = contact_by_reference("Constant Contact", odd);
            assert!(
                path.starts_with("/api/Contact/Find?referenceSource=Constant%20Contact&referenceId="),
                "{odd}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_reference_stays_one_resource(source in ".{0,20}", id in ".{0,20}") {
            let path = contact_by_reference(&source, &id);
            let url = url::Url::parse(&format!("http://host{path}")).unwrap();
            proptest::prop_assert!(url.path().starts_with("/api/Contact/"));
            let pairs: Vec<_> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
            if pairs.is_empty() {
                proptest::prop_assert_eq!(url.path_segments().unwrap().count(), 4);
            } else {
                proptest::prop_assert_eq!(pairs, vec![source, id]);
            }
        }
    }
}

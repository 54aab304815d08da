//! The steps to layout 2 and 3: subjects are found by the form of an address that knows IDNA and characters without width (P2), and by
//! the addresses that they had (P6).

use crate::{
    domain::{Subject, email_key, former_email_key},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        tables::{
            addresses,
            keys::{CustomerNo, Key},
            kind::Kind,
            subject_bytes,
        },
    },
};

/// The version of a customer's number as layout 1 kept it.
const NUMBER_V1: u8 = 1;

/// Renews the index of addresses, and the addresses that subjects keep as they are compared.
pub(in crate::store) fn renew(reader: &Reader<'_>, changes: &mut Changes) -> Result<(), StoreError> {
    for named in reader.scan_prefix(Key::of(0, Kind::CustomerName)) {
        let customer = codec::decode::<u32>(NUMBER_V1, &named?.1)?;
        for entry in reader.scan_prefix(Key::of(customer, Kind::Subject)) {
            // A record that cannot be decoded concerns that person alone (B4).
            match subject_bytes::decode(&entry?.1) {
                Ok(subject) => renew_subject(changes, customer, subject)?,
                Err(error) => {
                    tracing::warn!(customer, %error, "a person's record cannot be read; the step to layout 2 passes it over");
                }
            }
        }
    }
    Ok(())
}

fn renew_subject(
    changes: &mut Changes,
    customer: CustomerNo,
    mut subject: Subject,
) -> Result<(), StoreError> {
    if let Some(address) = &subject.cc.email {
        let (before, now) = (former_email_key(address), email_key(address));
        if before != now {
            changes.delete(Key::email(customer, &before, &subject.id));
            changes.put(Key::email(customer, &now, &subject.id), []);
        }
    }
    let base = &mut subject.base;
    let kept = base.email.iter_mut().chain(&mut base.former).chain(&mut subject.email_taken);
    let kept = kept.chain(subject.bounced.as_mut().map(|out| &mut out.address));
    let mut is_other = false;
    for address in kept {
        let now = email_key(address);
        is_other |= now != *address;
        *address = now;
    }
    if is_other {
        changes.put(Key::subject(customer, &subject.id), subject_bytes::encode(&subject)?);
    }
    Ok(())
}

/// Adds the addresses that subjects had to the index.
pub(in crate::store) fn add_former(reader: &Reader<'_>, changes: &mut Changes) -> Result<(), StoreError> {
    for named in reader.scan_prefix(Key::of(0, Kind::CustomerName)) {
        let customer = codec::decode::<u32>(NUMBER_V1, &named?.1)?;
        for entry in reader.scan_prefix(Key::of(customer, Kind::Subject)) {
            // The step before told of a record that cannot be decoded.
            let Ok(subject) = subject_bytes::decode(&entry?.1) else { continue };
            for (former, _) in addresses::emails(&subject).iter().filter(|(_, is_present)| !is_present) {
                changes.put(Key::email(customer, former, &subject.id), addresses::email_entry(false));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ContactId, CustomerId, Timestamp},
        store::{Mode, Options, Store, tables::subjects},
    };

    #[tokio::test]
    async fn p2_a_store_of_layout_1_finds_subjects_by_the_present_form() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let hope: CustomerId = "hope".parse().unwrap();
        let number = store.enrol(hope, Timestamp::EPOCH).await.unwrap().number;
        let id = ContactId::new("c-1");
        let address = "Ann@M\u{fc}nchen.de";
        let mut subject = Subject::new(id.clone(), Timestamp::EPOCH);
        subject.cc.email = Some(address.to_owned());
        subject.base.email = Some(former_email_key(address));
        let change = move |_: &Reader<'_>| {
            let mut changes = Changes::new();
            changes.put(Key::email(number, &former_email_key(address), &subject.id), []);
            changes.put(Key::subject(number, &subject.id), subject_bytes::encode(&subject)?);
            Ok((changes, ()))
        };
        store.engine().submit_blocking(change).unwrap();
        let step = |reader: &Reader<'_>| {
            let mut changes = Changes::new();
            renew(reader, &mut changes)?;
            Ok((changes, ()))
        };
        store.engine().submit_blocking(step).unwrap();
        let of = store.of(number);
        assert_eq!(of.find_by_email(&email_key(address)).unwrap(), std::slice::from_ref(&id));
        assert!(of.find_by_email(&former_email_key(address)).unwrap().is_empty());
        assert_eq!(of.subject(&id).unwrap().unwrap().base.email, Some(email_key(address)));
    }

    #[tokio::test]
    async fn p6_a_store_of_layout_2_finds_subjects_by_the_addresses_that_they_had() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let hope: CustomerId = "hope".parse().unwrap();
        let number = store.enrol(hope, Timestamp::EPOCH).await.unwrap().number;
        let mut subject = Subject::new(ContactId::new("c-1"), Timestamp::EPOCH);
        subject.cc.email = Some("new@example.org".to_owned());
        subject.base.email = Some("old@example.org".to_owned());
        let step = move |reader: &Reader<'_>| {
            let mut changes = Changes::new();
            changes.put(Key::subject(number, &subject.id), subject_bytes::encode(&subject)?);
            changes.put(Key::email(number, "new@example.org", &subject.id), []);
            add_former(reader, &mut changes)?;
            Ok((changes, ()))
        };
        // The step reads what the first run wrote.
        store.engine().submit_blocking(step.clone()).unwrap();
        store.engine().submit_blocking(step).unwrap();
        let of = store.of(number);
        let reader = of.reader();
        let found = |address| {
            let all = subjects::had_email(&reader, number, address).unwrap().len();
            (subjects::by_email(&reader, number, address).unwrap().len(), all)
        };
        assert_eq!((found("new@example.org"), found("old@example.org")), ((1, 1), (0, 1)));
    }
}

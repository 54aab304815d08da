//! How far each campaign's bounce report was read (P4).

use std::collections::HashMap;

use crate::{
    domain::Timestamp,
    store::{
        codec::{self, CodecError},
        engine::{Changes, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key},
            kind::Kind,
            stored::{CampaignV1, CampaignV2},
        },
    },
    sync::bounces::CampaignMark,
};

const CAMPAIGN_V1: u8 = 1;
const CAMPAIGN_V2: u8 = 2;

impl CustomerStore {
    /// How far each campaign's bounce report was read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn campaign_marks(&self) -> Result<HashMap<String, CampaignMark>, StoreError> {
        let customer = self.number;
        let mut marks = HashMap::new();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Campaign)) {
            let (key, value) = entry?;
            let campaign = key.get(HEAD + 2..).map(String::from_utf8_lossy).unwrap_or_default();
            marks.insert(campaign.into_owned(), read(&value)?);
        }
        Ok(marks)
    }
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    campaign: &str,
    mark: &CampaignMark,
) -> Result<(), StoreError> {
    let stored = CampaignV2 {
        bounces: mark.bounces,
        newest: mark.newest.as_millis(),
        read_at: mark.read_at.map(Timestamp::as_millis),
    };
    changes.put(Key::campaign(customer, campaign), codec::encode(CAMPAIGN_V2, &stored)?);
    Ok(())
}

pub(in crate::store) fn read(value: &[u8]) -> Result<CampaignMark, CodecError> {
    let (version, body) = codec::open(value)?;
    let CampaignV2 { bounces, newest, read_at } = match version {
        CAMPAIGN_V1 => body.read::<CampaignV1>()?.into(),
        CAMPAIGN_V2 => body.read()?,
        unknown => return Err(CodecError::UnknownVersion(unknown)),
    };
    let newest = Timestamp::from_millis(newest);
    Ok(CampaignMark { bounces, newest, read_at: read_at.map(Timestamp::from_millis) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p4_a_mark_of_version_1_does_not_say_when_it_was_read() {
        let stored = codec::encode(CAMPAIGN_V1, &CampaignV1 { bounces: 3, newest: 7 }).unwrap();
        let mark = CampaignMark { bounces: 3, newest: Timestamp::from_millis(7), read_at: None };
        assert_eq!(read(&stored), Ok(mark));
        let stored = codec::encode(CAMPAIGN_V2, &CampaignV2 { bounces: 3, newest: 7, read_at: Some(9) });
        let read_at = Some(Timestamp::from_millis(9));
        assert_eq!(read(&stored.unwrap()), Ok(CampaignMark { read_at, ..mark }));
    }
}

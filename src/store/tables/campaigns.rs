//! How far each campaign's bounce report was read (P4).

use std::collections::HashMap;

use crate::{
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key},
            kind::Kind,
            stored::CampaignV1,
        },
    },
    sync::bounces::CampaignMark,
};

const CAMPAIGN_V1: u8 = 1;

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
            let stored = codec::decode::<CampaignV1>(CAMPAIGN_V1, &value)?;
            let mark =
                CampaignMark { bounces: stored.bounces, newest: Timestamp::from_millis(stored.newest) };
            marks.insert(campaign.into_owned(), mark);
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
    let stored = CampaignV1 { bounces: mark.bounces, newest: mark.newest.as_millis() };
    changes.put(Key::campaign(customer, campaign), codec::encode(CAMPAIGN_V1, &stored)?);
    Ok(())
}

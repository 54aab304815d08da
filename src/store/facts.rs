//! Keeps facts that a contact's record does not show: bounces from campaign reports (P4), contacts that are gone (D1).

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::{
    domain::{Bounce, ContactId, CustomerRules, Deletion, Stage, Timestamp},
    sync::capture,
};

use super::{
    CustomerStore, StoreError, codec, hints,
    keys::{HEAD, Key, Kind},
    missing,
    stored::CampaignV1,
    subjects::{self, Standing, Writer},
};

const CAMPAIGN_V1: u8 = 1;
/// How long a bounce is waited with for somebody unknown to be read: later it is somebody who is no more.
const AWAITED: Duration = Duration::from_secs(7 * 24 * 3600);

/// A fact about a known subscriber. One about somebody unknown is not kept: whoever is not read yet will be, and the report
/// is read again then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A campaign's report shows a bounce.
    Bounced(ContactId, Bounce),
    /// The contact is gone.
    Gone(ContactId, Deletion),
}

/// How far a campaign's bounce report was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignMark {
    /// The campaign's number of bounces when its report was read.
    pub bounces: u64,
    /// The newest bounce among them.
    pub newest: Timestamp,
}

impl CustomerStore {
    /// Keeps facts, and with them how far a campaign was read, in one synced group. Returns how many subjects changed.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn observe_facts(
        &self,
        facts: Vec<Fact>,
        mark: Option<(String, CampaignMark)>,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut changed = 0;
            let mut writer = Writer::new(reader, customer)?;
            let mut touched = HashMap::new();
            let (mut unknown, mut earliest) = (0, Timestamp::from_millis(i64::MAX));
            for fact in &facts {
                let (Fact::Bounced(id, _) | Fact::Gone(id, _)) = fact;
                if !touched.contains_key(id) {
                    let Some(subject) = subjects::read(reader, customer, id)? else {
                        // Read at once, and the report once more when it is known (P4).
                        if let Fact::Bounced(_, bounce) = fact
                            && now.since(bounce.at) < AWAITED
                        {
                            hints::ask_for(reader, changes, customer, id, now)?;
                            (unknown, earliest) = (unknown + 1, earliest.min(bounce.at));
                        }
                        continue;
                    };
                    touched.insert(id.clone(), (Standing::of(&subject), subject, false));
                }
                let Some((_, subject, moved)) = touched.get_mut(id) else { continue };
                *moved |= match fact {
                    Fact::Bounced(_, bounce) => {
                        capture::observe_bounce(subject, bounce.clone(), &rules, stage, now)
                    }
                    Fact::Gone(_, deletion) => {
                        missing::forget(reader, changes, customer, id)?;
                        capture::observe_gone(subject, *deletion, &rules, stage, now)
                    }
                };
            }
            for (before, subject, moved) in touched.values() {
                if *moved {
                    changed += 1;
                    writer.put(changes, Some(before), subject)?;
                }
            }
            writer.finish(changes)?;
            if let Some((campaign, mark)) = &mark {
                let bounces = mark.bounces.saturating_sub(unknown);
                let stored = CampaignV1 { bounces, newest: mark.newest.min(earliest).as_millis() };
                changes.put(Key::campaign(customer, campaign), codec::encode(CAMPAIGN_V1, &stored)?);
            }
            Ok(changed)
        })
        .await
    }

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

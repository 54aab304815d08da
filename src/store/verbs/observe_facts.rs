//! Keeps facts that a contact's record does not show: bounces from campaign reports (P4), contacts that are gone (D1).

use std::sync::Arc;

use crate::{
    domain::{Bounce, ContactId, CustomerRules, Deletion, Stage, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{campaigns, hints, loaded::Loaded, missing},
    },
    sync::{
        bounces::{self, CampaignMark},
        capture,
    },
};

/// A fact about a subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A campaign's report shows a bounce.
    Bounced(ContactId, Bounce),
    /// The contact is gone.
    Gone(ContactId, Deletion),
}

impl Fact {
    const fn id(&self) -> &ContactId {
        let (Self::Bounced(id, _) | Self::Gone(id, _)) = self;
        id
    }
}

/// Facts that were read together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactsRead {
    /// The facts.
    pub facts: Vec<Fact>,
    /// How far the report of a campaign is read with them, by the campaign's id.
    pub mark: Option<(String, CampaignMark)>,
}

impl CustomerStore {
    /// Keeps facts, and with them how far a campaign was read, in one synced group. Returns how many subjects changed.
    ///
    /// A bounce of an unknown contact is not kept: the contact is asked for, and the report read again (P4).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn observe_facts(
        &self,
        read: FactsRead,
        rules: Arc<CustomerRules>,
        stage: Stage,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut loaded = Loaded::new(reader, customer);
            let mut awaited = Vec::new();
            for fact in &read.facts {
                let id = fact.id();
                let Some(subject) = loaded.get(id)? else {
                    if let Fact::Bounced(_, bounce) = fact
                        && bounces::is_awaited(bounce, now)
                    {
                        hints::ask_for(reader, changes, customer, id, now)?;
                        awaited.push(bounce);
                    }
                    continue;
                };
                let changed = match fact {
                    Fact::Bounced(_, bounce) => {
                        capture::observe_bounce(subject, bounce.clone(), &rules, stage, now)
                    }
                    Fact::Gone(_, deletion) => {
                        missing::forget(reader, changes, customer, id)?;
                        capture::observe_gone(subject, *deletion, &rules, stage, now)
                    }
                };
                if changed {
                    loaded.changed(id);
                }
            }
            let changed = loaded.write(changes)?;
            if let Some((campaign, mark)) = &read.mark {
                campaigns::put(changes, customer, campaign, &mark.without(&awaited))?;
            }
            Ok(changed)
        })
        .await
    }
}

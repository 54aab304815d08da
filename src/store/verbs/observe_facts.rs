//! Keeps facts that a contact's record does not show: bounces from campaign reports (P4), contacts that are gone (D1).

use std::sync::Arc;

use crate::{
    domain::{Bounce, ContactId, CustomerRules, Deletion, Stage, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{awaited_bounces, campaigns, forgotten::Forgotten, hints, loaded::Loaded, missing},
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
    /// A bounce of an unknown contact is kept for it, and the contact asked for (P4): what it shows first is decided with the bounce (P3).
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
        let (customer, sealing) = (self.number, self.sealing.clone());
        self.write(move |reader, changes| {
            let forgotten = Forgotten::of(reader, customer, &sealing)?;
            let mut loaded = Loaded::new(reader, customer);
            for fact in &read.facts {
                let id = fact.id();
                let Some(subject) = loaded.get(id)? else {
                    if let Fact::Bounced(_, bounce) = fact
                        && bounces::is_awaited(bounce, now)
                        && !forgotten.has(id)?
                    {
                        hints::ask_for(reader, changes, customer, id, now)?;
                        awaited_bounces::put(reader, changes, customer, id, bounce)?;
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
                campaigns::put(changes, customer, campaign, mark)?;
                awaited_bounces::forget_old(reader, changes, customer, now)?;
            }
            Ok(changed)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::{CcView, Observation, Stream},
        store::{Mode, Options, Store, tables::awaited_bounces, verbs::observe::Page},
        sync::windows::Cursor,
    };

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000).plus(Duration::from_secs(secs))
    }

    fn bounced(id: &str, code: char, secs: u64) -> Fact {
        let (address, campaign) = ("ann@example.org".to_owned(), "Spring".to_owned());
        Fact::Bounced(ContactId::new(id), Bounce { code, at: at(secs), address, campaign })
    }

    #[tokio::test]
    async fn p4_a_bounce_of_an_unknown_contact_is_kept_for_it_a_week_at_most() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        let hope = store.of(1);
        hope.set_cursor(Stream::Changes, Cursor::completed(at(0))).await.unwrap();
        let read = async |facts: Vec<Fact>, now| {
            let mark = CampaignMark { bounces: 3, newest: at(0), read_at: None };
            let read = FactsRead { facts, mark: Some(("k1".to_owned(), mark)) };
            hope.observe_facts(read, Arc::default(), Stage::Live, now).await.unwrap()
        };
        for _ in 0..2 {
            let all = vec![
                bounced("c-1", 'B', 5),
                bounced("c-1", 'D', 9),
                bounced("c-2", 'B', 9),
                bounced("c-2", 'B', 9),
            ];
            assert_eq!(read(all, at(10)).await, 0, "nobody is known");
        }
        let view = CcView { email: Some("ann@example.org".to_owned()), seen_at: at(11), ..CcView::default() };
        let row = Observation::whole(ContactId::new("c-1"), view, 1);
        hope.observe(Page::apart(vec![row]), Arc::default(), Stage::Live, at(11)).await.unwrap();
        let subject = hope.subject(&ContactId::new("c-1")).unwrap().unwrap();
        let bounce = subject.cc.bounce.unwrap();
        assert_eq!((bounce.code, bounce.at), ('D', at(9)), "both opt out, and the newer counts");
        assert!(awaited_bounces::any(&hope.reader(), 1).unwrap(), "the other's waits");
        read(Vec::new(), at(9 + 7 * 86_400)).await;
        assert!(!awaited_bounces::any(&hope.reader(), 1).unwrap());
        store.stop().unwrap();
    }
}

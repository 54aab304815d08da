//! Which of several tags of one name is meant (S4).

use crate::{
    domain::{Cause, Event, Lane, Reason, Rule, State, TagId, Timestamp, What},
    store::{engine::StoreError, handle::CustomerStore, tables::reference_data},
    sync::requeue,
};

impl CustomerStore {
    /// Chooses which of several tags of one name is meant (S4), and puts the subjects that wait for the choice back to work. Returns
    /// how many.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn choose_tag(&self, name: String, tag: TagId, now: Timestamp) -> Result<u64, StoreError> {
        let customer = self.number;
        let chosen = name.clone();
        self.write(move |reader, changes| {
            let mut reference = reference_data::virtuous(reader, customer)?;
            reference.chosen_tags.insert(chosen, tag);
            reference_data::put_virtuous(changes, customer, &reference)
        })
        .await?;
        let (store, tag_name) = (self.clone(), name.clone());
        let find = move || {
            let mut waiting = store.attention(State::Review, usize::MAX)?;
            waiting.retain(|subject| requeue::waits_for_tag(subject, &tag_name));
            Ok::<_, StoreError>(waiting)
        };
        let waiting = self.apart(find).await?;
        let mut ids = Vec::new();
        for subject in waiting {
            let decided = Reason::about(Rule::S4, Cause::Decided, format!("{name}: the tag {tag}"));
            let event = Event { at: now, what: What::Decided, reason: decided };
            self.amend(subject.id.clone(), move |subject| subject.recent.push(event)).await?;
            ids.push(subject.id);
        }
        self.requeue_ids(ids, Lane::Change, now).await
    }
}

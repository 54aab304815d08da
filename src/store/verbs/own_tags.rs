//! Makes the tags of a contact Tandem's where their author is unknown (S2, S5).

use crate::{
    domain::VirtuousContact,
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{books::SharedPlanner, links, loaded::Loaded},
    },
    sync::segments,
};

impl CustomerStore {
    /// Makes the tags of a contact Tandem's for every subject that is linked to it, so that they count as no choice of staff
    /// (S2, S5).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn own_tags(&self, contact: VirtuousContact, planner: SharedPlanner) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut loaded = Loaded::new(reader, customer);
            for id in links::linked(reader, customer, contact.id)? {
                let Some(subject) = loaded.get(&id)? else { continue };
                segments::own_tags(subject, &contact.tags, &planner.mapping);
                loaded.changed(&id);
            }
            loaded.write(changes)?;
            Ok(())
        })
        .await
    }
}

//! One page of whole contacts, and which of them are archived (I3).

use std::collections::BTreeSet;

use crate::{
    domain::{Lane, VirtuousContactId, reference_data::QueryTerms},
    sync::archived::{self, Active},
    turn::TurnError,
    virtuous::{
        VirtuousError,
        query::{ContactPage, QueryPage, TAKE_MAX},
    },
};

use super::VirtuousSide;

/// What is asked for: a page with archived contacts, in the organisation's terms.
pub(super) struct Asked<'a> {
    /// How urgent it is.
    pub lane: Lane,
    /// The page.
    pub page: &'a QueryPage,
    /// The terms.
    pub terms: &'a QueryTerms,
}

impl Asked<'_> {
    /// Reads the page. Where its contacts leave open which of them are archived, the same page without archived contacts tells it: 1
    /// to 2 calls more, and as many again if a contact is missing there, as one reading may have gaps (E2).
    ///
    /// # Errors
    /// [`TurnError`], by who acts on it. A refusal of the further readings leaves it open, and is none.
    pub async fn read(&self, side: &VirtuousSide<'_>) -> Result<ContactPage, TurnError> {
        let read = self.call(side, self.page).await;
        let mut read = read.map_err(|error| side.virtuous.turn_error(error))?;
        if !archived::is_untold(&read.contacts) || (side.is_stopping)() {
            return Ok(read);
        }
        match self.active(side, &read).await {
            Ok(active) => active.tell(&mut read.contacts),
            Err(VirtuousError::Refused { .. } | VirtuousError::Odd { .. }) => {}
            Err(error) => return Err(side.virtuous.turn_error(error)),
        }
        Ok(read)
    }

    async fn active(&self, side: &VirtuousSide<'_>, read: &ContactPage) -> Result<Active, VirtuousError> {
        let active = self.without_archived(side, read).await?;
        if !active.lacks_any(&read.contacts) {
            return Ok(active);
        }
        Ok(active.or(self.without_archived(side, read).await?))
    }

    /// The contacts of the page's range that are not archived.
    async fn without_archived(
        &self,
        side: &VirtuousSide<'_>,
        read: &ContactPage,
    ) -> Result<Active, VirtuousError> {
        let page = QueryPage { include_archived: false, ..self.page.clone() };
        let open = self.call(side, &page).await?;
        let mut active = Active { shown: ids(&open), is_whole: self.reaches(&open, read) };
        if page.skip == 0 || !active.is_whole {
            return Ok(active);
        }
        // By count, as many contacts stand further ahead here as are archived in all.
        let Some(ahead) = archived_in_all(&open, read) else {
            return Ok(Active { is_whole: false, ..active });
        };
        if ahead > 0 {
            let skip = page.skip.saturating_sub(ahead);
            let before = QueryPage { skip, take: page.skip - skip, ..page };
            let open = self.call(side, &before).await?;
            active.is_whole &= open.odd == 0 && open.raw_count >= before.take;
            active.shown.extend(ids(&open));
        }
        Ok(active)
    }

    /// Whether a reading without archived contacts reaches as far as the page does.
    fn reaches(&self, open: &ContactPage, read: &ContactPage) -> bool {
        let by_id = self.page.id_above.is_some();
        let read_so_far = (self.page.skip + open.raw_count) as u64;
        let is_last = open.is_last(self.page.take, by_id, read_so_far);
        let is_beyond = open.ascending && read.ascending && open.max_id >= read.max_id;
        open.odd == 0 && (is_last || is_beyond)
    }

    async fn call(&self, side: &VirtuousSide<'_>, page: &QueryPage) -> Result<ContactPage, VirtuousError> {
        let terms = self.terms;
        side.virtuous.call(self.lane, |client| async move { client.query_full(page, terms).await }).await
    }
}

fn ids(page: &ContactPage) -> BTreeSet<VirtuousContactId> {
    page.contacts.iter().map(|contact| contact.id).collect()
}

/// How many are archived in all, if both totals are told and one more page holds as many.
fn archived_in_all(open: &ContactPage, read: &ContactPage) -> Option<usize> {
    let hidden = usize::try_from(read.total?.checked_sub(open.total?)?).ok()?;
    (hidden <= TAKE_MAX).then_some(hidden)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        domain::Stage,
        submitter::{kept::Kept, scripted::World},
        virtuous::script::full_contact,
    };

    const QUERY: &str = "POST /api/Contact/Query/FullContact?skip=";

    fn page(ids: &[i64], total: u64) -> Value {
        let list: Vec<_> = ids.iter().map(|id| full_contact(*id, &format!("p{id}@example.com"))).collect();
        json!({"list": list, "total": total})
    }

    /// The contacts 4 and 5 of seven, read by count; what is told of each, and in how many calls.
    async fn told(world: World) -> (Vec<Option<bool>>, usize) {
        let kept = Kept::at(Stage::Scanning).await;
        let asked = QueryPage { include_archived: true, skip: 3, take: 2, ..QueryPage::default() };
        let terms = QueryTerms::default();
        let asked = Asked { lane: Lane::Import, page: &asked, terms: &terms };
        let read = asked.read(&world.side(&kept.store)).await.unwrap();
        world.is_played();
        (read.contacts.iter().map(|contact| contact.archived).collect(), world.asked().len())
    }

    #[tokio::test]
    async fn i3_by_count_the_archived_are_found_by_how_many_are_hidden_in_all() {
        let (all, at) = (page(&[4, 5], 7), format!("{QUERY}3&take=2"));
        // Nothing is hidden: the same page again.
        let world = World::new().on(&at, 200, &all).on(&at, 200, &all);
        assert_eq!(told(world).await, (vec![Some(false); 2], 2));
        // 1 and 5 are archived: without them 4 stands at 2, and 6 and 7 at 3 and 4.
        let mut world = World::new().on(&at, 200, &all);
        for _ in 0..2 {
            world =
                world.on(&at, 200, page(&[6, 7], 5)).on(&format!("{QUERY}1&take=2"), 200, page(&[3, 4], 5));
        }
        assert_eq!(told(world).await, (vec![Some(false), Some(true)], 5), "twice, as 5 is missing (E2)");
    }

    #[tokio::test]
    async fn i3_a_refused_reading_without_archived_contacts_leaves_it_open() {
        let at = format!("{QUERY}3&take=2");
        let world = World::new().on(&at, 200, page(&[4, 5], 7)).on(&at, 400, "");
        assert_eq!(told(world).await, (vec![None; 2], 2));
    }
}

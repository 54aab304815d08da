//! Which contacts of a page are archived, where no answer tells it: the same range is read without archived contacts (I3).

use std::collections::BTreeSet;

use crate::{
    access::quick_tries::QuickTries,
    domain::VirtuousContactId,
    sync::archived::{self, Active},
    turn::TurnError,
    virtuous::{
        VirtuousError,
        query::{ContactPage, QueryPage, TAKE_MAX},
    },
};

use super::{
    VirtuousSide,
    page_size::{Asking, PageSize, PageTaken},
};

/// Reads a page. Where its contacts leave open which of them are archived, further readings tell it: 1 to 2 calls more, and as many
/// again if a contact is missing there, as one reading may have gaps (E2). `None`: it stopped in between, as for an opt-out that is
/// due (W6), and the page is read again.
///
/// # Errors
/// [`TurnError`], by who acts on it. A further reading that fails leaves it open, and is none (W7).
pub(super) async fn read(
    side: &VirtuousSide<'_>,
    size: &mut PageSize,
    asking: &Asking<'_>,
) -> Result<Option<PageTaken>, TurnError> {
    let Some(mut taken) = size.read(side, asking).await? else { return Ok(None) };
    if !archived::is_untold(&taken.page.contacts) {
        return Ok(Some(taken));
    }
    let range = Range { side, asking, passed: taken.passed, take: taken.take };
    let mut tries = QuickTries::default();
    loop {
        match range.active(&taken.page).await {
            Ok(None) => return Ok(None),
            Ok(Some(active)) => active.tell(&mut taken.page.contacts),
            Err(error) if tries.again_after(&error).await => continue,
            Err(
                VirtuousError::Refused { .. } | VirtuousError::Odd { .. } | VirtuousError::Transient { .. },
            ) => {
                tracing::warn!(customer = %side.customer, "cannot read contacts of Virtuous without archived ones: which of a page are archived is not known until they are read again");
            }
            Err(error) => return Err(side.virtuous.turn_error(error)),
        }
        return Ok(Some(taken));
    }
}

/// What a page was read of.
struct Range<'a> {
    side: &'a VirtuousSide<'a>,
    asking: &'a Asking<'a>,
    passed: usize,
    take: usize,
}

impl Range<'_> {
    async fn active(&self, read: &ContactPage) -> Result<Option<Active>, VirtuousError> {
        let Some(active) = self.without_archived(read).await? else { return Ok(None) };
        if !active.lacks_any(&read.contacts) {
            return Ok(Some(active));
        }
        Ok(self.without_archived(read).await?.map(|again| active.or(again)))
    }

    /// The contacts of the range that are not archived.
    async fn without_archived(&self, read: &ContactPage) -> Result<Option<Active>, VirtuousError> {
        let (begins, passed) = (self.asking.page.skip, self.passed);
        // After an id the range begins with the contacts that were passed over; by count, behind them.
        let (skip, take) = if begins == 0 { (0, self.take + passed) } else { (begins + passed, self.take) };
        let Some(open) = self.call(skip, take).await? else { return Ok(None) };
        let is_whole = self.reaches(&open, read, (skip, take));
        let mut active = Active { shown: ids(&open), is_whole };
        if skip == 0 || !is_whole {
            return Ok(Some(active));
        }
        // By count, as many contacts stand further ahead here as are archived in all.
        let Some(ahead) = archived_in_all(&open, read) else {
            return Ok(Some(Active { is_whole: false, ..active }));
        };
        if ahead > 0 {
            let from = skip.saturating_sub(ahead);
            let Some(before) = self.call(from, skip - from).await? else { return Ok(None) };
            active.is_whole = before.odd == 0 && before.raw_count >= skip - from;
            active.shown.extend(ids(&before));
        }
        Ok(Some(active))
    }

    /// Whether a reading without archived contacts reaches as far as the page does.
    fn reaches(&self, open: &ContactPage, read: &ContactPage, (skip, take): (usize, usize)) -> bool {
        let by_id = self.asking.page.id_above.map(|_| 0);
        let is_last = open.is_last(take, by_id, (skip + open.raw_count) as u64);
        let is_beyond = open.ascending && read.ascending && open.max_id >= read.max_id;
        open.odd == 0 && (is_last || is_beyond)
    }

    /// One page without archived contacts; `None` if something else goes before the call (W6).
    async fn call(&self, skip: usize, take: usize) -> Result<Option<ContactPage>, VirtuousError> {
        if (self.side.is_stopping)() {
            return Ok(None);
        }
        let page = QueryPage { include_archived: false, skip, take, ..self.asking.page.clone() };
        let terms = self.asking.terms;
        let lane = self.asking.lane;
        let read =
            self.side.virtuous.call(lane, |client| async move { client.query_full(&page, terms).await });
        read.await.map(Some)
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
        domain::{Lane, Stage, reference_data::QueryTerms},
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
        let page = QueryPage { include_archived: true, skip: 3, ..QueryPage::default() };
        let asking = Asking { lane: Lane::Import, terms: &QueryTerms::default(), page };
        let read = read(&world.side(&kept.store), &mut PageSize::of(2), &asking).await.unwrap();
        world.is_played();
        (read.unwrap().page.contacts.iter().map(|contact| contact.archived).collect(), world.asked().len())
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

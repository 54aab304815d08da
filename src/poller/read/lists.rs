//! Lists, custom fields and tags, each alone (S1, F1, S6, W3, W7).

use std::time::Duration;

use crate::{
    access::quick_tries::QuickTries,
    constant_contact::{
        AccessToken, Answer, CcError, Client, Page, PagePath,
        streams::{self, Include},
    },
    domain::{CcReferenceData, Lane, Timestamp, kept_time},
    poller::reach::Reach,
    turn::TurnError,
};

use super::collection::Pages;

/// More pages than 1,000 lists or 100 fields can have: a next that never ends is refused.
const PAGES_MAX: usize = 50;
/// How long parts of a reading count that did not come to its end: longer than the longest wait between two tries.
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);

/// A part of the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Lists,
    Fields,
    Tags,
}

impl Part {
    const ALL: [Self; 3] = [Self::Lists, Self::Fields, Self::Tags];
}

/// A reading that did not come to its end.
#[derive(Debug, Default)]
pub struct UnderWay(Option<Begun>);

/// What was read, the parts of it, when the first of them was and when the last.
#[derive(Debug, Default)]
struct Begun {
    reference: CcReferenceData,
    read: Vec<Part>,
    begun_at: Timestamp,
    at: Timestamp,
}

impl UnderWay {
    /// The reading to go on with; another one if that is too old.
    fn take_at(&mut self, now: Timestamp) -> Begun {
        let begun = self.0.take().filter(|begun| kept_time::lasts(begun.at, KEPT_FOR, now));
        begun.unwrap_or_else(|| Begun { begun_at: now, ..Begun::default() })
    }

    /// Forgets a reading that began before it was wished for: it does not answer the wish. A wish for later is not heeded yet (W8).
    pub fn heed(&mut self, wish: Option<Timestamp>, now: Timestamp) {
        let wish = wish.filter(|wish| *wish <= now);
        self.0.take_if(|begun| wish.is_some_and(|wish| begun.begun_at < wish));
    }
}

/// Reads the reference data of Constant Contact; tags only if the customer maps them. A part that fails is tried twice more at once; what
/// was read before stays in `under_way`, and the next turn goes on from there (W7).
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(reach: &Reach<'_>, under_way: &mut UnderWay) -> Result<CcReferenceData, TurnError> {
    let mut begun = under_way.take_at(reach.now());
    let is_meant = |part: &Part| *part != Part::Tags || reach.include == Include::RecordAndTags;
    for part in Part::ALL.into_iter().filter(is_meant) {
        if begun.read.contains(&part) {
            continue;
        }
        let mut tries = QuickTries::default();
        while let Err(error) = read_part(reach, part, &mut begun.reference).await {
            if reach.stops() || !tries.again_after_cc(&error).await {
                under_way.0 = Some(begun);
                return Err(reach.cc.turn_error(error));
            }
        }
        begun.read.push(part);
        begun.at = reach.now();
    }
    let mut reference = begun.reference;
    reference.read_at = Some(reach.server_now());
    Ok(reference)
}

/// Reads a part whole, or nothing of it.
async fn read_part(reach: &Reach<'_>, part: Part, into: &mut CcReferenceData) -> Result<(), CcError> {
    match part {
        Part::Lists => {
            let lists = pages(reach, streams::lists::first(), |client, token, path| async move {
                client.lists_page(&token, &path).await
            });
            into.lists.extend(lists.await?);
        }
        Part::Fields => {
            let fields = pages(reach, streams::fields::first(), |client, token, path| async move {
                client.custom_fields_page(&token, &path).await
            });
            into.fields.extend(fields.await?);
        }
        Part::Tags => {
            let tags = pages(reach, streams::lists::first_tags(), |client, token, path| async move {
                client.tags_page(&token, &path).await
            });
            into.tags.extend(tags.await?);
        }
    }
    Ok(())
}

/// Reads all pages of a collection.
async fn pages<T, F>(
    reach: &Reach<'_>,
    first: PagePath,
    call: impl Fn(Client, AccessToken, PagePath) -> F,
) -> Result<Vec<T>, CcError>
where
    F: Future<Output = Result<Answer<Page<T>>, CcError>>,
{
    let mut items = Vec::new();
    let pages = Pages { reach, lane: Lane::Change, first, max: PAGES_MAX };
    pages.read(&mut items, call, |_| false).await?;
    Ok(items)
}

#[cfg(test)]
#[path = "lists_test.rs"]
mod tests;

//! Lists, custom fields and tags: names, deletions and counts (S1, S3, F1, W3).

use crate::{
    access::CustomerContext,
    constant_contact::{AccessToken, Answer, CcError, Client, Page, PagePath, streams},
    domain::{CcReferenceData, Lane, Stream},
    store::NewReferenceData,
    sync::windows::Cursor,
    turn::TurnError,
};

use super::{collection::Pages, sweep};

/// More pages than 1,000 lists or 100 fields can have: a next that never ends is refused.
const PAGES_MAX: usize = 50;

/// Reads the reference data of Constant Contact and keeps it; a change has every subject planned again.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn read(env: &CustomerContext) -> Result<(), TurnError> {
    let known = &env.store.reference_data()?.cc;
    let mut reference = CcReferenceData::default();
    let lists = pages(env, streams::lists::first(), |client, token, path| async move {
        client.lists_page(&token, &path).await
    });
    reference.lists.extend(lists.await?);
    let fields = pages(env, streams::fields::first(), |client, token, path| async move {
        client.custom_fields_page(&token, &path).await
    });
    reference.fields.extend(fields.await?);
    if env.rules.cc_tags {
        let tags = pages(env, streams::lists::first_tags(), |client, token, path| async move {
            client.tags_page(&token, &path).await
        });
        reference.tags.extend(tags.await?);
    }
    reference.read_at = Some(env.cc.server_date().unwrap_or_else(|| env.now()));
    remember_names(known, &mut reference);
    let now = env.now();
    if known.tags.is_empty() && !reference.tags.is_empty() && known.read_at.is_some() {
        // The first tags of the account: no page so far asked for the tags of contacts, and only a sweep reads all again (S6).
        sweep::ask_for(env).await?;
    }
    let changed = known.read_at.is_some() && differs(known, &reference);
    if changed {
        // The submitter puts every subject back to work before it does anything else.
        env.store.save_changed_reference_data(reference, now).await?;
    } else {
        env.store.save_reference_data(NewReferenceData::ConstantContact(reference)).await?;
    }
    env.store.set_cursor(Stream::Lists, Cursor::completed(now)).await?;
    Ok(())
}

/// Names that lists had before, and lists that are not shown any more (S3).
fn remember_names(known: &CcReferenceData, reference: &mut CcReferenceData) {
    for (id, before) in &known.lists {
        // A list that a reading does not show is not deleted by that: a deleted list says so (S3).
        let list = reference.lists.entry(id.clone()).or_insert_with(|| before.clone());
        list.former_names.clone_from(&before.former_names);
        if list.name != before.name && !list.former_names.contains(&before.name) {
            list.former_names.push(before.name.clone());
        }
    }
}

/// Whether two readings differ in what the mapping uses; counts of members do not matter to it.
fn differs(one: &CcReferenceData, other: &CcReferenceData) -> bool {
    let lists = |reference: &CcReferenceData| -> Vec<_> {
        reference.lists.iter().map(|(id, list)| (id.clone(), list.name.clone(), list.deleted)).collect()
    };
    lists(one) != lists(other) || one.fields != other.fields || one.tags != other.tags
}

/// Reads all pages of a collection.
async fn pages<T, F>(
    env: &CustomerContext,
    first: PagePath,
    call: impl Fn(Client, AccessToken, PagePath) -> F,
) -> Result<Vec<T>, TurnError>
where
    F: Future<Output = Result<Answer<Page<T>>, CcError>>,
{
    let mut items = Vec::new();
    let pages = Pages { customer: &env.id, cc: &env.cc, lane: Lane::Change, first, max: PAGES_MAX };
    pages.read(&mut items, call, |_| false).await.map_err(|error| env.cc.turn_error(error))?;
    Ok(items)
}

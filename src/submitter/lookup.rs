//! Looking subscribers up, one by one: by reference, then by address (I2); and reading a linked contact again.

use futures_util::{StreamExt, stream};

use crate::{
    access::CustomerContext,
    domain::{Action, Finding, Lane, Person, Refusal, VirtuousContact, VirtuousView, email_key},
    store::SharedPlanner,
    sync::{Step, link},
    turn::TurnError,
    virtuous::{VirtuousError, query::QueryPage},
};

use super::{
    apply::settle_or_stop,
    merges::{self, MERGES_MAX},
    turn::InHand,
};

/// Subscribers looked up at once.
const AT_ONCE: usize = 4;
/// More hits by one address than anybody needs to see.
const HITS_MAX: usize = 20;

/// Looks up or reads again everybody in hand, and settles them.
///
/// # Errors
/// [`TurnError`], by who acts on it; what was found until then is settled.
pub async fn all(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hands: Vec<InHand>,
) -> Result<(), TurnError> {
    let results: Vec<_> = stream::iter(&hands)
        .map(|hand| async move {
            let found = match hand.plan.step {
                Step::Refresh | Step::Nothing => refresh(env, planner, hand).await,
                _ => look_up(env, planner, hand).await,
            };
            let finding = found.unwrap_or_else(|error| Finding::Failed {
                action: Action::LookUp,
                refusal: error.into_refusal(env.now()),
            });
            (hand, vec![finding])
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    settle_or_stop(env, planner, results).await
}

async fn look_up(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hand: &InHand,
) -> Result<Finding, VirtuousError> {
    let subject = &hand.taken.subject;
    let lane = hand.lane();
    let source = planner.rules.reference_source.as_str();
    let id = subject.id.to_string();
    let by_reference =
        env.virtuous.call(lane, |client| async move { client.find_by_reference(source, &id).await });
    if let Some(read) = by_reference.await?
        && let Some(person) = person(env, planner, hand, &read.contact)
    {
        return Ok(Finding::Found(person));
    }
    let Some(address) = subject.cc.email.clone() else { return Ok(Finding::NotFound) };
    let contacts = by_address(env, lane, &address).await?;
    let key = email_key(&address);
    let has = |contact: &&VirtuousContact| {
        contact.merged_into.is_none()
            && contact
                .individuals
                .iter()
                .flat_map(|one| &one.emails)
                .any(|method| email_key(&method.value) == key)
    };
    let mut people: Vec<Person> =
        contacts.iter().filter(has).filter_map(|contact| person(env, planner, hand, contact)).collect();
    Ok(match people.len() {
        0 => Finding::NotFound,
        1 => Finding::Found(people.remove(0)),
        _ => Finding::FoundSeveral(people),
    })
}

/// All contacts with an address. Where the organisation's queries cannot ask by address, the one that `Find` gives.
pub(super) async fn by_address(
    env: &CustomerContext,
    lane: Lane,
    address: &str,
) -> Result<Vec<VirtuousContact>, VirtuousError> {
    let words = env.store.book().map(|book| book.virtuous.words).unwrap_or_default();
    if words.email_is.is_some() {
        let page = QueryPage {
            modified_since: None,
            id_above: None,
            email: Some(address.to_owned()),
            include_archived: true,
            skip: 0,
            take: HITS_MAX,
        };
        let read = env.virtuous.call(lane, |client| async move { client.query_full(&page, &words).await });
        let page = read.await?;
        if page.odd > 0 {
            // One that cannot be read may be the very one: never guess (I2).
            let text = format!("{} of the contacts with an address cannot be read", page.odd);
            return Err(VirtuousError::Odd { text });
        }
        return Ok(page.contacts);
    }
    let found = env.virtuous.call(lane, |client| async move { client.individual_by_email(address).await });
    let Some((contact, _)) = found.await? else { return Ok(Vec::new()) };
    let read = env.virtuous.call(lane, |client| async move { client.contact(contact).await }).await?;
    Ok(read.map(|read| read.contact).into_iter().collect())
}

/// Reads the linked contact again, following merges (I3).
async fn refresh(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hand: &InHand,
) -> Result<Finding, VirtuousError> {
    let linked = match &hand.taken.subject.virtuous {
        VirtuousView::Linked(person) => Some(&**person),
        VirtuousView::Candidates(people) => people.first(),
        VirtuousView::Unknown | VirtuousView::Absent { .. } => None,
    };
    let Some(linked) = linked else { return look_up(env, planner, hand).await };
    let mut id = linked.merged_into.unwrap_or(linked.contact);
    for _ in 0..MERGES_MAX {
        let read = env.virtuous.call(hand.lane(), |client| async move { client.contact(id).await }).await?;
        let Some(read) = read else { break };
        match read.contact.merged_into {
            Some(into) if into != id => id = into,
            _ => {
                let Some(person) = person(env, planner, hand, &read.contact) else { break };
                merges::follow(env, planner, hand.lane(), std::slice::from_ref(&read.contact)).await?;
                return Ok(Finding::Found(person));
            }
        }
    }
    // A linked contact that is gone is for a person to decide: to make it again would bring back what staff took away.
    let text = "the linked Virtuous contact is not found any more".to_owned();
    Ok(Finding::Failed { action: Action::ReadContact, refusal: Refusal::Permanent { status: 404, text } })
}

/// The subscriber's part of a contact.
pub(super) fn person(
    env: &CustomerContext,
    planner: &SharedPlanner,
    hand: &InHand,
    contact: &VirtuousContact,
) -> Option<Person> {
    let fields = planner.mapping.field_names();
    link::person_of(contact, &hand.taken.subject, &planner.rules, &fields, env.now())
}

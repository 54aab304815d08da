//! Calls of Constant Contact that a check makes.

use std::time::Duration;

use crate::{
    constant_contact::{AccessToken, Answer, CcError, Client as CcClient, Session, streams},
    domain::CcReferenceData,
};

/// How often a throttled call is made again.
const THROTTLED_MAX: u32 = 20;

/// Calls of Constant Contact that a check makes: not faster than the key allows, again when they were throttled, since
/// the service and other customers use the same key (W4).
pub(super) struct Paced {
    pub(super) session: Session,
    pub(super) client: CcClient,
    pub(super) gap: Duration,
}

impl Paced {
    pub(super) async fn call<T, F>(&self, call: impl Fn(AccessToken, CcClient) -> F) -> Result<T, CcError>
    where
        F: Future<Output = Result<Answer<T>, CcError>>,
    {
        for _ in 0..THROTTLED_MAX {
            tokio::time::sleep(self.gap).await;
            match self.session.with_token(|token| call(token, self.client.clone())).await {
                Err(CcError::Throttled { after }) => tokio::time::sleep(after.max(self.gap)).await,
                answer => return answer.map(|answer| answer.value),
            }
        }
        Err(CcError::Throttled { after: self.gap })
    }
}

/// Lists, fields and tags of the account, all pages.
pub(super) async fn read_reference_data(paced: &Paced, tags: bool) -> Result<CcReferenceData, CcError> {
    let mut reference = CcReferenceData::default();
    let mut at = Some(streams::lists::first());
    while let Some(path) = at {
        let path = &path;
        let page = paced.call(|token, client| async move { client.lists_page(&token, path).await }).await?;
        reference.lists.extend(page.items);
        at = page.next;
    }
    let mut at = Some(streams::fields::first());
    while let Some(path) = at {
        let path = &path;
        let page =
            paced.call(|token, client| async move { client.custom_fields_page(&token, path).await }).await?;
        reference.fields.extend(page.items);
        at = page.next;
    }
    let mut at = tags.then(streams::lists::first_tags);
    while let Some(path) = at {
        let path = &path;
        let page = paced.call(|token, client| async move { client.tags_page(&token, path).await }).await?;
        reference.tags.extend(page.items);
        at = page.next;
    }
    Ok(reference)
}

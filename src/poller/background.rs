//! The readings that are never urgent: bounces and the sweep (W3). They run between polls, a page at a time.

use crate::{
    access::CustomerContext,
    domain::{CustomerRecord, Stream, Timestamp},
    turn::TurnError,
};

use super::{bounces, contacts::Windows, sweep};

/// Does the next piece of slow reading, if one is due. `true` if it did.
///
/// # Errors
/// [`TurnError`], by who acts on it.
pub async fn turn(
    env: &CustomerContext,
    record: &CustomerRecord,
    windows: &mut Windows,
) -> Result<bool, TurnError> {
    let now = env.now();
    if !knows_account(env)? {
        return Ok(false);
    }
    if bounces::due(env)? <= now {
        bounces::read(env, record).await?;
        return Ok(true);
    }
    if sweep::due(env, record)? <= now {
        sweep::read_page(env, record, windows).await?;
        return Ok(true);
    }
    Ok(false)
}

/// When slow reading is next due.
///
/// # Errors
/// When the store cannot be read.
pub fn next(env: &CustomerContext, record: &CustomerRecord) -> Result<Option<Timestamp>, TurnError> {
    if !knows_account(env)? {
        return Ok(None);
    }
    Ok(Some(bounces::due(env)?.min(sweep::due(env, record)?)))
}

/// Whether the account was read whole once: facts about people who are not known yet would be lost.
fn knows_account(env: &CustomerContext) -> Result<bool, TurnError> {
    Ok(env.store.cursor(Stream::Changes)?.upto.is_some())
}

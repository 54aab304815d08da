//! On whose behalf a page is live, and whether that still stands: a stream outlasts the request that opened it.

use actix_web::HttpRequest;

use super::{
    state::{HttpState, TurnedAway, bearer},
    streams::LiveHolder,
};
use crate::{auth::session::Holder, store::StoreError};

impl HttpState {
    /// The holder of a request that was let in.
    ///
    /// # Errors
    /// [`TurnedAway`], if it ended meanwhile.
    pub async fn live_holder(&self, request: &HttpRequest) -> Result<LiveHolder, TurnedAway> {
        if let Some(shown) = bearer(request) {
            return Ok(LiveHolder::Token(self.bearer_of(request, shown).await?.1));
        }
        Ok(match self.signed_in(request)? {
            Some(signed_in) => LiveHolder::Session(signed_in.id),
            None if self.is_open_to(request) => LiveHolder::Here,
            None => return Err(TurnedAway::Wrong),
        })
    }

    /// Whether a holder may still what it might when its stream began. To look is no use of the session, which ends by rest though a page of
    /// it stays open.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn still_stands(&self, holder: &LiveHolder) -> Result<bool, StoreError> {
        match holder {
            LiveHolder::Here => Ok(true),
            LiveHolder::Token(holder) => self.is_valid(holder),
            LiveHolder::Session(id) => {
                let now = self.deps.clock.now();
                match self.deps.store.session(id)?.filter(|session| session.lasts(now)) {
                    Some(session) => self.is_valid(&session.holder),
                    None => Ok(false),
                }
            }
        }
    }

    fn is_valid(&self, holder: &Holder) -> Result<bool, StoreError> {
        Ok(self.standing_of(holder, String::new())?.is_some())
    }
}

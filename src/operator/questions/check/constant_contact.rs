//! The customer's grant at Constant Contact, its privileges, and what can be read with it.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;

use super::{
    Kind,
    customer::CheckedCustomer,
    paced::{Paced, read_reference_data},
};
use crate::{
    access::StoreTokens,
    constant_contact::{CcError, Client as CcClient, OAuth, Session},
    domain::{CcReferenceData, CustomerRecord, System},
};

impl CheckedCustomer<'_> {
    fn session(&self, record: &CustomerRecord) -> Session {
        let running = self.context.service.as_ref().and_then(|service| service.session(&record.id));
        running.unwrap_or_else(|| {
            let settings = &self.context.deps.settings.constant_contact;
            let secret = SecretString::from(settings.client_secret.expose());
            let transport = Arc::clone(&self.context.deps.transport);
            let oauth = OAuth::new(transport, &settings.auth_url, &settings.client_id, secret);
            let (store, clock) = (self.context.deps.store.clone(), Arc::clone(&self.context.deps.clock));
            let tokens = StoreTokens { store: store.of(record.number), clock: Arc::clone(&clock) };
            Session::new(oauth, Arc::new(tokens), clock)
        })
    }

    /// The grant, its privileges, and what can be read with it.
    pub(super) async fn constant_contact(&mut self, record: &CustomerRecord) -> Option<CcReferenceData> {
        let session = self.session(record);
        let settings = &self.context.deps.settings.constant_contact;
        let client = CcClient::new(Arc::clone(&self.context.deps.transport), &settings.api_url);
        let connect = format!("run `tandem customer link {}` and open the address it prints", record.id);
        if matches!(self.context.deps.store.of(record.number).token(), Ok(None)) {
            self.add(Kind::Person, "constant_contact: token", "not connected yet", connect);
            return None;
        }
        if let Err(error) = session.token().await {
            self.cc_error("constant_contact: token", &error, &connect);
            return None;
        }
        let per_second = settings.calls_per_second.max(1);
        let gap = Duration::from_secs(1) / u32::try_from(per_second).unwrap_or(u32::MAX);
        let paced = Paced { session, client, gap };
        match paced.call(|token, client| async move { client.account(&token).await }).await {
            Ok(account) => {
                self.account(System::ConstantContact, record, account.into()).await?;
            }
            Err(error) => self.cc_error("constant_contact: account", &error, &connect),
        }
        self.privileges(&paced, &connect).await;
        match read_reference_data(&paced, self.settings.mapping.cc_tags).await {
            Ok(reference) => Some(reference),
            Err(error) => {
                self.cc_error("constant_contact: lists and fields", &error, &connect);
                None
            }
        }
    }

    async fn privileges(&mut self, paced: &Paced, connect: &str) {
        let place = "constant_contact: privileges";
        match paced.call(|token, client| async move { client.privileges(&token).await }).await {
            Ok(names) => {
                let may_write = names.iter().any(|name| name == "contacts:write");
                if !names.is_empty() && !may_write {
                    let what = "the connected user may not write contacts (contacts:write)";
                    let remedy = format!("let an account owner or manager connect: {connect}");
                    self.add(Kind::Person, place, what, remedy);
                }
            }
            // Not every account answers this; the lists below tell more.
            Err(CcError::NotFound) => {}
            Err(error) => self.cc_error(place, &error, connect),
        }
    }

    pub(super) fn cc_error(&mut self, place: &str, error: &CcError, connect: &str) {
        let what = error.to_string();
        match error {
            CcError::NeedsReconnect { .. } | CcError::InvalidGrant { .. } => {
                self.add(Kind::Person, place, what, connect);
            }
            CcError::Forbidden { .. } if what.contains("not active") => {
                let remedy = "ask the nonprofit to reactivate its account of Constant Contact; all goes on by itself then";
                self.add(Kind::Person, place, what, remedy);
            }
            CcError::Unauthorized { .. } | CcError::Forbidden { .. } => {
                let remedy =
                    format!("check client_id, client_secret and scopes of the application, then {connect}");
                self.add(Kind::Person, place, what, remedy);
            }
            CcError::QuotaExceeded => self.add(Kind::Other, place, what, "try again after 00:00 UTC"),
            _ => {
                self.add(Kind::Other, place, what, "check api_url, auth_url and the network, then try again")
            }
        }
    }
}

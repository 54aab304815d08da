//! The customer's key to Virtuous, and what can be read with it.

use std::sync::Arc;

use secrecy::SecretString;

use super::{customer::CheckedCustomer, problem::Kind};
use crate::{
    domain::{Account, CustomerRecord, System, VirtuousReferenceData},
    operator::OperatorError,
    virtuous::{Client, VirtuousError},
};

/// Contacts that were passed over, of which the check tells at most.
const PASSED_OVER_SHOWN: usize = 100;

impl CheckedCustomer<'_> {
    /// The key, and the whole reference data of the organisation.
    pub(super) async fn virtuous(
        &mut self,
        record: &CustomerRecord,
    ) -> Result<Option<VirtuousReferenceData>, OperatorError> {
        let passed_over = self.context.deps.store.of(record.number).passed_over(usize::MAX)?;
        let more = passed_over.len().saturating_sub(PASSED_OVER_SHOWN);
        if more > 0 {
            let what = format!("{more} more contacts cannot be read and were passed over");
            self.add(
                Kind::Person,
                "virtuous: contacts",
                what,
                "put those right that are named; then `tandem reconcile`",
            );
        }
        for (place, at) in passed_over.into_iter().take(PASSED_OVER_SHOWN) {
            let what = format!("a contact cannot be read and was passed over at {at}: {place}");
            let remedy =
                "open it in Virtuous and save it; what hinders may be an odd value. Then `tandem reconcile`";
            self.add(Kind::Person, "virtuous: contacts", what, remedy);
        }
        let key = &self.settings.virtuous.api_key;
        let file = self.settings.file.display().to_string();
        if key.is_empty() {
            let remedy = format!("make an API key in Virtuous (Settings, Connectivity) and set it in {file}");
            self.add(Kind::Person, "virtuous: api_key", "there is no API key", remedy);
            return Ok(None);
        }
        let client = Client::new(
            Arc::clone(&self.context.deps.transport),
            Arc::clone(&self.context.deps.clock),
            &self.context.deps.settings.virtuous.api_url,
            &SecretString::from(key.expose()),
            Arc::new(|_| {}),
        );
        if let Ok(organisation) = client.organisation().await {
            let told = Account { id: organisation.id, name: organisation.name };
            if self.account(System::Virtuous, record, told).await.is_none() {
                return Ok(None);
            }
        }
        match client.read_reference_data(self.context.now()).await {
            Ok((mut reference, _)) => {
                reference.follow(&self.context.deps.store.of(record.number).reference_data()?.virtuous);
                Ok(Some(reference))
            }
            Err(error) => {
                self.virtuous_error(&error, &file);
                Ok(None)
            }
        }
    }

    fn virtuous_error(&mut self, error: &VirtuousError, file: &str) {
        let what = error.to_string();
        match error {
            VirtuousError::Unauthorized { .. } => {
                let remedy =
                    format!("make a new API key in Virtuous (Settings, Connectivity) and set it in {file}");
                self.add(Kind::Person, "virtuous: api_key", what, remedy);
            }
            VirtuousError::Forbidden { .. } => {
                let remedy = "give the key's permission group access to contacts, tags and custom fields";
                self.add(Kind::Person, "virtuous: permissions", what, remedy);
            }
            VirtuousError::RateLimited { .. } => {
                self.add(Kind::Other, "virtuous", what, "try again when the hour is over");
            }
            _ => {
                let remedy = "check virtuous.api_url and the network, then try again";
                self.add(Kind::Other, "virtuous", what, remedy);
            }
        }
    }
}

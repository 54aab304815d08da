//! Compares the account or organisation that a way leads to with the customer's own (I5).

use super::{CustomerContext, gate::Gate};
use crate::{
    domain::{Account, Accounts, Cause, Compared, CustomerId, Lane, Reason, Rule, System},
    store::CustomerStore,
    turn::TurnError,
};

impl CustomerContext {
    /// Whether the account or organisation of a system was compared since the start, and is kept.
    #[must_use]
    pub fn is_compared(&self, system: System, kept: Option<&Account>) -> bool {
        kept.is_some() && self.gate(system).is_compared()
    }

    /// Goes on with the organisation that is known while Virtuous does not tell whose key this is: an outage there stops no opt-out.
    /// Returns whether it may. A key that was never compared waits.
    pub fn goes_on_with_known_organisation(&self, accounts: &Accounts) -> bool {
        let key = self.settings.virtuous.api_key.fingerprint();
        let is_known = accounts.virtuous.is_some() && accounts.virtuous_key.as_ref() == Some(&key);
        if is_known && !self.gate(System::Virtuous).is_open() {
            if self.virtuous.is_out() {
                tracing::debug!(customer = %self.id, "Virtuous cannot be reached; going on with the organisation that it told for this key before (I5)");
            } else {
                tracing::warn!(customer = %self.id, "Virtuous does not tell whose key this is; going on with the organisation that it told for this key before (I5)");
            }
            self.gate(System::Virtuous).open_before_comparison();
        }
        is_known
    }

    /// Asks a system whose grant or key this is, and compares the answer. Until that went well, the way to the system stays
    /// closed; an outage concludes nothing.
    ///
    /// # Errors
    /// A pause where it is another one, and a passing failure where the system does not tell.
    pub async fn compare_account(&self, system: System, lane: Lane) -> Result<(), TurnError> {
        let told = match system {
            System::ConstantContact => {
                self.cc.account(lane).await.map_err(|error| self.cc.turn_error(error))?
            }
            System::Virtuous => {
                self.virtuous.organisation(lane).await.map_err(|error| self.virtuous.turn_error(error))?
            }
        };
        compare(&self.store, &self.id, self.gate(system), system, told).await?;
        match system {
            System::ConstantContact => Ok(()),
            System::Virtuous => self.keep_key().await,
        }
    }

    /// Remembers by which key the organisation was told.
    async fn keep_key(&self) -> Result<(), TurnError> {
        let key = Some(self.settings.virtuous.api_key.fingerprint());
        if self.record()?.accounts.virtuous_key != key {
            self.store.update_customer(|record| record.accounts.virtuous_key = key).await?;
        }
        Ok(())
    }

    const fn gate(&self, system: System) -> &Gate {
        match system {
            System::ConstantContact => self.cc.gate(),
            System::Virtuous => self.virtuous.gate(),
        }
    }
}

/// Compares what a system told, and opens the way or closes it.
///
/// # Errors
/// A pause where it is another one or another customer's.
pub async fn compare(
    store: &CustomerStore,
    customer: &CustomerId,
    gate: &Gate,
    system: System,
    told: Account,
) -> Result<(), TurnError> {
    if !told.is_told(system) {
        return Err(TurnError::Outside(format!(
            "{} does not tell whose access this is (I5)",
            system.as_str()
        )));
    }
    let compared = store.compare_account(system, told.clone()).await?;
    let reason = refusal(customer, system, &told, &compared);
    gate.set(reason.is_none());
    match reason {
        Some(reason) => Err(TurnError::Pause(reason)),
        None => {
            if compared == Compared::First {
                tracing::info!(%customer, system = system.as_str(), account = %told, "this is the customer's account or organisation (I5)");
            }
            Ok(())
        }
    }
}

/// Why a customer does not go on with this account or organisation; `None` if it does.
#[must_use]
pub fn refusal(customer: &CustomerId, system: System, told: &Account, compared: &Compared) -> Option<Reason> {
    let (cause, detail) = match compared {
        Compared::First | Compared::Same => return None,
        Compared::Another(expected) => {
            let (cause, remedy) = match system {
                System::ConstantContact => {
                    (Cause::AnotherAccount, format!("`tandem customer link {customer}`"))
                }
                System::Virtuous => {
                    (Cause::AnotherOrganisation, "set its key in the customer's file".to_owned())
                }
            };
            let detail = format!(
                "it is \"{told}\", expected \"{expected}\"; to go on with \"{expected}\": {remedy}; to accept \"{told}\": \
                 `tandem customer rebind {customer}`"
            );
            (cause, detail)
        }
        Compared::Taken(other) => {
            let detail = format!(
                "\"{told}\" is that of the customer {other}; set shared_account = true in the files of both, or use another and \
                 run `tandem customer rebind {customer}`; then `tandem customer resume {customer}`"
            );
            (Cause::SharedAccount, detail)
        }
    };
    Some(Reason::about(Rule::I5, cause, detail))
}

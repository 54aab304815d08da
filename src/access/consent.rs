//! A new grant of Constant Contact, which is kept only if it is of the customer's own account (I5).

use std::sync::Arc;

use super::{CcAccess, compared::refusal};
use crate::{
    constant_contact::{CcError, Consent},
    domain::{Account, Compared, CustomerId, Lane, Reason, System},
    store::{CustomerStore, StoreError},
};

const CC: System = System::ConstantContact;

/// Why a new grant was not kept.
#[derive(Debug, thiserror::Error)]
pub enum GrantRefused {
    /// Constant Contact refused the code, or did not say whose grant it is.
    #[error(transparent)]
    Call(#[from] CcError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is of another account.
    #[error("{told} came instead of the customer's own account")]
    Another {
        /// The account that came.
        told: Account,
        /// What the comparison found.
        compared: Compared,
    },
}

impl GrantRefused {
    /// What the connect page says.
    #[must_use]
    pub fn page(&self, customer: &CustomerId) -> String {
        match self {
            Self::Call(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::Another { told, compared: Compared::Another(expected) } => format!(
                "{customer} is connected to the account \"{expected}\", but the account that came is \"{told}\". Nothing was \
                 changed. Sign out of Constant Contact, open the link again and sign in to \"{expected}\"."
            ),
            // The person at the page is of this nonprofit, and hears of no other customer.
            Self::Another { told, compared: Compared::Taken(_) } => format!(
                "Nothing was changed: the account \"{told}\" is connected already, and not for {customer}. Ask those who sent you the link."
            ),
            Self::Another { told, compared } => {
                let reason = refusal(customer, CC, told, compared).map(|reason: Reason| reason.to_string());
                format!("Nothing was changed: {}.", reason.unwrap_or_default())
            }
        }
    }
}

impl CcAccess {
    /// Takes the code of a consent. The grant is kept if its account is the customer's own, or the first one. Gives the account.
    ///
    /// # Errors
    /// [`GrantRefused`]: then nothing was changed, and the former grant stays.
    pub async fn connect(&self, consent: Consent, store: &CustomerStore) -> Result<Account, GrantRefused> {
        let account = Arc::new(tokio::sync::OnceCell::new());
        self.permit(Lane::Consent).await?;
        let (client, store, kept) = (self.client(), store.clone(), Arc::clone(&account));
        let may = move |token| async move {
            let told = Account::from(client.account(&token).await?.value);
            if !told.is_told(CC) {
                return Err(CcError::Odd("the account is not told (I5)".to_owned()).into());
            }
            match store.compare_account(CC, told.clone()).await? {
                Compared::First | Compared::Same => {
                    let _ = kept.set(told);
                    Ok(())
                }
                compared => Err(GrantRefused::Another { told, compared }),
            }
        };
        self.session().connect(consent, may).await?;
        Ok(account.get().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i5_the_connect_page_names_no_other_customer() {
        let told = Account { id: "p1".to_owned(), name: "Hope".to_owned() };
        let compared = Compared::Taken("mercy-of-the-seas".parse().unwrap());
        let page = GrantRefused::Another { told, compared }.page(&"faith".parse().unwrap());
        assert!(page.contains("Nothing was changed") && page.contains("Hope"), "{page}");
        assert!(!page.contains("mercy"), "{page}");
    }
}

//! Which account of Constant Contact and which organisation of Virtuous a customer is (I5).

use std::fmt;

use super::{CustomerId, System, Timestamp};

/// One account of Constant Contact, or one organisation of Virtuous, as its system names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Its id there; empty where the system tells none.
    pub id: String,
    /// Its name there, as people know it.
    pub name: String,
}

impl Account {
    /// Whether both are the same one. An account of Constant Contact is its id. What Virtuous tells as the id of an organisation
    /// may be that of the key's user there, so that either the id or the name is enough.
    #[must_use]
    pub fn is_same(&self, other: &Self, system: System) -> bool {
        let by_id = !self.id.is_empty() && self.id == other.id;
        let by_name = !self.name.is_empty() && self.name.trim().eq_ignore_ascii_case(other.name.trim());
        match system {
            System::ConstantContact => by_id,
            System::Virtuous => by_id || by_name,
        }
    }

    /// Whether it says at all which one it is.
    #[must_use]
    pub fn is_told(&self, system: System) -> bool {
        match system {
            System::ConstantContact => !self.id.is_empty(),
            System::Virtuous => !self.name.is_empty(),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.id.as_str()) {
            ("", id) => f.write_str(id),
            (name, "") => f.write_str(name),
            (name, id) => write!(f, "{name}, {id}"),
        }
    }
}

/// What a customer is in both systems (I5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    /// The account of Constant Contact; `None` until the first grant or reading.
    pub constant_contact: Option<Account>,
    /// The organisation of Virtuous; `None` until the first reading.
    pub virtuous: Option<Account>,
    /// The fingerprint of the key that the organisation was told for.
    pub virtuous_key: Option<String>,
    /// Whether the settings let other customers have them, too.
    pub is_shared: bool,
    /// When an operator last let the customer be another one.
    pub rebound_at: Option<Timestamp>,
}

impl Accounts {
    /// That of a system.
    #[must_use]
    pub const fn of(&self, system: System) -> Option<&Account> {
        match system {
            System::ConstantContact => self.constant_contact.as_ref(),
            System::Virtuous => self.virtuous.as_ref(),
        }
    }

    /// Forgets the account or organisation of a system.
    pub fn forget(&mut self, system: System) {
        match system {
            System::ConstantContact => self.constant_contact = None,
            System::Virtuous => (self.virtuous, self.virtuous_key) = (None, None),
        }
    }

    /// Keeps the account or organisation of a system.
    pub fn keep(&mut self, system: System, account: Account) {
        match system {
            System::ConstantContact => self.constant_contact = Some(account),
            System::Virtuous => self.virtuous = Some(account),
        }
    }
}

/// What came of a comparison of an account with what is kept (I5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Nothing was kept before: it is kept now.
    First,
    /// It is the kept account or organisation.
    Same,
    /// It is another one than this.
    Another(Account),
    /// Another customer has it, and the settings of both do not say that they share it.
    Taken(CustomerId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i5_an_account_is_its_id_and_an_organisation_its_id_or_its_name() {
        let account = |id: &str, name: &str| Account { id: id.to_owned(), name: name.to_owned() };
        let same = |one: &Account, other: &Account| {
            [System::ConstantContact, System::Virtuous].map(|system| one.is_same(other, system))
        };
        let hope = account("7", "Hope");
        assert_eq!(same(&hope, &account("7", "Hope Foundation")), [true, true], "renamed");
        assert_eq!(same(&hope, &account("8", "hope ")), [false, true], "another user's key");
        assert_eq!(same(&hope, &account("8", "Faith")), [false, false]);
        assert_eq!(same(&account("", ""), &account("", "")), [false, false], "nothing told");
        assert_eq!((hope.to_string(), account("", "Hope").to_string()), ("Hope, 7".into(), "Hope".into()));
    }
}

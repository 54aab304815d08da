//! Forgets a person.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    domain::{ContactId, CustomerId, Subject, VirtuousContactId, email_key},
    operator::{OperatorContext, OperatorError, Question},
    store::{CustomerStore, ForgetOutcome, ForgottenPerson},
    sync::handed_on,
    transport::Method,
};

/// Takes everything about a person out of the store, but for salted hashes of the contact id and the addresses.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// The customer.
    pub customer: CustomerId,
    /// An email address, or a contact id of Constant Contact.
    pub who: String,
}

/// What was forgotten, and what is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForgetView {
    /// The contact id in Constant Contact, which Tandem keeps no longer.
    pub id: ContactId,
    /// Salted hashes that stay: of the contact id and of each address.
    pub hashes: usize,
    /// What stays where, in words.
    pub stays: Vec<String>,
    /// Systems in which the person may be mailed: Tandem carries no opt-out of the person from one to the other any more.
    pub may_be_mailed: Vec<String>,
    /// Other subscribers of the same contact in Virtuous, whose data stay.
    pub others: Vec<ContactId>,
}

impl Question for Forget {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/forget";
    const COMMAND: &'static str = "forget {customer} {who}";
    const SUMMARY: &'static str =
        "Takes a person's data out of the store; hashes stay, so that nothing brings the person back";
    const SCOPE: Scope = Scope::Admin;
    type View = ForgetView;

    async fn answer(&self, context: &OperatorContext) -> Result<ForgetView, OperatorError> {
        let record = context.record(&self.customer)?;
        let store = context.deps.store.of(record.number);
        let id = self.contact(&store)?;
        let customer = &self.customer;
        match store.forget_person(id.clone(), context.now()).await? {
            ForgetOutcome::Done(person) => {
                tracing::info!(%customer, hashes = person.hashes, "an operator had a person forgotten: a later reading of the person is dropped");
                Ok(self.view(context, id, &person))
            }
            ForgetOutcome::Unknown => Err(self.unknown()),
            ForgetOutcome::Owed(since) => Err(OperatorError::Refused(format!(
                "nothing was forgotten: an opt-out of this person waits to be written since {since}, and goes first. \
                 `tandem contact {customer} ...` says what it waits for; ask again once it is written"
            ))),
            ForgetOutcome::UnderWay => Err(OperatorError::Refused(format!(
                "nothing was forgotten: a write for this person is under way, or a contact is on its way through the import of Virtuous, \
                 and would come without its reference. `tandem contact {customer} ...` says what it waits for; ask again once it is done"
            ))),
        }
    }
}

impl Forget {
    /// The contact that is meant: of an address the contact that has it now, else the contact that had it.
    fn contact(&self, store: &CustomerStore) -> Result<ContactId, OperatorError> {
        let who = self.who.trim();
        for id in [ContactId::new(who), ContactId::new(&who.to_lowercase())] {
            if store.has_subject(&id)? {
                return Ok(id);
            }
        }
        let mut found = store.find_by_email(&email_key(who))?;
        if found.is_empty() {
            found = store.had_email(&email_key(who))?;
        }
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] if who.contains('@') => match store.forgotten_since(who)? {
                Some((at, dropped)) => Err(OperatorError::Unknown(format!(
                    "this person was forgotten at {at}; readings that showed the person since, and were dropped: {dropped}"
                ))),
                None => Err(self.unknown()),
            },
            // Only leavings of it may be there.
            [] => match store.forgotten_since(who)? {
                Some((at, dropped)) => Err(OperatorError::Unknown(format!(
                    "this contact was forgotten at {at}; readings that showed it since, and were dropped: {dropped}"
                ))),
                None => Ok(ContactId::new(who)),
            },
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(OperatorError::Malformed(format!(
                    "several contacts have this address: give the id of the one that is meant ({})",
                    ids.join(", ")
                )))
            }
        }
    }

    fn unknown(&self) -> OperatorError {
        OperatorError::Unknown(format!(
            "the customer \"{}\" has no such contact: give the address or the contact id of Constant Contact, as Tandem last read them",
            self.customer
        ))
    }

    fn view(&self, context: &OperatorContext, id: ContactId, person: &ForgottenPerson) -> ForgetView {
        let settings = &context.deps.settings.store;
        let mut stays = vec![format!("Constant Contact: the contact {id} stays as it is")];
        let contacts = person.subject.as_ref().map(|subject| subject.virtuous.contacts()).unwrap_or_default();
        if !contacts.is_empty() {
            let ids: Vec<String> = contacts.iter().map(|VirtuousContactId(id)| id.to_string()).collect();
            stays.push(format!(
                "Virtuous: the contact {} stays as it is, with its tags, notes and reference",
                ids.join(", ")
            ));
        }
        stays.push(format!(
            "backups in {}: the data are in those that were made before, until the {} that are kept are newer; after a restore of such a one, \
             ask again",
            settings.backup_dir.display(),
            settings.backup_keep
        ));
        stays.push(
            "the store's files: freed bytes are gone at the latest with the next `tandem compact`".to_owned(),
        );
        ForgetView {
            id,
            hashes: person.hashes,
            stays,
            may_be_mailed: person.subject.as_ref().map(may_be_mailed).unwrap_or_default(),
            others: person.others.clone(),
        }
    }
}

/// Systems in which the person was not opted out, as last read.
fn may_be_mailed(subject: &Subject) -> Vec<String> {
    let mut systems = Vec::new();
    if handed_on::may_be_mailed(subject) {
        systems.push("constant_contact".to_owned());
    }
    let linked = subject.virtuous.linked();
    if linked.is_some_and(|person| person.emails.iter().any(|method| method.opted_in)) {
        systems.push("virtuous".to_owned());
    }
    systems
}

impl fmt::Display for ForgetView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "forgotten; {} salted hashes stay, so that no later reading brings the person back, creates a contact or opts in",
            self.hashes
        )?;
        for line in &self.stays {
            writeln!(f, "stays - {line}")?;
        }
        if !self.may_be_mailed.is_empty() {
            writeln!(
                f,
                "the person may be mailed ({}): Tandem carries no opt-out of this person any more; unsubscribe or delete the contact there \
                 by hand if that is wanted",
                self.may_be_mailed.join(", ")
            )?;
        }
        if !self.others.is_empty() {
            let ids: Vec<String> = self.others.iter().map(ToString::to_string).collect();
            writeln!(
                f,
                "other subscribers of the same contact in Virtuous stay: {}; ask for each that is the same person",
                ids.join(", ")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Permission, Timestamp},
        operator::{Operation, tests::Place},
    };

    #[tokio::test]
    async fn a_person_is_forgotten_by_address_or_id_once_and_the_answer_says_what_stays() {
        let place = Place::new().await;
        for id in ["1", "2"] {
            place.subscriber(id, |view| view.permission = Permission::Explicit).await;
        }
        let ask = |who: &str| Forget { customer: place.hope(), who: who.to_owned() };
        let store = place.context.deps.store.of(place.record().number);
        assert!(store.subject(&ContactId::new("1")).unwrap().is_some());
        let view = ask(" P1@Example.org ").answer(&place.context).await.unwrap();
        assert_eq!((view.id.clone(), view.hashes), (ContactId::new("1"), 2));
        assert_eq!(view.may_be_mailed, ["constant_contact"]);
        let text = view.to_string();
        for words in ["stays - Constant Contact", "stays - backups", "tandem compact", "may be mailed"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("example.org"), "{text}");
        for who in ["p1@example.org", "1"] {
            let again = ask(who).answer(&place.context).await.unwrap_err().to_string();
            assert!(again.contains("was forgotten at") && !again.contains("p1@"), "{again}");
        }
        assert!(matches!(ask("p9@example.org").answer(&place.context).await, Err(OperatorError::Unknown(_))));
        assert!(matches!(ask("9").answer(&place.context).await, Err(OperatorError::Unknown(_))));
        ask("2").answer(&place.context).await.unwrap();
        assert_eq!(store.counts().unwrap().subjects(), 0);
    }

    #[tokio::test]
    async fn p1_an_opt_out_that_is_owed_goes_first() {
        let place = Place::new().await;
        place.owing("1").await;
        let ask = Forget { customer: place.hope(), who: "1".to_owned() };
        let refused = ask.answer(&place.context).await.unwrap_err();
        assert!(matches!(&refused, OperatorError::Refused(text) if text.contains("opt-out")), "{refused}");
        assert_eq!(place.subject("1").id, ContactId::new("1"));
    }

    #[tokio::test]
    async fn the_record_of_actions_names_the_person_no_longer() {
        let place = Place::new().await;
        place.asked_about("2").await;
        let put = async |path: &str, texts: &[(&str, &str)]| {
            let (operation, mut parameters) = Operation::at("POST", path).unwrap();
            parameters.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
            operation.ask(&parameters).unwrap().answer(&place.context).await
        };
        put("customers/hope/work/drop", &[("item", "2")]).await.unwrap();
        put("customers/hope/work/drop", &[("item", "23")]).await.unwrap_err();
        put("customers/hope/forget", &[("who", "p2@example.org")]).await.unwrap();
        let store = &place.context.deps.store;
        let actions = store.actions(place.record().number, Timestamp::from_millis(i64::MAX), 9).unwrap();
        let mut whats: Vec<&str> = actions.iter().map(|action| action.what.as_str()).collect();
        whats.sort_unstable();
        assert_eq!(whats, ["forget who=***", "work drop item=***", "work drop item=23"]);
    }
}

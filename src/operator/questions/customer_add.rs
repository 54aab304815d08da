//! Writes the file of a new customer.

use std::{fmt, io, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    auth::Scope,
    config::{CustomerSettings, Environment, NewCustomer, read_customers, write_new},
    domain::CustomerId,
    operator::{OperatorContext, OperatorError, Question},
    transport::Method,
};

/// Writes a commented file for a new customer, with mode 0600, and over no other one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerAdd {
    /// The new customer: a-z, 0-9 and -, at most 40 characters.
    pub customer: CustomerId,
    /// The name that people know.
    pub name: Option<String>,
    /// Where its clocks are, such as America/Chicago.
    pub time_zone: Option<String>,
    /// Where its key to Virtuous is: env:NAME or file:PATH, never the key itself.
    pub api_key: Option<String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddedView {
    /// The customer.
    pub id: CustomerId,
    /// The file.
    pub file: String,
}

impl Question for CustomerAdd {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/file";
    const COMMAND: &'static str = "customer add {customer}";
    const SUMMARY: &'static str = "Writes a commented file for a new customer, over no other one";
    const SCOPE: Scope = Scope::Admin;
    type View = AddedView;

    async fn answer(&self, context: &OperatorContext) -> Result<AddedView, OperatorError> {
        let id = self.customer.clone();
        let path = context.deps.settings.customers_dir.join(format!("{id}.toml"));
        if let Some(known) = context.settings_of(&id) {
            return Err(is_there(&id, &known.file.display().to_string()));
        }
        // A file that is not applied yet counts as well: two of one id are both left out.
        let (dir, of) = (context.deps.settings.customers_dir.clone(), id.clone());
        let there = move || Ok::<_, OperatorError>(on_disk(&dir, &of));
        if let Some(file) = context.deps.store.aside(there).await? {
            return Err(is_there(&id, &file));
        }
        let new = NewCustomer {
            id: id.clone(),
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            api_key: self.api_key()?,
        };
        // What a secret is kept in may come later: all else is tried before anything is written.
        let tried = NewCustomer { api_key: None, ..new.clone() };
        CustomerSettings::from_toml(&tried.file(), &path, &Environment::default())
            .map_err(|errors| OperatorError::Malformed(errors.to_string()))?;
        let shown = path.display().to_string();
        write_new(&path, &new.file()).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => is_there(&id, &shown),
            _ => OperatorError::Failed(format!("{shown} cannot be written: {error}")),
        })?;
        Ok(AddedView { id, file: shown })
    }
}

impl CustomerAdd {
    fn api_key(&self) -> Result<Option<String>, OperatorError> {
        let is_place = |text: &str| text.starts_with("env:") || text.starts_with("file:");
        match self.api_key.as_deref().map(str::trim) {
            Some(text) if !is_place(text) => Err(OperatorError::Malformed(
                "api_key is env:NAME or file:PATH: a key itself would stay in the history of the shell"
                    .to_owned(),
            )),
            place => Ok(place.map(str::to_owned)),
        }
    }
}

/// The file of a customer, whatever its name, and whether or not it can be used.
fn on_disk(dir: &Path, id: &CustomerId) -> Option<String> {
    let read = read_customers(dir, &Environment::of_process());
    let usable = read.customers.iter().find(|one| one.id == *id).map(|one| &one.file);
    let broken =
        || read.problems.0.iter().filter_map(|problem| problem.file.as_ref()).find(|file| names(file, id));
    usable.or_else(broken).map(|file| file.display().to_string())
}

/// Whether a file that cannot be used is this customer's: by its id, else by its name.
fn names(file: &Path, id: &CustomerId) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let named = table.get("id").and_then(toml::Value::as_str).or_else(|| file.file_stem()?.to_str());
    named == Some(id.as_str())
}

fn is_there(id: &CustomerId, file: &str) -> OperatorError {
    OperatorError::Refused(format!("the customer \"{id}\" has a file already, {file}: nothing was written"))
}

impl fmt::Display for AddedView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, file } = self;
        writeln!(f, "made {file}: set api_key there, then")?;
        writeln!(
            f,
            "  tandem customer apply\n  tandem customer link {id}   # an address for the customer's browser"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::tests::Place;

    fn add(id: &str) -> CustomerAdd {
        CustomerAdd { customer: id.parse().unwrap(), name: None, time_zone: None, api_key: None }
    }

    #[tokio::test]
    async fn a_new_customer_has_a_file_that_is_taken_and_no_other_is_touched() {
        let place = Place::empty();
        let dir = &place.context.deps.settings.customers_dir;
        let asked = CustomerAdd {
            name: Some("Mercy \"House\"".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            ..add("mercy")
        };
        let added = asked.answer(&place.context).await.unwrap();
        assert!(added.to_string().contains("tandem customer link mercy"), "{added}");
        let read = read_customers(dir, &Environment::default());
        assert!(read.problems.is_empty(), "{}", read.problems);
        assert_eq!(read.customers[0].name, "Mercy \"House\"");
        assert_eq!(read.customers[0].time_zone.name(), "Europe/Berlin");

        let before = std::fs::read_to_string(&added.file).unwrap();
        let again = add("mercy").answer(&place.context).await.unwrap_err();
        assert!(matches!(&again, OperatorError::Refused(text) if text.contains("mercy.toml")), "{again}");
        assert_eq!(std::fs::read_to_string(&added.file).unwrap(), before);
        // The customer of another file.
        assert!(matches!(add("hope").answer(&place.context).await, Err(OperatorError::Refused(_))));
        for wrong in [
            CustomerAdd { time_zone: Some("Mars/Base".to_owned()), ..add("other") },
            CustomerAdd { api_key: Some("v_1234".to_owned()), ..add("other") },
            CustomerAdd { name: Some("  ".to_owned()), ..add("other") },
        ] {
            let refused = wrong.answer(&place.context).await.unwrap_err();
            assert!(matches!(refused, OperatorError::Malformed(_)), "{refused}");
            assert!(!refused.to_string().contains("v_1234"), "{refused}");
        }
        assert!(!dir.join("other.toml").exists());
        // Files that are not applied yet.
        for text in ["id = \"other\"\n", "id = \"other\"\npaused = 7\n"] {
            std::fs::write(dir.join("draft.toml"), text).unwrap();
            let refused = add("other").answer(&place.context).await.unwrap_err();
            assert!(
                matches!(&refused, OperatorError::Refused(text) if text.contains("draft.toml")),
                "{refused}"
            );
            assert!(!dir.join("other.toml").exists());
        }
        std::fs::remove_file(dir.join("draft.toml")).unwrap();
        let with_key = CustomerAdd { api_key: Some("file:other.key".to_owned()), ..add("other") };
        with_key.answer(&place.context).await.unwrap();
        assert!(
            std::fs::read_to_string(dir.join("other.toml")).unwrap().contains("api_key = \"file:other.key\"")
        );
    }
}

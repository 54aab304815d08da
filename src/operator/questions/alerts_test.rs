//! Tries the places that alerts go to.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    alerts::try_all,
    auth::Scope,
    domain::AlertPlace,
    operator::{OperatorContext, OperatorError, Outcome, Question},
    transport::Method,
};

/// Sends a test message to every place that alerts go to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertsTest {}

/// How the try of one place went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TriedView {
    /// `webhook` or `mail`.
    pub place: String,
    /// The receiver of the mail; of the webhook none is shown, as its address may hold a token.
    pub to: Option<String>,
    /// Whether the message was taken.
    pub ok: bool,
    /// What was answered, or why nothing was.
    pub answer: String,
}

/// How the try of every place went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlertsTestView {
    /// The places in the settings' order; none where alerts are off.
    pub places: Vec<TriedView>,
}

impl Question for AlertsTest {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/alerts/test";
    const COMMAND: &'static str = "alerts test";
    const SUMMARY: &'static str = "Sends a test message to every place that alerts go to";
    const TAKES_LONG: bool = true;
    const SCOPE: Scope = Scope::Admin;
    type View = AlertsTestView;

    async fn answer(&self, context: &OperatorContext) -> Result<AlertsTestView, OperatorError> {
        let tried = try_all(&context.deps).await.into_iter().map(|tried| {
            let to = match &tried.place {
                AlertPlace::Webhook => None,
                AlertPlace::Mail(address) => Some(address.clone()),
            };
            let (ok, answer) = tried.answer.map_or_else(|why| (false, why), |answer| (true, answer));
            TriedView { place: tried.place.as_str().to_owned(), to, ok, answer }
        });
        Ok(AlertsTestView { places: tried.collect() })
    }

    fn outcome(view: &AlertsTestView) -> Outcome {
        match view.places.as_slice() {
            [] => Outcome::WrongSettings,
            all if all.iter().all(|one| one.ok) => Outcome::Done,
            _ => Outcome::Failed,
        }
    }
}

impl fmt::Display for AlertsTestView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.places.is_empty() {
            return writeln!(
                f,
                "alerts are off: name a place in [alerts] of tandem.toml (webhook_url; or mail_to, mail_from and smtp_url), then start the \
                 service again"
            );
        }
        for TriedView { place, to, ok, answer } in &self.places {
            let to = to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
            writeln!(f, "{place}{to}: {}: {answer}", if *ok { "arrived" } else { "did not arrive" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use super::*;
    use crate::{
        config::{Environment, Settings},
        operator::tests::Place,
    };

    #[tokio::test]
    async fn each_place_is_tried_and_its_answer_told_without_a_secret() {
        let mut place = Place::new().await;
        let off = AlertsTest {}.answer(&place.context).await.unwrap();
        assert_eq!(AlertsTest::outcome(&off), Outcome::WrongSettings);
        assert!(off.to_string().starts_with("alerts are off: name a place in [alerts]"), "{off}");
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = format!(
            "[alerts]\nwebhook_url = \"https://nowhere/t0ken\"\nmail_to = [\"night@example.org\"]\nmail_from = \"t@example.org\"\n\
             smtp_url = \"smtp://tandem:s3cret@{gone}\""
        );
        let settings = Settings::from_toml(&text, Path::new("tandem.toml"), &Environment::default());
        place.context.deps.settings = Arc::new(settings.unwrap());
        let view = AlertsTest {}.answer(&place.context).await.unwrap();
        assert_eq!(AlertsTest::outcome(&view), Outcome::Failed);
        assert_eq!(
            view.to_string(),
            "webhook: did not arrive: cannot connect to nowhere\n\
             mail to night@example.org: did not arrive: the mail server refuses the connection: look at its port\n"
        );
        let one = |ok| TriedView { ok, ..view.places[0].clone() };
        let outcome = |places| AlertsTest::outcome(&AlertsTestView { places });
        assert_eq!(outcome(vec![one(true)]), Outcome::Done);
        assert_eq!(outcome(vec![one(true), one(false)]), Outcome::Failed);
    }
}

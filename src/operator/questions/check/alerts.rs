//! Whether alerts arrive.

use super::{Kind, Problem};
use crate::{operator::OperatorContext, store::StoreError};

/// So many failures of one message in a row are told: about a minute.
const FAILURES: u32 = 5;

/// Alerts that do not arrive.
pub(super) fn warning(context: &OperatorContext) -> Result<Option<Problem>, StoreError> {
    if !context.deps.settings.alerts.tells_anyone() {
        return Ok(None);
    }
    let waiting = context.deps.store.alerts_waiting()?;
    let failing: Vec<_> = waiting.iter().filter(|(_, alert)| alert.attempts >= FAILURES).collect();
    let Some((_, oldest)) = failing.first() else { return Ok(None) };
    let what = format!(
        "{} alerts do not arrive; the oldest is of {}, by {}",
        failing.len(),
        oldest.at,
        oldest.place.as_str()
    );
    let remedy =
        "run `tandem alerts test`: it says what each place answers; each is tried for three days".to_owned();
    Ok(Some(Problem { customer: None, place: "alerts".to_owned(), what, remedy, kind: Kind::Other }))
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc, time::Duration};

    use super::*;
    use crate::{
        config::{Environment, Settings},
        domain::{AlertKind, AlertPlace, QueuedAlert},
        operator::tests::Place,
    };

    #[tokio::test]
    async fn alerts_that_do_not_arrive_are_a_warning() {
        let mut place = Place::new().await;
        let text = "[alerts]\nwebhook_url = \"https://nowhere/t0ken\"";
        let settings = Settings::from_toml(text, Path::new("tandem.toml"), &Environment::default());
        place.context.deps.settings = Arc::new(settings.unwrap());
        let (store, at) = (place.context.deps.store.clone(), place.context.now());
        let alert = QueuedAlert {
            id: "1".to_owned(),
            place: AlertPlace::Webhook,
            kind: AlertKind::Paused,
            at,
            subject: String::new(),
            body: String::new(),
            attempts: 0,
            next: at,
        };
        store.queue_alerts(Vec::new(), vec![alert]).await.unwrap();
        for _ in 0..FAILURES {
            assert_eq!(warning(&place.context).unwrap(), None, "it is tried again");
            store.delay_alert(0, Duration::ZERO, at).await.unwrap();
        }
        let told = warning(&place.context).unwrap().unwrap();
        assert!(
            told.what.starts_with("1 alerts do not arrive") && told.remedy.contains("alerts test"),
            "{told:?}"
        );
        assert!(!told.what.contains("t0ken"), "{told:?}");
    }
}

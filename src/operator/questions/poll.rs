//! Has both sides polled now.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{CustomerId, CustomerRecord, Stream, Timestamp, asked, kept_time},
    operator::{OperatorContext, OperatorError, Question},
    store::CustomerStore,
    sync::reconcile,
    transport::Method,
};

/// Has the streams of Constant Contact, and the tags, fields and changed contacts of Virtuous, read now.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// The customer.
    pub customer: CustomerId,
}

/// What was made due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PollView {
    /// What is read: the streams, and the tags and fields of Virtuous.
    pub due: Vec<String>,
    /// From when on: wishes that follow one another are answered once a minute (W5).
    pub from: Timestamp,
    /// Whether a service runs that does it; else it is kept for its next start.
    pub service: bool,
    /// What has to be done first, if nothing is read as the customer stands.
    pub held_by: Option<String>,
}

/// What is made due beside the streams of Constant Contact.
const OF_VIRTUOUS: [&str; 2] = ["tags and fields of Virtuous", "changed contacts of Virtuous"];
/// The streams that are made due. A sweep reads the whole account: `tandem reconcile` asks for one.
const STREAMS: [Stream; 4] = [Stream::Changes, Stream::OptOuts, Stream::Lists, Stream::Bounces];

impl Question for Poll {
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/customers/{customer}/poll";
    const COMMAND: &'static str = "poll {customer}";
    const SUMMARY: &'static str =
        "Has both sides polled now: the streams, the tags and fields of Virtuous, and what waits for them";
    const NUDGES: bool = true;
    type View = PollView;

    async fn answer(&self, context: &OperatorContext) -> Result<PollView, OperatorError> {
        let (id, now) = (&self.customer, context.now());
        let record = context.record(id)?;
        let store = context.deps.store.of(record.number);
        let last = Last::of(&store, now)?;
        let asked = store.update_customer(move |record| last.ask_again(record, now)).await?;
        let from = asked.as_ref().and_then(|record| record.asked.streams).unwrap_or(now);
        let streams = STREAMS.iter().map(|stream| stream.as_str());
        Ok(PollView {
            due: streams.chain(OF_VIRTUOUS).map(str::to_owned).collect(),
            from,
            service: context.service.is_some(),
            held_by: held_by(&record, store.token()?.is_some()),
        })
    }
}

/// Has the tags and fields of Virtuous read anew at once, and nothing else: some may be there by now (S4).
///
/// # Errors
/// When the store cannot be read or written.
pub async fn ask_for_tags(store: &CustomerStore, now: Timestamp) -> Result<(), OperatorError> {
    let read_at = kept_time::done(store.reference_data()?.virtuous.read_at, now);
    let ask = move |record: &mut CustomerRecord| {
        record.asked.reference = Some(asked::again(record.asked.reference, read_at, now));
    };
    store.update_customer(ask).await?;
    Ok(())
}

/// What is known of the readings before.
struct Last {
    polled_at: Option<Timestamp>,
    reference_read_at: Option<Timestamp>,
    is_under_way: bool,
}

impl Last {
    fn of(store: &CustomerStore, now: Timestamp) -> Result<Self, OperatorError> {
        let (changes, opt_outs) = (store.cursor(Stream::Changes)?, store.cursor(Stream::OptOuts)?);
        Ok(Self {
            polled_at: kept_time::done(changes.completed_at.min(opt_outs.completed_at), now),
            reference_read_at: kept_time::done(store.reference_data()?.virtuous.read_at, now),
            is_under_way: changes.open.is_some() || opt_outs.open.is_some(),
        })
    }

    fn ask_again(&self, record: &mut CustomerRecord, now: Timestamp) {
        let asked = record.asked;
        let streams = asked::again(asked.streams, self.polled_at, now);
        let soonest = if self.is_under_way { asked::after_one_under_way(now) } else { streams };
        record.asked.streams = Some(streams.max(soonest));
        record.asked.reference = Some(asked::again(asked.reference, self.reference_read_at, now));
        reconcile::query_now(record, now);
    }
}

/// What keeps everything from being read.
fn held_by(record: &CustomerRecord, is_connected: bool) -> Option<String> {
    let id = &record.id;
    match &record.pause {
        Some(pause) if pause.probe.is_some() => {
            Some(format!("paused ({}); it is tried every 15 minutes", pause.reason))
        }
        Some(pause) => Some(format!("paused ({}): `tandem customer resume {id}`", pause.reason)),
        None => (!is_connected).then(|| format!("not connected yet: `tandem customer link {id}`")),
    }
}

impl fmt::Display for PollView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "due from {} on: {}", self.from, self.due.join(", "))?;
        if let Some(why) = &self.held_by {
            writeln!(f, "nothing is read before that: the customer is {why}")?;
        }
        if self.service {
            writeln!(
                f,
                "the service does it; what waits for a tag or a field is planned again once they are read"
            )
        } else {
            writeln!(f, "the service does not run: it is kept for its next start")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{operator::tests::Place, sync::windows::Cursor};

    #[tokio::test]
    async fn w5_a_poll_is_due_at_once_and_the_next_a_minute_later_at_the_soonest() {
        let place = Place::new().await;
        let (poll, now) = (Poll { customer: place.hope() }, place.context.now());
        let first = poll.answer(&place.context).await.unwrap();
        assert_eq!((first.from, first.service), (now, false));
        for part in ["changes", "opt_outs", "lists", "bounces", "tags and fields of Virtuous"] {
            assert!(first.due.iter().any(|due| due == part), "{first:?}");
        }
        assert_eq!(place.record().asked, asked::Asked { streams: Some(now), reference: Some(now) });
        assert!(first.to_string().contains("`tandem customer link hope`"), "{first}");
        assert!(first.to_string().contains("kept for its next start"), "{first}");
        // It is answered, and asked again at once.
        let store = place.context.deps.store.of(place.record().number);
        for stream in [Stream::Changes, Stream::OptOuts] {
            store.set_cursor(stream, Cursor { completed_at: Some(now), ..Cursor::default() }).await.unwrap();
        }
        let again = poll.answer(&place.context).await.unwrap();
        assert_eq!(again.from, now.plus(std::time::Duration::from_secs(60)));
        assert_eq!(place.record().asked.reference, Some(now), "that is not answered");
    }
}

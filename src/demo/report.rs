//! What a demo prints at its end.

use serde::Serialize;

use super::{Demo, DemoError, ToCc, elapsed::seconds_since};
use crate::{domain::State, operator::review::Review, simulator::week::Week};

/// What the demo did (INTERFACE.md).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Contacts in Constant Contact when the first sync ended, deleted ones not counted.
    pub contacts: u64,
    /// Contacts made in Virtuous.
    pub created: u64,
    /// Linked contacts of Virtuous that were written.
    pub updated: u64,
    /// Opt-outs written to Virtuous.
    pub opted_out: u64,
    /// Subscribers held by rule.
    pub held: u64,
    /// Calls to Constant Contact.
    pub calls_cc: u64,
    /// Calls to Virtuous.
    pub calls_virtuous: u64,
    /// Where both sides do not agree, by a comparison that knows nothing of Tandem.
    pub differences: u64,
    /// From start to the agreement of the first sync.
    pub seconds: f64,
    /// Subscribers that wait for a person.
    pub review: u64,
    /// Subscribers not synced by rule.
    pub excluded: u64,
    /// From the edits of the simulated week to agreement.
    pub week_seconds: Option<f64>,
    /// The simulated week: whom each kind of edit was about.
    pub week: Option<Week>,
    /// Contact ids of the reviews before the week.
    pub reviews_before: Vec<String>,
    /// What waits for a person, one by one.
    pub reviews: Vec<Review>,
    /// What staff did in Virtuous and Constant Contact has now.
    pub to_cc: Option<ToCc>,
}

impl Demo {
    /// What was done so far.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn report(&self) -> Result<Report, DemoError> {
        let progress = self.progress()?;
        let (created, updated, opted_out) = self.world.written();
        let (calls_cc, calls_virtuous) = self.world.calls();
        let week = self.week.borrow();
        let played = week.as_ref();
        let (contacts, seconds) =
            self.synced.get().unwrap_or((progress.contacts, seconds_since(self.started)));
        Ok(Report {
            contacts,
            created,
            updated,
            opted_out,
            held: progress.of(State::Held),
            calls_cc,
            calls_virtuous,
            differences: self.differences(),
            seconds,
            review: progress.of(State::Review),
            excluded: progress.of(State::Excluded),
            week_seconds: played.and_then(|played| played.seconds),
            week: played.map(|played| played.week.clone()),
            reviews_before: played.map_or_else(Vec::new, |played| played.reviews_before.clone()),
            reviews: self.reviews()?,
            to_cc: self.to_cc.get(),
        })
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { contacts, created, updated, opted_out, held, calls_cc, calls_virtuous, .. } = self;
        writeln!(f, "{contacts} contacts in {:.1} s, {} differences", self.seconds, self.differences)?;
        if let (Some(week), Some(seconds)) = (&self.week, self.week_seconds) {
            writeln!(f, "  {week}: in step again after {seconds:.1} s")?;
        }
        if let Some(ToCc { opt_out_seconds, membership_seconds, .. }) = self.to_cc {
            writeln!(
                f,
                "  a staff opt-out in Virtuous reached Constant Contact after {opt_out_seconds:.1} s, a tag became a list membership after {membership_seconds:.1} s"
            )?;
        }
        writeln!(
            f,
            "  {created} created, {updated} writes to linked contacts, {opted_out} opt-outs written"
        )?;
        writeln!(f, "  {held} held, {} for review, {} excluded", self.review, self.excluded)?;
        writeln!(f, "  {calls_cc} calls to Constant Contact, {calls_virtuous} to Virtuous")?;
        if !self.reviews.is_empty() {
            writeln!(f, "for review")?;
        }
        let mut reviews = self.reviews.iter();
        reviews.try_for_each(|one| writeln!(f, "  {}  {:<3} {}", one.id, one.rule.as_str(), one.reason))
    }
}

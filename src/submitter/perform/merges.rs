//! Contacts of Virtuous that staff merged, where only the contact that is left was read (I3).

use crate::{
    domain::{Lane, VirtuousContact},
    store::{MergeSuspect, StoreError},
    submitter::{
        performed::Seen,
        reach::{MergeSuspects, Reach},
    },
    virtuous::VirtuousError,
};

/// Merges that are followed before the search is given up.
pub const MERGES_MAX: usize = 5;

/// What merges are followed with.
#[derive(Clone, Copy)]
pub struct Follower<'a> {
    /// The customer's name, for the log.
    pub customer: &'a crate::domain::CustomerId,
    /// The way to Virtuous.
    pub virtuous: &'a crate::access::VirtuousAccess,
    /// Tells which contacts may have been merged.
    pub suspects: &'a dyn MergeSuspects,
    /// The lane of the calls.
    pub lane: Lane,
    /// Whether staff's tags count at all (S5).
    pub two_way: bool,
}

impl<'a> Follower<'a> {
    /// Within a turn's reach.
    #[must_use]
    pub const fn of(reach: &Reach<'a>, lane: Lane) -> Self {
        Self {
            customer: reach.customer,
            virtuous: reach.virtuous,
            suspects: reach.suspects,
            lane,
            two_way: reach.planner.rules.two_way,
        }
    }

    /// Reads the contacts that may have been merged into these. What comes of it is to be applied before these are looked at: the
    /// tags that came along are Tandem's, and would be taken for staff's word about the subscriber that was linked there before
    /// (I3, S5). Where that cannot be told, as the former contact is gone or refused for good, its tags are Tandem's too.
    ///
    /// # Errors
    /// A passing failure; nothing is to be concluded from the tags of these contacts then.
    pub async fn follow(&self, contacts: &[VirtuousContact]) -> Result<Seen, VirtuousError> {
        let mut seen = Seen::default();
        if !self.two_way || contacts.is_empty() {
            return Ok(seen);
        }
        for suspect in self.suspects.among(contacts).map_err(unreadable)? {
            match self.outcome(suspect).await {
                Ok(MergeOutcome::Merged(gone)) => seen.merged.push(*gone),
                Ok(MergeOutcome::Elsewhere) => {}
                Ok(MergeOutcome::Unknown) => seen.own_tags.extend(self.own_tags(suspect, contacts)),
                // A contact that cannot be read must hold nothing up (B3).
                Err(error) if error.stays() => seen.own_tags.extend(self.own_tags(suspect, contacts)),
                Err(error) => return Err(error),
            }
        }
        let is_left =
            |one: &&VirtuousContact| seen.merged.iter().any(|gone| gone.merged_into == Some(one.id));
        let left: Vec<_> = contacts.iter().filter(is_left).cloned().collect();
        seen.merged.extend(left);
        Ok(seen)
    }

    async fn outcome(&self, suspect: MergeSuspect) -> Result<MergeOutcome, VirtuousError> {
        let (mut id, mut first) = (suspect.gone, None);
        for _ in 0..MERGES_MAX {
            let read =
                self.virtuous.call(self.lane, |client| async move { client.contact(id).await }).await?;
            let Some(contact) = read.map(|read| read.contact) else { return Ok(MergeOutcome::Unknown) };
            let Some(into) = contact.merged_into else { return Ok(MergeOutcome::Elsewhere) };
            let gone = VirtuousContact { merged_into: Some(into), ..first.unwrap_or(contact) };
            if into == suspect.into {
                return Ok(MergeOutcome::Merged(Box::new(gone)));
            }
            (first, id) = (Some(gone), into);
        }
        Ok(MergeOutcome::Unknown)
    }

    fn own_tags(&self, suspect: MergeSuspect, contacts: &[VirtuousContact]) -> Option<VirtuousContact> {
        tracing::warn!(customer = %self.customer, contact = suspect.gone.0, into = suspect.into.0, "cannot read a contact of Virtuous that may have been merged; treating the new tags of the other contact as Tandem's, so no list membership changes");
        contacts.iter().find(|one| one.id == suspect.into).cloned()
    }
}

/// What became of a contact that may have been merged.
enum MergeOutcome {
    /// It went into the contact that was read, perhaps by way of others; this is what it was.
    Merged(Box<VirtuousContact>),
    /// It is there still, or went elsewhere.
    Elsewhere,
    /// It is not found any more.
    Unknown,
}

/// The store answers the next question, or it stops the process.
fn unreadable(error: StoreError) -> VirtuousError {
    VirtuousError::Transient { text: error.to_string(), after: None, may_have_arrived: false }
}

#[cfg(test)]
#[path = "merges_test.rs"]
mod tests;

//! What goes before the next call of a turn (W6): the stream of opt-outs, once it is due.

use crate::domain::{Stream, Timestamp};

use super::{part::Part, streams, view::View};

/// Whether a part stands back for opt-outs that became due while it ran. A comparison of counts that was broken off begins anew: it
/// stands back every second time, so that it ends.
#[must_use]
pub const fn stands_back(part: Part, counts_stood_back: bool) -> bool {
    match part {
        Part::OptOuts | Part::Answers => false,
        Part::Counts => !counts_stood_back,
        Part::OptOutsByHint
        | Part::Hints
        | Part::Bounces
        | Part::Sweep
        | Part::ReferenceData
        | Part::Changes
        | Part::SecondLooks => true,
    }
}

/// When the opt-outs are due again; `None` if they were due already when the turn began: then they had their turn, and what keeps
/// them back keeps nothing else back. A store that cannot be read shows itself at the next use.
#[must_use]
pub fn opt_outs_due(view: &View<'_>, began: Timestamp) -> Option<Timestamp> {
    let due = streams::scheduled(view, Stream::OptOuts).ok().flatten()?;
    (due > began && view.known.cursor(Stream::Changes).is_ok_and(|cursor| cursor.upto.is_some()))
        .then_some(due)
}

/// Whether opt-outs became due after the turn began.
#[must_use]
pub fn is_overtaken(view: &View<'_>, began: Timestamp) -> bool {
    opt_outs_due(view, began).is_some_and(|due| due <= view.now())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        access::scripted::now,
        poller::{scripted::World, scripted_customer::Customer},
        store::HintAbout,
    };

    /// Opt-outs are polled every 600 s.
    #[tokio::test]
    async fn w6_what_became_due_during_a_turn_goes_before_its_next_call_and_what_was_due_before_does_not() {
        let ago = |seconds| now().minus(Duration::from_secs(seconds));
        let is_so = async |customer: &Customer, began| {
            customer.with(async |view: &View<'_>| is_overtaken(view, began)).await
        };
        let customer = Customer::new(World::new()).await.hint(HintAbout::Nobody).await;
        assert!(!is_so(&customer, ago(10)).await, "hints are ordinary work, however many come (W5)");
        let customer = customer.read_at(Stream::OptOuts, ago(605)).await;
        assert!(is_so(&customer, ago(10)).await, "due for five seconds");
        assert!(!is_so(&customer, ago(3)).await, "they had their turn at its beginning");
    }

    #[test]
    fn w6_a_comparison_of_counts_stands_back_once_and_opt_outs_never() {
        assert!(stands_back(Part::Counts, false) && !stands_back(Part::Counts, true));
        assert!(!stands_back(Part::OptOuts, false));
        assert!(stands_back(Part::Bounces, true) && stands_back(Part::Hints, true));
    }
}

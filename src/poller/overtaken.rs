//! What goes before the next call of a turn (W6): the stream of opt-outs once it is due, and a hint that has come.

use crate::domain::{Stream, Timestamp};

use super::{part::Part, streams, view::View};

/// Whether a part stands back for opt-outs and hints that became due while it ran. Those two do not, and neither does what is not
/// made of calls. A comparison of counts that was broken off begins anew: it stands back every second time, so that it ends.
#[must_use]
pub const fn stands_back(part: Part, counts_stood_back: bool) -> bool {
    match part {
        Part::Hints | Part::OptOuts | Part::Answers => false,
        Part::Counts => !counts_stood_back,
        Part::Bounces | Part::Sweep | Part::ReferenceData | Part::Changes | Part::SecondLooks => true,
    }
}

/// When the opt-outs are due again; `None` if they were due already when the turn began: then they had their turn, and what keeps
/// them back keeps nothing else back.
#[must_use]
pub fn opt_outs_due(view: &View<'_>, began: Timestamp) -> Option<Timestamp> {
    let due = streams::due(view, Stream::OptOuts).ok().flatten()?;
    (due > began && view.known.cursor(Stream::Changes).is_ok_and(|cursor| cursor.upto.is_some()))
        .then_some(due)
}

/// Whether opt-outs became due after the turn began, or a hint did. A sweep and a comparison of counts ask for contacts by hints of
/// their own (D1): those do not overtake them. A store that cannot be read shows itself at the next use.
#[must_use]
pub fn is_overtaken(view: &View<'_>, part: Part, began: Timestamp) -> bool {
    let now = view.now();
    let asks_itself = matches!(part, Part::Sweep | Part::Counts);
    let hint = || view.known.hints(now, 1).ok().and_then(|hints| hints.due.into_iter().next());
    opt_outs_due(view, began).is_some_and(|due| due <= now)
        || !asks_itself && hint().is_some_and(|hint| hint.received_at > began)
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
        let customer = Customer::new(World::new()).await;
        let ago = |seconds| now().minus(Duration::from_secs(seconds));
        let is_so = async |began| {
            customer.with(async |view: &View<'_>| is_overtaken(view, Part::Bounces, began)).await
        };
        assert!(!is_so(ago(10)).await, "nothing is due");
        let customer = customer.read_at(Stream::OptOuts, ago(605)).await;
        let is_so = async |began| {
            customer.with(async |view: &View<'_>| is_overtaken(view, Part::Bounces, began)).await
        };
        assert!(is_so(ago(10)).await, "due for five seconds");
        assert!(!is_so(ago(3)).await, "they had their turn at its beginning");
        let customer = customer.hint(HintAbout::Nobody).await;
        let hinted = customer.with(async |view: &View<'_>| is_overtaken(view, Part::Bounces, ago(3))).await;
        assert!(hinted, "a hint has come since");
        let by_own = customer.with(async |view: &View<'_>| is_overtaken(view, Part::Sweep, ago(3))).await;
        assert!(!by_own, "a sweep asks for contacts itself (D1)");
    }

    #[test]
    fn w6_a_comparison_of_counts_stands_back_once_and_opt_outs_and_hints_never() {
        assert!(stands_back(Part::Counts, false) && !stands_back(Part::Counts, true));
        assert!(!stands_back(Part::OptOuts, false) && !stands_back(Part::Hints, false));
        assert!(stands_back(Part::Bounces, true));
    }
}

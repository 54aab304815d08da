//! Which waiter is next: lanes by urgency, and within a lane every customer in turn.

use std::collections::{HashMap, VecDeque};

use crate::domain::{CustomerId, Lane};

/// Waiters of all customers. A more urgent lane goes first; within a lane the customers take turns, one waiter a turn, so
/// that one with a thousand waiters delays another's first by one place. Within a customer and lane, first come first served.
///
/// Bounded in each lane, for each customer and altogether, so that neither a customer nor a lane can fill it against the rest;
/// full is a normal answer.
#[derive(Debug)]
pub struct FairQueue<T> {
    lanes: [LaneQueue<T>; Lane::ALL.len()],
    in_lane: usize,
    per_customer: usize,
    next: u64,
}

/// The place of a waiter; cancels the wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    lane: Lane,
    customer: CustomerId,
    number: u64,
}

/// The queue had no room; the waiter comes back.
#[derive(Debug, PartialEq, Eq)]
pub struct Full<T>(pub T);

#[derive(Debug)]
struct LaneQueue<T> {
    /// Customers with at least one waiter, the next one first.
    turns: VecDeque<CustomerId>,
    /// Never holds an empty list.
    waiting: HashMap<CustomerId, VecDeque<(u64, T)>>,
    len: usize,
}

impl<T> FairQueue<T> {
    /// A queue of at most `in_lane` waiters a lane, and `per_customer` of each customer in a lane.
    #[must_use]
    pub fn new(in_lane: usize, per_customer: usize) -> Self {
        let lanes =
            std::array::from_fn(|_| LaneQueue { turns: VecDeque::new(), waiting: HashMap::new(), len: 0 });
        Self { lanes, in_lane, per_customer, next: 0 }
    }

    /// Adds a waiter.
    ///
    /// # Errors
    /// The waiter itself, if the lane or the customer's share of it is full.
    pub fn push(&mut self, customer: CustomerId, lane: Lane, waiter: T) -> Result<Ticket, Full<T>> {
        let queue = &mut self.lanes[usize::from(lane.to_u8())];
        let own = queue.waiting.get(&customer).map_or(0, VecDeque::len);
        if queue.len >= self.in_lane || own >= self.per_customer {
            return Err(Full(waiter));
        }
        let number = self.next;
        self.next += 1;
        if own == 0 {
            queue.turns.push_back(customer.clone());
        }
        queue.waiting.entry(customer.clone()).or_default().push_back((number, waiter));
        queue.len += 1;
        Ok(Ticket { lane, customer, number })
    }

    /// Takes the next waiter.
    pub fn pop(&mut self) -> Option<(CustomerId, Lane, T)> {
        self.pop_up_to(Lane::Verify)
    }

    /// Takes the next waiter of `least` or a more urgent lane: with [`Lane::Consent`], of the waiters that may use the reserve.
    pub fn pop_up_to(&mut self, least: Lane) -> Option<(CustomerId, Lane, T)> {
        let lane = self.next_lane().filter(|&lane| lane <= least)?;
        let queue = &mut self.lanes[usize::from(lane.to_u8())];
        let customer = queue.turns.pop_front()?;
        let own = queue.waiting.get_mut(&customer)?;
        let (_, waiter) = own.pop_front()?;
        queue.len -= 1;
        if own.is_empty() {
            queue.waiting.remove(&customer);
        } else {
            queue.turns.push_back(customer.clone());
        }
        Some((customer, lane, waiter))
    }

    /// The next waiter.
    #[must_use]
    pub fn peek(&self) -> Option<&T> {
        let queue = &self.lanes[usize::from(self.next_lane()?.to_u8())];
        queue.waiting.get(queue.turns.front()?)?.front().map(|(_, waiter)| waiter)
    }

    /// The lane of the next waiter.
    #[must_use]
    pub fn next_lane(&self) -> Option<Lane> {
        Lane::ALL.into_iter().find(|lane| self.lanes[usize::from(lane.to_u8())].len > 0)
    }

    /// Takes back one waiter, if it still waits.
    pub fn cancel(&mut self, ticket: &Ticket) -> Option<T> {
        let queue = &mut self.lanes[usize::from(ticket.lane.to_u8())];
        let own = queue.waiting.get_mut(&ticket.customer)?;
        let at = own.iter().position(|(number, _)| *number == ticket.number)?;
        let (_, waiter) = own.remove(at)?;
        queue.len -= 1;
        if own.is_empty() {
            queue.waiting.remove(&ticket.customer);
            queue.turns.retain(|customer| *customer != ticket.customer);
        }
        Some(waiter)
    }

    /// Takes back every waiter of a customer, the most urgent first: it was paused or removed.
    pub fn cancel_customer(&mut self, customer: &CustomerId) -> Vec<T> {
        let mut cancelled = Vec::new();
        for queue in &mut self.lanes {
            if let Some(own) = queue.waiting.remove(customer) {
                queue.len -= own.len();
                queue.turns.retain(|other| other != customer);
                cancelled.extend(own.into_iter().map(|(_, waiter)| waiter));
            }
        }
        cancelled
    }

    /// Waiters altogether.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.iter().map(|queue| queue.len).sum()
    }

    /// Whether no waiter is queued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn customer(number: usize) -> CustomerId {
        format!("c{number}").parse().unwrap()
    }

    fn order(queue: &mut FairQueue<u32>) -> Vec<String> {
        std::iter::from_fn(|| queue.pop())
            .map(|(who, lane, waiter)| format!("{lane} {who} {waiter}"))
            .collect()
    }

    #[test]
    fn lanes_by_urgency_and_customers_in_turn() {
        let mut queue = FairQueue::new(10, 10);
        let places = [
            (0, Lane::Verify),
            (0, Lane::Change),
            (0, Lane::Change),
            (0, Lane::Change),
            (1, Lane::Change),
            (2, Lane::Change),
            (1, Lane::Consent),
        ];
        for (waiter, (who, lane)) in (0..).zip(places) {
            queue.push(customer(who), lane, waiter).unwrap();
        }
        assert_eq!(queue.len(), 7);
        let mut consent_only = Vec::new();
        while let Some((_, _, waiter)) = queue.pop_up_to(Lane::Consent) {
            consent_only.push(waiter);
        }
        assert_eq!(consent_only, [6]);
        let expect =
            ["change c0 1", "change c1 4", "change c2 5", "change c0 2", "change c0 3", "verify c0 0"];
        assert_eq!(order(&mut queue), expect);
        assert!(queue.is_empty());
    }

    #[test]
    fn full_is_an_answer_and_shuts_nobody_else_out() {
        let mut queue = FairQueue::new(3, 2);
        queue.push(customer(0), Lane::Verify, 0).unwrap();
        queue.push(customer(0), Lane::Verify, 1).unwrap();
        assert_eq!(queue.push(customer(0), Lane::Verify, 2), Err(Full(2)), "the customer's share");
        queue.push(customer(1), Lane::Verify, 3).unwrap();
        assert_eq!(queue.push(customer(2), Lane::Verify, 4), Err(Full(4)), "the lane");
        assert!(queue.push(customer(0), Lane::Consent, 5).is_ok());
    }

    #[test]
    fn a_wait_can_be_cancelled() {
        let mut queue = FairQueue::new(10, 10);
        let first = queue.push(customer(0), Lane::Change, 0).unwrap();
        let second = queue.push(customer(0), Lane::Change, 1).unwrap();
        queue.push(customer(1), Lane::Change, 2).unwrap();
        queue.push(customer(1), Lane::Consent, 3).unwrap();
        assert_eq!(queue.cancel(&first), Some(0));
        assert_eq!(queue.cancel(&first), None);
        assert_eq!(queue.cancel_customer(&customer(1)), [3, 2]);
        assert_eq!(queue.cancel(&second), Some(1));
        assert_eq!(queue.pop(), None);
        assert!(queue.is_empty());
    }

    proptest! {
        /// Pushes and cancels in any order; then, while those who were served ask again at once, every customer that waits
        /// is served within as many pops as customers wait.
        #[test]
        fn nobody_starves(
            pushes in prop::collection::vec((0_usize..6, any::<bool>()), 1..60),
        ) {
            let mut queue = FairQueue::new(1000, 1000);
            let mut tickets = Vec::new();
            for (at, (who, cancel)) in pushes.iter().enumerate() {
                if *cancel && !tickets.is_empty() {
                    let ticket: Ticket = tickets.swap_remove(at % tickets.len());
                    prop_assert!(queue.cancel(&ticket).is_some());
                } else {
                    tickets.push(queue.push(customer(*who), Lane::Change, at).unwrap());
                }
            }
            prop_assert_eq!(queue.len(), tickets.len());
            let waiting: std::collections::BTreeSet<_> = tickets.iter().map(|ticket| ticket.customer.clone()).collect();
            let mut served = std::collections::BTreeSet::new();
            for _ in 0..waiting.len() {
                let (who, lane, waiter) = queue.pop().unwrap();
                queue.push(who.clone(), lane, waiter).unwrap();
                served.insert(who);
            }
            prop_assert_eq!(served, waiting);
        }
    }
}

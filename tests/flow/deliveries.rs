//! Delivers the events of Virtuous to the receiver's own code, as they are, or as networks spoil them.

use tandem::{
    auth::SigningKey, config::Secret, http::events::Receiver, simulator::virtuous::webhooks::Delivery,
};

use crate::world::{HOPE, World};

impl World {
    /// Takes all events that are due from Virtuous.
    pub fn events_due(&self) -> Vec<Delivery> {
        let mut simulator = self.simulator();
        let organisation = simulator.virtuous.organisation_mut(HOPE).unwrap();
        std::iter::from_fn(|| organisation.take_delivery()).map(|(_, delivery)| delivery).collect()
    }

    /// Posts an event to the receiver; the status of the answer.
    pub async fn deliver(&self, delivery: &Delivery) -> u16 {
        let state = self.app.http_state(Secret::default(), SigningKey::random().unwrap());
        let (address, token) = delivery.url.rsplit_once('/').unwrap();
        assert!(address.ends_with("/hooks/virtuous/hope"), "{address}");
        let settings = state.customer(HOPE).unwrap();
        let Some(receiver) = Receiver::of(&state, &settings).unwrap() else { return 404 };
        if !receiver.is_meant(token) {
            return 401;
        }
        let header = delivery.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(receiver.header()));
        let signature = header.map(|(_, value)| value.as_str()).unwrap_or_default();
        receiver.take(&state, signature, delivery.body.clone()).await
    }

    /// Delivers all events that are due, each once and in order.
    pub async fn deliver_all(&self) -> usize {
        let due = self.events_due();
        for delivery in &due {
            assert_eq!(self.deliver(delivery).await, 202);
        }
        due.len()
    }

    /// A counter of the metrics page.
    pub fn counted(&self, line: &str) -> u64 {
        let page = self.app.deps.metrics.render(&tandem::metrics::Snapshot::default());
        let found = page.lines().find_map(|text| text.strip_prefix(line));
        found.map_or(0, |value| value.trim().parse().unwrap())
    }
}

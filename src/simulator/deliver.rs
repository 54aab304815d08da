//! Delivers the events of the simulated Virtuous over HTTP: at least once, in order while the receiver answers, and again later
//! when it does not (reference/virtuous.md 11.4).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Simulator,
    virtuous::webhooks::{Delivery, Event},
};
use crate::transport::http::provide_tls;

/// How often it is looked for events.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Waits before the next attempts; then the event is dropped.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)];

/// Delivers for as long as it is polled.
///
/// # Errors
/// When there is no client to be had.
pub async fn run(simulator: Arc<Mutex<Simulator>>) -> Result<(), reqwest::Error> {
    provide_tls();
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build()?;
    let mut failed: Option<(u64, usize)> = None;
    loop {
        let Some((name, event, delivery)) = next(&simulator) else {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        };
        if post(&client, &delivery).await {
            failed = None;
            continue;
        }
        let attempts = failed.filter(|(id, _)| *id == event.id).map_or(0, |(_, attempts)| attempts);
        let Some(wait) = WAITS.get(attempts) else {
            failed = None;
            continue;
        };
        failed = Some((event.id, attempts + 1));
        put_back(&simulator, &name, event);
        tokio::time::sleep(*wait).await;
    }
}

fn put_back(simulator: &Mutex<Simulator>, name: &str, event: Event) {
    let mut simulator = simulator.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(organisation) = simulator.virtuous.organisation_mut(name) {
        organisation.webhooks.put_back(event);
    }
}

fn next(simulator: &Mutex<Simulator>) -> Option<(String, Event, Delivery)> {
    let mut simulator = simulator.lock().unwrap_or_else(PoisonError::into_inner);
    simulator.virtuous.organisations_mut().iter_mut().find_map(|organisation| {
        let (event, delivery) = organisation.take_delivery()?;
        Some((organisation.name.to_string(), event, delivery))
    })
}

async fn post(client: &reqwest::Client, delivery: &Delivery) -> bool {
    let mut request = client.post(&delivery.url).body(delivery.body.clone());
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    request.send().await.is_ok_and(|answer| answer.status().is_success())
}

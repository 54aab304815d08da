//! The simulator as a transport: requests go in process, with no sockets.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Simulator, wire::SimRequest};
use crate::{
    clock::Clock,
    transport::{Answer, Request, Transport, TransportError},
};

/// Hands requests to a [`Simulator`] by the URL's path (`/cc/...`, `/virtuous/...`); the host does not matter.
///
/// Delays are tokio's, so that a paused runtime passes over them; a cut is [`TransportError::Broken`], whether the
/// request took effect or not, since a client cannot tell either.
#[derive(Clone)]
pub struct InProcess {
    simulator: Arc<Mutex<Simulator>>,
    clock: Arc<dyn Clock>,
}

impl InProcess {
    /// A transport into `simulator`, whose time is `clock`'s.
    #[must_use]
    pub fn new(simulator: Arc<Mutex<Simulator>>, clock: Arc<dyn Clock>) -> Self {
        Self { simulator, clock }
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> Answer {
        let this = self.clone();
        Box::pin(async move {
            let request = SimRequest::from_transport(request)?;
            // A panic in another test's handler must not hide this one's answer.
            let answer = this
                .simulator
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .handle(&request, this.clock.now());
            let delay = answer.delay + answer.body_delay;
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            if answer.cut.is_some() { Err(TransportError::Broken) } else { Ok(answer.response) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::TokioClock,
        domain::Timestamp,
        simulator::faults::{Fault, FaultKind, System},
        transport::Method,
    };

    #[tokio::test(start_paused = true)]
    async fn faults_reach_the_client() {
        let start = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::starting_at(start));
        let simulator = Arc::new(Mutex::new(Simulator::new(1)));
        {
            let mut simulator = simulator.lock().unwrap();
            let faults = &mut simulator.constant_contact.faults;
            faults.add(Fault::once(System::ConstantContact, FaultKind::Latency(5_000)));
            faults.add(Fault::once(System::ConstantContact, FaultKind::DropAfter));
        }
        let transport = InProcess::new(simulator, Arc::clone(&clock));
        let ask = || transport.send(Request::new(Method::Get, "http://any/cc/v3/contacts".to_owned()));
        assert_eq!(ask().await.unwrap_err(), TransportError::Broken);
        assert_eq!(clock.now().since(start).as_secs(), 5);
        let answer = ask().await.unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("date"), Some("Sun, 22 Nov 2026 12:00:05 GMT"));
    }
}

//! A wire in the way of every call: a bug of Tandem on demand.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use tandem::{
    simulator::transport::InProcess,
    transport::{Answer, Request, Transport},
};

/// Panics in the middle of a call, when it is told to: a bug of Tandem, as far as its actors can tell.
#[derive(Clone)]
pub struct Tripwire {
    beyond: InProcess,
    armed: Arc<Mutex<Option<&'static str>>>,
}

impl Tripwire {
    pub fn before(beyond: InProcess) -> Self {
        Self { beyond, armed: Arc::default() }
    }

    /// The next call whose address has this in it does not come back.
    pub fn arm(&self, path: &'static str) {
        *self.armed.lock().unwrap() = Some(path);
    }

    pub fn is_armed(&self) -> bool {
        self.armed.lock().unwrap().is_some()
    }
}

impl fmt::Debug for Tripwire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tripwire")
    }
}

impl Transport for Tripwire {
    fn send(&self, request: Request) -> Answer {
        let trips = self.armed.lock().unwrap().take_if(|path| request.url.contains(*path)).is_some();
        let answer = self.beyond.send(request);
        Box::pin(async move {
            assert!(!trips, "tripped");
            answer.await
        })
    }
}

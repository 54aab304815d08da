//! A wire in the way of every call: a bug of Tandem on demand.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tandem::{
    simulator::transport::InProcess,
    transport::{
        Answer, Request, Transport, TransportError, Way,
        room::{CALLS_OUT_MIN, Place, Room},
    },
};

/// Panics in the middle of a call, when it is told to: a bug of Tandem, as far as its actors can tell. Or finds no host there.
#[derive(Clone)]
pub struct Tripwire {
    beyond: InProcess,
    armed: Arc<Mutex<Option<&'static str>>>,
    unplugged: Arc<Mutex<Option<&'static str>>>,
    refused: Arc<AtomicU64>,
    crowd: Arc<Mutex<Option<Crowd>>>,
}

/// Room for calls, and the places that others hold.
#[derive(Clone)]
struct Crowd(Arc<(Room, Vec<Place>)>);

impl Tripwire {
    pub fn before(beyond: InProcess) -> Self {
        Self {
            beyond,
            armed: Arc::default(),
            unplugged: Arc::default(),
            refused: Arc::default(),
            crowd: Arc::default(),
        }
    }

    /// No connection is made to addresses that have this in them; `None`: to all again.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub fn unplug(&self, path: Option<&'static str>) {
        *self.unplugged.lock().unwrap() = path;
    }

    /// Other customers' calls hold every place for ordinary calls.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub async fn crowd(&self) {
        let (room, mut held) = (Room::new(CALLS_OUT_MIN), Vec::new());
        for host in ["one", "other"] {
            while let Some(place) = room.place(Way::Ordinary, host).await {
                held.push(place);
            }
        }
        *self.crowd.lock().unwrap() = Some(Crowd(Arc::new((room, held))));
    }

    /// Connections that were tried in vain.
    #[allow(dead_code, reason = "for the tests of rules")]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
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
        if self.unplugged.lock().unwrap().is_some_and(|path| request.url.contains(path)) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Box::pin(async { Err(TransportError::Connect { host: "sim".to_owned() }) });
        }
        let (crowd, way) = (self.crowd.lock().unwrap().clone(), request.way);
        let answer = self.beyond.send(request);
        Box::pin(async move {
            assert!(!trips, "tripped");
            let Some(Crowd(crowd)) = crowd else { return answer.await };
            match crowd.0.place(way, "sim").await {
                Some(_place) => answer.await,
                None => Err(TransportError::NoRoom { host: "sim".to_owned() }),
            }
        })
    }
}

//! The connections that are open, and which of them are cut: those that only hold a place, the longest first (B4).
//!
//! actix takes no more than `http.max_connections` and lets the others wait. Here that place is made: a connection that sends
//! no request, or whose body drips, is cut when its time is up, and much sooner while places are scarce.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// How often the connections are looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// No request of it is whole.
    HalfOpen,
    /// A body is being read.
    Body,
    /// A request is being answered.
    Served,
    /// An answer is not taken by the other side.
    Untaken,
    /// A request was answered, and the next has not come.
    Idle,
}

impl Standing {
    /// How long a connection may stand so; `None`: as long as its answer takes.
    const fn limit(self) -> Option<Duration> {
        match self {
            Self::HalfOpen => Some(Duration::from_secs(10)),
            Self::Body | Self::Untaken => Some(Duration::from_secs(30)),
            Self::Served => None,
            Self::Idle => Some(Duration::from_secs(15)),
        }
    }

    /// Whether no further request is read meanwhile.
    const fn holds_back(self) -> bool {
        matches!(self, Self::Served | Self::Untaken)
    }

    /// The same while places are scarce. A whole body of 8 MiB takes its time even on a good line.
    const fn limit_when_scarce(self) -> Option<Duration> {
        match self {
            Self::HalfOpen | Self::Idle => Some(Duration::from_secs(1)),
            Self::Body | Self::Untaken => Some(Duration::from_secs(5)),
            Self::Served => None,
        }
    }
}

struct Connection {
    number: u64,
    standing: Standing,
    since: Instant,
    cut: Arc<Notify>,
    /// The task that reads on once no request is answered and no answer waits.
    reader: Option<Waker>,
}

/// The open connections of the process, by the address of the other side. Clones are the same.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    max: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    connections: HashMap<SocketAddr, Connection>,
}

/// An open connection; its drop is the connection's end.
pub(super) struct Entered {
    connections: Connections,
    peer: SocketAddr,
    number: u64,
    cut: Arc<Notify>,
}

impl Entered {
    /// Comes when the connection is to be cut.
    pub(super) async fn cut(&self) {
        self.cut.notified().await;
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        // The same port may have come again meanwhile.
        if open.connections.get(&self.peer).is_some_and(|it| it.number == self.number) {
            open.connections.remove(&self.peer);
        }
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connections({} of {})", self.open().connections.len(), self.0.max)
    }
}

impl Connections {
    /// None yet, of so many at most.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self(Arc::new(Shared { max, open: Mutex::default() }))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection was taken.
    pub(super) fn enter(&self, peer: SocketAddr) -> Entered {
        let cut = Arc::new(Notify::new());
        let mut open = self.open();
        open.last += 1;
        let number = open.last;
        let (standing, since) = (Standing::HalfOpen, Instant::now());
        open.connections
            .insert(peer, Connection { number, standing, since, cut: Arc::clone(&cut), reader: None });
        drop(open);
        Entered { connections: self.clone(), peer, number, cut }
    }

    /// What a connection is doing from now on.
    pub fn stands(&self, peer: Option<SocketAddr>, standing: Standing) {
        let mut open = self.open();
        if let Some(connection) = peer.and_then(|peer| open.connections.get_mut(&peer)) {
            (connection.standing, connection.since) = (standing, Instant::now());
            if !standing.holds_back()
                && let Some(reader) = connection.reader.take()
            {
                reader.wake();
            }
        }
    }

    /// Whether a connection reads nothing further for now; `reader` is then woken when it may.
    pub(super) fn holds_back(&self, peer: Option<SocketAddr>, reader: &Waker) -> bool {
        let mut open = self.open();
        let connection = peer.and_then(|peer| open.connections.get_mut(&peer));
        let Some(connection) = connection.filter(|connection| connection.standing.holds_back()) else {
            return false;
        };
        connection.reader = Some(reader.clone());
        true
    }

    /// Cuts what has held a place for too long; gives how many.
    ///
    /// While more than seven eighths of the places are taken, half-open connections have a second, and of the idle ones and the slow
    /// bodies the oldest go, until an eighth is free.
    pub(super) fn cut(&self) -> usize {
        let now = Instant::now();
        let open = self.open();
        let enough = self.0.max - self.0.max.div_ceil(8).min(self.0.max);
        let scarce = open.connections.len() > enough;
        let mut cut = 0;
        let mut next = Vec::new();
        for connection in open.connections.values() {
            let age = now.saturating_duration_since(connection.since);
            let over = |limit: Option<Duration>| limit.is_some_and(|limit| age >= limit);
            let soon = scarce && over(connection.standing.limit_when_scarce());
            if over(connection.standing.limit()) || (soon && connection.standing == Standing::HalfOpen) {
                connection.cut.notify_one();
                cut += 1;
            } else if soon {
                next.push((connection.since, connection));
            }
        }
        next.sort_by_key(|(since, _)| *since);
        let more = open.connections.len().saturating_sub(enough + cut);
        for (_, connection) in next.iter().take(more) {
            connection.cut.notify_one();
        }
        cut + more.min(next.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Ends what was cut; gives the ports that stay.
    async fn cut(connections: &Connections, entered: &mut Vec<Entered>) -> Vec<u16> {
        let told = connections.cut();
        let before = entered.len();
        let mut stay = Vec::new();
        for one in entered.drain(..) {
            let is_cut = tokio::time::timeout(Duration::ZERO, one.cut()).await.is_ok();
            if !is_cut {
                stay.push(one);
            }
        }
        *entered = stay;
        assert_eq!(before - entered.len(), told);
        let mut ports: Vec<u16> = entered.iter().map(|one| one.peer.port()).collect();
        ports.sort_unstable();
        ports
    }

    #[tokio::test(start_paused = true)]
    async fn b4_a_place_is_held_for_its_time_and_no_longer() {
        let connections = Connections::new(512);
        let mut entered: Vec<_> = (0..4).map(|port| connections.enter(peer(port))).collect();
        connections.stands(Some(peer(1)), Standing::Body);
        connections.stands(Some(peer(2)), Standing::Served);
        connections.stands(Some(peer(3)), Standing::Idle);
        connections.stands(None, Standing::Idle);
        connections.stands(Some(peer(9)), Standing::Idle);
        for (seconds, stay) in [(9, vec![0, 1, 2, 3]), (2, vec![1, 2, 3]), (5, vec![1, 2]), (20, vec![2])] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            assert_eq!(cut(&connections, &mut entered).await, stay);
        }
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(cut(&connections, &mut entered).await, [2], "an answer may take its time");
        // A connection from the same port came before the former one was gone.
        let again = connections.enter(peer(2));
        drop(entered);
        assert_eq!(connections.open().connections.len(), 1);
        drop(again);
        assert!(connections.open().connections.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn b4_while_places_are_scarce_what_is_not_served_goes_first_and_the_oldest_of_it() {
        let connections = Connections::new(16);
        let mut entered = Vec::new();
        for port in 0..16 {
            entered.push(connections.enter(peer(port)));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        for port in 0..10 {
            connections.stands(Some(peer(port)), if port < 4 { Standing::Served } else { Standing::Idle });
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert_eq!(cut(&connections, &mut entered).await.len(), 16, "all are new");
        tokio::time::advance(Duration::from_secs(2)).await;
        // The six half-open ones make room enough: no idle one has to go.
        assert_eq!(cut(&connections, &mut entered).await, (0..10).collect::<Vec<_>>());
        for port in 20..26 {
            entered.push(connections.enter(peer(port)));
            connections.stands(Some(peer(port)), Standing::Served);
        }
        assert_eq!(cut(&connections, &mut entered).await.len(), 14, "the two oldest idle ones");
        assert!(entered.iter().all(|one| ![4, 5].contains(&one.peer.port())));
        assert_eq!(cut(&connections, &mut entered).await.len(), 14, "there is room");
    }

    #[test]
    fn a_single_place_is_made_free_too() {
        for max in [1, 2, 7, 8, 9] {
            let connections = Connections::new(max);
            let enough = max - max.div_ceil(8).min(max);
            assert!(enough < max, "{max}: one more is always scarce");
            assert_eq!(connections.cut(), 0);
        }
    }
}

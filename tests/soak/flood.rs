//! Hints without end on one connection after the other.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// What was posted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Posted {
    /// Hints in deliveries that were answered with 202.
    pub accepted: usize,
    /// Deliveries that were answered at all.
    pub answered: usize,
}

/// Hints of one delivery.
const HINTS: usize = 50;

/// A thread that posts hints about people that are unknown.
pub struct Flood {
    ends: Arc<AtomicBool>,
    thread: JoinHandle<Posted>,
}

impl Flood {
    pub fn start(port: u16, path: &'static str) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ends);
        let thread = std::thread::spawn(move || {
            let mut posted = Posted::default();
            let mut number = 0_u64;
            while !is_ended.load(Ordering::Relaxed) {
                number += 1;
                match deliver(port, path, &unknown(number)) {
                    Some(202) => {
                        (posted.accepted, posted.answered) = (posted.accepted + HINTS, posted.answered + 1);
                    }
                    Some(_) => posted.answered += 1,
                    // Killed at the moment.
                    None => std::thread::yield_now(),
                }
            }
            posted
        });
        Self { ends, thread }
    }

    pub fn stop(self) -> Posted {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Hints about people that are unknown.
fn unknown(number: u64) -> String {
    let hint = |at| serde_json::json!({"contact_id": format!("00000000-0000-0000-{at:04}-{number:012}")});
    serde_json::Value::from_iter((0..HINTS).map(hint)).to_string()
}

/// Posts one delivery; the status of the answer, if one came.
pub fn deliver(port: u16, path: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

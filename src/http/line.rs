//! The stream of one connection: what is not taken of an answer holds back further requests, and has its time (B4).

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connections::{Connections, Standing};

/// So much of an answer has to be taken within the time of [`Standing::Untaken`].
const TAKEN_BYTES: usize = 256 << 10;

/// A connection's stream. While a request is answered, or its answer is not taken, no further request is read: many that are sent ahead
/// wait on the other side.
#[derive(Debug)]
pub struct Line<S> {
    stream: S,
    connections: Connections,
    peer: Option<SocketAddr>,
    /// Bytes that were taken since the answer began to wait; `None` if none waits.
    untaken: Option<usize>,
}

impl<S> Line<S> {
    /// A connection's stream.
    #[must_use]
    pub const fn new(stream: S, connections: Connections, peer: Option<SocketAddr>) -> Self {
        Self { stream, connections, peer, untaken: None }
    }

    fn note(&mut self, written: &Poll<io::Result<usize>>, all: usize) {
        match (written, self.untaken) {
            (Poll::Pending, None) => {
                self.untaken = Some(0);
                self.connections.stands(self.peer, Standing::Untaken);
            }
            (Poll::Ready(Ok(bytes)), Some(_)) if *bytes == all => {
                self.untaken = None;
                self.connections.stands(self.peer, Standing::Idle);
            }
            (Poll::Ready(Ok(bytes)), Some(taken)) => {
                let taken = taken + bytes;
                if taken >= TAKEN_BYTES {
                    self.connections.stands(self.peer, Standing::Untaken);
                }
                self.untaken = Some(if taken >= TAKEN_BYTES { 0 } else { taken });
            }
            _ => {}
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.connections.holds_back(self.peer, cx.waker()) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(&written, buf.len());
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn b4_a_request_that_is_sent_ahead_waits_until_the_answer_is_taken() {
        let connections = Connections::new(8);
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let entered = connections.enter(peer);
        let (mut theirs, ours) = duplex(16);
        let mut line = Line::new(ours, connections.clone(), Some(peer));
        theirs.write_all(b"one").await.unwrap();
        let mut read = [0; 3];
        line.read_exact(&mut read).await.unwrap();
        connections.stands(Some(peer), Standing::Served);
        theirs.write_all(b"two").await.unwrap();
        let is_held = |held: &Result<_, tokio::time::error::Elapsed>| held.is_err();
        let now = std::time::Duration::ZERO;
        assert!(
            is_held(&tokio::time::timeout(now, line.read_exact(&mut read)).await.map(drop)),
            "it is served"
        );
        connections.stands(Some(peer), Standing::Idle);
        assert!(is_held(&tokio::time::timeout(now, line.write_all(&[0; 40])).await.map(drop)));
        assert!(
            is_held(&tokio::time::timeout(now, line.read_exact(&mut read)).await.map(drop)),
            "it is not taken"
        );
        // What is not taken in its time is cut.
        tokio::time::advance(std::time::Duration::from_secs(29)).await;
        assert_eq!(connections.cut(), 0);
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        assert_eq!(connections.cut(), 1);
        // What is taken makes room for the next request.
        let mut taken = [0; 16];
        theirs.read_exact(&mut taken).await.unwrap();
        line.write_all(&[0; 4]).await.unwrap();
        line.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"two");
        drop(entered);
    }
}

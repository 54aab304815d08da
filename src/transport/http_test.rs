use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

fn transport() -> HttpTransport {
    let limits =
        Limits { connect: Duration::from_secs(2), total: Duration::from_secs(20), ..Limits::default() };
    HttpTransport::new(limits).unwrap()
}

async fn sent(url: String) -> Result<u16, TransportError> {
    let request = Request::new(Method::Post, url).json(b"{}".to_vec());
    transport().send(request).await.map(|response| response.status)
}

fn is_unsent(outcome: &Result<u16, TransportError>) -> bool {
    matches!(outcome, Err(TransportError::Connect { .. }))
}

#[tokio::test]
async fn e4_what_finds_no_connection_never_left() {
    // Nothing listens there any more.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = sent(format!("http://{address}/v3/contacts")).await;
    assert!(is_unsent(&refused), "{refused:?}");
    // No such name.
    let unknown = sent("http://no-such-host.invalid/v3/contacts".to_owned()).await;
    assert!(is_unsent(&unknown), "{unknown:?}");
}

#[tokio::test]
async fn e4_a_handshake_that_fails_or_hangs_is_no_connection_and_nothing_was_sent() {
    for hangs in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            if hangs {
                // Reads the greeting, and whatever follows, without a word.
                let mut seen = Vec::new();
                let _ = connection.read_to_end(&mut seen).await;
                seen
            } else {
                connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
                Vec::new()
            }
        });
        let outcome = sent(format!("https://{address}/v3/contacts")).await;
        assert!(is_unsent(&outcome), "hangs: {hangs}: {outcome:?}");
        let seen = server.await.unwrap();
        assert!(!String::from_utf8_lossy(&seen).contains("/v3/contacts"));
    }
}

#[tokio::test]
async fn e4_a_connection_that_ends_after_the_request_may_have_done_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        connection.read(&mut request).await.unwrap()
    });
    let outcome = sent(format!("http://{address}/v3/contacts")).await;
    assert_eq!(outcome, Err(TransportError::Broken));
    assert!(server.await.unwrap() > 0);
}

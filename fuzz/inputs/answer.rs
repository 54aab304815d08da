//! Another side that answers every request with the same bytes.

use std::sync::Arc;

use tandem::transport::{Answer, Request, Response, Transport};

/// The answer to every request.
struct Same(Response);

impl Transport for Same {
    fn send(&self, _: Request) -> Answer {
        let response = self.0.clone();
        Box::pin(async move { Ok(response) })
    }
}

/// Answers with this status and body.
pub fn always(status: u16, body: &[u8]) -> Arc<dyn Transport> {
    let mut response = Response::new(status);
    response.body = body.to_vec();
    let text = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
    response.headers =
        ["date", "retry-after", "x-ratelimit-reset"].map(|name| (name.to_owned(), text.clone())).to_vec();
    Arc::new(Same(response))
}

/// The value of a future that waits for nothing but such answers.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

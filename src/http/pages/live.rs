//! `/events`: tells an open page that what it shows has changed, by server-sent events. The page then asks for itself again.
//!
//! A stream carries no data, so that a page alone decides what a visitor sees. The streams are few, each ends by itself after ten minutes,
//! with the session or token that opened it, and with the service; a stream that is not taken is cut like any answer (B4). A page without
//! a stream asks for itself again now and then.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::SocketAddr,
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use serde::Deserialize;

use super::{
    customer,
    door::{self, Shows},
    refused,
};
use crate::{
    http::{
        connections::{Connections, Standing},
        state::HttpState,
        streams::{LiveHolder, NoPlace, Place},
    },
    operator::{OperatorContext, OperatorError, questions::customer_list::CustomersView},
};

/// How often a stream looks whether its holder still may see the page.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Looks of a stream before it ends, ten minutes; the page opens the next one, and is asked again whether it may.
const LOOKS: u32 = 200;
/// A customer is looked at with each look, all of them with every fourth.
const ALL_EVERY: u32 = 4;
/// A piece that tells nothing.
const STILL_HERE: &[u8] = b": still here\n\n";
/// When to ask again where there is no place, in seconds.
const RETRY_AFTER: &str = "30";

/// Tells when the service begins to stop.
pub struct Stopping(pub Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>);

impl std::fmt::Debug for Stopping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stopping")
    }
}

/// What is asked of the stream.
#[derive(Debug, Deserialize)]
pub struct Of {
    /// The customer; without, all.
    customer: Option<String>,
}

/// A stream as it goes on.
struct Watch {
    context: OperatorContext,
    state: web::Data<HttpState>,
    holder: LiveHolder,
    customer: Option<String>,
    seen: Option<u64>,
    looks: u32,
    connection: Option<(web::Data<Connections>, Option<SocketAddr>)>,
    stopping: Option<web::Data<Stopping>>,
    _place: Place,
}

/// `GET /events`
pub async fn stream(request: HttpRequest, of: web::Query<Of>, state: web::Data<HttpState>) -> HttpResponse {
    let context = match door::enter(&request, &state, Shows::Customers).await {
        Ok(context) => context,
        Err(refused) => return refused,
    };
    let customer = of.into_inner().customer;
    let seen = match fingerprint(&context, customer.as_deref()).await {
        Ok(seen) => seen,
        Err(error) => return refused::of((&request, &state), &error),
    };
    let Ok(holder) = state.live_holder(&request).await else {
        return refused::page((&request, &state), StatusCode::UNAUTHORIZED, "This session has ended.");
    };
    let place = match state.callers.streams.enter(&holder) {
        Ok(place) => place,
        Err(why) => return no_place((&request, &state), why),
    };
    let connections = request.app_data::<web::Data<Connections>>().cloned();
    let watch = Watch {
        context,
        state: state.clone(),
        holder,
        customer,
        seen: Some(seen),
        looks: 0,
        connection: connections.map(|connections| (connections, request.peer_addr())),
        stopping: request.app_data::<web::Data<Stopping>>().cloned(),
        _place: place,
    };
    let first =
        stream::once(async { Ok::<_, actix_web::Error>(web::Bytes::from_static(b"retry: 5000\n\n")) });
    HttpResponse::Ok().content_type("text/event-stream").insert_header(("x-accel-buffering", "no")).streaming(
        first.chain(stream::unfold(watch, |watch| async {
            watch.next().await.map(|(text, watch)| (Ok(text), watch))
        })),
    )
}

/// The answer where there is no place.
fn no_place(of: (&HttpRequest, &HttpState), why: NoPlace) -> HttpResponse {
    let (status, text) = match why {
        NoPlace::OfHolder => (StatusCode::TOO_MANY_REQUESTS, "Other pages of yours are live already."),
        NoPlace::AtAll => (StatusCode::SERVICE_UNAVAILABLE, "Too many pages are live."),
    };
    let mut answer = refused::page(of, status, &format!("{text} This one reads itself again now and then."));
    answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_AFTER));
    answer
}

impl Watch {
    /// The next piece of the stream: that something changed, or that the stream is still there. `None` at its end.
    async fn next(mut self) -> Option<(web::Bytes, Self)> {
        self.look().await?;
        // A piece with each look, so that the place of a page that is gone is soon free.
        if self.customer.is_none() && !self.looks.is_multiple_of(ALL_EVERY) {
            return Some((web::Bytes::from_static(STILL_HERE), self));
        }
        // A customer that was removed meanwhile is a change, too, and the end.
        let seen = fingerprint(&self.context, self.customer.as_deref()).await.ok();
        let is_same = seen == self.seen;
        self.seen = seen;
        if seen.is_none() {
            self.looks = LOOKS;
        }
        let text = if is_same { STILL_HERE } else { &b"event: changed\ndata: 1\n\n"[..] };
        Some((web::Bytes::from_static(text), self))
    }

    /// Waits for the next look. `None` at the stream's end: by its age, with the service, or with its holder.
    async fn look(&mut self) -> Option<()> {
        if self.looks >= LOOKS {
            return None;
        }
        self.looks += 1;
        if let Some((connections, peer)) = &self.connection {
            connections.stands(*peer, Standing::Served);
        }
        let stopping = self.stopping.as_ref().map(|stopping| (stopping.0)());
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = async { match stopping { Some(stopping) => stopping.await, None => std::future::pending().await } } => return None,
        }
        self.state.still_stands(&self.holder).unwrap_or(false).then_some(())
    }
}

/// A number that changes with what the pages show of a customer, or of all.
async fn fingerprint(context: &OperatorContext, of: Option<&str>) -> Result<u64, OperatorError> {
    let value = match of {
        Some(id) => serde_json::to_vec(&customer::of(context, id).await?),
        None => serde_json::to_vec(&CustomersView::of(context).await?),
    };
    let bytes = value.map_err(|error| OperatorError::Failed(format!("the answer is no JSON: {error}")))?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use actix_web::{
        body::{BodySize, MessageBody},
        test::TestRequest,
    };

    use super::*;
    use crate::{
        auth::session::{self, Holder, Session},
        http::{
            streams::{OF_HOLDER_MAX, STREAMS_MAX},
            tests::setup::{Setup, here, setup},
        },
    };

    async fn open(setup: &Setup, path: &str) -> actix_web::dev::ServiceResponse {
        setup.call(here(TestRequest::get().uri(path))).await
    }

    async fn next(body: &mut std::pin::Pin<Box<actix_web::body::BoxBody>>) -> Option<String> {
        let piece = std::future::poll_fn(|cx| body.as_mut().poll_next(cx)).await?;
        Some(String::from_utf8(piece.map_err(|_| ()).unwrap().to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_is_told_that_something_changed_and_a_stream_ends_by_itself() {
        let setup = setup("").await;
        let response = open(&setup, "/events?customer=hope").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers().get("content-type").unwrap(), "text/event-stream");
        let mut body = Box::pin(response.into_body());
        assert_eq!(body.size(), BodySize::Stream);
        assert_eq!(next(&mut body).await.unwrap(), "retry: 5000\n\n");
        assert_eq!(next(&mut body).await.unwrap(), ": still here\n\n");
        let post = TestRequest::post().uri("/api/v1/customers/hope/pause");
        assert_eq!(setup.status(setup.admin(post)).await, 200);
        assert_eq!(next(&mut body).await.unwrap(), "event: changed\ndata: 1\n\n");
        let mut pieces = 0;
        while next(&mut body).await.is_some() {
            pieces += 1;
        }
        assert_eq!(pieces, LOOKS - 2);
    }

    #[actix::test]
    async fn b4_streams_are_few_and_only_for_visitors_that_may() {
        let setup = setup("").await;
        assert_eq!(setup.status(TestRequest::get().uri("/events")).await, 401);
        assert_eq!(open(&setup, "/events?customer=nobody").await.status(), 404);
        let mut held = Vec::new();
        for _ in 0..OF_HOLDER_MAX {
            let response = open(&setup, "/events").await;
            assert_eq!(response.status(), 200);
            held.push(response);
        }
        let refused = open(&setup, "/events").await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers().get("retry-after").unwrap(), "30");
        let of_token = setup.call(setup.admin(TestRequest::get().uri("/events"))).await;
        assert_eq!(of_token.status(), 200, "another holder has places of its own");
        held.pop();
        assert_eq!(open(&setup, "/events").await.status(), 200, "its place is free again");
        let others = (0..STREAMS_MAX).map_while(|number| {
            let holder = LiveHolder::Token(Holder::Token(number.to_string()));
            setup.state.callers.streams.enter(&holder).ok()
        });
        let others: Vec<Place> = others.collect();
        assert!(!others.is_empty());
        assert_eq!(setup.status(setup.admin(TestRequest::get().uri("/events"))).await, 503);
    }

    #[tokio::test(start_paused = true)]
    async fn b4_streams_of_all_customers_end_after_ten_minutes_too() {
        let setup = setup("").await;
        let mut body = Box::pin(open(&setup, "/events").await.into_body());
        let began = tokio::time::Instant::now();
        while next(&mut body).await.is_some() {}
        let lasted = tokio::time::Instant::now() - began;
        assert!(lasted <= Duration::from_secs(601), "{lasted:?}");
    }

    /// How many pieces come before the stream ends.
    async fn pieces_left(mut body: std::pin::Pin<Box<actix_web::body::BoxBody>>) -> usize {
        let mut pieces = 0;
        while next(&mut body).await.is_some() {
            pieces += 1;
        }
        pieces
    }

    #[tokio::test(start_paused = true)]
    async fn b4_a_stream_ends_with_the_session_or_the_token_that_opened_it() {
        // What notes the use of a token is spawned on this thread.
        tokio::task::LocalSet::new().run_until(ends_with_its_holder()).await;
    }

    async fn ends_with_its_holder() {
        let setup = setup("").await;
        let now = setup.state.deps.clock.now();
        let admin = session::admin_mark(&setup.state.signing_key, &setup.state.admin_token);
        let (session, cookie) = Session::new(Holder::Admin(admin), now).unwrap();
        setup.state.deps.store.keep_session(session.clone()).await.unwrap();
        let cookie = ("cookie", format!("tandem_session={}", cookie.expose()));
        let request = TestRequest::get().uri("/events?customer=hope").insert_header(cookie);
        let body = Box::pin(setup.call(request).await.into_body());
        setup.state.deps.store.end_session(session.id).await.unwrap();
        assert_eq!(pieces_left(body).await, 1, "the first piece stands before the first look");

        let post = TestRequest::post().uri("/api/v1/tokens?scope=read");
        let (status, made) = setup.json(post).await;
        assert_eq!(status, 200, "{made}");
        let bearer = ("authorization", format!("Bearer {}", made["token"].as_str().unwrap()));
        let request = TestRequest::get().uri("/events?customer=hope").insert_header(bearer);
        let body = Box::pin(setup.call(request).await.into_body());
        let revoke = format!("/api/v1/tokens/{}/revoke", made["id"].as_str().unwrap());
        assert_eq!(setup.json(TestRequest::post().uri(&revoke)).await.0, 200);
        assert_eq!(pieces_left(body).await, 1);
    }
}

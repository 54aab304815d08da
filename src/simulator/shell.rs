//! The simulators over HTTP, for `tandem simulate`: a thin shell around [`Simulator::handle`].

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::{BodySize, BodyStream, MessageBody, SizedStream},
    dev::Server,
    http::{StatusCode, header},
    web,
};
use futures_util::stream;

use super::{
    Simulator,
    wire::{SimRequest, SimResponse},
};
use crate::{
    clock::{Clock, SystemClock},
    transport::Method,
};

/// The largest request body.
const PAYLOAD_BYTES_MAX: usize = 16 << 20;

type Shared = web::Data<Arc<Mutex<Simulator>>>;

/// Serves `simulator` on `listener` until the returned server is stopped; signals are left to the caller.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    listener: std::net::TcpListener,
    simulator: Arc<Mutex<Simulator>>,
    workers: usize,
) -> io::Result<Server> {
    let shared: Shared = web::Data::new(simulator);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::clone(&shared))
            .app_data(web::PayloadConfig::new(PAYLOAD_BYTES_MAX))
            .default_service(web::to(answer))
    })
    .workers(workers.max(1))
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(2)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

async fn answer(http: HttpRequest, body: web::Bytes, simulator: Shared) -> HttpResponse {
    let Some(method) = Method::parse(http.method().as_str()) else {
        return HttpResponse::MethodNotAllowed().finish();
    };
    let path_and_query = http.uri().path_and_query().map_or("/", |both| both.as_str());
    let mut request = SimRequest::new(method, path_and_query);
    request.headers = http
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    request.body = body.to_vec();
    let answer = simulator.lock().unwrap_or_else(PoisonError::into_inner).handle(&request, SystemClock.now());
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    respond(answer)
}

fn respond(answer: SimResponse) -> HttpResponse {
    let status = StatusCode::from_u16(answer.response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    for (name, value) in &answer.response.headers {
        // The length and the framing are the server's business.
        if name != header::CONTENT_LENGTH.as_str() {
            builder.insert_header((name.as_str(), value.as_str()));
        }
    }
    if answer.cut.is_some() {
        // A body that fails at once makes the server drop the connection before the answer is whole.
        let broken = stream::once(async { Err::<web::Bytes, _>(io::Error::from(io::ErrorKind::BrokenPipe)) });
        return builder.body(BodyStream::new(broken));
    }
    if answer.body_delay.is_zero() {
        return builder.body(answer.response.body);
    }
    builder.body(slow(answer.response.body, answer.body_delay))
}

/// A body whose second half comes `pause` after the first.
fn slow(body: Vec<u8>, pause: Duration) -> impl MessageBody + 'static {
    let length = body.len() as u64;
    let mut first = web::Bytes::from(body);
    let second = first.split_off(first.len() / 2);
    let halves = stream::unfold((0_u8, first, second), move |(step, first, second)| async move {
        match step {
            0 => Some((Ok::<_, io::Error>(first.clone()), (1, first, second))),
            1 => {
                tokio::time::sleep(pause).await;
                Some((Ok(second.clone()), (2, first, second)))
            }
            _ => None,
        }
    });
    let body = SizedStream::new(length, Box::pin(halves));
    debug_assert_eq!(body.size(), BodySize::Sized(length));
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        simulator::faults::{Fault, FaultKind, System},
        transport::{
            Request, Transport, TransportError,
            http::{HttpTransport, Limits},
        },
    };

    #[test]
    fn the_simulator_answers_over_http() {
        let simulator = Arc::new(Mutex::new(Simulator::new(1)));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/cc/v3/contacts", listener.local_addr().unwrap());
        actix_web::rt::System::new().block_on(async {
            let server = serve(listener, Arc::clone(&simulator), 1).unwrap();
            let handle = server.handle();
            let running = actix_web::rt::spawn(server);
            let transport = HttpTransport::new(Limits::default()).unwrap();
            let ask = || transport.send(Request::new(Method::Get, url.clone()));

            let answer = ask().await.unwrap();
            assert_eq!(answer.status, 401);
            assert!(answer.header("date").is_some());
            let whole = answer.body;

            let fault = |kind| {
                let fault = Fault::once(System::ConstantContact, kind);
                simulator.lock().unwrap().constant_contact.faults.add(fault);
            };
            fault(FaultKind::DropAfter);
            assert!(matches!(ask().await, Err(TransportError::Broken | TransportError::Connect { .. })));
            fault(FaultKind::SlowBody(20));
            assert_eq!(ask().await.unwrap().body, whole);

            handle.stop(false).await;
            running.await.unwrap().unwrap();
        });
    }
}

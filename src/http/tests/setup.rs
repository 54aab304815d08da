//! The routes over a fake service and an empty store.

use std::{
    path::Path,
    sync::{Arc, RwLock},
};

use actix_web::{
    App,
    body::to_bytes,
    dev::ServiceResponse,
    middleware::from_fn,
    test::{TestRequest, call_service, init_service},
    web,
};
use serde_json::Value;

use super::fake::{Fake, Nowhere};
use crate::{
    auth::{SigningKey, UsedLinks},
    clock::{Clock, TokioClock},
    config::{CustomerSettings, Environment, Secret, Settings},
    deps::Deps,
    domain::Timestamp,
    http::{Callers, HttpState, doors, routes::table},
    metrics::Metrics,
    service::Service,
    store::{Mode, Options, Store},
};

pub(in crate::http) struct Setup {
    pub(in crate::http) state: Arc<HttpState>,
    pub(super) fake: Arc<Fake>,
    _dir: tempfile::TempDir,
}

pub(in crate::http) async fn setup(cc: &str) -> Setup {
    setup_with(cc, Fake::default()).await
}

/// With the address that others know Tandem by.
pub(super) async fn setup_with_url(public_url: &str) -> Setup {
    let url = public_url.to_owned();
    setup_of("", Fake::default(), |settings| settings.http.public_url = url).await
}

pub(super) async fn setup_with(cc: &str, fake: Fake) -> Setup {
    setup_of(cc, fake, |_| {}).await
}

async fn setup_of(cc: &str, fake: Fake, change: impl FnOnce(&mut Settings)) -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
    let store = Store::open(&dir.path().join("store"), options).unwrap();
    let text = format!("[constant_contact]\n{cc}\n");
    let hope = CustomerSettings::from_toml(&text, Path::new("hope.toml"), &Environment::default()).unwrap();
    let clock = Arc::new(TokioClock::starting_at(Timestamp::from_secs(1_700_000_000)));
    store.enrol("hope".parse().unwrap(), clock.now()).await.unwrap();
    let fake = Arc::new(fake);
    let mut settings = Settings::defaults_in(dir.path());
    change(&mut settings);
    let state = Arc::new(HttpState {
        deps: Deps {
            settings: Arc::new(settings),
            store,
            clock,
            transport: Arc::new(Nowhere),
            metrics: Metrics::new(),
        },
        customers: Arc::new(RwLock::new(vec![Arc::new(hope)])),
        broken: Arc::default(),
        service: Arc::clone(&fake) as Arc<dyn Service>,
        admin_token: Secret::new("sesame"),
        signing_key: SigningKey::random().unwrap(),
        used_links: UsedLinks::of(&Settings::defaults_in(dir.path())),
        callers: Callers::default(),
    });
    Setup { state, fake, _dir: dir }
}

impl Setup {
    pub(in crate::http) async fn call(&self, request: TestRequest) -> ServiceResponse {
        let app = App::new()
            .app_data(web::Data::from(Arc::clone(&self.state)))
            .wrap(from_fn(doors::pass))
            .configure(table);
        call_service(&init_service(app).await, request.to_request()).await
    }

    pub(in crate::http) async fn status(&self, request: TestRequest) -> u16 {
        self.call(request).await.status().as_u16()
    }

    pub(in crate::http) async fn hook(&self, path: &str, body: impl Into<web::Bytes>) -> u16 {
        self.status(TestRequest::post().uri(path).set_payload(body)).await
    }

    pub(in crate::http) fn admin(&self, request: TestRequest) -> TestRequest {
        request.insert_header(("Authorization", "Bearer sesame"))
    }

    pub(in crate::http) async fn json(&self, request: TestRequest) -> (u16, Value) {
        let response = self.call(self.admin(request)).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.map_err(|_| ()).unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

pub(in crate::http) fn here(request: TestRequest) -> TestRequest {
    request.peer_addr("127.0.0.1:5000".parse().unwrap())
}

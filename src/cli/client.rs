//! Where questions are answered: by the running service where one holds the store, else in the store itself.

use std::{
    net::Ipv4Addr,
    net::SocketAddr,
    sync::{Arc, Once},
    time::Duration,
};

use serde_json::Value;

use super::{CliError, output::complain};
use crate::{
    auth::{
        Caller, KeyFiles, SigningKey, admin_token,
        certificate::{self, Fingerprint},
        proof,
    },
    care,
    clock::SystemClock,
    config::{Environment, Secret, Settings, read_customers},
    deps::Deps,
    http::PARAMETERS,
    metrics::Metrics,
    operator::{Asked, OperatorContext, Plans, store_dir},
    store::{Mode, OpenError, Options, Store},
    transport::{
        Method, Request, Transport,
        http::{HttpTransport, Limits},
    },
};

/// How long a service may take to say that it is there.
const PROBE: Duration = Duration::from_secs(2);
/// How long it may take to answer: `check` and `plan` take a while.
const ANSWER: Duration = Duration::from_secs(300);
/// How long, where it copies a whole store beside all other work.
const LONG_ANSWER: Duration = Duration::from_secs(24 * 3600);

/// It is said once, as the first line, that no service runs.
static TOLD: Once = Once::new();

/// Where questions are answered.
pub enum OperatorClient {
    /// By the running service.
    Service {
        /// Its address with `/api/v1`.
        url: String,
        /// The admin token.
        token: Secret,
        /// How it is reached.
        way: Way,
    },
    /// The store, opened by this process.
    Store(Box<OperatorContext>),
}

/// How a command reaches the service: with TLS by the certificates that it trusts at its address, whatever their names.
#[derive(Debug, Clone, Default)]
pub struct Way(Option<Vec<Fingerprint>>);

impl Way {
    /// The scheme and the way of these settings.
    fn of(settings: &Settings) -> (&'static str, Self) {
        match &settings.http.tls {
            Some(files) => ("https", Self(Some(certificate::trusted(settings, files)))),
            None => ("http", Self(None)),
        }
    }

    fn transport(&self, limits: Limits) -> Result<Arc<dyn Transport>, CliError> {
        let transport = match &self.0 {
            Some(trusted) => HttpTransport::trusting(limits, trusted.clone()),
            None => HttpTransport::new(limits),
        };
        transport.map(HttpTransport::shared).map_err(|error| CliError::failed(error.to_string()))
    }
}

impl OperatorClient {
    /// Finds the service, or opens the store.
    ///
    /// # Errors
    /// When the store is held by a process that does not answer, or does not open.
    pub async fn find(settings: Settings) -> Result<Self, CliError> {
        let token = admin_token::read(&settings).map_err(|error| {
            let path = admin_token::path(&settings);
            CliError::failed(format!("the admin token in {} cannot be read: {error}", path.display()))
        })?;
        let (scheme, way) = Way::of(&settings);
        let url = format!("{scheme}://{}/api/v1", reachable(settings.http.listen));
        if let Some(token) = token
            && holds_the_folder(&url, &way, &settings).await?
            && is_service(&url, &way, &token).await?
        {
            return Ok(Self::Service { url, token, way });
        }
        care::settle(&settings.data_dir)?;
        // Before what the store may have to say.
        let once_held = || {
            TOLD.call_once(|| complain("the service is not running: this is about the store as it is kept"))
        };
        let options = Options { mode: Mode::Inline, once_held, ..Options::default() };
        let keys = KeyFiles::new(settings.key_file.clone());
        let store = Store::open_sealed(&store_dir(&settings), options, keys).map_err(|error| match error {
            OpenError::Held { dir, holder } => CliError::failed(format!(
                "the store in {} is in use by {holder}, which does not answer at {url} as the holder of this folder with this admin token; give \
                 --config the file that it was started with, wait for it to end, or stop it",
                dir.display()
            )),
            other => other.into(),
        })?;
        let signing_key = SigningKey::read_or_make(&settings)
            .map_err(|error| CliError::failed(format!("the key that signs links cannot be kept: {error}")))?;
        let read = read_customers(&settings.customers_dir, &Environment::of_process());
        let customers = read.customers.into_iter().map(Arc::new).collect();
        Ok(Self::Store(Box::new(OperatorContext {
            deps: Deps {
                settings: Arc::new(settings),
                store,
                clock: Arc::new(SystemClock),
                transport: Way::default().transport(Limits::default())?,
                metrics: Metrics::new(),
            },
            customers,
            broken: read.problems,
            service: None,
            signing_key,
            caller: Caller::command(),
            plans: Plans::default(),
        })))
    }

    /// Asks.
    ///
    /// # Errors
    /// The question's error, in the same words here and there.
    pub async fn ask(&self, asked: &Asked) -> Result<Value, CliError> {
        let (url, token, way) = match self {
            Self::Store(context) => return Ok(asked.answer(context).await?),
            Self::Service { url, token, way } => (url, token, way),
        };
        let (method, path) = asked.route();
        // An address or a name stands in no URL, which proxies and logs keep.
        let (path, parameters) = path.split_once('?').unwrap_or((&path, ""));
        let request = request(method, format!("{url}{path}"), token).header(PARAMETERS, parameters);
        let total = if asked.operation.takes_long { LONG_ANSWER } else { ANSWER };
        let transport = way.transport(Limits { connect: PROBE, total, ..Limits::default() })?;
        let response = transport
            .send(request)
            .await
            .map_err(|error| CliError::failed(format!("the service at {url} does not answer: {error}")))?;
        let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if response.is_success() {
            return Ok(value);
        }
        let text = value["error"].as_str().map(str::to_owned);
        let text =
            text.unwrap_or_else(|| format!("the service at {url} answered with status {}", response.status));
        // 400: asked wrongly; 422: the settings are wrong; anything else failed.
        let wrong = matches!(response.status, 400 | 422);
        Err(if wrong { CliError::Usage(text) } else { CliError::Failed(text) })
    }

    /// Closes the store, if it was opened here.
    ///
    /// # Errors
    /// When the last sync fails.
    pub fn close(&self) -> Result<(), CliError> {
        match self {
            Self::Service { .. } => Ok(()),
            Self::Store(context) => {
                context.deps.store.stop().map_err(|error| CliError::failed(error.to_string()))
            }
        }
    }
}

/// The address at which this machine reaches a listener.
fn reachable(listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() { SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port())) } else { listen }
}

fn request(method: Method, url: String, token: &Secret) -> Request {
    Request::new(method, url).header("authorization", format!("Bearer {}", token.expose()))
}

/// Whether the program that listens there holds our data folder: only then is the admin token sent. Any program on the machine may listen at
/// the port while the service does not run.
async fn holds_the_folder(url: &str, way: &Way, settings: &Settings) -> Result<bool, CliError> {
    let key = SigningKey::read(settings)
        .map_err(|error| CliError::failed(format!("the key that signs links cannot be read: {error}")))?;
    let Some((key, challenge)) = key.zip(Secret::random()) else { return Ok(false) };
    let transport = way.transport(Limits { connect: PROBE, total: PROBE, ..Limits::default() })?;
    let asked = Request::new(Method::Get, format!("{url}/proof?challenge={}", challenge.expose()));
    let Ok(response) = transport.send(asked).await else { return Ok(false) };
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let shown = answer["proof"].as_str().unwrap_or_default();
    Ok(response.is_success() && proof::holds(&key, challenge.expose(), settings.http.listen.port(), shown))
}

/// Whether a service that takes our token is there. Another one, of another folder, refuses it.
async fn is_service(url: &str, way: &Way, token: &Secret) -> Result<bool, CliError> {
    let transport = way.transport(Limits { connect: PROBE, total: PROBE, ..Limits::default() })?;
    let answer = transport.send(request(Method::Get, format!("{url}/customers"), token)).await;
    Ok(answer.is_ok_and(|response| response.is_success()))
}

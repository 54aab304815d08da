//! The process settings: `tandem.toml`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    alerts::{self, AlertSettings},
    environment::Environment,
    problem::ConfigErrors,
    reader::Section,
    reader::Source,
    secret::{Secret, fingerprint},
};

/// The settings file where `--config` names none.
pub const DEFAULT_FILE: &str = "tandem.toml";

/// The shortest admin token that may be set. A token that Tandem makes has 64.
pub const ADMIN_TOKEN_CHARS_MIN: usize = 8;

/// What the process as a whole needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The file that they were read from; it need not be there.
    pub file: PathBuf,
    /// Where the store, the admin token and the backups are.
    pub data_dir: PathBuf,
    /// The key that seals secrets: `<data_dir>/key`, if no other is named.
    pub key_file: PathBuf,
    /// Where the customers' files are.
    pub customers_dir: PathBuf,
    /// `[http]`
    pub http: HttpSettings,
    /// `[store]`
    pub store: StoreSettings,
    /// `[constant_contact]`
    pub constant_contact: ConstantContactSettings,
    /// `[virtuous]`
    pub virtuous: VirtuousSettings,
    /// `[alerts]`
    pub alerts: AlertSettings,
}

/// The HTTP side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How the outside reaches us, without a trailing slash: for OAuth redirects and webhook addresses.
    pub public_url: String,
    /// The admin token; empty: made at first start.
    pub admin_token: Secret,
    /// Connections at once; beyond it new ones wait.
    pub max_connections: usize,
    /// TLS by the process itself; without, a proxy may speak it.
    pub tls: Option<TlsFiles>,
}

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those of its issuers, in PEM form.
    pub cert: PathBuf,
    /// Its key, in PEM form.
    pub key: PathBuf,
}

impl HttpSettings {
    /// Whether browsers reach Tandem by TLS, its own or that of a proxy.
    #[must_use]
    pub fn is_by_tls(&self) -> bool {
        self.tls.is_some() || self.public_url.starts_with("https:")
    }

    /// What is wrong where Tandem speaks TLS and its links say that it does not.
    #[must_use]
    pub fn links_without_tls(&self) -> Option<String> {
        let is_wrong = self.tls.is_some() && self.public_url.starts_with("http:");
        is_wrong.then(|| {
            format!(
                "http.tls_cert is set and http.public_url is {}: what Tandem links to does not open, and Constant Contact sends browsers back there",
                self.public_url
            )
        })
    }
}

/// The care for the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Where the backups are that Tandem makes by itself.
    pub backup_dir: PathBuf,
    /// How often it makes one; zero: never.
    pub backup_every: Duration,
    /// How many of them are kept.
    pub backup_keep: usize,
    /// How long lines of timelines are kept.
    pub timeline_keep: Duration,
}

/// Constant Contact, for all customers together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstantContactSettings {
    /// Requests go to `{api_url}/v3/...`; no trailing slash.
    pub api_url: String,
    /// `{auth_url}/authorize` and `{auth_url}/token`; no trailing slash.
    pub auth_url: String,
    /// The integrator's application: no secret, but `env:` and `file:` work here too.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The key's ceiling per second.
    pub calls_per_second: u64,
    /// The key's ceiling per UTC day.
    pub calls_per_day: u64,
}

impl ConstantContactSettings {
    /// What the key's calls are counted under on disk and in metrics: a short fingerprint, never the key itself.
    #[must_use]
    pub fn ledger_key(&self) -> String {
        fingerprint(&self.client_id).chars().take(12).collect()
    }
}

/// Virtuous, for every organisation that has no other setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtuousSettings {
    /// Requests go to `{api_url}/api/...`; no trailing slash.
    pub api_url: String,
    /// The ceiling of an organisation whose customer file names none; a lower `X-RateLimit-Limit` wins.
    pub calls_per_hour: u64,
}

impl Settings {
    /// Reads the text of a settings file. `file` is named in problems, and its folder is what relative paths count from.
    ///
    /// # Errors
    /// Everything that is wrong with it or with the variables that override it.
    pub fn from_toml(text: &str, file: &Path, environment: &Environment) -> Result<Self, ConfigErrors> {
        let source = Source::new(file, environment, true);
        let settings = Self { file: file.to_owned(), ..read(source.parse(text)) };
        source.into_errors().or(settings)
    }

    /// The defaults, with the folders in `base`.
    #[must_use]
    pub fn defaults_in(base: &Path) -> Self {
        let environment = Environment::default();
        let file = base.join(DEFAULT_FILE);
        let source = Source::new(&file, &environment, false);
        Self { file: file.clone(), ..read(source.parse("")) }
    }
}

fn read(mut top: Section<'_>) -> Settings {
    let data_dir = folder(&mut top, "data_dir", "tandem-data");
    let customers_dir = folder(&mut top, "customers_dir", "customers");
    let key_file =
        if top.gives("key_file") { folder(&mut top, "key_file", "key") } else { data_dir.join("key") };
    let mut http = top.section("http");
    let mut store = top.section("store");
    let mut constant_contact = top.section("constant_contact");
    let mut virtuous = top.section("virtuous");
    let mut alerts = top.section("alerts");
    let settings = Settings {
        file: PathBuf::new(),
        store: read_store(&mut store, &data_dir),
        data_dir,
        key_file,
        customers_dir,
        http: read_http(&mut http),
        constant_contact: ConstantContactSettings {
            api_url: address(&mut constant_contact, "api_url", "https://api.cc.email"),
            auth_url: address(
                &mut constant_contact,
                "auth_url",
                "https://authz.constantcontact.com/oauth2/default/v1",
            ),
            client_id: constant_contact.secret("client_id").expose().to_owned(),
            client_secret: constant_contact.secret("client_secret"),
            calls_per_second: constant_contact.whole("calls_per_second", 4, 1, u64::MAX),
            calls_per_day: constant_contact.whole("calls_per_day", 10_000, 1, u64::MAX),
        },
        virtuous: VirtuousSettings {
            api_url: address(&mut virtuous, "api_url", "https://api.virtuoussoftware.com"),
            calls_per_hour: virtuous.whole("calls_per_hour", 1500, 1, u64::MAX),
        },
        alerts: alerts::read(&mut alerts),
    };
    for section in [top, http, store, constant_contact, virtuous, alerts] {
        section.finish();
    }
    settings
}

fn read_http(http: &mut Section<'_>) -> HttpSettings {
    let fallback = SocketAddr::from((Ipv4Addr::LOCALHOST, 8400));
    let expected = "an IP address and a port";
    let listen = http.parsed("listen", fallback, expected, "\"127.0.0.1:8400\"", |text| {
        // The one name that needs no resolver, because people write it.
        let text = text.trim();
        text.strip_prefix("localhost:")
            .map_or_else(|| text.parse().ok(), |port| Some((Ipv4Addr::LOCALHOST, port.parse().ok()?).into()))
    });
    // Without a public address, the listening address serves browsers on the same machine.
    let here = match listen {
        listen if listen.ip().is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port())),
        listen => listen,
    };
    let tls = read_tls(http);
    let scheme = if tls.is_some() { "https" } else { "http" };
    HttpSettings {
        listen,
        public_url: address(http, "public_url", &format!("{scheme}://{here}")),
        admin_token: http.secret_of("admin_token", ADMIN_TOKEN_CHARS_MIN),
        max_connections: usize::try_from(http.whole("max_connections", 512, 1, 1_000_000)).unwrap_or(512),
        tls,
    }
}

/// Both files, or none.
fn read_tls(http: &mut Section<'_>) -> Option<TlsFiles> {
    let [cert, key] = ["tls_cert", "tls_key"].map(|key| {
        let text = http.text(key, "");
        let path = text.trim();
        (!path.is_empty()).then(|| base_of(http, key).join(path))
    });
    match (cert, key) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        (None, None) => None,
        (cert, _) => {
            let (missing, given) =
                if cert.is_some() { ("tls_key", "tls_cert") } else { ("tls_cert", "tls_key") };
            http.problem(missing, format!("http.{given} is set and this is not: TLS needs the files of both, the certificate and its key; without TLS leave both empty"));
            None
        }
    }
}

fn read_store(store: &mut Section<'_>, data_dir: &Path) -> StoreSettings {
    let backup_dir = match store.text("backup_dir", "") {
        text if text.trim().is_empty() => data_dir.join("backups"),
        text => base_of(store, "backup_dir").join(text),
    };
    StoreSettings {
        backup_dir,
        backup_every: store.duration_or_never("backup_every", "24h"),
        backup_keep: usize::try_from(store.whole("backup_keep", 7, 1, 100_000)).unwrap_or(7),
        timeline_keep: store.duration("timeline_keep", "730d"),
    }
}

/// What a relative path counts from: the folder of the file; of a variable, the current one.
fn base_of<'a>(section: &Section<'a>, key: &str) -> &'a Path {
    if section.overridden(key) { Path::new("") } else { section.base() }
}

/// A folder or file, relative to the settings file's; from a variable, relative to the current one.
fn folder(section: &mut Section<'_>, key: &'static str, default: &str) -> PathBuf {
    let base = base_of(section, key);
    base.join(section.filled(key, default))
}

/// An `http` or `https` address that paths can be appended to.
fn address(section: &mut Section<'_>, key: &'static str, default: &str) -> String {
    let expected = "an http or https address without a user, query or fragment";
    section.parsed(key, default.to_owned(), expected, &format!("\"{default}\""), |text| {
        let text = text.trim();
        let url = url::Url::parse(text).ok()?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        (matches!(url.scheme(), "http" | "https") && url.has_host() && plain)
            .then(|| text.trim_end_matches('/').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_token_that_is_guessed_at_once_is_refused() {
        let file = Path::new("etc/tandem.toml");
        let read = |token: &str, variables: &[(&str, &str)]| {
            let environment = Environment::of(variables);
            Settings::from_toml(&format!("[http]\nadmin_token = \"{token}\""), file, &environment)
        };
        for short in ["a", "1234567", "äöüäöüä"] {
            let told = read(short, &[]).unwrap_err().to_string();
            assert!(
                told.starts_with("etc/tandem.toml: http.admin_token: expected 8 characters or more"),
                "{told}"
            );
            assert!(told.contains("openssl rand -hex 32"), "{told}");
        }
        let told = read("", &[("TANDEM_HTTP__ADMIN_TOKEN", "short")]).unwrap_err().to_string();
        assert!(told.contains("TANDEM_HTTP__ADMIN_TOKEN: expected 8"), "{told}");
        for taken in ["", "12345678", "secret-admin-token"] {
            assert_eq!(read(taken, &[]).unwrap().http.admin_token.expose(), taken);
        }
    }

    #[test]
    fn a_certificate_takes_both_files_and_makes_the_address_safe() {
        let read = |lines: &str| {
            let text = format!("[http]\n{lines}");
            Settings::from_toml(&text, Path::new("etc/tandem.toml"), &Environment::default())
        };
        let http = read("tls_cert = \"cert.pem\"\ntls_key = \"/keys/key.pem\"").unwrap().http;
        let files = TlsFiles { cert: PathBuf::from("etc/cert.pem"), key: PathBuf::from("/keys/key.pem") };
        assert_eq!(http.tls, Some(files));
        assert!(http.is_by_tls());
        assert_eq!(http.public_url, "https://127.0.0.1:8400");
        assert!(!read("").unwrap().http.is_by_tls());
        assert_eq!(http.links_without_tls(), None);
        let otherwise =
            "public_url = \"http://sync.example.org\"\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"";
        let told = read(otherwise).unwrap().http.links_without_tls().unwrap();
        assert!(told.contains("http.public_url is http://sync.example.org"), "{told}");
        assert_eq!(read("public_url = \"http://sync.example.org\"").unwrap().http.links_without_tls(), None);
        for (given, missing) in [("tls_cert", "tls_key"), ("tls_key", "tls_cert")] {
            let told = read(&format!("{given} = \"one.pem\"")).unwrap_err().to_string();
            let words = format!("etc/tandem.toml: http.{missing}: http.{given} is set and this is not");
            assert!(told.starts_with(&words) && told.contains("leave both empty"), "{told}");
        }
    }
}

//! The one place that fetches a URL.
//!
//! The URL comes from people in an organisation, so it must not reach the network of the server. Only https, no
//! redirects, public addresses only, which are resolved once and then used; at most a mebibyte and ten seconds, a few
//! at once, and no proxy from the environment.

mod error;
mod reach;
mod resolver;

pub(crate) use error::{FetchError, OutboundError};

use crate::config::{self, Network};
use error::Inside;
use resolver::{Names, Public, System};
use rustls_native_certs::load_native_certs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_rustls::rustls::{self, CertificateError};
use ureq::http::Uri;
use ureq::http::header::LOCATION;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Error};

/// The largest answer, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// The longest total time.
const LONGEST: Duration = Duration::from_secs(10);
/// How many are fetched at once, since each occupies a thread.
const AT_ONCE: usize = 4;

/// Fetches from the public internet, and from what the operator allows.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    agent: Agent,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Outbound {
    /// Loads the machine's trusted authorities, and the file named in the settings.
    pub(crate) fn open(settings: &config::Outbound) -> Result<Self, OutboundError> {
        // works with the valid authorities, even if some of the machine's are broken or missing
        let mut authorities: Vec<_> =
            load_native_certs().certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        if let Some(file) = &settings.authorities {
            authorities.extend(read(file)?);
        }
        Ok(Self::with(&authorities, settings.allow.clone(), System, LONGEST))
    }

    fn with(
        authorities: &[Certificate<'static>],
        allowed: Vec<Network>,
        names: impl Names,
        patience: Duration,
    ) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(authorities))
            .build();
        let config = Agent::config_builder()
            .https_only(true)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(patience))
            .max_idle_connections(0)
            .user_agent(concat!("provost/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Public { allowed, names });
        Self { agent, places: Arc::new(Semaphore::new(AT_ONCE)), patience }
    }

    /// The content at a URL.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains('@');
        if !is_plain || !url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err(FetchError::NotHttps);
        }
        let place = self.places.clone().acquire_owned();
        let place = tokio::time::timeout(self.patience, place).await;
        let Ok(Ok(place)) = place else { return Err(FetchError::Busy) };
        let (agent, wanted) = (self.agent.clone(), url.to_owned());
        let fetched = tokio::task::spawn_blocking(move || {
            let fetched = get(&agent, &wanted);
            drop(place);
            fetched
        });
        let fetched = fetched.await.map_err(|panicked| FetchError::Unreachable(panicked.to_string()))?;
        fetched.map_err(|error| self.why(url, error))
    }
}

impl Outbound {
    fn why(&self, url: &str, failed: Failed) -> FetchError {
        let error = match failed {
            Failed::Answer(error) => return error,
            Failed::Library(error) => error,
        };
        match error {
            Error::HostNotFound => FetchError::UnknownHost(host_of(url)),
            Error::RequireHttpsOnly(_) | Error::BadUri(_) | Error::Http(_) => FetchError::NotHttps,
            Error::BodyExceedsLimit(limit) => FetchError::TooLarge(limit),
            Error::Timeout(_) => FetchError::TooSlow(self.patience.as_secs()),
            Error::Rustls(error) => of_tls(url, &error),
            Error::Other(error) => match error.downcast::<Inside>() {
                Ok(inside) => {
                    tracing::info!(host = inside.host, address = %inside.address, "not fetched: not public");
                    FetchError::Private(inside.host)
                }
                Err(other) => FetchError::Unreachable(other.to_string()),
            },
            Error::Io(error) => of_io(url, &error),
            other => FetchError::Unreachable(other.to_string()),
        }
    }
}

fn host_of(url: &str) -> String {
    url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
}

/// The system reports an unknown name and an unreachable resolver in the same way.
fn of_io(url: &str, error: &std::io::Error) -> FetchError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => of_tls(url, error),
        None if error.to_string().contains("failed to lookup address") => {
            FetchError::UnknownHost(host_of(url))
        }
        None => FetchError::Unreachable(error.to_string()),
    }
}

/// Why nothing came, or not what was asked for.
enum Failed {
    Answer(FetchError),
    Library(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

fn get(agent: &Agent, url: &str) -> Result<Vec<u8>, Failed> {
    let mut response = agent.get(url).call()?;
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        return Err(Failed::Answer(FetchError::redirect(location)));
    }
    if status.as_u16() != 200 {
        return Err(Failed::Answer(FetchError::Status(status.as_u16())));
    }
    Ok(response.body_mut().with_config().limit(LARGEST).read_to_vec()?)
}

/// The library has no words for what the one below it found.
fn in_words(why: &CertificateError) -> String {
    match why {
        CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity" => {
            "it is the certificate of an authority, which cannot be that of a server too: issue one for the server with it".to_owned()
        }
        other => other.to_string(),
    }
}

fn of_tls(url: &str, error: &rustls::Error) -> FetchError {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            FetchError::Untrusted(host_of(url))
        }
        rustls::Error::InvalidCertificate(why) => {
            FetchError::Certificate { host: host_of(url), what: in_words(why) }
        }
        other => FetchError::Unreachable(other.to_string()),
    }
}

fn read(file: &Path) -> Result<Vec<Certificate<'static>>, OutboundError> {
    let broken = |what: String| OutboundError::Authorities { file: file.to_owned(), what };
    let pem = std::fs::read(file).map_err(|error| broken(error.to_string()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        match item.map_err(|error| broken(error.to_string()))? {
            PemItem::Certificate(certificate) => found.push(certificate),
            _ => return Err(broken("there is something else than certificates in it".to_owned())),
        }
    }
    match found.is_empty() {
        true => Err(broken("there is no certificate in it, in PEM".to_owned())),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests;

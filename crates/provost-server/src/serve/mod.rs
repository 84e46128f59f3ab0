//! `provost serve`: from the configuration to a running server, until it has stopped.

mod app;
pub(crate) mod error;
mod greeting;
mod health;
mod layers;
mod log;
mod stop;
mod stream;
mod unwanted;

use crate::audit::chain::follower::Follower;
use crate::audit::{By, Retention};
use crate::checks;
use crate::clock;
use crate::config::{Config, Mail, Pooling, PublicUrl, TENANT_PATH, duration};
use crate::failure::Failure;
use crate::jobs::Sweeper;
use crate::machine::{self, TooFewFiles};
use crate::maintenance::{findings, names, restore};
use crate::requests::{Requests, Words};
use crate::schemas;
use crate::storage::{self, StorageError};
use crate::tokens::authenticator::{TokenAuthenticator, TokenCheck};
use crate::tokens::watch::Watch;
use crate::tokens::{IssueError, Verifier};
use error::ServeError;
use layers::{Connections, Drain, Gauge, Layers, Metrics, Refusals};
use provost::actix::Scim;
use provost::{CursorKey, Cursors, Settings};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Serves until told to stop.
///
/// `warnings` are logged.
pub(crate) fn run(config: &Config, warnings: &[String]) -> Result<(), Failure> {
    app::block_on(serve(config, warnings))
}

async fn serve(config: &Config, warnings: &[String]) -> Result<(), Failure> {
    log::start(&config.log, config.log_format);
    stop::ignore_hangups().map_err(ServeError::Server)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), database = %config.database.absolute(), "Provost starts");
    if let Err(error) = machine::no_core_dumps() {
        tracing::warn!(%error, "core dumps could not be switched off: one would hold tokens");
    }
    if let Some(too_few) = TooFewFiles::of(config.limits.connections, machine::open_files()) {
        tracing::warn!("{too_few}; {}", TooFewFiles::REMEDY);
    }
    if let Some(server) = config.mail.as_ref().and_then(Mail::open_to_the_network) {
        tracing::warn!(
            "mails, and the links in them, cross the network to {server} unencrypted; leave `?tls=none` out of `smtp`"
        );
    }
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let schemas = schemas::configured(config.schemas.as_deref(), &config.indexed)?;
    schemas::warnings(&schemas).for_each(|warning| tracing::warn!("{warning}"));
    let pooling = Pooling::of_server(&config.limits);
    let (storage, steps) =
        storage::prepare(&config.database, &pooling, Some(&schemas), By::operator()).await?;
    if !steps.is_empty() {
        tracing::info!(steps = steps.join(" "), "upgraded the database");
    }
    if let Some(advice) = findings::of_the_file(&storage).await? {
        tracing::warn!("{advice}");
    }
    if let Some(at) = storage.restored().await? {
        tracing::warn!(
            "the database was restored from a backup at {at}: {}; {}",
            restore::RESTART,
            restore::DONE
        );
    }
    // listen first: a token printed by a server that then cannot listen would be lost
    let listener = listen(config.http.listen)?;
    let metrics_listener = config.http.metrics_listen.map(listen).transpose()?;
    let address = listener.local_addr().map_err(|source| ServeError::listen(config.http.listen, source))?;
    let public_url = config.http.public_url.clone().unwrap_or_else(|| PublicUrl::of_address(address));

    if config.http.public_url.is_none() && address.ip().is_unspecified() {
        tracing::warn!(
            "--public-url is not set: Location headers will contain `{address}`, which clients cannot reach"
        );
    }
    #[cfg(feature = "sso")]
    for moved in crate::sso::moved(&storage, &public_url).await? {
        tracing::warn!("{moved}: {}", crate::sso::MOVED_REMEDY);
    }
    let schemas = Arc::new(schemas);
    let drain = Arc::<Drain>::default();
    let verifier = Verifier::new(clock::random().map_err(IssueError::from)?, cores_for_hashing());
    let proxies = config.http.trusted_proxies.clone();
    let connections = Connections::new(app::accepted(&config.limits), &config.limits, proxies.clone());
    let counted = (storage.clone(), Arc::clone(&verifier), Arc::clone(&connections));
    let counters = move || {
        let (storage, verifier, connections) = &counted;
        storage.counters().into_iter().chain(verifier.counters()).chain(connections.counters()).collect()
    };
    let watch = Arc::<Watch>::default();
    let watched = Arc::clone(&watch);
    let follower = Arc::new(Follower::new(clock::now).map_err(IssueError::from)?);
    let sweeper = Arc::<Sweeper>::default();
    let gauges = gauges(Arc::clone(&follower), Arc::clone(&sweeper));
    let organisations = Arc::<checks::Watch>::default();
    let found = Arc::clone(&organisations);
    let ending = move || watched.ending();
    let metrics =
        Arc::new(Metrics::new(Arc::clone(&drain), counters, ending, move || found.figures(), gauges));
    let refusals = Arc::new(Refusals::new(storage.clone(), schemas.clone(), proxies.clone()));
    let pages = pages(config, &storage, &schemas, &verifier, &public_url)?;
    let check = TokenCheck::new(storage.clone(), verifier, &config.limits, proxies);
    let noted = check.noted();
    let requests = Arc::new(Requests::new(Words::of(&schemas)));
    let authenticator = TokenAuthenticator { check, store_of: storage.directory(schemas.clone()) };
    let key = storage.cursor_key(clock::random().map_err(IssueError::from)?).await?;
    // a proxy in front may strip the path of the public URL
    let scim = Scim::at(&public_url.tenant_url()).mounted_at(TENANT_PATH).schemas(schemas);
    let scim = scim.settings(|settings| {
        apply(config, settings);
        settings.cursors = Some(Cursors::new(CursorKey::new(key)));
    });
    let scim = scim
        .body_deadline(duration(config.limits.body_time))
        .head_bytes(config.limits.head)
        .memory_bytes(config.limits.memory);
    let scim = scim.authenticator(authenticator).build().map_err(ServeError::from)?;

    tokio::spawn(names::tell(storage.clone()));
    tokio::spawn(Retention::new(&config.limits).keep(storage.clone()));
    tokio::spawn(follower.keep(storage.clone()));
    tokio::spawn(watch.keep(storage.clone()));
    tokio::spawn(Arc::clone(&noted).keep(storage.clone()));
    tokio::spawn(Arc::clone(&requests).keep(storage.clone()));
    tokio::spawn(sweeper.keep(storage.clone()));
    #[cfg(feature = "sso")]
    read_metadata(&pages);
    tokio::spawn(organisations.keep(storage.clone(), config.mail.is_some()));
    let mailing = mailing(config, &storage, &public_url, &drain).await?;
    let has_pages = cfg!(feature = "console") && config.console;
    greeting::greet(
        &storage,
        &public_url,
        greeting::First { scim: config.scim, print_token: config.print_token, has_pages },
    )
    .await?;
    let announcement =
        format!("accepting connections on http://{address}, Tenant URL {}", public_url.tenant_url());
    let server = app::Server {
        listener,
        metrics_listener,
        scim,
        layers: Layers {
            http: config.http.clone(),
            limits: config.limits,
            storage: storage.clone(),
            metrics,
            drain,
            refusals,
            noted: Arc::clone(&noted),
            requests: Arc::clone(&requests),
        },
        connections,
        pages,
        announcement,
    };
    let served = server.run().await;
    mailing.end().await;
    noted.write(&storage, clock::now()).await;
    requests.write(&storage).await;
    served?;
    // SQLite does this when the last connection closes, but threads may keep some open until the process ends
    match storage.empty_log().await {
        // a moved file was reported before
        Ok(()) | Err(StorageError::Unfit(_)) => {}
        Err(error) => {
            tracing::warn!(%error, "the database's log could not be emptied: it still holds deleted data")
        }
    }
    Ok(())
}

/// Keeps re-reading the metadata of identity providers, if there are pages on which people sign in.
#[cfg(feature = "sso")]
fn read_metadata(pages: &app::Pages) {
    use crate::sso::reader::{AT_ONCE, Reader};
    let Some(console) = &pages.console else { return };
    for _ in 0..AT_ONCE {
        let (storage, outbound) = (console.storage.clone(), console.outbound.clone());
        tokio::spawn(Reader { storage, outbound }.keep());
    }
}

#[cfg(feature = "console")]
fn pages(
    config: &Config,
    storage: &storage::Storage,
    schemas: &Arc<provost::SchemaSet>,
    verifier: &Arc<Verifier>,
    public_url: &PublicUrl,
) -> Result<app::Pages, Failure> {
    #[cfg(feature = "sso")]
    let outbound = crate::outbound::Outbound::open(&config.outbound)?;
    let console = config.console.then(|| crate::console::Console {
        storage: storage.clone(),
        schemas: Arc::clone(schemas),
        verifier: Arc::clone(verifier),
        public_url: public_url.clone(),
        proxies: config.http.trusted_proxies.clone(),
        sends_mail: config.mail.is_some(),
        patience: duration(config.limits.body_time),
        #[cfg(feature = "sso")]
        outbound,
    });
    Ok(app::Pages { console: console.map(actix_web::web::Data::new) })
}

#[cfg(not(feature = "console"))]
fn pages(
    _: &Config,
    _: &storage::Storage,
    _: &Arc<provost::SchemaSet>,
    _: &Arc<Verifier>,
    _: &PublicUrl,
) -> Result<app::Pages, Failure> {
    Ok(app::Pages::default())
}

/// Mails in the process of being sent.
#[derive(Default)]
struct Mailing(tokio::task::JoinSet<()>);

impl Mailing {
    /// Waits for them, since a mail that is cut off is sent again.
    async fn end(mut self) {
        const PATIENCE: Duration = Duration::from_secs(10);
        let ended = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, ended).await.is_err() {
            tracing::warn!("a mail server takes long: what was being sent is sent again");
        }
    }
}

/// Sends mail, if a mail server is configured.
#[cfg(feature = "mail")]
async fn mailing(
    config: &Config,
    storage: &storage::Storage,
    public_url: &PublicUrl,
    drain: &Arc<Drain>,
) -> Result<Mailing, Failure> {
    use crate::jobs::worker::{AT_ONCE, Worker};
    let Some(settings) = &config.mail else {
        tracing::info!("no mail is sent: `--smtp` is not set, so invitations wait");
        return Ok(Mailing::default());
    };
    let key = crate::people::links::key_of(storage, config.secret_key_file.as_deref()).await?;
    let worker = Arc::new(Worker {
        storage: storage.clone(),
        postbox: crate::mail::Postbox::open(settings)?,
        gate: crate::jobs::Gate::default(),
        key,
        public_url: public_url.clone(),
        longest: config.limits.mail_time.saturating_mul(1_000).try_into().unwrap_or(i64::MAX),
    });
    let mut mailing = Mailing::default();
    for _ in 0..AT_ONCE {
        let drain = Arc::clone(drain);
        mailing.0.spawn(Arc::clone(&worker).keep(move || drain.is_stopping()));
    }
    Ok(mailing)
}

#[cfg(not(feature = "mail"))]
async fn mailing(
    _: &Config,
    _: &storage::Storage,
    _: &PublicUrl,
    _: &Arc<Drain>,
) -> Result<Mailing, Failure> {
    Ok(std::future::ready(Mailing::default()).await)
}

/// The current values for metrics.
fn gauges(follower: Arc<Follower>, sweeper: Arc<Sweeper>) -> impl Fn() -> Vec<Gauge> + Send + Sync + 'static {
    move || {
        let lag = follower.lag().map(|value| Gauge {
            name: "audit_lag_seconds",
            help: "How far the seals of the audit trail are behind, where this server makes them",
            value,
        });
        let outbox = sweeper.figures().into_iter().flat_map(|figures| {
            let age_ms =
                figures.oldest.map_or(0, |at| clock::now().as_millis().saturating_sub(at.as_millis()));
            [
                ("mail_waiting", "Mails that are due and not sent", figures.waiting),
                ("mail_oldest_seconds", "How long the oldest of them waits", age_ms / 1_000),
                ("mail_failed", "Mails that were refused or given up", figures.failed),
            ]
            .map(|(name, help, value)| Gauge {
                name,
                help,
                value: u64::try_from(value).unwrap_or(0),
            })
        });
        lag.into_iter().chain(outbox).collect()
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|source| ServeError::listen(address, source))
}

/// Leaves one core free for requests with known tokens, if there is more than one.
fn cores_for_hashing() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

fn apply(config: &Config, settings: &mut Settings) {
    let limits = &config.limits;
    settings.page = u64::try_from(limits.page_default).unwrap_or(u64::MAX);
    settings.max_page = u64::try_from(limits.page).unwrap_or(u64::MAX);
    settings.body_bytes = limits.body;
    settings.members_body_bytes = limits.group_body;
    settings.bulk = config.offers.bulk;
    settings.bulk_bytes = limits.bulk_body;
    settings.bulk_operations = limits.bulk_operations;
    settings.root_query = config.offers.root_queries;
    settings.root_results = u64::try_from(limits.root_results).unwrap_or(u64::MAX);
    settings.limits.json_values = limits.body_values;
    settings.limits.operations = limits.operations;
    settings.limits.comparisons = limits.comparisons;
    settings.limits.resource_bytes = limits.resource_bytes;
    settings.limits.attributes = limits.attributes;
    settings.limits.scan = limits.scan;
    settings.limits.page_links = limits.page_links;
    settings.limits.page_bytes = limits.page_bytes;
    settings.limits.members = limits.members;
    settings.limits.values = limits.values;
    settings.limits.filter_bytes = limits.filter;
    settings.limits.filter_terms = limits.filter_terms;
    settings.limits.filter_depth = limits.filter_depth;
    settings.limits.key_bytes = limits.indexed_text;
}

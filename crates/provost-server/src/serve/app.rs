//! Mounts everything on its path, and binds it to sockets.

use super::error::ServeError;
use super::health::Health;
use super::layers::{self, Connections, Layers, Metrics, Refusals};
use super::stop::{DRAIN_S, Signals};
use super::stream::Stream;
use crate::config::{Limits, duration};
use crate::failure::Failure;
use crate::storage::Storage;
use actix_http::{HttpService, Request};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server as Listening, ServiceResponse, fn_service};
use actix_web::middleware::{NormalizePath, TrailingSlash, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error, HttpResponse, rt};
use provost::Authenticator;
use provost::actix::Scim;
use std::fmt::Debug;
use std::future::ready;
use std::net::TcpListener;
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The OpenAPI 3.1 description of the SCIM endpoints. Served without a token, since it is the same in every
/// installation.
const OPENAPI: &str = include_str!("../../openapi/provost.openapi.json");

/// How long a client may take to close its side.
const DISCONNECT: Duration = Duration::from_secs(1);
/// Concurrent connections to the metrics address; few programs connect there.
const ASIDE: usize = 64;
/// How long a page of metrics waits for the database.
const FIGURE: Duration = Duration::from_millis(500);
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Blocks until serving ends.
pub(super) fn block_on<T>(serving: impl Future<Output = T>) -> T {
    rt::System::new().block_on(serving)
}

/// The pages of the console; none where the server is built or run without them.
#[derive(Clone, Default)]
pub(super) struct Pages {
    #[cfg(feature = "console")]
    pub(super) console: Option<Data<crate::console::Console>>,
}

impl Pages {
    #[cfg(feature = "console")]
    fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + use<> {
        let console = self.console.clone();
        move |config| {
            if let Some(console) = console {
                crate::console::routes(console)(config);
            }
        }
    }

    #[cfg(not(feature = "console"))]
    fn routes(&self) -> impl FnOnce(&mut ServiceConfig) + use<> {
        |_| {}
    }
}

/// A server that is about to start.
pub(super) struct Server<A> {
    pub(super) listener: TcpListener,
    pub(super) metrics_listener: Option<TcpListener>,
    pub(super) scim: Scim<A>,
    pub(super) layers: Layers,
    pub(super) connections: Arc<Connections>,
    /// The pages, if they are served.
    pub(super) pages: Pages,
    /// What is logged once connections are accepted.
    pub(super) announcement: String,
}

impl<A: Authenticator> Server<A> {
    /// Serves until a signal arrives.
    pub(super) async fn run(self) -> Result<(), Failure> {
        Ok(self.serve().await.map_err(|e| match e {
            Ended::Io(e) => ServeError::Server(e),
            Ended::Told(e) => e,
        })?)
    }

    async fn serve(self) -> Result<(), Ended> {
        // before the log says that we serve, so that a stop right after that line finds a listener
        let signals = Signals::listen()?;
        let drain = Arc::clone(&self.layers.drain);
        let health = Health::new(self.layers.storage.clone(), Arc::clone(&drain));
        let metrics = Arc::clone(&self.layers.metrics);
        let aside =
            self.metrics_listener.map(|l| serve_aside(l, &health, metrics, &self.layers)).transpose()?;
        let refusals = Arc::clone(&self.layers.refusals);
        rt::spawn(sweep(Arc::clone(&self.connections), Some(Arc::clone(&refusals))));
        let main = serve_main(self.listener, self.scim, health, self.layers, self.connections, self.pages)?;
        let mut handles = vec![main.handle()];
        handles.extend(aside.as_ref().map(Listening::handle));
        if let Some(aside) = aside {
            rt::spawn(aside);
        }
        tracing::info!("{}", self.announcement);
        let ended = tokio::select! {
            stopped = signals.stop(&handles, &drain) => stopped.map_err(Ended::from),
            ended = main => ended.map_err(Ended::from),
        };
        refusals.end().await;
        ended
    }
}

/// How serving ended.
enum Ended {
    Io(std::io::Error),
    Told(ServeError),
}

impl From<std::io::Error> for Ended {
    fn from(e: std::io::Error) -> Self {
        Self::Io(e)
    }
}

impl From<ServeError> for Ended {
    fn from(e: ServeError) -> Self {
        Self::Told(e)
    }
}

fn serve_main<A: Authenticator>(
    listener: TcpListener,
    scim: Scim<A>,
    health: Health,
    layers: Layers,
    connections: Arc<Connections>,
    pages: Pages,
) -> std::io::Result<Listening> {
    let limits = layers.limits;
    let layers = Data::new(layers);
    let app = move || {
        App::new()
            .app_data(layers.clone())
            // before routing: SCIM itself tolerates doubled slashes only below its base path
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
            .wrap(from_fn(layers::pass))
            .configure(health_routes(health.clone()))
            .route("/openapi.json", web::get().to(openapi))
            .service(scim.scope())
            // after SCIM, since each request's path is compared with the mounts in their order
            .configure(pages.routes())
            .default_service(scim.not_found())
    };
    let share = Share { workers: workers(&limits), of_worker: per_worker(&limits), drain_s: DRAIN_S };
    serve("provost", listener, &share, limits, connections, app)
}

/// How a server spreads over threads.
struct Share {
    workers: usize,
    /// How many connections each worker accepts at once.
    of_worker: usize,
    /// How long requests in progress may take when the server stops.
    drain_s: u64,
}

/// A server with limits on its connections: how many, how long idle, and how slow.
fn serve<F, I, S, B>(
    name: &str,
    listener: TcpListener,
    share: &Share,
    limits: Limits,
    connections: Arc<Connections>,
    app: F,
) -> std::io::Result<Listening>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::InitError: Debug,
    B: MessageBody + 'static,
{
    let server = Listening::build().workers(share.workers).max_concurrent_connections(share.of_worker);
    let server = server.shutdown_timeout(share.drain_s).disable_signals();
    let unwanted = connections.unwanted();
    let server = server.listen(name, listener, move || {
        let connections = Arc::clone(&connections);
        let http = HttpService::build()
            .keep_alive(duration(limits.idle_time))
            .client_request_timeout(duration(limits.head_time))
            .client_disconnect_timeout(DISCONNECT)
            .on_connect_ext(move |stream: &Stream, data| connections.meet(stream, data))
            .h1(map_config(app().into_factory().map_err(|e| e.error_response()), |()| AppConfig::default()));
        let patience = duration(limits.answer_time);
        let unwanted = Arc::clone(&unwanted);
        fn_service(move |socket: TcpStream| ready(Ok(Stream::of(socket, patience, Arc::clone(&unwanted)))))
            .and_then(http)
    })?;
    Ok(server.run())
}

async fn sweep(connections: Arc<Connections>, refusals: Option<Arc<Refusals>>) {
    loop {
        rt::time::sleep(SWEEP_EVERY).await;
        connections.sweep(Instant::now());
        if let Some(refusals) = &refusals {
            refusals.sweep(Instant::now()).await;
        }
    }
}

/// How many connections are accepted at once: slightly fewer than the limit if it does not divide evenly among the
/// workers.
pub(super) fn accepted(limits: &Limits) -> usize {
    per_worker(limits) * workers(limits)
}

/// Each worker's share, since the framework counts connections per worker.
fn per_worker(limits: &Limits) -> usize {
    limits.connections / workers(limits)
}

fn workers(limits: &Limits) -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(limits.connections)
}

/// Metrics and health on an address of their own, without tokens. Every client there is a stranger.
fn serve_aside(
    listener: TcpListener,
    health: &Health,
    metrics: Arc<Metrics>,
    layers: &Layers,
) -> std::io::Result<Listening> {
    let (health, metrics, limits) = (health.clone(), Data::from(metrics), layers.limits);
    let storage = Data::new(layers.storage.clone());
    let app = move || {
        App::new()
            .app_data(metrics.clone())
            .app_data(storage.clone())
            .wrap(from_fn(layers::pass_aside))
            .configure(health_routes(health.clone()))
            .route("/metrics", web::get().to(metrics_page))
    };
    let connections = Connections::new(ASIDE, &limits, Vec::new());
    rt::spawn(sweep(Arc::clone(&connections), None));
    let share = Share { workers: 1, of_worker: ASIDE, drain_s: 1 };
    serve("metrics", listener, &share, limits, connections, app)
}

async fn openapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(OPENAPI)
}

async fn metrics_page(metrics: Data<Metrics>, storage: Data<Storage>) -> HttpResponse {
    // if the database does not answer, the other figures matter most, and they show it
    let restored = tokio::time::timeout(FIGURE, storage.restored()).await;
    let is_restored = restored.is_ok_and(|asked| asked.is_ok_and(|at| at.is_some()));
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text(is_restored))
}

fn health_routes(health: Health) -> impl FnOnce(&mut ServiceConfig) {
    let ready = move || {
        let health = health.clone();
        async move {
            match health.unready().await {
                None => HttpResponse::Ok().body("ready\n"),
                Some(why) => HttpResponse::ServiceUnavailable().body(format!("{why}\n")),
            }
        }
    };
    |config| {
        config.route("/healthz", web::get().to(|| async { HttpResponse::Ok().body("alive\n") }));
        config.route("/readyz", web::get().to(ready));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Http, Options};
    use actix_web::Route;
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
    use provost::{MEDIA_TYPE, MemoryStore, StaticToken};

    fn not_found() -> Route {
        let scim =
            Scim::at("http://localhost/scim/v2").authenticator(StaticToken::new("x", MemoryStore::new()));
        scim.build().expect("a base URL").not_found()
    }

    async fn status_for(path: &str, peer: Option<&str>) -> (u16, bool) {
        let (_dir, storage) = crate::storage::scratch().await;
        let http = Http {
            listen: "0.0.0.0:8080".parse().expect("an address"),
            public_url: None,
            metrics_listen: None,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        };
        let drain = Arc::<layers::Drain>::default();
        let health = Health::new(storage.clone(), Arc::clone(&drain));
        let metrics =
            Arc::new(Metrics::new(Arc::clone(&drain), Vec::new, || [(1, 0); 3], Vec::new, Vec::new));
        let limits = Config::resolve(Options::default()).expect("defaults").limits;
        let schemas = Arc::new(provost::SchemaSet::builtin());
        let requests = crate::requests::Requests::new(crate::requests::Words::of(&schemas));
        let refusals = Arc::new(Refusals::new(storage.clone(), schemas, http.trusted_proxies.clone()));
        let (noted, requests) = (Arc::default(), Arc::new(requests));
        let layers = Data::new(Layers { http, limits, storage, metrics, drain, refusals, noted, requests });
        let app = App::new().app_data(layers).wrap(from_fn(layers::pass)).configure(health_routes(health));
        let app = init_service(app.default_service(not_found())).await;
        let mut request = TestRequest::get().uri(path);
        if let Some(peer) = peer {
            request = request.peer_addr(format!("{peer}:5000").parse().expect("an address"));
        }
        let response = call_service(&app, request.to_request()).await;
        let is_scim = response.headers().get(CONTENT_TYPE).is_some_and(|t| t == MEDIA_TYPE);
        (response.status().as_u16(), is_scim)
    }

    /// Seen to fail: with a request from an unknown address admitted.
    #[actix_web::test]
    async fn what_does_not_come_through_the_proxy_is_turned_away_but_for_health() {
        assert_eq!(status_for("/scim/v2/Users", Some("192.0.2.1")).await, (403, true));
        assert_eq!(status_for("/scim/v2/Users", None).await, (403, true));
        assert_eq!(status_for("/healthz", Some("192.0.2.1")).await, (200, false));
        assert_eq!(status_for("/healthz", None).await, (200, false));
        // admitted, but nothing is mounted there
        assert_eq!(status_for("/scim/v2/Users", Some("10.1.1.1")).await, (404, true));
        assert_eq!(status_for("/scim/v2/Users", Some("127.0.0.1")).await, (404, true));
    }

    /// Seen to fail: with the request passed on.
    #[actix_web::test]
    async fn nothing_is_served_without_the_layers() {
        let app = init_service(App::new().wrap(from_fn(layers::pass)).default_service(not_found())).await;
        let served = try_call_service(&app, TestRequest::get().uri("/x").to_request()).await;
        assert!(served.is_err_and(|e| e.as_response_error().status_code() == 500));
    }
}

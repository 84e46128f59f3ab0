//! The sockets. The only part of the binary that knows the HTTP framework, with the signals that stop it.

use super::connections::{Connections, Seat};
use super::error::ServeError;
use super::health::Health;
use super::metrics::Metrics;
use super::stop::{DRAIN_S, Signals};
use super::trail::Trail;
use crate::config::{Http, Limits};
use crate::failure::Failure;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server as Listening, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::middleware::{Next, NormalizePath, TrailingSlash, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, Error, HttpResponse, HttpServer, rt};
use provost::actix::{Scim, Served};
use provost::unstable::actix::not_found;
use provost::{Authenticator, Error as ScimError, ErrorKind, MEDIA_TYPE};
use std::net::TcpListener;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Instant;

/// Seconds after which a client with too many connections may try another.
const RETRY_AFTER_S: u32 = 1;
/// The description of the SCIM endpoints in OpenAPI 3.1. It needs no token: it is the same in every installation.
const OPENAPI: &str = include_str!("../../openapi/provost.openapi.json");

/// Runs what serves to its end.
pub(super) fn block_on<T>(serving: impl Future<Output = T>) -> T {
    rt::System::new().block_on(serving)
}

/// A server that is about to start.
pub(super) struct Server<A> {
    pub(super) listener: TcpListener,
    pub(super) metrics_listener: Option<TcpListener>,
    pub(super) scim: Scim<A>,
    pub(super) http: Http,
    pub(super) limits: Limits,
    pub(super) health: Health,
    pub(super) metrics: Arc<Metrics>,
    pub(super) trail: Trail,
    /// What the log says when connections are accepted.
    pub(super) announcement: String,
}

impl<A: Authenticator> Server<A> {
    /// Serves until a signal comes.
    pub(super) async fn run(self) -> Result<(), Failure> {
        Ok(self.serve().await.map_err(|e| match e {
            Ended::Io(e) => ServeError::Server(e),
            Ended::Told(e) => e,
        })?)
    }

    async fn serve(self) -> Result<(), Ended> {
        // before anybody is told that we serve: who then says stop must find a listener
        let signals = Signals::listen()?;
        let (health, metrics) = (self.health, self.metrics);
        let aside = self.metrics_listener.map(|l| serve_aside(l, &health, &metrics)).transpose()?;
        let watch = Watch {
            http: self.http,
            metrics: Arc::clone(&metrics),
            health: health.clone(),
            trail: Some(self.trail),
        };
        let main = serve_main(self.listener, self.scim, watch, &self.limits)?;
        let mut handles = vec![main.handle()];
        handles.extend(aside.as_ref().map(Listening::handle));
        if let Some(aside) = aside {
            rt::spawn(aside);
        }
        tracing::info!("{}", self.announcement);
        tokio::select! {
            stopped = signals.stop(&handles, &health, &metrics) => Ok(stopped?),
            ended = main => Ok(ended?),
        }
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
    watch: Watch,
    limits: &Limits,
) -> std::io::Result<Listening> {
    let connections = Connections::new(limits.client_connections, watch.http.trusted_proxies.clone());
    let health = watch.health.clone();
    let watch = Data::new(watch);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(watch.clone())
            // before anything is routed: SCIM itself forgives doubled slashes below its base path alone
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
            .wrap(from_fn(observe))
            .configure(health_routes(health.clone()))
            .route("/openapi.json", web::get().to(openapi))
            .service(scim.scope())
            .default_service(web::to(not_found))
    });
    let server = server.on_connect(move |socket, data| {
        if let Some(Ok(peer)) = socket.downcast_ref::<TcpStream>().map(TcpStream::peer_addr) {
            data.insert(connections.seat(peer.ip()));
        }
    });
    // the framework counts by worker: each gets its share
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(limits.connections);
    let server = server.workers(workers).max_connections(limits.connections / workers);
    let server = server.keep_alive(limits.idle_time).client_request_timeout(limits.head_time);
    Ok(server.shutdown_timeout(DRAIN_S).disable_signals().listen(listener)?.run())
}

/// Metrics and health on an address of their own, without tokens.
fn serve_aside(listener: TcpListener, health: &Health, metrics: &Arc<Metrics>) -> std::io::Result<Listening> {
    let (health, metrics) = (health.clone(), Data::from(Arc::clone(metrics)));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(metrics.clone())
            .configure(health_routes(health.clone()))
            .route("/metrics", web::get().to(metrics_page))
            .default_service(web::to(not_found))
    });
    Ok(server.workers(1).shutdown_timeout(1).disable_signals().listen(listener)?.run())
}

async fn openapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(OPENAPI)
}

async fn metrics_page(metrics: Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(metrics.text())
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

/// What the watch over all requests needs.
struct Watch {
    http: Http,
    metrics: Arc<Metrics>,
    health: Health,
    trail: Option<Trail>,
}

/// Counts every request, turns away who does not come through the proxy, and closes connections while stopping.
async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(watch) = request.app_data::<Data<Watch>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let _under_way = watch.metrics.begin();
    let (begun, method) = (Instant::now(), request.method().clone());
    let mut response = match watch.refusal(&request) {
        Some(error) => request.into_response(refused(&error)),
        None => next.call(request).await?.map_into_boxed_body(),
    };
    let refused = response.response().extensions().get::<Served>().and_then(Trail::of);
    if let Some((trail, refused)) = watch.trail.as_ref().zip(refused) {
        trail.record(refused).await;
    }
    let took = begun.elapsed();
    let status = response.status().as_u16();
    {
        let extensions = response.response().extensions();
        let served = extensions.get::<Served>();
        watch.metrics.answered(method.as_str(), status, took, served);
        let request_id = served.map_or("-", |s| &*s.request_id);
        let principal = served.and_then(|s| s.principal.as_ref());
        let actor = principal.map_or("-", |p| &*p.credential.id);
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // neither path nor query: they name people
        tracing::debug!(%method, status, took_us, request_id, actor, "answered");
    }
    if watch.health.is_stopping() {
        response.response_mut().head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
    }
    Ok(response)
}

impl Watch {
    /// Why a request goes no further.
    fn refusal(&self, request: &ServiceRequest) -> Option<ScimError> {
        // health is nobody's secret, and who asks for it may not come through the proxy
        if matches!(request.path(), "/healthz" | "/readyz") {
            return None;
        }
        if request.peer_addr().is_some_and(|peer| !self.http.admits(peer.ip())) {
            let said = "this server is reached through its proxy only";
            return Some(ScimError::new(ErrorKind::Forbidden, said));
        }
        let over = request.conn_data::<Seat>().and_then(Seat::over)?;
        let said = format!("this client has {over} connections already, and may have no more: use those");
        Some(ScimError::new(ErrorKind::TooManyRequests, said).with_retry_after(RETRY_AFTER_S))
    }
}

fn refused(error: &ScimError) -> HttpResponse {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = error.retry_after_s() {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    answer.force_close().content_type(MEDIA_TYPE).body(error.to_object().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::test::{TestRequest, call_service, init_service};

    async fn status_for(path: &str, peer: &str) -> (u16, bool) {
        let (_dir, storage) = crate::storage::scratch().await;
        let http = Http {
            listen: "0.0.0.0:8080".parse().expect("an address"),
            public_url: None,
            metrics_listen: None,
            trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        };
        let (health, metrics) = (Health::new(storage), Arc::new(Metrics::new(Vec::new)));
        let watch = Data::new(Watch { http, metrics, health: health.clone(), trail: None });
        let app = App::new().app_data(watch).wrap(from_fn(observe)).configure(health_routes(health));
        let app = init_service(app.default_service(web::to(not_found))).await;
        let peer = format!("{peer}:5000").parse().expect("an address");
        let request = TestRequest::get().uri(path).peer_addr(peer).to_request();
        let response = call_service(&app, request).await;
        let is_scim = response.headers().get(CONTENT_TYPE).is_some_and(|t| t == MEDIA_TYPE);
        (response.status().as_u16(), is_scim)
    }

    #[actix_web::test]
    async fn who_does_not_come_through_the_proxy_is_turned_away_but_for_health() {
        assert_eq!(status_for("/scim/v2/Users", "192.0.2.1").await, (403, true));
        assert_eq!(status_for("/healthz", "192.0.2.1").await, (200, false));
        // admitted, and nothing is mounted there
        assert_eq!(status_for("/scim/v2/Users", "10.1.1.1").await, (404, true));
        assert_eq!(status_for("/scim/v2/Users", "127.0.0.1").await, (404, true));
    }
}

//! A server on a free port, and a client that speaks bytes.

use actix_web::{App, HttpServer, web};
use provost_actix::{Caller, Scim, not_found, routes};
use provost_core::change::NewResource;
use provost_core::query::{Fields, Page};
use provost_core::resource::Site;
use provost_core::value::parse_object;
use provost_core::{
    Change, Id, Object, Profile, Query, Resource, ResourceType, SchemaSet, Timestamp, Version,
};
use provost_provider::{
    AuthError, Authenticator, Context, MemoryStore, Principal, Provider, Result, Session, Settings, Store,
    Updated,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// Tokens that say what becomes of them.
pub(crate) struct Tokens(Fragile);

impl Authenticator for Tokens {
    type Store = Fragile;

    async fn authenticate(&self, bearer: Option<&str>) -> Result<Session<Fragile>, AuthError> {
        match bearer {
            None => Err(AuthError::Missing),
            Some("secret") => Ok(Session {
                principal: Principal::new("key-1"),
                store: self.0.clone(),
                profile: Profile::entra(),
            }),
            Some("busy") => Err(AuthError::TooMany { retry_after_s: 9 }),
            Some("panic") => panic!("the authenticator broke"),
            Some(_) => Err(AuthError::Invalid),
        }
    }
}

/// A store in memory that panics at the id `panic`.
#[derive(Clone)]
pub(crate) struct Fragile(MemoryStore);

impl Store for Fragile {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, want: Fields) -> Result<Option<Resource>> {
        assert!(id.as_str() != "panic", "the store broke");
        self.0.get(kind, id, want).await
    }
    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        self.0.find(kind, query).await
    }
    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        self.0.create(kind, new, cx).await
    }
    async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        want: Fields,
        cx: &Context,
    ) -> Result<Updated> {
        self.0.update(kind, id, change, want, cx).await
    }
    async fn delete(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        self.0.delete(kind, id, expect, cx).await
    }
}

/// Over an empty store, with ids that count.
pub(crate) fn scim() -> Scim<Tokens> {
    let site = Site::new("http://localhost/scim/v2", SchemaSet::builtin().into());
    let ids = AtomicI64::new(0);
    let settings = Settings::new(
        site.clone(),
        || Timestamp::from_millis(1_700_000_000_000),
        move || Id::from(format!("id-{:03}", 1 + ids.fetch_add(1, Ordering::Relaxed))),
    );
    Scim::new(Provider::new(settings), Tokens(Fragile(MemoryStore::new(site))))
}

pub(crate) struct Server {
    address: SocketAddr,
    stop: actix_web::dev::ServerHandle,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(|scim| scim)
    }

    /// The routes at `/scim/v2`, and again at `/t/acme/scim/v2`, with a handler of our own beside them.
    pub(crate) fn start_with(also: impl FnOnce(Scim<Tokens>) -> Scim<Tokens>) -> Self {
        let scim = also(scim());
        let app = move || {
            App::new()
                .service(web::scope("/scim/v2").configure(routes(scim.clone())))
                .service(
                    web::scope("/t/{org}").service(web::scope("/scim/v2").configure(routes(scim.clone()))),
                )
                .service(
                    web::scope("/own")
                        .app_data(web::Data::new(scim.clone()))
                        .route("/who", web::get().to(who)),
                )
                .default_service(web::to(not_found))
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (started, wait) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(app).workers(1).listen(listener).unwrap().run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { address, stop: wait.recv().unwrap() }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket
    }

    /// Sends a request with the good token. `target` is a method and a path.
    pub(crate) fn send(&self, target: &str) -> Answer {
        self.send_with(target, "Authorization: Bearer secret\r\n", "")
    }

    pub(crate) fn post(&self, target: &str, body: &str) -> Answer {
        self.send_with(
            target,
            "Authorization: Bearer secret\r\nContent-Type: application/scim+json\r\n",
            body,
        )
    }

    /// `headers` end each with CR LF.
    pub(crate) fn send_with(&self, target: &str, headers: &str, body: &str) -> Answer {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let head =
            format!("{target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{length}\r\n");
        let mut socket = self.connect();
        socket.write_all(head.as_bytes()).unwrap();
        // a server that refuses early may not take the rest
        let _ = socket.write_all(body.as_bytes());
        Answer::read(socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.stop(false));
    }
}

async fn who(caller: Caller<Tokens>) -> String {
    caller.session.principal.actor.to_string()
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the server closes.
    pub(crate) fn read(mut socket: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(n @ 1..) = socket.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..n]);
        }
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let answer = Self { status, head: head.to_owned(), body: body.to_owned() };
        answer.check_shape();
        answer
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|l| l.split_once(": "));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    pub(crate) fn json(&self) -> Object {
        parse_object(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn detail(&self) -> String {
        self.json().str("detail").unwrap().to_owned()
    }

    /// Every refusal is a SCIM error, no matter which layer refuses.
    fn check_shape(&self) {
        if self.status < 400 {
            return;
        }
        assert_eq!(self.header("content-type"), Some("application/scim+json"), "{}", self.head);
        if self.body.is_empty() {
            return;
        }
        let json = self.json();
        assert_eq!(json.str("status"), Some(self.status.to_string().as_str()));
        assert!(self.body.contains("urn:ietf:params:scim:api:messages:2.0:Error"));
        assert_eq!(self.status == 401, self.header("www-authenticate").is_some());
        assert_eq!(self.status == 405, self.header("allow").is_some());
    }
}

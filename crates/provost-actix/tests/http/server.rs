//! A server on a free port, and a client that sends bytes.

use actix_web::{App, HttpServer, web};
use provost_actix::{Caller, Scim, ScimBuilder};
use provost_core::resource::Service;
use provost_core::{Profile, SchemaSet, Timestamp};
use provost_provider::{
    AuthError, AuthRequest, Authenticator, Credential, Get, MemoryStore, Principal, Result, Session,
    Settings, StoreError,
};
use provost_testing::http::{self, Answer};
use provost_testing::store::{Around, Call};
use provost_testing::time::settings;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

/// Tokens whose text says what happens to them.
pub(crate) struct Tokens(Fragile);

impl Authenticator for Tokens {
    type Store = Fragile;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<Fragile>, AuthError> {
        match request.bearer()? {
            None => Err(AuthError::Missing),
            Some("secret") => Ok(self.session(Profile::entra())),
            Some("another") => {
                let mut session = self.session(Profile::entra());
                session.principal.credential = Credential::token("key-2");
                Ok(session)
            }
            Some("strict") => Ok(self.session(Profile::strict())),
            Some("reader") => {
                let mut session = self.session(Profile::entra());
                session.principal.read_only = true;
                Ok(session)
            }
            Some("busy") => Err(AuthError::TooMany { retry_after_s: 9 }),
            Some("panic") => panic!("the authenticator broke"),
            Some(_) => Err(AuthError::Invalid),
        }
    }
}

impl Tokens {
    fn session(&self, profile: Profile) -> Session<Fragile> {
        let principal = Principal::new("acme", Credential::token("key-1"));
        Session::new(principal, self.0.clone()).with_profile(profile)
    }
}

/// A memory store that fails for ids that say how.
type Fragile = Around<MemoryStore, fn(Call<'_>) -> Result<()>>;

/// A write of a user named `waits` blocks while somebody holds this.
pub(crate) static WAITS: Mutex<()> = Mutex::new(());

fn fragile(call: Call<'_>) -> Result<()> {
    if let Call::Create(create) = &call
        && create.new.body.str("userName") == Some("waits")
    {
        drop(WAITS.lock());
    }
    let Call::Get(Get { id, .. }) = call else { return Ok(()) };
    assert_ne!(id.as_str(), "panic", "the store broke");
    match id.as_str() {
        "down" => Err(StoreError::Unavailable { retry_after_s: 1 }),
        "broken" => Err(StoreError::backend("disk on fire")),
        _ => Ok(()),
    }
}

/// The parts of a server: an empty store, ids that count, and settings that a test may change.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    store: Fragile,
}

impl Setup {
    pub(crate) fn new() -> Self {
        let service = Service::new("http://localhost/scim/v2", SchemaSet::builtin().into());
        let before: fn(Call<'_>) -> Result<()> = fragile;
        Self { settings: settings(service), store: Around::new(MemoryStore::new(), before) }
    }

    /// Lets time pass, beyond what the clock does itself.
    pub(crate) fn clock(&mut self) -> Later {
        let later = Later::default();
        let (usual, more) = (self.settings.clock.clone(), later.clone());
        self.settings.clock = Arc::new(move || {
            Timestamp::from_millis(usual().as_millis() + 1_000 * more.0.load(Ordering::Relaxed))
        });
        later
    }

    /// The server at a base URL. All of them share one store.
    pub(crate) fn at(&self, base_url: &str) -> ScimBuilder<Tokens> {
        let mut settings = self.settings.clone();
        settings.base_url = base_url.parse().unwrap();
        Scim::at(base_url).settings(|usual| *usual = settings).authenticator(Tokens(self.store.clone()))
    }

    pub(crate) fn start(self, also: impl Fn(ScimBuilder<Tokens>) -> ScimBuilder<Tokens>) -> Server {
        Server::serve(&self, also)
    }
}

/// Seconds that have passed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Later(Arc<AtomicI64>);

impl Later {
    pub(crate) fn pass(&self, seconds: usize) {
        self.0.fetch_add(i64::try_from(seconds).unwrap(), Ordering::Relaxed);
    }
}

pub(crate) struct Server {
    address: String,
    stop: actix_web::dev::ServerHandle,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(|scim| scim)
    }

    pub(crate) fn start_with(also: impl Fn(ScimBuilder<Tokens>) -> ScimBuilder<Tokens>) -> Self {
        Setup::new().start(also)
    }

    /// The routes at `/scim/v2`, with a handler of our own among them, and again at `/t/acme/scim/v2`.
    fn serve(setup: &Setup, also: impl Fn(ScimBuilder<Tokens>) -> ScimBuilder<Tokens>) -> Self {
        let scim = |base_url| also(setup.at(base_url)).build().unwrap();
        let (here, orgs) = (scim("http://localhost/scim/v2"), scim("http://localhost/t/{org}/scim/v2"));
        Self::run(move |config| {
            config
                .service(here.scope().route("/who", web::get().to(who)))
                .service(orgs.scope())
                .default_service(here.not_found());
        })
    }

    /// Serves an application.
    pub(crate) fn run(configure: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static) -> Self {
        let app = move || App::new().configure(configure.clone());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
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

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn connect(&self) -> TcpStream {
        http::connect(&self.address)
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

    /// `headers` each end with CR LF.
    pub(crate) fn send_with(&self, target: &str, headers: &str, body: &str) -> Answer {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let head =
            format!("{target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{length}\r\n");
        let mut socket = self.connect();
        socket.write_all(head.as_bytes()).unwrap();
        // a server that refuses early may not accept the rest
        let _ = socket.write_all(body.as_bytes());
        read(socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.stop(false));
    }
}

async fn who(caller: Caller<Tokens>) -> String {
    caller.session.principal.credential.id.to_string()
}

/// Reads until the server closes. If it stops accepting data after a refusal, that is fine; if it does not close, that
/// is a fault.
pub(crate) fn read(mut socket: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match socket.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
            Err(e) if e.kind() == ErrorKind::ConnectionReset => break,
            Err(e) => panic!("the server did not close: {e}: {}", String::from_utf8_lossy(&bytes)),
        }
    }
    let answer = Answer::parse(&String::from_utf8(bytes).unwrap());
    check_shape(&answer);
    answer
}

/// Checks that every refusal is a SCIM error, whichever layer refuses.
fn check_shape(answer: &Answer) {
    if answer.status < 400 {
        return;
    }
    assert_eq!(answer.header("content-type"), Some("application/scim+json"), "{}", answer.head);
    if answer.body.is_empty() {
        return;
    }
    answer.assert_scim_error(answer.status);
    assert_eq!(answer.status == 401, answer.header("www-authenticate").is_some());
    assert_eq!(answer.status == 405, answer.header("allow").is_some());
}

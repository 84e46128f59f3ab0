//! SCIM 2.0 routes for [actix-web](actix_web).
//!
//! ```
//! use actix_web::{App, web};
//! use provost_actix::{Scim, not_found, routes};
//! # use provost_core::{Id, Profile, SchemaSet, Timestamp, resource::Service};
//! # use provost_provider::{MemoryStore, StaticToken, Provider, Settings};
//! # let service = Service::new("https://example.com/scim/v2", SchemaSet::builtin().into());
//! # let authenticator = StaticToken::new("secret", MemoryStore::new(service.clone()), Profile::entra());
//! # let provider = Provider::new(Settings::new(service, || Timestamp::from_millis(0), || Id::from("1")));
//!
//! let scim = Scim::new(provider, authenticator);
//! let app = move || {
//!     App::new()
//!         .service(web::scope("/scim/v2").configure(routes(scim.clone())))
//!         .default_service(web::to(not_found))
//! };
//! # let _ = app();
//! ```
//!
//! An `App` can have several, each with its own directory, schemas and tokens: mount each [`Scim`] in a scope of its own.
//!
//! ```
//! # use actix_web::{App, web};
//! # use provost_actix::{Scim, routes};
//! # use provost_core::{Id, Profile, SchemaSet, Timestamp, resource::Service};
//! # use provost_provider::{MemoryStore, StaticToken, Provider, Settings};
//! let scim = |base_url: &str, token: &str| {
//!     let service = Service::new(base_url, SchemaSet::builtin().into());
//!     let authenticator = StaticToken::new(token, MemoryStore::new(service.clone()), Profile::entra());
//!     let settings = Settings::new(service, || Timestamp::from_millis(0), || Id::from("1"));
//!     Scim::new(Provider::new(settings), authenticator)
//! };
//! let staff = scim("https://example.com/staff/scim", "one");
//! let students = scim("https://example.com/students/scim", "two");
//! let app = App::new()
//!     .service(web::scope("/staff/scim").configure(routes(staff)))
//!     .service(web::scope("/students/scim").configure(routes(students)));
//! # use actix_web::test::{TestRequest, call_service, init_service};
//! # actix_web::rt::System::new().block_on(async {
//! # let app = init_service(app).await;
//! # for (path, token, status) in [("staff", "one", 200), ("staff", "two", 401), ("students", "two", 200)] {
//! #     let bearer = ("authorization", format!("Bearer {token}"));
//! #     let asked = TestRequest::get().uri(&format!("/{path}/scim/Users")).insert_header(bearer).to_request();
//! #     assert_eq!(call_service(&app, asked).await.status(), status, "{path} {token}");
//! # }
//! # });
//! ```
//!
//! Every request below the scope reaches one handler. It has the [`Caller`] in its signature: there is no tenant's
//! store without one. What the framework refuses by itself (a body that is too large, a panic) is answered as a SCIM
//! error too; [`not_found`] does so for the paths outside the scope.
//!
//! Two things are decided before a route is: slashes that are doubled *before* the scope are 404 unless the `App` is
//! wrapped in `NormalizePath::new(TrailingSlash::MergeOnly)`, and what is not HTTP at all (a bare blank or quote in the
//! URL, two lengths) actix-web refuses with 400 and no body.
//!
//! Build actix-web without its features `compress-*` and `http2`: identity providers need neither, and a body that is
//! unpacked could be of any size.

mod answer;
mod body;
mod caller;
mod panic;
mod serve;

pub use answer::Served;
pub use caller::{Caller, Denied};

use actix_web::{HttpRequest, HttpResponse, web};
use provost_core::text::excerpt;
use provost_core::{Error, ErrorKind};
use provost_provider::{Answer, Authenticator, Provider};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a client may take to send a body, unless [`Scim::with_body_deadline`] says otherwise.
pub const BODY_DEADLINE: Duration = Duration::from_secs(15);
/// Bytes of the target and the headers of a request, unless [`Scim::with_head_bytes`] says otherwise.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of an `X-Request-Id` that is taken over from a client; a longer one is replaced.
pub const MAX_REQUEST_ID_BYTES: usize = 64;

/// A SCIM server, ready to be mounted: made once and cloned for each worker.
pub struct Scim<A> {
    provider: Arc<Provider>,
    authenticator: Arc<A>,
    public_config: bool,
    body_deadline: Duration,
    head_bytes: usize,
}

impl<A: Authenticator> Scim<A> {
    /// A server that shows its ServiceProviderConfig to anybody, waits [`BODY_DEADLINE`] for a body, and takes heads of
    /// [`MAX_HEAD_BYTES`].
    pub fn new(provider: impl Into<Arc<Provider>>, authenticator: impl Into<Arc<A>>) -> Self {
        Self {
            provider: provider.into(),
            authenticator: authenticator.into(),
            public_config: true,
            body_deadline: BODY_DEADLINE,
            head_bytes: MAX_HEAD_BYTES,
        }
    }

    /// Asks for a token for the ServiceProviderConfig too. RFC 7643 section 5 wants it readable without: it says how
    /// to authenticate.
    #[must_use]
    pub fn with_private_config(mut self) -> Self {
        self.public_config = false;
        self
    }

    /// How long a client may take to send a body; beyond it is 408.
    #[must_use]
    pub fn with_body_deadline(mut self, deadline: Duration) -> Self {
        self.body_deadline = deadline;
        self
    }

    /// How many bytes the target and the headers of a request may have together; beyond it is 431.
    ///
    /// What is over 128 KiB, a target over 64 KiB, or more than 96 headers, actix-web refuses by itself with 431 or 400
    /// and no body.
    #[must_use]
    pub fn with_head_bytes(mut self, bytes: usize) -> Self {
        self.head_bytes = bytes;
        self
    }
}

impl<A> Clone for Scim<A> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            authenticator: self.authenticator.clone(),
            public_config: self.public_config,
            body_deadline: self.body_deadline,
            head_bytes: self.head_bytes,
        }
    }
}

impl<A> fmt::Debug for Scim<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scim").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// The routes, for [`Scope::configure`](actix_web::Scope::configure): they answer every path and method of the scope.
pub fn routes<A: Authenticator>(scim: Scim<A>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config.app_data(web::Data::new(scim)).default_service(web::to(serve::serve::<A>));
    }
}

/// The answer to paths outside the scope, for [`App::default_service`](actix_web::App::default_service).
pub async fn not_found(http: HttpRequest) -> HttpResponse {
    let said = format!("there is nothing at `{}`", excerpt(http.path()));
    let e = Error::new(ErrorKind::NotFound, said).with_remedy("look at the base URL");
    let id = answer::sent_id(&http).unwrap_or_default();
    answer::send(Answer::refuse(e, &id), &id, None)
}

//! SCIM 2.0 for [actix-web](actix_web).
//!
//! ```
//! use actix_web::App;
//! use provost_actix::Scim;
//! use provost_core::Profile;
//! use provost_provider::{MemoryStore, SettingsError, StaticToken};
//!
//! let scim = Scim::at("https://app.example/scim/v2")
//!     .profile(Profile::entra())
//!     .authenticator(StaticToken::new("secret", MemoryStore::new()))
//!     .build()?;
//! let app = move || App::new().service(scim.scope());
//! # let _ = app();
//! # Ok::<(), SettingsError>(())
//! ```
//!
//! The scope is at the path of the base URL, here `/scim/v2`, and answers everything below it, 404 and 405 included.
//! What is elsewhere is the application's, and so is its own 404. An `App` can have several, each with its own directory,
//! schemas and tokens.
//!
//! Every request below the scope reaches one handler. It has the [`Caller`] in its signature: there is no tenant's
//! store without one. What the framework refuses by itself (a body that is too large, a panic) is answered as a SCIM
//! error too.
//!
//! Three things are decided before a route is. Slashes that are doubled *before* the scope are 404 unless the `App` is
//! wrapped in `NormalizePath::new(TrailingSlash::MergeOnly)`. What is not HTTP at all actix-web refuses with 400 and no body:
//! two lengths, or a URL with a bare blank, `"`, `<`, `>` or a byte that is not ASCII. And it answers `Expect: 100-continue`
//! by itself: its `HttpServer` has no way to look at the token first.
//!
//! A body in chunks that nobody reads to its end would keep its connection for ever; in the scope it does not. Where other
//! handlers of the application are open to strangers, their answers can be given through [`Unread`] too.
//!
//! What bodies of requests and answers take in memory together is bounded ([`ScimBuilder::memory_bytes`]), and requests with
//! large bodies are worked on by threads of their own, a few at once, so that the workers go on; no tenant has more than
//! half of either.
//!
//! Build actix-web without its features `compress-*` and `http2`: identity providers need neither, and a body that is
//! unpacked could be of any size.

mod answer;
mod authenticated;
mod body;
mod builder;
mod caller;
mod in_flight;
mod large;
mod serve;
mod unread;

pub use answer::Served;
pub use authenticated::Authenticated;
pub use builder::{BODY_DEADLINE, MAX_HEAD_BYTES, MAX_MEMORY_BYTES, ScimBuilder};
pub use caller::{Caller, Denied};
pub use unread::Unread;

use actix_web::{HttpRequest, HttpResponse, Route, Scope, web};
use provost_core::text::excerpt;
use provost_core::{Error, ErrorKind};
use provost_provider::{Address, Answer, Authenticator, Provider};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an `X-Request-Id` that is taken over from a client; a longer one is replaced.
pub const MAX_REQUEST_ID_BYTES: usize = 64;

/// A SCIM server, ready to be mounted: made once by [`Scim::at`] and cloned for each worker.
pub struct Scim<A> {
    provider: Arc<Provider>,
    authenticator: Arc<A>,
    mount: Arc<str>,
    public_config: bool,
    body_deadline: Duration,
    head_bytes: usize,
    memory: Arc<in_flight::Memory>,
}

impl<A: Authenticator> Scim<A> {
    /// The routes, at the path of the base URL: they answer every path and method below it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let data = web::Data::new(self.clone());
        web::scope(&self.mount).app_data(data).default_service(web::to(serve::serve::<A>))
    }

    /// A SCIM error for every path outside the scope that says where SCIM is, for
    /// [`App::default_service`](actix_web::App::default_service) of an application that serves nothing else.
    #[must_use]
    pub fn not_found(&self) -> Route {
        let base: Arc<str> = self.provider.settings().base_url.path().into();
        web::to(move |http: HttpRequest, payload: web::Payload| {
            let unread = Unread::of(http.headers(), &mut payload.into_inner());
            let response = nothing_at(&http, &base);
            async move { Unread::until_sent(unread, response) }
        })
    }

    /// Where a request came, if the base URL has parameters.
    fn address(&self, http: &HttpRequest) -> Result<Option<Address>, Error> {
        let base_url = &self.provider.settings().base_url;
        match base_url.parameters() {
            [] => Ok(None),
            _ => base_url.fill(|name| http.match_info().get(name)).map(Some),
        }
    }
}

impl<A> Clone for Scim<A> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            authenticator: self.authenticator.clone(),
            mount: self.mount.clone(),
            public_config: self.public_config,
            body_deadline: self.body_deadline,
            head_bytes: self.head_bytes,
            memory: self.memory.clone(),
        }
    }
}

impl<A> fmt::Debug for Scim<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scim").field("provider", &self.provider).finish_non_exhaustive()
    }
}

fn nothing_at(http: &HttpRequest, base: &str) -> HttpResponse {
    let message = format!("nothing is served at `{}`", excerpt(http.path()));
    let remedy = format!("this server supports SCIM 2.0, and its base URL (Tenant URL) ends in `{base}`");
    let e = Error::new(ErrorKind::NotFound, message).with_remedy(&remedy);
    let id = answer::sent_id(http).unwrap_or_default();
    answer::send(Answer::refuse(e, &id), id.into(), None)
}

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
//! The scope is at the path of the base URL, here `/scim/v2`, and answers everything below it, including 404 and 405.
//! Everything else belongs to the application, including its own 404. An `App` can have several scopes, each with its
//! own directory, schemas and tokens.
//!
//! Every request below the scope reaches one handler, which has the [`Caller`] in its signature: without one there is
//! no access to a tenant's store. Failures that the framework detects (a body that is too large, a panic) are answered
//! as SCIM errors too.
//!
//! Three things are decided before routing. Doubled slashes *before* the scope are 404 unless the `App` is wrapped in
//! `NormalizePath::new(TrailingSlash::MergeOnly)`. actix-web answers 400 without a body to what is not valid HTTP: two
//! lengths, or a URL with an unencoded space, `"`, `<`, `>` or a byte that is not ASCII. And it answers `Expect:
//! 100-continue` by itself: its `HttpServer` offers no way to check the token first.
//!
//! A chunked body that nobody reads to its end would keep its connection open for ever; in the scope it does not. If
//! other handlers of the application are open to strangers, send their answers through [`Unread`] too.
//!
//! The memory of all request and response bodies together is limited ([`ScimBuilder::memory_bytes`]), and requests with
//! large bodies run on separate threads, a few at once, so that they do not block the workers. A tenant gets at most
//! half of either.
//!
//! Build actix-web without its features `compress-*` and `http2`: identity providers need neither, and a compressed
//! body could unpack to any size.

mod answer;
mod authenticated;
mod body;
mod builder;
mod caller;
mod in_flight;
mod large;
mod serve;
mod unread;

pub use answer::{BodyStart, Served};
pub use authenticated::Authenticated;
pub use builder::{BODY_DEADLINE, MAX_HEAD_BYTES, MAX_MEMORY_BYTES, ScimBuilder};
pub use caller::{Caller, Denied};
pub use unread::Unread;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Route, Scope, web};
use provost_core::text::excerpt;
use provost_core::{Error, ErrorKind};
use provost_provider::{Address, Answer, Authenticator, Provider};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The most bytes of an `X-Request-Id` that is taken over from a client; a longer one is replaced.
pub const MAX_REQUEST_ID_BYTES: usize = 64;

/// A SCIM server, ready to mount: made once by [`Scim::at`] and cloned for each worker.
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
    /// The scope to mount, at the path of the base URL. It answers every path and method below it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let data = web::Data::new(self.clone());
        web::scope(&self.mount).app_data(data).default_service(web::to(serve::serve::<A>))
    }

    /// Answers every path outside the scope with a SCIM error that says where SCIM is. Use it as
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

    /// The values of the base URL's parameters, if it has any.
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
    answer::send(Answer::refuse(e, &id), BodyStart::of(&Bytes::new()), id.into(), None)
}

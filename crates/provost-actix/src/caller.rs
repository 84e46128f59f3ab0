//! The extractor that everything which touches a tenant's data must have in its signature.

use crate::Scim;
use crate::answer::contain;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use provost_core::error::Place;
use provost_core::{Error, ErrorKind};
use provost_provider::{Address, AuthRequest, Authenticator, Refusal, Response, Session};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Who calls, with a store that is bound to their tenant.
///
/// A handler of your own can take it too, in the scope: a request without a good token is answered 401 and never
/// reaches it.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use provost_actix::{Caller, Scim};
/// use provost_provider::{MemoryStore, SettingsError, StaticToken};
///
/// async fn who(caller: Caller<StaticToken<MemoryStore>>) -> HttpResponse {
///     HttpResponse::Ok().body(caller.session.principal.credential.id.to_string())
/// }
///
/// let tokens = StaticToken::new("secret", MemoryStore::new());
/// let scim = Scim::at("https://app.example/scim/v2").authenticator(tokens).build()?;
/// let scope = scim.scope().route("/who", web::get().to(who));
/// # use actix_web::test::{TestRequest, call_service, init_service};
/// # actix_web::rt::System::new().block_on(async {
/// # let app = init_service(App::new().service(scope)).await;
/// # let asked = TestRequest::get().uri("/scim/v2/who");
/// # assert_eq!(call_service(&app, asked.to_request()).await.status(), 401);
/// # let asked = TestRequest::get().uri("/scim/v2/who").insert_header(("authorization", "Bearer secret"));
/// # assert_eq!(call_service(&app, asked.to_request()).await.status(), 200);
/// # });
/// # Ok::<(), SettingsError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Caller<A: Authenticator> {
    /// Principal, store and profile.
    pub session: Session<A::Store>,
    /// Where the request came, if the base URL has parameters.
    pub address: Option<Address>,
}

/// Why there is no [`Caller`]: 401 as a rule, always a SCIM error.
pub struct Denied(pub(crate) Refusal);

impl<A: Authenticator> FromRequest for Caller<A> {
    type Error = Denied;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Denied>>>>;

    fn from_request(http: &HttpRequest, _: &mut Payload) -> Self::Future {
        let http = http.clone();
        Box::pin(async move {
            let Some(scim) = http.app_data::<web::Data<Scim<A>>>() else {
                let message = "this handler has no `Scim` in its app data";
                return Err(Denied(Error::new(ErrorKind::Internal, message).into()));
            };
            let token = bearer(&http).map_err(|e| Denied(e.into()))?;
            let address = scim.address(&http).map_err(|e| Denied(e.into()))?;
            let request = AuthRequest::new(token).at(address.as_ref());
            let known = contain(scim.authenticator.authenticate(request)).await;
            match known.map_err(|e| Denied(e.into()))? {
                Ok(session) => Ok(Self { session, address }),
                Err(e) => Err(Denied(e.about(token))),
            }
        })
    }
}

/// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1; RFC 9110 section 11.1: the scheme has no case).
/// A token is read from nowhere else: queries end in logs.
fn bearer(http: &HttpRequest) -> Result<Option<&str>, Error> {
    let mut sent = http.headers().get_all(AUTHORIZATION);
    let Some(first) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return Err(Error::new(ErrorKind::BadRequest, "the header Authorization appears twice")
            .at(Place::header("Authorization"))
            .with_remedy("send one"));
    }
    // what is not even a text is a token of nobody
    let text = first.to_str().unwrap_or("Bearer ?").trim();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    Ok(scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim()))
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        denied.0
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Denied").field(&self.0.error().kind()).finish()
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// For handlers of your own that take a [`Caller`].
impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.error().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        crate::answer::respond(Response::refuse(&self.0, "-"), "-")
    }
}

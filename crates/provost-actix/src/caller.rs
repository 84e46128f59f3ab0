//! The extractor that every handler with access to a tenant's data must take.

use crate::answer::contain;
use crate::{Authenticated, Scim};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use provost_core::{Error, ErrorKind};
use provost_provider::{Address, AuthRequest, Authenticator, Refusal, Response, Session, admit};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// The authenticated caller, with a store that is bound to their tenant.
///
/// A handler of your own in the scope can take it too: a request without a valid token is answered 401 and never
/// reaches the handler.
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
    /// The values of the base URL's parameters, if it has any.
    pub address: Option<Address>,
}

/// Why there is no [`Caller`]: usually 401, always a SCIM error.
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
            let address = scim.address(&http).map_err(|e| Denied(e.into()))?;
            let headers: Vec<_> =
                http.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let request = AuthRequest::new(http.method().as_str(), http.uri().path(), &headers)
                .at(address.as_ref())
                .from_peer(http.peer_addr().map(|peer| peer.ip()));
            let admitted = contain(admit(&*scim.authenticator, request)).await;
            let session = admitted.map_err(|e| Denied(e.into()))?.map_err(Denied)?;
            if let Some(mark) = http.conn_data::<Authenticated>() {
                mark.set();
            }
            Ok(Self { session, address })
        })
    }
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

//! The protocol: one `match` from operation to answer.

mod bulk;
mod call;
mod create;
mod me;
mod paging;
mod plan;
mod read;
mod root;
mod search;
mod show;
mod sort;
mod write;

use crate::auth::Session;
use crate::discovery::Documents;
use crate::gate::Pass;
use crate::misplaced;
use crate::operation::{Discovery, Operation};
use crate::outcome::{Answer, Asked};
use crate::pool::Pool;
use crate::principal::Principal;
use crate::request::Request;
use crate::response::{Refusal, Response};
use crate::route::{Endpoint, route};
use crate::settings::{Settings, SettingsError};
use crate::store::Store;
use bytes::Bytes;
use call::Call;
use provost_core::patch::Effort;
use provost_core::resource::Service;
use provost_core::{Error, ErrorKind, Id};
use std::borrow::Cow;
use std::sync::Mutex;

/// Answers SCIM requests over any [`Store`]. Create one and share it.
///
/// ```
/// use provost_core::{Id, SchemaSet, Timestamp};
/// use provost_provider::{Credential, MemoryStore, Principal, Provider, Request, Session, Settings, SettingsError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), SettingsError> {
/// let base_url = "https://scim.example.com/scim/v2".parse()?;
/// let (clock, ids) = (|| Timestamp::from_millis(0), || Id::from("2819c223"));
/// let provider = Provider::new(Settings::new(base_url, SchemaSet::builtin().into(), clock, ids))?;
/// let session = Session::new(Principal::new("acme", Credential::token("key-1")), MemoryStore::new());
///
/// let mut request = Request::new("POST", "/Users");
/// request.content_type = Some("application/scim+json");
/// request.body = br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs"}"#;
/// let answer = provider.handle(&session, &request).await;
/// assert_eq!(answer.response.status, 201);
/// assert_eq!(answer.response.location.as_deref(), Some("https://scim.example.com/scim/v2/Users/2819c223"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    service: Service,
    documents: Documents,
    pool: Pool,
}

impl Provider {
    /// A provider. Makes the discovery documents.
    ///
    /// # Errors
    /// The settings contradict each other, or no request could satisfy them.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let service = Service::new(settings.base_url.as_str(), settings.schemas.clone());
        Ok(Self { documents: Documents::new(&settings, &service), service, settings, pool: Pool::new() })
    }

    /// The settings it was created with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A fresh identifier, for requests that bring none.
    #[must_use]
    pub fn fresh_id(&self) -> Id {
        (self.settings.ids)()
    }

    /// The most bytes a request's body may have. `None` if nothing will read the body, as for a write by a read-only
    /// client; an adapter need not receive it then.
    #[must_use]
    pub fn body_limit(&self, principal: &Principal, method: &str, path: &str) -> Option<usize> {
        let settings = &self.settings;
        let endpoint = Endpoint::find(path, &settings.schemas).ok()?;
        if principal.read_only && !matches!(endpoint, Endpoint::Search(_) | Endpoint::RootSearch) {
            return None;
        }
        match (endpoint, method) {
            (Endpoint::Collection(kind), "POST") | (Endpoint::Resource(kind, _), "PUT" | "PATCH") => {
                Some(match kind.members() {
                    Some(_) => settings.members_body_bytes,
                    None => settings.body_bytes,
                })
            }
            (Endpoint::Search(_), "POST") => Some(settings.body_bytes),
            (Endpoint::RootSearch, "POST") => settings.root_query.then_some(settings.body_bytes),
            (Endpoint::Me, "PUT" | "PATCH") => settings.me.as_ref().map(|_| settings.body_bytes),
            (Endpoint::Bulk, "POST") => settings.bulk.then_some(settings.bulk_bytes),
            _ => None,
        }
    }

    /// Answers a request that needs no session: reading the ServiceProviderConfig, which says how to authenticate (RFC
    /// 7643 section 5). `None` for all others.
    #[must_use]
    pub fn public(&self, request: &Request<'_>) -> Option<Answer> {
        match route(request, &self.settings.schemas).ok()? {
            Operation::Discover(what @ Discovery::ServiceProviderConfig) => {
                let answer = self.service_at(request).and_then(|service| self.discover(&what, &service));
                Some(answer.unwrap_or_else(|e| Answer::refuse(e, &request.origin.request_id)))
            }
            _ => None,
        }
    }

    /// Waits for a place to handle a request that may take long: for an adapter that hands a large body to another
    /// thread. There are as many places as processors, but at least two, shared with the work that a provider itself
    /// hands to other threads; a tenant gets at most half. Keep it until the request is answered, and set
    /// [`Request::may_take_long`].
    ///
    /// # Errors
    /// 429 if too many requests of the tenant are waiting, and 503 if too many are waiting in total.
    pub async fn place(&self, principal: &Principal) -> Result<Pass, Error> {
        self.pool.place(principal).await
    }

    /// Answers a request. Refusals and failures are answers too.
    ///
    /// It may be called on a thread that serves many connections: changes that take long to compute, and answers that
    /// take long to write, are handed to other threads.
    pub async fn handle<S: Store>(&self, session: &Session<S>, request: &Request<'_>) -> Answer {
        self.try_handle(session, request)
            .await
            .unwrap_or_else(|refusal| Answer::refuse(refusal, &request.origin.request_id))
    }

    async fn try_handle<S: Store>(
        &self,
        session: &Session<S>,
        request: &Request<'_>,
    ) -> Result<Answer, Refusal> {
        let service = self.service_at(request)?;
        let call = Call {
            settings: &self.settings,
            service: &service,
            session,
            origin: &request.origin,
            pool: &self.pool,
            may_take_long: request.may_take_long,
            effort: Mutex::new(Effort::of(&self.settings.limits)),
        };
        let located = |error: Error| self.located(error, request.path);
        let routed = route(request, &self.settings.schemas).map_err(|refusal| refusal.map(located))?;
        let operation = match routed {
            Operation::Me(request) => call.me(&request)?,
            other => other,
        };
        let asked = Asked::of(&operation);
        let answer = match call.permit(&asked) {
            Ok(()) => self.perform(&call, operation).await,
            Err(e) => Err(e),
        };
        let mut answer =
            answer.unwrap_or_else(|error| Answer::refuse(located(error), &request.origin.request_id));
        // a create has already set this, with the new id
        if matches!(answer.outcome.asked, Asked::Read) {
            answer.outcome.asked = asked;
        }
        Ok(answer)
    }

    /// Adds what to correct to the error, if the path shows that the base URL was entered wrongly.
    fn located(&self, error: Error, path: &str) -> Error {
        use ErrorKind::{InvalidFilter, InvalidVersion, MethodNotAllowed, NotFound};
        // including filters, since the query of a list arrives at `/Users/Users`, which is not a list
        if !matches!(error.kind(), NotFound | MethodNotAllowed | InvalidVersion | InvalidFilter) {
            return error;
        }
        match misplaced::remedy(path, &self.settings.base_url, &self.settings.schemas) {
            Some(remedy) => error.with_remedy(&remedy),
            None => error,
        }
    }

    /// The service, at the address of the request if the base URL has parameters.
    fn service_at(&self, request: &Request<'_>) -> Result<Cow<'_, Service>, Error> {
        if self.settings.base_url.parameters().is_empty() {
            return Ok(Cow::Borrowed(&self.service));
        }
        let missing = || Error::new(ErrorKind::Internal, "the request has no address");
        let address = request.address.ok_or_else(missing)?;
        Ok(Cow::Owned(Service { base: address.shared_base(), schemas: self.settings.schemas.clone() }))
    }

    async fn perform<S: Store>(&self, call: &Call<'_, S>, operation: Operation<'_>) -> Result<Answer, Error> {
        match operation {
            Operation::Create { resource_type, params, body } => {
                call.create(&resource_type, &params, body).await
            }
            Operation::Get { resource_type, id, params, conditions } => {
                call.get(&resource_type, &id, &params, &conditions).await
            }
            Operation::List { resource_type, params } => {
                call.list(&resource_type, &params, call.reader()).await
            }
            Operation::Search { resource_type: Some(resource_type), params, body } => {
                call.search(&resource_type, params, body).await
            }
            Operation::Search { resource_type: None, params, body } => call.search_all(params, body).await,
            Operation::ListAll { params } => call.list_all(&params, call.reader()).await,
            Operation::Bulk { body } => Box::pin(call.bulk(body)).await,
            Operation::Me(request) => Box::pin(self.perform(call, call.me(&request)?)).await,
            Operation::Replace { target, params, body } => call.replace(&target, &params, body).await,
            Operation::Patch { target, params, body } => call.patch(&target, &params, body).await,
            Operation::Delete { target } => call.delete(&target).await,
            Operation::Discover(what) => self.discover(&what, call.service),
            Operation::Options { allow } => {
                Ok(Response { allow: Some(allow), ..Response::empty(204) }.into())
            }
        }
    }

    fn discover(&self, what: &Discovery, service: &Service) -> Result<Answer, Error> {
        let mut body = self.documents.find(what)?;
        if service.base != self.service.base {
            // neither needs JSON escapes: parameters are letters, and their values percent-encoded
            let text = String::from_utf8_lossy(&body).replace(&*self.service.base, &service.base);
            body = Bytes::from(text);
        }
        Ok(Response::json(200, body).into())
    }
}

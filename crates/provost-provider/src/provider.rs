//! The protocol: one `match` from operation to answer.

mod bulk;
mod call;
mod create;
mod me;
mod paging;
mod read;
mod root;
mod search;
mod sort;
mod write;

use crate::auth::Session;
use crate::discovery::Documents;
use crate::operation::{Discovery, Operation};
use crate::outcome::{Answer, Asked};
use crate::request::Request;
use crate::response::{Refusal, Response};
use crate::route::{Endpoint, route};
use crate::settings::Settings;
use crate::store::Store;
use bytes::Bytes;
use call::Call;
use provost_core::{Error, Id};

/// Answers SCIM requests over any [`Store`]. Made once and shared.
///
/// ```
/// use provost_core::resource::Service;
/// use provost_core::{Id, Profile, SchemaSet, Timestamp};
/// use provost_provider::{Credential, MemoryStore, Principal, Provider, Request, Session, Settings};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
/// let store = MemoryStore::new(service.clone());
/// let provider = Provider::new(Settings::new(service, || Timestamp::from_millis(0), || Id::from("2819c223")));
/// let principal = Principal::new("acme", Credential::token("key-1"));
/// let session = Session { principal, store, profile: Profile::entra() };
///
/// let mut request = Request::new("POST", "/Users");
/// request.body = br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs"}"#;
/// let answer = provider.handle(&session, &request).await;
/// assert_eq!(answer.response.status, 201);
/// assert_eq!(answer.response.location.as_deref(), Some("https://scim.example.com/scim/v2/Users/2819c223"));
/// # }
/// ```
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    documents: Documents,
}

impl Provider {
    /// A provider; the discovery documents are made here.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { documents: Documents::new(&settings), settings }
    }

    /// What it was told.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A fresh identifier, for requests that bring none.
    #[must_use]
    pub fn fresh_id(&self) -> Id {
        (self.settings.ids)()
    }

    /// How many bytes the body of a request may have. `None` when nobody will look at it: an adapter need not read it.
    #[must_use]
    pub fn body_limit(&self, method: &str, path: &str) -> Option<usize> {
        let settings = &self.settings;
        let endpoint = Endpoint::find(path, &settings.service.schemas).ok()?;
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

    /// The answer to a request that needs no session, if it is one: reading the ServiceProviderConfig, which says how
    /// to authenticate (RFC 7643 section 5).
    #[must_use]
    pub fn public(&self, request: &Request<'_>) -> Option<Answer> {
        match route(request, &self.settings.service.schemas).ok()? {
            Operation::Discover(what @ Discovery::ServiceProviderConfig) => {
                Some(self.discover(&what).unwrap_or_else(|e| Answer::refuse(e, request.id)))
            }
            _ => None,
        }
    }

    /// Answers a request. Every refusal and failure is an answer too.
    pub async fn handle<S: Store>(&self, session: &Session<S>, request: &Request<'_>) -> Answer {
        let routed = route(request, &self.settings.service.schemas);
        let call = Call { settings: &self.settings, session, request_id: request.id };
        let operation = match routed {
            Ok(Operation::Me(request)) => call.me(&request).map_err(Refusal::from),
            other => other,
        };
        let operation = match operation {
            Ok(operation) => operation,
            Err(refusal) => return Answer::refuse(refusal, request.id),
        };
        let asked = Asked::of(&operation);
        let answer = self.perform(session, operation, request.id).await;
        let mut answer = answer.unwrap_or_else(|error| Answer::refuse(error, request.id));
        // what made something said so itself, with its id
        if matches!(answer.outcome.asked, Asked::Read) {
            answer.outcome.asked = asked;
        }
        answer
    }

    /// Performs an operation.
    ///
    /// # Errors
    /// Whatever the client is to be told; [`Answer::refuse`] makes an answer of it.
    pub async fn perform<S: Store>(
        &self,
        session: &Session<S>,
        operation: Operation<'_>,
        request_id: &str,
    ) -> Result<Answer, Error> {
        let call = Call { settings: &self.settings, session, request_id };
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
            Operation::Me(request) => {
                let operation = call.me(&request)?;
                Box::pin(self.perform(session, operation, request_id)).await
            }
            Operation::Replace { target, params, body } => call.replace(&target, &params, body).await,
            Operation::Patch { target, params, body } => call.patch(&target, &params, body).await,
            Operation::Delete { target } => call.delete(&target).await,
            Operation::Discover(what) => self.discover(&what),
            Operation::Options { allow } => {
                Ok(Response { allow: Some(allow), ..Response::empty(204) }.into())
            }
        }
    }

    fn discover(&self, what: &Discovery) -> Result<Answer, Error> {
        self.documents.find(what).map(|body: Bytes| Response::json(200, body).into())
    }
}

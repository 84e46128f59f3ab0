//! The protocol over a store, without HTTP: a provider whose clock advances a second with each look, and whose ids count.

use crate::body::{group, user};
use crate::time::settings;
use provost_core::resource::Service;
use provost_core::value::{Value, parse_object};
use provost_core::{ErrorKind, Object, Profile, SchemaSet};
use provost_provider::{
    Credential, MemoryStore, Outcome, Principal, Provider, Request, Response, Session, Settings, Store,
};

/// The URL below which resources are.
pub const BASE: &str = "https://example.com/scim/v2";

/// A provider and a client of it.
#[derive(Debug)]
pub struct Server<S = MemoryStore> {
    /// The provider that the client calls.
    pub provider: Provider,
    /// The client's session.
    pub session: Session<S>,
}

/// The built-in schemas.
pub fn service() -> Service {
    Service::new(BASE, SchemaSet::builtin().into())
}

/// Pages of three resources by default, and of five at most.
pub fn server(profile: Profile) -> Server {
    Server::over(MemoryStore::new(), profile)
}

/// The same in the strict profile and in Entra's.
pub fn both() -> [Server; 2] {
    [server(Profile::strict()), server(Profile::entra())]
}

/// The strict profile with the default settings: pages of a hundred resources.
pub fn strict() -> Server {
    Server::strict_with(SchemaSet::builtin(), |_| ())
}

impl Server {
    /// The strict profile with these schemas and changed settings.
    pub fn strict_with(set: SchemaSet, also: impl FnOnce(&mut Settings)) -> Self {
        let service = Service::new(BASE, set.into());
        let mut settings = settings(service);
        also(&mut settings);
        Self::new(settings, MemoryStore::new(), Profile::strict())
    }

    /// The same service, called by another tenant.
    #[must_use]
    pub fn other_tenant(self) -> Self {
        let store = self.session.store.tenant("other");
        let session = Session::new(self.session.principal, store);
        Self {
            session: match self.session.profile {
                Some(profile) => session.with_profile(profile),
                None => session,
            },
            ..self
        }
    }
}

impl<S: Store> Server<S> {
    fn new(settings: Settings, store: S, profile: Profile) -> Self {
        let session = Session::new(principal("key-1"), store).with_profile(profile);
        Self { provider: Provider::new(settings).unwrap(), session }
    }

    /// Over a store, with the pages of [`server`].
    pub fn over(store: S, profile: Profile) -> Self {
        Self::set_up(store, profile, |_| ())
    }

    /// The same with changed settings.
    pub fn set_up(store: S, profile: Profile, also: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(service());
        (settings.page, settings.max_page) = (3, 5);
        also(&mut settings);
        Self::new(settings, store, profile)
    }

    /// A request without a body. `target` is a path, possibly with a query.
    pub async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, "").await
    }

    /// A request with a body, or with an empty one.
    pub async fn send(&self, method: &str, target: &str, body: &str) -> Answer {
        self.send_with(method, target, body, |_| ()).await
    }

    /// The same with conditions and other parts of a request.
    pub async fn send_with<'a>(
        &self,
        method: &'a str,
        target: &'a str,
        body: &'a str,
        also: impl FnOnce(&mut Request<'a>),
    ) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request::new(method, path);
        request.query = query;
        request.body = body.as_bytes();
        request.content_type = (!body.is_empty()).then_some("application/scim+json");
        request.origin = "request-1".into();
        also(&mut request);
        Answer::from(self.provider.handle(&self.session, &request).await)
    }

    /// Creates a user and returns its id.
    pub async fn user(&self, name: &str) -> String {
        self.make("/Users", &user(name)).await
    }

    /// Creates a group and returns its id.
    pub async fn group(&self, name: &str, members: &[&str]) -> String {
        self.make("/Groups", &group(name, members)).await
    }

    /// Creates a resource and returns its id.
    pub async fn make(&self, endpoint: &str, body: &str) -> String {
        let made = self.send("POST", endpoint, body).await;
        assert_eq!(made.is(), "201", "{}", made.text);
        made.text("id")
    }
}

/// A client of the tests' tenant.
pub fn principal(key_id: &str) -> Principal {
    Principal::new("acme", Credential::token(key_id))
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// As the provider returns it.
    pub response: Response,
    /// The outcome of the request.
    pub outcome: Outcome,
    /// Its body.
    pub text: String,
}

impl From<provost_provider::Answer> for Answer {
    fn from(answer: provost_provider::Answer) -> Self {
        let provost_provider::Answer { response, outcome, .. } = answer;
        let text = response.body.as_ref().map(|b| String::from_utf8(b.to_vec()).unwrap()).unwrap_or_default();
        let answer = Self { response, outcome, text };
        answer.check_shape();
        answer
    }
}

impl Answer {
    /// The body.
    pub fn json(&self) -> Object {
        parse_object(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Its status.
    pub fn status(&self) -> u16 {
        self.response.status
    }

    /// Status, and scimType if there is one: `400 invalidValue`.
    pub fn is(&self) -> String {
        match self.status() {
            ok @ ..400 => ok.to_string(),
            fault => format!("{fault} {}", self.json().str("scimType").unwrap_or_default()).trim().to_owned(),
        }
    }

    /// The `detail` of a refusal.
    pub fn detail(&self) -> String {
        self.text("detail")
    }

    /// The version in the header.
    pub fn etag(&self) -> &str {
        self.response.etag.as_deref().unwrap()
    }

    /// A header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.response.headers().find(|(n, _)| *n == name).map(|(_, v)| v.into_owned())
    }

    /// The value at a path like `meta.version`, taking the first element of each array on the way.
    pub fn value(&self, path: &str) -> Option<Value> {
        let mut now = Value::from(self.json());
        for name in path.split('.') {
            now = now.elements().first()?.as_object()?.get(name)?.clone();
        }
        Some(now)
    }

    /// The same as text; it must be there.
    pub fn text(&self, path: &str) -> String {
        as_text(&self.value(path).unwrap_or_else(|| panic!("no {path} in {}", self.text)))
    }

    /// The same as text, taking the first element at the end as well.
    pub fn at(&self, path: &str) -> Option<String> {
        self.value(path)?.elements().first().map(as_text)
    }

    /// The names of the top-level members, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.json().iter().map(|(n, _)| n.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// One text attribute of each resource in a list, or `-`.
    pub fn each(&self, name: &str) -> Vec<String> {
        let json = self.json();
        let list = json.get("Resources").unwrap().as_array().unwrap();
        list.iter().map(|r| r.as_object().unwrap().str(name).unwrap_or("-").to_owned()).collect()
    }

    /// Asserts what is true of every answer.
    fn check_shape(&self) {
        let status = self.response.status;
        let typed = self.response.headers().any(|h| h == ("content-type", "application/scim+json".into()));
        assert_eq!(typed, !self.text.is_empty(), "{status} {}", self.text);
        if status < 400 {
            // a bulk answer is 200 whatever became of its operations
            assert!(self.outcome.failure().is_none() || self.text.contains(":BulkResponse"));
            assert_eq!(matches!(status, 204 | 304), self.text.is_empty(), "{status} {}", self.text);
            return;
        }
        let json = self.json();
        let names: Vec<&str> = json.iter().map(|(n, _)| n.as_str()).collect();
        let allowed = ["schemas", "status", "scimType", "detail"];
        assert!(names.iter().all(|n| allowed.contains(n)), "{names:?}");
        assert_eq!(self.at("schemas").as_deref(), Some("urn:ietf:params:scim:api:messages:2.0:Error"));
        assert_eq!(json.str("status"), Some(status.to_string().as_str()));
        assert!(!json.str("detail").unwrap().is_empty());
        assert_eq!(status == 405, self.response.allow.is_some());
        // an error in a filter, path or body names a place in it
        let error = self.outcome.failure().unwrap();
        let of_the_url = [ErrorKind::BadRequest, ErrorKind::InvalidVersion, ErrorKind::TooMany];
        let placed = error.place().is_some() || of_the_url.contains(&error.kind());
        assert!(status != 400 || placed, "no place: {error}");
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

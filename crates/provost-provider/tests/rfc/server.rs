//! A strict provider over a store in memory.

use provost_core::resource::Site;
use provost_core::value::{Value, parse_object};
use provost_core::{Id, Object, Profile, SchemaSet, Timestamp, urn};
use provost_provider::{MemoryStore, Principal, Provider, Request, Response, Session, Settings};
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) const BASE: &str = "https://example.com/scim/v2";

pub(crate) struct Server {
    provider: Provider,
    session: Session<MemoryStore>,
}

pub(crate) fn server() -> Server {
    Server::new(SchemaSet::builtin())
}

impl Server {
    pub(crate) fn new(set: SchemaSet) -> Self {
        Self::set_up(set, |_| ())
    }

    /// With other settings than the usual.
    pub(crate) fn set_up(set: SchemaSet, also: impl FnOnce(&mut Settings)) -> Self {
        let site = Site::new(BASE, set.into());
        let (ticks, ids) = (AtomicI64::new(0), AtomicI64::new(0));
        let mut settings = Settings::new(
            site.clone(),
            move || Timestamp::from_millis(1_700_000_000_000 + 1000 * ticks.fetch_add(1, Ordering::Relaxed)),
            move || Id::from(format!("id-{}", 1 + ids.fetch_add(1, Ordering::Relaxed))),
        );
        also(&mut settings);
        let session = Session {
            principal: Principal::new("key-1"),
            store: MemoryStore::new(site),
            profile: Profile::strict(),
        };
        Self { provider: Provider::new(settings), session }
    }

    /// The same service, asked by another tenant.
    pub(crate) fn other_tenant(self) -> Self {
        let store = self.session.store.tenant("other");
        Self { session: Session { store, ..self.session }, ..self }
    }

    pub(crate) async fn send(&self, method: &str, target: &str, body: &str) -> Answer {
        self.send_with(method, target, body, |_| ()).await
    }

    pub(crate) async fn send_with<'a>(
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
        also(&mut request);
        Answer::from(self.provider.handle(&self.session, &request).await)
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, "").await
    }

    /// Makes a resource, and gives its id.
    pub(crate) async fn make(&self, endpoint: &str, body: &str) -> String {
        let made = self.send("POST", endpoint, body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.text("id")
    }

    pub(crate) async fn user(&self, name: &str) -> String {
        self.make("/Users", &user(name, "")).await
    }
}

/// A User with more attributes: `"title":"x"`.
pub(crate) fn user(name: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(r#"{{"schemas":["{}"],"userName":"{name}"{comma}{more}}}"#, urn::USER)
}

pub(crate) fn group(name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    format!(r#"{{"schemas":["{}"],"displayName":"{name}","members":[{}]}}"#, urn::GROUP, members.join(","))
}

pub(crate) fn patch(operations: &str) -> String {
    format!(r#"{{"schemas":["{}"],"Operations":[{operations}]}}"#, urn::PATCH_OP)
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) response: Response,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let text = response.body.as_ref().map(|b| String::from_utf8(b.to_vec()).unwrap()).unwrap_or_default();
        Self { status: response.status, text, response }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Object {
        parse_object(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Status and scimType: `400 invalidValue`.
    pub(crate) fn is(&self) -> String {
        match self.status {
            ok @ ..400 => ok.to_string(),
            fault => format!("{fault} {}", self.json().str("scimType").unwrap_or_default()).trim().to_owned(),
        }
    }

    /// The value at a path like `meta.version`; of the first element where there are several.
    pub(crate) fn at(&self, path: &str) -> Option<Value> {
        let mut now = Value::from(self.json());
        for name in path.split('.') {
            now = now.elements().first()?.as_object()?.get(name)?.clone();
        }
        Some(now)
    }

    pub(crate) fn text(&self, path: &str) -> String {
        match self.at(path) {
            Some(Value::String(s)) => s,
            Some(other) => other.to_string(),
            None => panic!("no {path} in {}", self.text),
        }
    }

    /// The names of the top-level members, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.json().iter().map(|(n, _)| n.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// One text of each resource of a list, joined.
    pub(crate) fn each(&self, name: &str) -> String {
        let json = self.json();
        let list = json.get("Resources").map_or(&[][..], Value::elements);
        list.iter().map(|r| r.as_object().unwrap().str(name).unwrap_or("-")).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.response.headers().find(|(n, _)| *n == name).map(|(_, v)| v.into_owned())
    }
}

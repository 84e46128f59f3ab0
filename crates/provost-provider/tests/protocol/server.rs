//! A provider over a store in memory, with a clock that ticks a second a look and ids that count.

use provost_core::resource::Site;
use provost_core::value::{Value, parse_object};
use provost_core::{Id, Object, Profile, SchemaSet, Timestamp};
use provost_provider::{MemoryStore, Principal, Provider, Request, Response, Session, Settings, Store};
use std::sync::atomic::{AtomicI64, Ordering};

pub(crate) const BASE: &str = "https://example.com/scim/v2";

pub(crate) struct Server<S = MemoryStore> {
    pub(crate) provider: Provider,
    pub(crate) session: Session<S>,
}

pub(crate) fn site() -> Site {
    Site::new(BASE, SchemaSet::builtin().into())
}

pub(crate) fn server(profile: Profile) -> Server {
    Server::over(MemoryStore::new(site()), profile)
}

pub(crate) fn both() -> [Server; 2] {
    [server(Profile::strict()), server(Profile::entra())]
}

impl<S: Store> Server<S> {
    pub(crate) fn over(store: S, profile: Profile) -> Self {
        Self::set_up(store, profile, |_| ())
    }

    /// With other settings than the usual.
    pub(crate) fn set_up(store: S, profile: Profile, also: impl FnOnce(&mut Settings)) -> Self {
        let (ticks, ids) = (AtomicI64::new(0), AtomicI64::new(0));
        let mut settings = Settings::new(
            site(),
            move || Timestamp::from_millis(1_700_000_000_000 + 1000 * ticks.fetch_add(1, Ordering::Relaxed)),
            move || Id::from(format!("id-{:03}", 1 + ids.fetch_add(1, Ordering::Relaxed))),
        );
        (settings.page, settings.max_page) = (3, 5);
        also(&mut settings);
        let session = Session { principal: Principal::new("key-1"), store, profile };
        Self { provider: Provider::new(settings), session }
    }

    /// `target` is a path with a query or without.
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
        request.id = "request-1";
        also(&mut request);
        Answer::from(self.provider.handle(&self.session, &request).await)
    }

    /// Makes a user and gives its id.
    pub(crate) async fn user(&self, name: &str) -> String {
        self.make("Users", &user(name)).await
    }

    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> String {
        self.make("Groups", &group(name, members)).await
    }

    pub(crate) async fn make(&self, endpoint: &str, body: &str) -> String {
        let made = self.send("POST", &format!("/{endpoint}"), body).await;
        assert_eq!(made.is(), "201", "{}", made.text);
        made.json().str("id").unwrap().to_owned()
    }
}

pub(crate) fn user(name: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}"}}"#)
}

pub(crate) fn group(name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
    format!(r#"{{"schemas":["{schema}"],"displayName":"{name}","members":[{}]}}"#, members.join(","))
}

pub(crate) fn patch(operations: &str) -> String {
    format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operations}]}}"#)
}

pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) text: String,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let text = response.body.as_ref().map(|b| String::from_utf8(b.to_vec()).unwrap()).unwrap_or_default();
        let answer = Self { response, text };
        answer.check_shape();
        answer
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Object {
        parse_object(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// Status, and scimType if there is one: `400 invalidValue`.
    pub(crate) fn is(&self) -> String {
        match self.response.status {
            ok @ ..400 => ok.to_string(),
            fault => format!("{fault} {}", self.json().str("scimType").unwrap_or_default()).trim().to_owned(),
        }
    }

    pub(crate) fn detail(&self) -> String {
        self.json().str("detail").unwrap().to_owned()
    }

    pub(crate) fn etag(&self) -> &str {
        self.response.etag.as_deref().unwrap()
    }

    /// A text at a path like `meta.version`, of the first element where there are several.
    pub(crate) fn at(&self, path: &str) -> Option<String> {
        let mut now = Value::from(self.json());
        for name in path.split('.') {
            now = now.elements().first()?.as_object()?.get(name)?.clone();
        }
        Some(match now.elements().first()? {
            Value::String(s) => s.clone(),
            other => other.to_string(),
        })
    }

    /// One text of each resource of a list.
    pub(crate) fn each(&self, name: &str) -> Vec<String> {
        let json = self.json();
        let list = json.get("Resources").unwrap().as_array().unwrap();
        list.iter().map(|r| r.as_object().unwrap().str(name).unwrap_or("-").to_owned()).collect()
    }

    /// What holds of every answer.
    fn check_shape(&self) {
        let status = self.response.status;
        let typed = self.response.headers().any(|h| h == ("content-type", "application/scim+json".into()));
        assert_eq!(typed, !self.text.is_empty(), "{status} {}", self.text);
        if status < 400 {
            // a bulk answer is 200 whatever its operations came to
            assert!(self.response.failure.is_none() || self.text.contains(":BulkResponse"));
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
    }
}

//! A SCIM server just complete enough to be judged, with faults that can be planted.

use crate::certificate::Certificate;
use provost_conformance::{Member, Observer, Restart, Target, Team, TeamMember};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) const TOKEN: &str = "the-right-token";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const TIME: &str = "2026-11-23T10:00:00Z";

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// POST answers 200.
    WrongStatus,
    /// POST answers without `Location`.
    NoLocation,
    /// Answers are `application/json`.
    WrongContentType,
    /// A PATCH changes the value that it answers with, but not what is stored.
    DoesNotStore,
    /// A PATCH that changes nothing updates the date of the resource.
    Touches,
    /// Objects contain nulls.
    Nulls,
    /// Pages are one short.
    ShortPages,
    /// Every page is the first one.
    SamePage,
    /// The request with this number is one too many.
    BusyAt(u32),
    /// A refused POST leaves a user behind.
    ChangesWhenRefusing,
    /// Instead of an error answer the connection is closed, and so are all later ones.
    DiesWhenRefusing,
    /// Errors say nothing useful.
    SaysLittle,
    /// An error has an extra member.
    TalksTooMuch,
    /// A disabled user keeps the membership.
    KeepsMembership,
    /// Any token is accepted.
    AnyToken,
    /// A kill loses all data.
    ForgetsOnRestart,
}

#[derive(Default)]
struct Directory {
    /// By path, such as `/Users/1`.
    resources: BTreeMap<String, Value>,
    minted: u32,
    dead: bool,
    asked: u32,
}

#[derive(Clone)]
pub(crate) struct Fake {
    address: SocketAddr,
    fault: Fault,
    directory: Arc<Mutex<Directory>>,
    certificate: Option<Arc<Certificate>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Option<Value>,
}

impl Fake {
    pub(crate) fn start(fault: Fault) -> Self {
        Self::start_with(fault, None)
    }

    /// The same over TLS.
    pub(crate) fn start_tls(certificate: Certificate) -> Self {
        Self::start_with(Fault::None, Some(Arc::new(certificate)))
    }

    fn start_with(fault: Fault, certificate: Option<Arc<Certificate>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Self { address, fault, directory: Arc::default(), certificate };
        let server = fake.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects is no concern of the server.
                drop(match &server.certificate {
                    Some(certificate) => server.serve(certificate.accept(stream)),
                    None => server.serve(stream),
                });
            }
        });
        fake
    }

    pub(crate) fn target(&self) -> Target {
        Target::new(&self.base_url(), TOKEN).unwrap()
    }

    /// A PEM file that makes a client accept this server.
    pub(crate) fn authority(&self) -> PathBuf {
        self.certificate.as_ref().unwrap().file.path().to_owned()
    }

    pub(crate) fn resources(&self) -> usize {
        self.directory.lock().unwrap().resources.len()
    }

    fn base_url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/scim/v2", self.address)
    }

    fn serve(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let reply = match read_request(&mut reader)? {
            Some(request) => self.answer(&request),
            None => self.refuse(400, None, "this is no HTTP"),
        };
        if self.directory.lock().unwrap().dead {
            return Ok(());
        }
        let stream = reader.get_mut();
        let body = reply.body.map(|body| body.to_string()).unwrap_or_default();
        let content_type =
            if self.fault == Fault::WrongContentType { "application/json" } else { "application/scim+json" };
        write!(stream, "HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status)?;
        for (name, value) in reply.headers {
            write!(stream, "{name}: {value}\r\n")?;
        }
        write!(stream, "Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        stream.flush()
    }

    fn answer(&self, request: &Request) -> Reply {
        let asked = {
            let mut directory = self.directory.lock().unwrap();
            directory.asked += 1;
            directory.asked
        };
        if self.fault == Fault::BusyAt(asked) {
            let mut reply = self.refuse(429, None, "come back later");
            reply.headers.push(("Retry-After", "1".to_owned()));
            return reply;
        }
        let right =
            request.headers.get("authorization").is_some_and(|value| value == &format!("Bearer {TOKEN}"));
        if !right && self.fault != Fault::AnyToken {
            let mut reply = self.refuse(401, None, "the token is not valid");
            reply.headers.push(("WWW-Authenticate", "Bearer realm=\"scim\"".to_owned()));
            return reply;
        }
        let Some(path) = request.path.strip_prefix("/scim/v2") else {
            return self.refuse(404, None, "there is nothing here");
        };
        match (request.method.as_str(), path) {
            ("POST", "/Users" | "/Groups") => self.create(path, &request.body),
            ("GET", "/Users" | "/Groups") => self.list(path, &request.query),
            ("GET", path) => self.read(path),
            ("PATCH", path) => self.patch(path, &request.body),
            ("DELETE", path) => self.delete(path),
            _ => self.refuse(405, None, "the endpoint lacks this method"),
        }
    }

    fn refuse(&self, status: u16, scim_type: Option<&str>, detail: &str) -> Reply {
        let mut body = json!({"schemas": [ERROR], "status": status.to_string(), "detail": detail});
        if let Some(scim_type) = scim_type {
            body["scimType"] = scim_type.into();
        }
        let mut directory = self.directory.lock().unwrap();
        match self.fault {
            Fault::SaysLittle => body["detail"] = "bad request".into(),
            Fault::TalksTooMuch => body["trace"] = "line 42".into(),
            Fault::DiesWhenRefusing => directory.dead = true,
            Fault::ChangesWhenRefusing => {
                let ghost = json!({"id": "ghost", "userName": "ghost"});
                directory.resources.insert("/Users/ghost".to_owned(), ghost);
            }
            _ => {}
        }
        Reply { status, headers: Vec::new(), body: Some(body) }
    }

    fn create(&self, collection: &str, body: &[u8]) -> Reply {
        let Ok(mut resource) = serde_json::from_slice::<Value>(body) else {
            return self.refuse(400, Some("invalidSyntax"), "the body is no JSON from byte 1 on");
        };
        let attribute = if collection == "/Users" { "userName" } else { "displayName" };
        let Some(name) = resource[attribute].as_str().map(str::to_lowercase) else {
            return self.refuse(400, Some("invalidValue"), &format!("`{attribute}` is required"));
        };
        let mut directory = self.directory.lock().unwrap();
        let taken = directory.resources.iter().any(|(path, other)| {
            path.starts_with(collection)
                && other[attribute].as_str().is_some_and(|own| own.to_lowercase() == name)
        });
        if taken {
            drop(directory);
            return self.refuse(409, Some("uniqueness"), &format!("`{attribute}` is taken"));
        }
        directory.minted += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", directory.minted);
        let path = format!("{collection}/{id}");
        let location = format!("{}{path}", self.base_url());
        let kind = if collection == "/Users" { "User" } else { "Group" };
        resource["id"] = id.into();
        resource["meta"] =
            json!({"resourceType": kind, "created": TIME, "lastModified": TIME, "location": location});
        directory.resources.insert(path, resource.clone());
        let status = if self.fault == Fault::WrongStatus { 200 } else { 201 };
        let headers = if self.fault == Fault::NoLocation { vec![] } else { vec![("Location", location)] };
        Reply { status, headers, body: Some(resource) }
    }

    fn list(&self, collection: &str, query: &str) -> Reply {
        let query = query.replace('+', " ").replace("%20", " ").replace("%22", "\"").replace("%40", "@");
        let query: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let filter = query.get("filter").map(|filter| filter.splitn(3, ' ').collect::<Vec<_>>());
        let matches = |resource: &Value| match filter.as_deref() {
            Some([name, "eq", value]) => {
                let own = resource[*name].as_str().unwrap_or_default();
                own.eq_ignore_ascii_case(value.trim_matches('"'))
            }
            _ => true,
        };
        let directory = self.directory.lock().unwrap();
        let within = directory.resources.iter().filter(|(path, _)| path.starts_with(collection));
        let all: Vec<Value> = within.map(|(_, resource)| resource.clone()).filter(matches).collect();
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1);
        let skipped = if self.fault == Fault::SamePage { 0 } else { start - 1 };
        let count = number("count").unwrap_or(100);
        let count = if self.fault == Fault::ShortPages { count.saturating_sub(1) } else { count };
        let page: Vec<&Value> = all.iter().skip(skipped).take(count).collect();
        let body = json!({
            "schemas": [LIST],
            "totalResults": all.len(),
            "startIndex": start,
            "itemsPerPage": page.len(),
            "Resources": page,
        });
        Reply { status: 200, headers: Vec::new(), body: Some(body) }
    }

    fn read(&self, path: &str) -> Reply {
        let found = self.directory.lock().unwrap().resources.get(path).cloned();
        match found {
            Some(mut resource) => {
                if self.fault == Fault::Nulls {
                    resource["title"] = Value::Null;
                }
                Reply { status: 200, headers: Vec::new(), body: Some(resource) }
            }
            None => self.refuse(404, None, "there is no such resource"),
        }
    }

    fn patch(&self, path: &str, body: &[u8]) -> Reply {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut directory = self.directory.lock().unwrap();
        let Some(resource) = directory.resources.get_mut(path) else {
            drop(directory);
            return self.refuse(404, None, "there is no such resource");
        };
        let mut changed = resource.clone();
        for operation in body["Operations"].as_array().into_iter().flatten() {
            let value = match operation["value"].as_str() {
                Some("True") => json!(true),
                Some("False") => json!(false),
                _ => operation["value"].clone(),
            };
            changed[operation["path"].as_str().unwrap_or("nickName")] = value;
        }
        if self.fault == Fault::Touches {
            changed["meta"]["lastModified"] = "2026-11-23T11:00:00Z".into();
        }
        if self.fault != Fault::DoesNotStore {
            *resource = changed.clone();
        }
        Reply { status: 200, headers: Vec::new(), body: Some(changed) }
    }

    fn delete(&self, path: &str) -> Reply {
        let mut directory = self.directory.lock().unwrap();
        let Some(gone) = directory.resources.remove(path) else {
            drop(directory);
            return self.refuse(404, None, "there is no such resource");
        };
        for resource in directory.resources.values_mut() {
            if let Some(members) = resource.get_mut("members").and_then(Value::as_array_mut) {
                members.retain(|member| member["value"] != gone["id"]);
            }
        }
        Reply { status: 204, headers: Vec::new(), body: None }
    }

    fn active_users(&self) -> Vec<(String, String)> {
        let directory = self.directory.lock().unwrap();
        let users = directory.resources.iter().filter(|(path, _)| path.starts_with("/Users"));
        let active =
            users.filter(|(_, user)| self.fault == Fault::KeepsMembership || user["active"] != json!(false));
        active.map(|(_, user)| (text(&user["id"]), text(&user["userName"]))).collect()
    }
}

impl Observer for Fake {
    fn members(&self) -> Result<Vec<Member>, String> {
        let members = self.active_users().into_iter().map(|(id, user_name)| Member {
            user_name,
            display_name: None,
            email: None,
            role: "member".to_owned(),
            state: "provisioned".to_owned(),
            scim_user_id: Some(id),
            managed_by: None,
            teams: Vec::new(),
        });
        Ok(members.collect())
    }

    fn teams(&self) -> Result<Vec<Team>, String> {
        let active = self.active_users();
        let directory = self.directory.lock().unwrap();
        let groups = directory.resources.iter().filter(|(path, _)| path.starts_with("/Groups"));
        let teams = groups.map(|(_, group)| {
            let members = group["members"].as_array().into_iter().flatten();
            let ids: Vec<String> = members.map(|member| text(&member["value"])).collect();
            let granted = active.iter().filter(|(id, _)| ids.contains(id)).cloned();
            Team {
                slug: text(&group["displayName"]).to_lowercase(),
                name: text(&group["displayName"]),
                group_id: Some(text(&group["id"])),
                members: granted
                    .map(|(id, user_name)| TeamMember { user_name, scim_user_id: Some(id) })
                    .collect(),
            }
        });
        Ok(teams.collect())
    }
}

impl Restart for Fake {
    fn restart(&self) -> Result<String, String> {
        if self.fault == Fault::ForgetsOnRestart {
            self.directory.lock().unwrap().resources.clear();
        }
        Ok(self.base_url())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `None` if it is not a request.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let [method, target, "HTTP/1.1"] = words.as_slice() else {
        return Ok(None);
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (method, path, query) = (method.to_string(), path.to_owned(), query.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, path, query, headers, body }))
}

//! A panic in the application's hook, in the middle of a write, over HTTP and SQLite: the client gets a SCIM error with
//! an incident, the whole request is undone, and the server continues.
//!
//! The server is built as an embedding application would, so nothing of this is in the binary.
//!
//! Seen to fail: without the writer's `catch_unwind`, with a panicked job's savepoint released instead of rolled back,
//! with savepoints left open inside it, and with the incident missing from the answer.

#![expect(clippy::expect_used, reason = "a test: a panic is its way to fail")]
#![expect(clippy::panic, reason = "the planted fault")]

use actix_web::{App, HttpServer};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost::actix::Scim;
use provost::hook::{Decision, Event, Hook, HookError, Intent, TenantId, WriteContext};
use provost::sqlite::{Conn, Database, Directory, Options};
use provost::{Profile, SchemaSet, StaticToken};
use provost_testing::folder::Folder;
use provost_testing::http::{self, Answer};
use provost_testing::json::{group, patch};
use provost_testing::time::{counting, ticking};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;

/// The panic message, which must not reach a client.
const REASON: &str = "the hook's arithmetic broke";

/// Writes a row for every event, and panics where the request id says so: `X-Request-Id: break-written`.
struct Fragile;

impl Fragile {
    fn meet(conn: &mut Conn, cx: &WriteContext, place: &str) -> Result<(), HookError> {
        let note = |conn: &mut Conn| {
            diesel::sql_query("insert into note values (1)").execute(conn).map_err(HookError::from)
        };
        note(conn)?;
        let wanted = cx.context.origin.request_id.strip_prefix("break-").unwrap_or_default();
        if wanted == place {
            panic!("{REASON}");
        }
        // with savepoints of its own open, two deep
        if wanted == "nested" && place == "written" {
            conn.transaction::<(), HookError, _>(|conn| {
                note(conn)?;
                conn.transaction(|conn| {
                    note(conn)?;
                    panic!("{REASON}")
                })
            })?;
        }
        Ok(())
    }
}

impl Hook<Conn> for Fragile {
    fn guard(&self, conn: &mut Conn, cx: &WriteContext, _: Intent<'_>) -> Result<Decision, HookError> {
        Self::meet(conn, cx, "guard").map(|()| Decision::Allow)
    }

    fn on(&self, conn: &mut Conn, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        let place = match event {
            Event::Created { .. } => "created",
            Event::Updated { .. } => "updated",
            Event::Deactivated { .. } => "deactivated",
            Event::MembersAdded { .. } => "added",
            Event::MembersRemoved { .. } => "removed",
            Event::Deleted { .. } => "deleted",
            Event::Written(_) => "written",
            _ => "other",
        };
        Self::meet(conn, cx, place)
    }
}

struct Server {
    address: String,
    db: Directory<Fragile>,
    _folder: Folder,
}

impl Server {
    fn start() -> Self {
        let folder = Folder::new();
        let db = Database::open(folder.file("p.db"), &Options::default()).expect("opened");
        let db = Directory::new(db, SchemaSet::builtin().into(), Fragile);
        let scim = Scim::at("http://localhost/scim/v2").profile(Profile::entra());
        let scim = scim.clock(ticking()).ids(counting("id"));
        let token = StaticToken::new("secret", db.tenant(TenantId(1)));
        let scim = scim.authenticator(token).build().expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (started, wait) = mpsc::channel();
        let tables = db.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                tables.migrate().await.expect("migrated");
                let note = |conn: &mut Conn| {
                    diesel::sql_query("create table note (n integer)").execute(conn).map_err(HookError::from)
                };
                tables.database().write(note).await.expect("a table");
                let app = move || App::new().service(scim.scope());
                let server = HttpServer::new(app).workers(2).listen(listener).expect("listening").run();
                started.send(()).expect("somebody waits");
                server.await.expect("served");
            });
        });
        wait.recv().expect("started");
        Self { address, db, _folder: folder }
    }

    /// Sends a request and returns the whole answer. The request id says where the hook panics.
    fn send(&self, id: &str, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = ["Authorization: Bearer secret", &format!("X-Request-Id: {id}")];
        http::send(&self.address, method, &format!("/scim/v2{path}"), &headers, &body)
    }

    fn make(&self, path: &str, body: &Value) -> String {
        let made = self.send("fine", "POST", path, body);
        assert_eq!(made.status, 201, "{}", made.body);
        made.id()
    }

    /// Everything that was written: what SCIM shows, and the hook's rows.
    fn state(&self) -> (String, String, i64) {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let count = |conn: &mut Conn| {
            diesel::sql_query("select count(*) as n from note").get_result(conn).map_err(HookError::from)
        };
        let count: Count = self.db.database().read(count).expect("counted");
        let read = |path| self.send("fine", "GET", path, &Value::Null).json().to_string();
        (read("/Users"), read("/Groups"), count.n)
    }
}

fn user(name: &str) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name })
}

#[test]
fn a_panic_in_a_write_is_an_incident_and_nothing_else() {
    let server = Server::start();
    let (ann, bob) = (server.make("/Users", &user("ann")), server.make("/Users", &user("bob")));
    let guides = server.make("/Groups", &group("Guides", &[&ann]));
    let ann_id = ann.clone();
    let (ann, guides) = (format!("/Users/{ann}"), format!("/Groups/{guides}"));
    let nobody = Value::Null;
    let off = patch("replace", "active", &json!(false));
    let title = patch("replace", "title", &json!("Guide"));
    let join = patch("add", "members", &json!([{ "value": bob }]));
    let leave = patch("remove", "members", &json!([{ "value": ann_id }]));
    let both = group("Both", &[&bob]);
    let dora = user("dora");
    let before = server.state();
    let cases = [
        ("guard", "POST", "/Users", &dora),
        ("created", "POST", "/Users", &dora),
        ("written", "POST", "/Users", &dora),
        ("nested", "POST", "/Users", &dora),
        ("added", "POST", "/Groups", &both),
        ("updated", "PUT", &ann, &dora),
        ("written", "PUT", &guides, &both),
        ("updated", "PATCH", &ann, &title),
        ("deactivated", "PATCH", &ann, &off),
        ("nested", "PATCH", &ann, &off),
        ("added", "PATCH", &guides, &join),
        ("removed", "PATCH", &guides, &leave),
        ("removed", "DELETE", &ann, &nobody),
        ("deleted", "DELETE", &ann, &nobody),
        ("nested", "DELETE", &guides, &nobody),
    ];
    for (place, method, path, body) in cases {
        let id = format!("break-{place}");
        let answer = server.send(&id, method, path, body);
        let text = format!("{}\n{}", answer.head, answer.body);
        assert_eq!(answer.status, 500, "{place} {method} {path}: {text}");
        answer.assert_scim_error(500);
        let detail = answer.detail();
        assert!(detail.contains(&format!("incident `{id}`")), "{detail}");
        assert!(!text.contains("arithmetic") && !text.contains("panic"), "{text}");
        assert_eq!(server.state(), before, "{place} {method} {path} left something");
    }
    assert_eq!(server.db.database().stats().panics, u64::try_from(cases.len()).expect("few"));
    // the next write works, and it is the first of its name
    server.make("/Users", &dora);
    for request in [&title, &off] {
        assert_eq!(server.send("fine", "PATCH", &ann, request).status, 200);
    }
    assert_eq!(server.send("fine", "PATCH", &guides, &join).status, 204);
}

/// Other requests that wait for the same commit are not affected.
#[test]
fn a_panic_harms_no_other_request_of_its_batch() {
    let server = Arc::new(Server::start());
    let threads: Vec<_> = (0..24)
        .map(|n| {
            let server = server.clone();
            std::thread::spawn(move || {
                let id = if n % 3 == 0 { "break-written" } else { "fine" };
                let made = server.send(id, "POST", "/Users", &user(&format!("u{n:02}")));
                (n % 3 == 0, made.status)
            })
        })
        .collect();
    for thread in threads {
        let (broken, status) = thread.join().expect("an answer");
        assert_eq!(status, if broken { 500 } else { 201 });
    }
    let listed = server.send("fine", "GET", "/Users", &Value::Null).json();
    assert_eq!(listed["totalResults"], 16);
    assert_eq!(server.db.database().stats().reopened, 0, "the connection was never given up");
}

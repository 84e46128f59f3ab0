//! `baselines --check`: every statement still fits the tables, and every baseline answers. The tables are made from the
//! migrations of the project, so this fails when they change and the statements do not.

use crate::Failure;
use crate::app::{Worker, folded, routes};
use crate::writer::Writer;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, rt};
use serde_json::{Value, json};

const TABLES: [&str; 5] = [
    include_str!("../../../crates/provost-diesel/migrations/sqlite/2026-01-01-000000_directory/up.sql"),
    include_str!("../../../crates/provost-diesel/migrations/sqlite/2026-01-01-000020_tenant_first/up.sql"),
    include_str!(
        "../../../crates/provost-server/migrations/sqlite/2026-01-01-100000_organisations_and_tokens/up.sql"
    ),
    include_str!(
        "../../../crates/provost-server/migrations/sqlite/2026-01-01-100010_members_and_teams/up.sql"
    ),
    include_str!(
        "../../../crates/provost-server/migrations/sqlite/2026-01-01-100020_audit_and_outbox/up.sql"
    ),
];
const ROWS: &str = "insert into organisation values (1, 'o', 'O', 'entra', 'member', 0);
    insert into token values ('AAAAAAAAAAAA', 1, 'x', 1, '', 0, null, null, null);
    insert into scim_resource (seq, tenant, kind, id, version, created, modified, label)
        values (1, 1, 'Group', 'g', 1, 0, 0, 'G');
    insert into scim_document values (1, 1, '{}', '{\"displayName\":\"G\"}');
    insert into scim_counter values (1, 'Group', 1, 0);";

pub(crate) fn run() -> Result<(), Failure> {
    let dir = std::env::temp_dir().join(format!("baselines-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let outcome = check(&dir.join("baselines.db"));
    std::fs::remove_dir_all(&dir)?;
    outcome
}

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name, "externalId": format!("ext-{name}"), "displayName": "Ann", "active": true,
        "name": { "familyName": "F", "givenName": "G" },
        "emails": [{ "value": name, "type": "work" }, { "value": "home@x.org", "type": "home" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "employeeNumber": "1", "department": "d" },
    })
}

fn check(file: &std::path::Path) -> Result<(), Failure> {
    rusqlite::Connection::open(file)?.execute_batch(&(TABLES.concat() + ROWS))?;
    let worker = Worker::new(file, Writer::start(file)?, folded(file)?)?;
    rt::System::new().block_on(async move {
        let app = init_service(App::new().configure(|config| routes(config, worker))).await;
        let ask = async |method: Method, path: &str, body: Value, wanted: StatusCode| {
            let request = TestRequest::with_uri(path)
                .method(method)
                .insert_header(("Authorization", "Bearer scim_AAAAAAAAAAAA_x"))
                .set_payload(body.to_string());
            let answer = call_service(&app, request.to_request()).await;
            let status = answer.status();
            let text = read_body(answer).await;
            if status != wanted {
                return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&text)).into());
            }
            Ok::<Value, Failure>(serde_json::from_slice(&text).unwrap_or_default())
        };
        let (get, post, patch, none) = (Method::GET, Method::POST, Method::PATCH, Value::Null);
        let (ok, made, empty) = (StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT);
        let ann = ask(post.clone(), "/scim/v2/Users", user("ann@x.org"), made).await?;
        let id = ann.get("id").and_then(Value::as_str).ok_or("no id")?.to_owned();
        ask(post.clone(), "/scim/v2/Users", user("bob@x.org"), made).await?;
        ask(post, "/one-row/scim/v2/Users", user("one@x.org"), made).await?;
        let join = json!({ "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id }] }] });
        ask(patch.clone(), "/scim/v2/Groups/g", join, empty).await?;
        let rename = json!({ "Operations": [{ "path": "displayName", "value": "Maren" }] });
        ask(patch.clone(), &format!("/scim/v2/Users/{id}"), rename, ok).await?;

        let read = ask(get.clone(), &format!("/scim/v2/Users/{id}"), none.clone(), ok).await?;
        same(&read, "/displayName", "Maren")?;
        same(&read, "/groups/0/value", "g")?;
        let found =
            ask(get.clone(), "/scim/v2/Users?filter=userName%20eq%20%22ann%40x.org%22", none.clone(), ok);
        same(&found.await?, "/Resources/0/id", id.as_str())?;
        let email = "/scim/v2/Users?filter=emails.value%20eq%20%22maren%40load.example%22";
        same(&ask(get.clone(), email, none.clone(), ok).await?, "/Resources/0/id", id.as_str())?;
        for start in [1, 2] {
            let path = format!("/scim/v2/Users?startIndex={start}&count=100");
            let page = ask(get.clone(), &path, none.clone(), ok).await?;
            same(&page, "/itemsPerPage", 3 - start)?;
        }
        let whole = ask(get.clone(), "/scim/v2/Groups/g", none.clone(), ok).await?;
        same(&whole, "/members/0/value", id.as_str())?;
        let without = "/scim/v2/Groups/g?excludedAttributes=members";
        same(&ask(get.clone(), without, none.clone(), ok).await?, "/members", Value::Null)?;
        let leave = format!("members[value eq \"{id}\"]");
        let leave = json!({ "Operations": [{ "op": "remove", "path": leave }] });
        ask(patch, "/scim/v2/Groups/g", leave, empty).await?;
        same(&ask(get.clone(), "/scim/v2/Groups/g", none.clone(), ok).await?, "/members", Value::Null)?;
        ask(get, "/bare/1300", none, ok).await?;
        println!("every baseline answers");
        Ok(())
    })
}

/// What stands at a JSON pointer; null where nothing does.
fn same(answer: &Value, pointer: &str, wanted: impl Into<Value>) -> Result<(), Failure> {
    let (got, wanted) = (answer.pointer(pointer).cloned().unwrap_or_default(), wanted.into());
    if got == wanted { Ok(()) } else { Err(format!("{pointer}: expected {wanted}, got {got}").into()) }
}

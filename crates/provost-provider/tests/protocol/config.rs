//! The ServiceProviderConfig announces what exists: each flag is derived from what the server does.
//!
//! Planted and caught: bulk announced although it is off; a `maxOperations` one too high and a `maxPayloadSize` one too
//! low.

use provost_core::value::Value;
use provost_core::{Object, Profile};
use provost_provider::{MemoryStore, Settings};
use provost_testing::body::{patch, user};
use provost_testing::protocol::{Answer, Server};

async fn config(server: &Server) -> Object {
    server.send("GET", "/ServiceProviderConfig", "").await.json()
}

fn flag(config: &Object, name: &str, part: &str) -> String {
    config.get(name).unwrap().as_object().unwrap().get(part).map(Value::to_string).unwrap_or_default()
}

/// The flags in the form announced, but found out by trying.
async fn tried(server: &Server, announced: &Object) -> Vec<(&'static str, &'static str, String)> {
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(server.user(&format!("u{n:02}")).await);
    }
    let one = format!("/Users/{}", ids[0]);
    let status = |answer: Answer| answer.response.status;
    let patched = server.send("PATCH", &one, &patch(r#"{"op":"add","path":"title","value":"x"}"#)).await;
    let found = server.send("GET", "/Users?filter=userName+eq+%22u03%22", "").await;
    let last = server.send("GET", "/Users?sortBy=userName&sortOrder=descending&count=1", "").await;
    let version = server.send("GET", &one, "").await.etag().to_owned();
    let stale = server.send_with("PUT", &one, &user("u00"), |r| r.if_match = Some("W/\"77\"")).await;
    let known = server.send_with("GET", &one, "", |r| r.if_none_match = Some(&version)).await;
    let most = server.send("GET", "/Users?count=100000", "").await.at("itemsPerPage").unwrap();
    let usual = server.send("GET", "/Users", "").await.at("itemsPerPage").unwrap();
    let second = server.send("GET", "/Users?startIndex=2&count=1", "").await;
    let cursor = server.send("GET", "/Users?cursor&count=1", "").await;
    let job = |operations: usize| {
        let operations = vec![r#"{"method":"DELETE","path":"/Users/nope"}"#; operations].join(",");
        let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        format!(r#"{{"schemas":["{urn}"],"Operations":[{operations}]}}"#)
    };
    let has_bulk = status(server.send("POST", "/Bulk", &job(1)).await) == 200;
    let (mut operations, mut bytes) = (0, 0);
    if has_bulk {
        let told = |part: &str| flag(announced, "bulk", part).parse::<usize>().unwrap();
        // the largest that is accepted, close to the one announced
        for n in [told("maxOperations") - 1, told("maxOperations"), told("maxOperations") + 1] {
            if status(server.send("POST", "/Bulk", &job(n)).await) == 200 {
                operations = n;
            }
        }
        for n in [told("maxPayloadSize") - 1, told("maxPayloadSize"), told("maxPayloadSize") + 1] {
            let padded = job(1) + &" ".repeat(n - job(1).len());
            if status(server.send("POST", "/Bulk", &padded).await) == 200 {
                bytes = n;
            }
        }
    }
    let yes = |is: bool| is.to_string();
    vec![
        ("patch", "supported", yes(patched.at("title").as_deref() == Some("x"))),
        ("bulk", "supported", yes(has_bulk)),
        ("bulk", "maxOperations", operations.to_string()),
        ("bulk", "maxPayloadSize", bytes.to_string()),
        ("filter", "supported", yes(found.each("userName") == ["u03"])),
        ("filter", "maxResults", most.clone()),
        ("sort", "supported", yes(last.each("userName") == ["u11"])),
        ("etag", "supported", yes(status(stale) == 412 && status(known) == 304)),
        ("pagination", "index", yes(second.each("userName") == ["u01"])),
        ("pagination", "cursor", yes(cursor.text.contains("nextCursor"))),
        ("pagination", "defaultPageSize", usual),
        ("pagination", "maxPageSize", most),
        // a client that can write the user can write the password; users have no way to change their own
        ("changePassword", "supported", yes(status(server.send("GET", "/Me", "").await) != 501)),
    ]
}

#[tokio::test]
async fn what_is_announced_is_what_is_there() {
    type SetUp = fn(&mut Settings);
    let set_ups: [SetUp; 4] = [
        |_| (),
        |s| s.bulk = false,
        |s| (s.bulk_operations, s.bulk_bytes, s.page, s.max_page) = (7, 2_000, 4, 9),
        |s| s.root_query = true,
    ];
    for set_up in set_ups {
        for profile in [Profile::strict(), Profile::entra()] {
            let server = Server::set_up(MemoryStore::new(), profile, set_up);
            let announced = config(&server).await;
            for (name, part, tried) in tried(&server, &announced).await {
                assert_eq!(flag(&announced, name, part), tried, "{name}.{part}");
            }
        }
    }
}

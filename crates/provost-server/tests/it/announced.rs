//! The ServiceProviderConfig announces exactly what is on: each flag and number is tried out, with the defaults, with
//! everything switched the other way, and with other numbers.
//!
//! Seen to fail: with `--bulk` and each number not passed to the provider, and with bulk announced although it is off.

use crate::PROVOST;
use provost_testing::json::{patch, text, user};
use provost_testing::program::Server;
use serde_json::{Value, json};

/// The announced number, or its neighbour: the largest with which a request is accepted.
fn largest(announced: &Value, taken: impl Fn(usize) -> bool) -> Value {
    let announced = usize::try_from(announced.as_u64().expect("a number")).expect("small");
    let around = [announced.saturating_sub(1), announced, announced + 1];
    around.into_iter().filter(|n| *n > 0 && taken(*n)).max().map_or(json!(0), |n| json!(n))
}

fn bulk(operations: usize, bytes: usize) -> String {
    let one = json!({ "method": "DELETE", "path": "/Users/nobody" });
    let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    let text = json!({ "schemas": [urn], "Operations": vec![one; operations] }).to_string();
    let padding = bytes.saturating_sub(text.len());
    text + &" ".repeat(padding)
}

/// What the ServiceProviderConfig should say, found by trying.
fn tried(s: &Server, announced: &Value) -> Vec<(&'static str, Value)> {
    let names = |list: &Value| -> Vec<String> {
        let found = list["Resources"].as_array().cloned().unwrap_or_default();
        found.iter().map(|r| text(&r["userName"]).to_owned()).collect()
    };
    let get = |path: &str| s.ask("GET", path, None).json();
    let ids: Vec<String> = (0..12).map(|n| s.create_user(&format!("u{n:02}"))).collect();
    let one = format!("/Users/{}", ids[0]);

    let patched = s.ask("PATCH", &one, Some(&patch("add", "title", &json!("x")))).json();
    let tag = s.ask("GET", &one, None).header("etag").map(str::to_owned).unwrap_or_default();
    let authorization = format!("Authorization: Bearer {}", s.token);
    let with = |method: &str, header: String, body: Option<&Value>| {
        s.send(method, &format!("/scim/v2{one}"), &[&authorization, &header], body).status
    };
    let known = with("GET", format!("If-None-Match: {tag}"), None);
    let stale = with("PUT", "If-Match: W/\"77\"".to_owned(), Some(&user("u00")));

    let do_bulk = |operations, bytes| s.send_text("POST", "/Bulk", &bulk(operations, bytes)).status == 200;
    let has_bulk = do_bulk(1, 0);
    let most = |name: &str, taken: &dyn Fn(usize) -> bool| match has_bulk {
        true => largest(&announced["bulk"][name], taken),
        false => json!(0),
    };
    vec![
        ("/patch/supported", json!(patched["title"] == "x")),
        ("/bulk/supported", json!(has_bulk)),
        ("/bulk/maxOperations", most("maxOperations", &|n| do_bulk(n, 0))),
        ("/bulk/maxPayloadSize", most("maxPayloadSize", &|n| do_bulk(1, n))),
        ("/filter/supported", json!(names(&get("/Users?filter=userName+eq+%22u03%22")) == ["u03"])),
        ("/filter/maxResults", get("/Users?count=100000")["itemsPerPage"].clone()),
        (
            "/sort/supported",
            json!(names(&get("/Users?sortBy=userName&sortOrder=descending&count=1")) == ["u11"]),
        ),
        ("/etag/supported", json!((known, stale) == (304, 412))),
        ("/pagination/index", json!(names(&get("/Users?startIndex=2&count=1")) == ["u01"])),
        ("/pagination/cursor", json!(get("/Users?cursor&count=1").get("nextCursor").is_some())),
        ("/pagination/defaultPageSize", get("/Users")["itemsPerPage"].clone()),
        ("/pagination/maxPageSize", get("/Users?count=100000")["itemsPerPage"].clone()),
        ("/changePassword/supported", json!(s.ask("GET", "/Me", None).status != 501)),
    ]
}

#[test]
fn what_is_announced_is_what_is_on() {
    let small = ["--limit-bulk-operations", "7", "--limit-bulk-body", "2000"];
    let pages = ["--limit-page", "9", "--limit-page-default", "4"];
    let set_ups: [&[&str]; 4] = [
        &pages,
        &[&pages[..], &small].concat(),
        &[&pages[..], &["--bulk", "false", "--root-queries"]].concat(),
        &["--limit-page", "5", "--root-queries", "--bulk"],
    ];
    for set_up in set_ups {
        let s = Server::start_in(&PROVOST.install(), &[set_up, &["--limit-requests", "100000"]].concat());
        let announced = s.send("GET", "/scim/v2/ServiceProviderConfig", &[], None).json();
        for (pointer, found) in tried(&s, &announced) {
            assert_eq!(announced.pointer(pointer), Some(&found), "{pointer} with {set_up:?}");
        }
        let schemes = announced["authenticationSchemes"].as_array().expect("an array");
        assert_eq!(schemes.iter().map(|s| text(&s["type"])).collect::<Vec<_>>(), ["oauthbearertoken"]);
    }
}

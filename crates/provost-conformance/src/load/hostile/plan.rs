//! What each attack sends, and how. Besides requests that a server should refuse, it sends the largest that Provost
//! accepts with its default limits: an attacker knows the limits.

use super::Attack;
use super::scene::{COMMON, Scene, group};
use crate::http::Request;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use std::iter;
use std::time::Duration;

/// A request and its name in the report.
#[derive(Debug, Clone)]
pub(super) struct Shot {
    pub(super) label: &'static str,
    pub(super) request: Request,
    /// How many rows it changes if it is accepted.
    pub(super) rows: usize,
}

/// How requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The next request follows the last answer.
    Answered,
    /// One request per interval, on each connection.
    Every(Duration),
    /// The connection is reset after this time.
    Dropped(Duration),
    /// The answer is not read.
    Unread,
    /// The end of the body comes one byte a second.
    Slow,
    /// One request; then the connection stays idle, and is reopened if the server closes it.
    Idle,
}

/// Connections that behave the same.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) connections: usize,
    pub(super) manner: Manner,
    /// Sent in turn. The connections start at evenly spaced offsets, so that none repeats what another one has just
    /// sent.
    pub(super) shots: Vec<Shot>,
}

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const MIB: usize = 1024 * 1024;
/// A path that needs no credentials.
const ALIVE: &str = "/ServiceProviderConfig";

/// The connections of a flood of tokens, and the pace of each: 1,000 a second in total.
const FLOOD: (usize, Manner) = (40, Manner::Every(Duration::from_millis(40)));

/// Tokens that look genuine but are not.
#[derive(Debug)]
pub(super) struct Wrong {
    /// With a key id that exists.
    pub(super) forged: Vec<String>,
    /// With key ids that do not exist.
    pub(super) unknown: Vec<String>,
}

/// The parts of an attack.
pub(super) fn parts(attack: Attack, scene: &Scene, wrong: &Wrong) -> Result<Vec<Part>, String> {
    let Wrong { forged, unknown } = wrong;
    let one = |connections, manner, shots| vec![Part { connections, manner, shots }];
    Ok(match attack {
        Attack::PatchValues => one(4, Manner::Answered, patch_values(scene)),
        Attack::CommonValue => one(2, Manner::Answered, common_value()),
        Attack::Scans => one(6, Manner::Answered, scans()),
        Attack::CarelessScans => {
            one(5, Manner::Every(Duration::from_millis(200)), vec![scan("GET, 1 term", 1)])
        }
        Attack::DroppedScans => {
            one(20, Manner::Dropped(Duration::from_millis(50)), vec![scan("GET, 12 terms", ADMITTED)])
        }
        Attack::ScansAndWrites => {
            let scans = Part {
                connections: 6,
                manner: Manner::Answered,
                shots: vec![scan("GET, 12 terms", ADMITTED)],
            };
            let manner = Manner::Every(Duration::from_millis(200));
            vec![scans, Part { connections: 10, manner, shots: renames(scene) }]
        }
        Attack::ForgedTokens => one(40, Manner::Answered, wrong_tokens("forged", forged)?),
        Attack::KnownKeyIds => one(FLOOD.0, FLOOD.1, wrong_tokens("forged", forged)?),
        Attack::UnknownKeyIds => one(FLOOD.0, FLOOD.1, wrong_tokens("unknown", unknown)?),
        Attack::UnreadPages => one(40, Manner::Unread, unread(scene)),
        Attack::ManyGroups => one(4, Manner::Answered, many_groups()),
        Attack::SmallValues => one(2, Manner::Answered, small_values(scene)),
        Attack::SlowBodies => one(80, Manner::Slow, small_values(scene)),
        Attack::LargeGroups => one(8, Manner::Answered, large_groups(scene)),
        Attack::MemberFilters => one(4, Manner::Answered, member_filters(scene)),
        Attack::UnknownMembers => one(4, Manner::Answered, unknown_members(scene)),
        Attack::ManyNames => one(4, Manner::Answered, many_names()),
        Attack::Bulk => one(4, Manner::Answered, bulks(scene)),
        Attack::IdleStrangers => one(900, Manner::Idle, vec![without_token()]),
    })
}

fn shot(label: &'static str, method: Method, path: impl Into<String>, body: impl Into<Bytes>) -> Shot {
    Shot { label, request: Request::new(method, path, Some(body.into())), rows: 0 }
}

fn get(label: &'static str, path: impl Into<String>) -> Shot {
    Shot { label, request: Request::get(path), rows: 0 }
}

fn first(ids: &[String]) -> &str {
    ids.first().map_or("", String::as_str)
}

fn patch(operations: &[Value]) -> String {
    json!({ "schemas": [PATCH], "Operations": operations }).to_string()
}

/// As many operations as fit into a body of so many bytes, a thousand at most.
fn up_to(bytes: usize, operation: impl Fn(usize) -> Value) -> Vec<Value> {
    let mut room = bytes.saturating_sub(200);
    let fits = |n: usize| {
        let operation = operation(n);
        room = room.checked_sub(operation.to_string().len().saturating_add(1))?;
        Some(operation)
    };
    (0..1_000).map_while(fits).collect()
}

/// A list of addresses. Each batch has other ones.
fn emails(batch: usize, count: usize) -> Value {
    (0..count).map(|n| json!({ "value": format!("e{batch}-{n}@a.example") })).collect()
}

fn patch_values(scene: &Scene) -> Vec<Shot> {
    let path = format!("/Users/{}", first(&scene.users));
    let grows = up_to(MIB, |n| json!({ "op": "add", "path": "emails", "value": emails(n, 80) }));
    let turns = up_to(MIB, |n| match n % 2 {
        0 => json!({ "op": "add", "path": "emails", "value": emails(n, 80) }),
        _ => json!({ "op": "remove", "path": "emails" }),
    });
    let filled = json!({ "op": "replace", "path": "emails", "value": emails(0, 100) });
    let compares = |n: usize| json!({ "op": "replace", "path": format!("emails[value eq \"e0-{}@a.example\"].type", n % 100), "value": "x" });
    let compared: Vec<Value> = iter::once(filled).chain(up_to(MIB / 4, compares)).take(1_000).collect();
    vec![
        shot("PATCH, a list that grows", Method::PATCH, path.as_str(), patch(&grows)),
        shot("PATCH, a list filled and emptied in turn", Method::PATCH, path.as_str(), patch(&turns)),
        shot("PATCH, values looked for", Method::PATCH, path.as_str(), patch(&compared)),
    ]
}

/// How many terms without an index are accepted for a scan of 20,000 users.
const ADMITTED: usize = 12;

fn terms(count: usize) -> String {
    let terms: Vec<String> = (0..count).map(|n| format!("nickName ew \"-{n}x\"")).collect();
    terms.join(" or ")
}

fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace('"', "%22")
}

fn search(label: &'static str, filter: &str) -> Shot {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
    shot(label, Method::POST, "/Users/.search", json!({ "schemas": schemas, "filter": filter }).to_string())
}

fn filtered(label: &'static str, filter: &str) -> Shot {
    get(label, format!("/Users?filter={}", encoded(filter)))
}

fn scan(label: &'static str, count: usize) -> Shot {
    filtered(label, &terms(count))
}

fn scans() -> Vec<Shot> {
    vec![
        scan("GET, 80 terms", 80),
        scan("GET, 12 terms", ADMITTED),
        search(".search, 12 terms", &terms(ADMITTED)),
    ]
}

fn common_value() -> Vec<Shot> {
    let filter = |count| format!("displayName eq \"{COMMON}\" and ({})", terms(count));
    vec![
        filtered("GET, 95 terms", &filter(95)),
        filtered("GET, 12 terms", &filter(ADMITTED)),
        search(".search, 12 terms", &filter(ADMITTED)),
    ]
}

/// Ordinary writes: each user gets a new title.
fn renames(scene: &Scene) -> Vec<Shot> {
    let rename = |(n, id): (usize, &String)| {
        let operation =
            json!({ "op": "replace", "path": "title", "value": format!("title {n} {}", "x".repeat(4_000)) });
        shot("PATCH, one title", Method::PATCH, format!("/Users/{id}"), patch(&[operation]))
    };
    scene.users.iter().take(1_000).enumerate().map(rename).collect()
}

/// `list` is the name of the tokens in the `--good` file.
fn wrong_tokens(list: &str, tokens: &[String]) -> Result<Vec<Shot>, String> {
    if tokens.is_empty() {
        return Err(format!("this attack needs tokens in the list `{list}` of the file of `--good`"));
    }
    let sent = |token: &String| {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(format!("Bearer {token}")) {
            headers.insert(AUTHORIZATION, value);
        }
        let request = Request { headers: Some(headers), ..Request::get("/Users?count=1") };
        Shot { label: "GET, a wrong token", request, rows: 0 }
    };
    Ok(tokens.iter().map(sent).collect())
}

fn without_token() -> Shot {
    let request = Request { headers: Some(HeaderMap::new()), ..Request::get(ALIVE) };
    Shot { label: "GET, no token", request, rows: 0 }
}

fn unread(scene: &Scene) -> Vec<Shot> {
    vec![
        get("GET /Groups", "/Groups?count=100"),
        get("GET /Groups/ID", format!("/Groups/{}", first(&scene.groups))),
        shot(
            "/Groups/.search",
            Method::POST,
            "/Groups/.search",
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "count": 100 })
                .to_string(),
        ),
    ]
}

fn many_groups() -> Vec<Shot> {
    vec![
        get("GET, 200 users", "/Users?count=200"),
        get("GET, 1,000 users", "/Users?count=1000"),
        get("GET, 200 users by cursor", "/Users?cursor&count=200"),
        filtered("GET, all called the same", &format!("displayName eq \"{COMMON}\"")),
    ]
}

fn small_values(scene: &Scene) -> Vec<Shot> {
    // all connections share one body of 16 MiB
    let whole = |head: &str, tail: &str| {
        let room = (16 * MIB).saturating_sub(head.len() + tail.len());
        let many = "{\"a\":0},".repeat(room / 8);
        Bytes::from(format!("{head}{}{tail}", many.trim_end_matches(',')))
    };
    let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
    let group = whole(&format!("{{\"schemas\":[\"{schema}\"],\"displayName\":\"small\",\"members\":["), "]}");
    let head = format!(
        "{{\"schemas\":[\"{PATCH}\"],\"Operations\":[{{\"op\":\"add\",\"path\":\"members\",\"value\":["
    );
    let path = format!("/Groups/{}", first(&scene.groups));
    vec![
        shot("POST /Groups", Method::POST, "/Groups", group.clone()),
        shot("PUT /Groups/ID", Method::PUT, path.as_str(), group),
        shot("PATCH /Groups/ID", Method::PATCH, path.as_str(), whole(&head, "]}]}")),
    ]
}

fn large_groups(scene: &Scene) -> Vec<Shot> {
    let half = scene.users.len() / 2;
    let (some, others) = scene.users.split_at_checked(half).unwrap_or_default();
    let mut shots = Vec::new();
    for members in [some, others] {
        for (n, id) in scene.groups.iter().enumerate() {
            let path = format!("/Groups/{id}?excludedAttributes=members");
            let put =
                shot("PUT, the other half", Method::PUT, path, group(&format!("hostile-large-{n}"), members));
            shots.push(Shot { rows: scene.users.len(), ..put });
        }
    }
    shots
}

fn member_filters(scene: &Scene) -> Vec<Shot> {
    let removes = |of: &'static str| move |n: usize| json!({ "op": "remove", "path": format!("members[{of} co \"-{n}x\"]") });
    let path = format!("/Groups/{}", first(&scene.groups));
    let few: Vec<Value> = (0..20).map(removes("display")).collect();
    vec![
        shot("PATCH, 1,000 by display", Method::PATCH, path.as_str(), patch(&up_to(MIB, removes("display")))),
        shot("PATCH, 1,000 by value", Method::PATCH, path.as_str(), patch(&up_to(MIB, removes("value")))),
        shot("PATCH, 20 by display", Method::PATCH, path.as_str(), patch(&few)),
    ]
}

fn unknown_members(scene: &Scene) -> Vec<Shot> {
    let unknown: Vec<Value> =
        (0..90_000).map(|n| json!({ "value": format!("00000000-0000-7000-8000-{n:012}") })).collect();
    let path = format!("/Groups/{}", first(&scene.groups));
    let whole = json!({ "op": "add", "path": "members", "value": unknown });
    let pieces: Vec<Value> =
        unknown.chunks(90).map(|some| json!({ "op": "add", "path": "members", "value": some })).collect();
    vec![
        shot("PATCH, 90,000 in one operation", Method::PATCH, path.as_str(), patch(&[whole])),
        shot("PATCH, 90,000 in 1,000 operations", Method::PATCH, path.as_str(), patch(&pieces)),
    ]
}

fn many_names() -> Vec<Shot> {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
    let named = |label, count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("name.a{n}")).collect();
        let body = json!({ "schemas": schemas, "attributes": names, "count": 1_000 });
        shot(label, Method::POST, "/Users/.search", body.to_string())
    };
    let get = get("GET, 1,000 names", {
        let names: Vec<String> = (0..1_000).map(|n| format!("a{n}")).collect();
        format!("/Users?count=1000&excludedAttributes={}", names.join(","))
    });
    vec![named(".search, 60,000 names", 60_000), named(".search, 1,000 names", 1_000), get]
}

fn bulks(scene: &Scene) -> Vec<Shot> {
    let bulk = |operations: &[Value]| {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        json!({ "schemas": schemas, "Operations": operations }).to_string()
    };
    let on = |id: &str, operations: &[Value]| {
        let data = json!({ "schemas": [PATCH], "Operations": operations });
        json!({ "method": "PATCH", "path": format!("/Users/{id}"), "data": data })
    };
    let titles: Vec<Value> = (scene.users.iter().take(1_000).enumerate())
        .map(|(n, id)| on(id, &[json!({ "op": "replace", "path": "title", "value": format!("t{n}") })]))
        .collect();
    let turns = up_to(MIB - MIB / 16, |n| match n % 2 {
        0 => json!({ "op": "add", "path": "emails", "value": emails(n, 80) }),
        _ => json!({ "op": "remove", "path": "emails" }),
    });
    // the same user again and again, each time with a list to search
    let id = first(&scene.users);
    let filled = json!({ "op": "replace", "path": "emails", "value": emails(0, 100) });
    let compares = |n: usize| {
        let path = format!("emails[value eq \"e0-{}@a.example\"].type", n % 100);
        json!({ "op": "replace", "path": path, "value": "x" })
    };
    let looked: Vec<Value> = (0..10)
        .map(|_| on(id, &iter::once(filled.clone()).chain((0..700).map(compares)).collect::<Vec<_>>()))
        .collect();
    vec![
        Shot { rows: 1_000, ..shot("Bulk, 1,000 titles", Method::POST, "/Bulk", bulk(&titles)) },
        shot("Bulk, one large PATCH", Method::POST, "/Bulk", bulk(&[on(id, &turns)])),
        shot("Bulk, values looked for", Method::POST, "/Bulk", bulk(&looked)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        let ids = |n: usize| (0..n).map(|n| format!("00000000-0000-7000-8000-{n:012}")).collect();
        Scene { users: ids(2_000), groups: ids(2) }
    }

    /// Seen to fail: with one more byte of small values.
    #[test]
    fn no_attack_is_refused_for_the_size_of_its_body_alone() {
        let wrong = Wrong { forged: vec!["forged".to_owned()], unknown: vec!["unknown".to_owned()] };
        for attack in Attack::all() {
            let parts = parts(attack, &scene(), &wrong).unwrap();
            assert!(!parts.is_empty(), "{attack}");
            for Shot { label, request, .. } in parts.iter().flat_map(|part| &part.shots) {
                let size = request.body.as_ref().map_or(0, Bytes::len);
                let most = if request.path.starts_with("/Groups") { 16 * MIB } else { MIB };
                assert!(size <= most, "{attack}, {label}: {size} bytes");
                assert!(request.path.len() < 64 * 1024, "{attack}, {label}");
            }
        }
    }

    /// Seen to fail: with lists that repeat their values.
    #[test]
    fn a_list_that_grows_gets_other_values_each_time() {
        let shots = patch_values(&scene());
        let body: Value = serde_json::from_slice(shots[0].request.body.as_ref().unwrap()).unwrap();
        let operations = body["Operations"].as_array().unwrap();
        assert!(operations.len() > 300, "{}", operations.len());
        assert_ne!(operations[0]["value"], operations[1]["value"]);
    }

    #[test]
    fn without_wrong_tokens_there_is_nothing_to_play() {
        let none = Wrong { forged: Vec::new(), unknown: Vec::new() };
        let refused = |attack| parts(attack, &scene(), &none).unwrap_err();
        assert!(refused(Attack::ForgedTokens).contains("`forged` of the file of `--good`"));
        assert!(refused(Attack::KnownKeyIds).contains("`forged`"));
        assert!(refused(Attack::UnknownKeyIds).contains("`unknown`"));
    }
}

//! Bulk requests (RFC 7644 section 3.7).
//!
//! Planted and caught: operations done in order, whatever they refer to; circles left without their second half;
//! resources created for a failed operation kept; `failOnErrors` one too late; `version` ignored; the limit one too
//! high; a bulkId in a PATCH path not replaced; two POSTs with the same bulkId accepted.

use provost_core::value::Value;
use provost_core::{Object, Profile};
use provost_provider::MemoryStore;
use provost_testing::body::{patch, user};
use provost_testing::protocol::{Answer, Server, both, principal, server};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn job(rest: &str, operations: &[String]) -> String {
    let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    format!(r#"{{"schemas":["{urn}"],{rest}"Operations":[{}]}}"#, operations.join(","))
}

async fn send(server: &Server, rest: &str, operations: &[String]) -> Answer {
    server.send("POST", "/Bulk", &job(rest, operations)).await
}

fn op(method: &str, path: &str, rest: &str) -> String {
    format!(r#"{{"method":"{method}","path":"{path}"{rest}}}"#)
}

fn post_user(bulk_id: &str, name: &str) -> String {
    op("POST", "/Users", &format!(r#","bulkId":"{bulk_id}","data":{}"#, user(name)))
}

fn post_managed(bulk_id: &str, name: &str, manager: &str) -> String {
    let manager =
        format!(r#","{ENTERPRISE}":{{"employeeNumber":"7","manager":{{"value":"bulkId:{manager}"}}}}}}"#);
    let body = user(name).replace(&format!(r#"["{USER}"]"#), &format!(r#"["{USER}","{ENTERPRISE}"]"#));
    let body = format!("{}{manager}", body.strip_suffix('}').unwrap());
    op("POST", "/Users", &format!(r#","bulkId":"{bulk_id}","data":{body}"#))
}

fn post_group(bulk_id: &str, name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|m| format!(r#"{{"value":"{m}"}}"#)).collect();
    let data =
        format!(r#"{{"schemas":["{GROUP}"],"displayName":"{name}","members":[{}]}}"#, members.join(","));
    op("POST", "/Groups", &format!(r#","bulkId":"{bulk_id}","data":{data}"#))
}

fn results(answer: &Answer) -> Vec<Object> {
    assert_eq!(answer.is(), "200", "{}", answer.text);
    assert_eq!(answer.at("schemas").as_deref(), Some("urn:ietf:params:scim:api:messages:2.0:BulkResponse"));
    let list = answer.json().get("Operations").unwrap().as_array().unwrap().to_vec();
    list.into_iter().map(|v| v.as_object().unwrap().clone()).collect()
}

/// The status of each, with the scimType of errors: `201 400 invalidValue`.
fn statuses(answer: &Answer) -> String {
    let one = |o: &Object| {
        let status = o.str("status").expect("a plain string").to_owned();
        match o.get("response").map(|r| r.as_object().unwrap()) {
            Some(e) => {
                assert_eq!(e.str("status"), Some(status.as_str()));
                assert!(!e.str("detail").unwrap().is_empty());
                format!("{status} {}", e.str("scimType").unwrap_or("-"))
            }
            None => status,
        }
    };
    results(answer).iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The path below the base URL.
fn path(result: &Object) -> String {
    result.str("location").unwrap().strip_prefix("https://example.com/scim/v2").unwrap().to_owned()
}

async fn total(server: &Server, endpoint: &str) -> String {
    server.send("GET", &format!("/{endpoint}?count=0"), "").await.at("totalResults").unwrap()
}

// R-7644-3.7-07, R-7644-3.7-09, R-7644-3.7-10, R-7644-3.7.3-01, R-7644-3.7.3-02, R-7644-3.7.3-03
#[tokio::test]
async fn every_operation_has_its_result() {
    for server in both() {
        let made =
            send(&server, "", &[post_user("q", "babs"), post_user("r", "jim"), post_user("s", "jo")]).await;
        let made = results(&made);
        let first = &made[0];
        assert_eq!(first.str("method"), Some("POST"));
        assert_eq!((first.str("bulkId"), first.str("status")), (Some("q"), Some("201")));
        assert_eq!(first.str("version"), Some("W/\"1\""));
        assert!(first.get("response").is_none());
        let [a, b, c] = [path(&made[0]), path(&made[1]), path(&made[2])];
        let answer = send(
            &server,
            "",
            &[
                op("PUT", &a, &format!(r#","data":{}"#, user("barbara"))),
                op(
                    "PATCH",
                    &b,
                    &format!(
                        r#","version":"W/\"1\"","data":{}"#,
                        patch(r#"{"op":"add","path":"title","value":"x"}"#)
                    ),
                ),
                op("PATCH", &b, r#","version":"W/\"1\"","data":[{"op":"remove","path":"title"}]"#),
                op(
                    "PATCH",
                    &b,
                    r#","data":[{"op":"remove","path":"title"},{"op":"add","path":"nickName","value":"J"}]"#,
                ),
                op("patch", &b, r#","data":{"op":"replace","path":"nickName","value":"K"}"#),
                op("DELETE", &c, r#","bulkId":"gone""#),
                op("DELETE", &c, ""),
                op("POST", "/Users", &format!(r#","bulkId":"x","data":{}"#, user("barbara"))),
                op(
                    "PATCH",
                    &b,
                    r#","data":[{"op":"add","path":"title","value":"left"},{"op":"replace","path":"active","value":7}]"#,
                ),
            ],
        )
        .await;
        assert_eq!(
            statuses(&answer),
            "200, 200, 412 -, 200, 200, 204, 404 -, 409 uniqueness, 400 invalidValue"
        );
        let done = results(&answer);
        let versions: Vec<&str> = done.iter().map(|r| r.str("version").unwrap_or("-")).collect();
        assert_eq!(versions, ["W/\"2\"", "W/\"2\"", "-", "W/\"3\"", "W/\"4\"", "-", "-", "-", "-"]);
        // everywhere except after a POST that failed
        for (n, result) in done.iter().enumerate() {
            assert_eq!(result.contains("location"), n != 7, "{n}");
        }
        assert_eq!(done[5].str("bulkId"), Some("gone"));
        let jim = server.send("GET", &b, "").await;
        assert_eq!((jim.at("nickName").as_deref(), jim.at("title")), (Some("K"), None));
        assert_eq!(server.send("GET", &c, "").await.is(), "404");
        assert_eq!(total(&server, "Users").await, "2");
    }
}

// R-7644-3.7-08, R-7644-3.7.2-01, R-7644-3.7.2-02
#[tokio::test]
async fn references_become_ids_whatever_the_order() {
    for server in both() {
        let answer = send(
            &server,
            "",
            &[
                op(
                    "PATCH",
                    "/Groups/bulkId:g",
                    r#","data":[{"op":"remove","path":"members[value eq \"bulkId:b\"]"}]"#,
                ),
                post_group("g", "staff", &["bulkId:a", "bulkId:b", "bulkId:c"]),
                post_managed("a", "alice", "b"),
                post_user("b", "bob"),
                op("PUT", "/Users/bulkId:b", &format!(r#","data":{}"#, user("robert"))),
                post_user("c", "carol"),
                op(
                    "PATCH",
                    "/Groups/bulkId:g",
                    r#","data":[{"op":"add","path":"displayName","value":"crew"}]"#,
                ),
            ],
        )
        .await;
        assert_eq!(statuses(&answer), "200, 201, 201, 201, 200, 201, 200", "{}", answer.text);
        let done = results(&answer);
        let group = server.send("GET", &path(&done[1]), "").await;
        let (a, b, c) = (path(&done[2]), path(&done[3]), path(&done[5]));
        let members: Vec<String> = group
            .json()
            .get("members")
            .map_or(&[][..], Value::elements)
            .iter()
            .map(|m| format!("/Users/{}", m.as_object().unwrap().str("value").unwrap()))
            .collect();
        assert!(members.len() == 2 && members.contains(&a) && members.contains(&c), "{}", group.text);
        assert_eq!(group.at("displayName").as_deref(), Some("crew"));
        let alice = server.send("GET", &a, "").await.json();
        let alice = alice.get(ENTERPRISE).unwrap().as_object().unwrap().clone();
        let manager = alice.get("manager").unwrap().as_object().unwrap().str("value").unwrap();
        assert_eq!(format!("/Users/{manager}"), b);
        assert_eq!(server.send("GET", &b, "").await.at("userName").as_deref(), Some("robert"));
    }
}

// R-7644-3.7.1-01
#[tokio::test]
async fn circles_are_closed() {
    for server in both() {
        let answer = send(
            &server,
            "",
            &[
                post_group("a", "first", &["bulkId:b", "bulkId:u"]),
                post_group("b", "second", &["bulkId:c"]),
                post_group("c", "third", &["bulkId:a"]),
                post_managed("u", "own", "u"),
            ],
        )
        .await;
        assert_eq!(statuses(&answer), "201, 201, 201, 201", "{}", answer.text);
        let done = results(&answer);
        for (from, to) in [(0, 1), (0, 3), (1, 2), (2, 0)] {
            let group = server.send("GET", &path(&done[from]), "").await;
            assert!(
                group.text.contains(&format!("\"{}\"", done[to].str("location").unwrap())),
                "{}",
                group.text
            );
            assert_eq!(done[from].str("version"), group.at("meta.version").as_deref(), "{from}");
        }
        let own = server.send("GET", &path(&done[3]), "").await;
        let id = own.at("id").unwrap();
        assert!(own.text.contains(&format!(r#""manager":{{"value":"{id}""#)), "{}", own.text);
        assert_eq!(done[3].str("version"), Some("W/\"2\""));
    }
}

// R-7644-3.7.2-03
#[tokio::test]
async fn what_refers_to_a_failure_fails_and_leaves_nothing() {
    for server in both() {
        server.user("taken").await;
        let answer = send(
            &server,
            "",
            &[
                post_managed("a", "taken", "b"),
                post_managed("b", "bob", "c"),
                post_managed("c", "carol", "a"),
                post_managed("d", "dora", "b"),
                op("DELETE", "/Users/bulkId:a", ""),
                post_managed("e", "eve", "nobody"),
                op("PATCH", "/Users/bulkId:nobody", r#","data":[{"op":"remove","path":"title"}]"#),
                post_user("f", "frank"),
            ],
        )
        .await;
        assert_eq!(
            statuses(&answer),
            "409 uniqueness, 409 -, 409 -, 409 -, 409 -, 400 invalidValue, 400 invalidValue, 201",
            "{}",
            answer.text
        );
        let done = results(&answer);
        assert!(answer.text.contains("the operation that makes `bulkId:a` failed"), "{}", answer.text);
        assert!(answer.text.contains("`bulkId:nobody` is the bulkId of no POST"), "{}", answer.text);
        assert!(
            done[..7].iter().all(|r| !r.contains("location") && !r.contains("version")),
            "{}",
            answer.text
        );
        assert_eq!(total(&server, "Users").await, "2");
    }
}

// R-7644-3.7-05, R-7644-3.7-06
#[tokio::test]
async fn so_many_errors_are_enough() {
    for (fail_on_errors, expected, users) in [
        ("", "400 invalidSyntax, 201, 400 invalidSyntax, 201, 201", "3"),
        (r#""failOnErrors":null,"#, "400 invalidSyntax, 201, 400 invalidSyntax, 201, 201", "3"),
        (r#""failOnErrors":0,"#, "400 invalidSyntax, 201, 400 invalidSyntax, 201, 201", "3"),
        (r#""failOnErrors":1,"#, "400 invalidSyntax", "0"),
        (r#""failOnErrors":2,"#, "400 invalidSyntax, 201, 400 invalidSyntax", "1"),
        (r#""failOnErrors":3,"#, "400 invalidSyntax, 201, 400 invalidSyntax, 201, 201", "3"),
    ] {
        for server in both() {
            let bad = op("POST", "/Users", r#","bulkId":"z","data":7"#);
            let worse = op("GET", "/Users", "");
            let operations = [bad, post_user("a", "a"), worse, post_user("b", "b"), post_user("c", "c")];
            assert_eq!(
                statuses(&send(&server, fail_on_errors, &operations).await),
                expected,
                "{fail_on_errors}"
            );
            assert_eq!(total(&server, "Users").await, users, "{fail_on_errors}");
        }
    }
    // the operation that would close the circle is not reached: the other one is undone
    let server = server(Profile::strict());
    server.user("taken").await;
    let operations = [post_managed("a", "a", "b"), post_managed("b", "b", "a"), post_user("x", "taken")];
    let mut swapped = operations.to_vec();
    swapped[0] = post_managed("a", "a", "b").replace("\"bulkId:b\"", "\"bulkId:b\",\"$ref\":\"bulkId:x\"");
    let answer = send(&server, r#""failOnErrors":1,"#, &swapped).await;
    assert_eq!(statuses(&answer), "409 -, 409 uniqueness", "{}", answer.text);
    assert_eq!(total(&server, "Users").await, "1");
}

// R-7644-3.7-02, R-7644-3.7-03, R-7644-3.7-04
#[tokio::test]
async fn a_fault_in_one_operation_is_its_own() {
    for server in both() {
        let data = format!(r#","data":{}"#, user("x"));
        for (bad, expected, said) in [
            ("7".to_owned(), "400 invalidSyntax", "an operation must be an object, found a number"),
            ("{}".to_owned(), "400 invalidSyntax", "`method` is required"),
            (op("GET", "/Users/1", ""), "400 invalidSyntax", "found `GET`"),
            (r#"{"method":"DELETE"}"#.to_owned(), "400 invalidSyntax", "`path` is required"),
            (r#"{"method":"DELETE","path":7}"#.to_owned(), "400 invalidSyntax", "`path` must be a string"),
            (op("POST", "/Users", &data), "400 invalidSyntax", "`bulkId` is required"),
            (
                op("POST", "/Users", &format!(r#","bulkId":7{data}"#)),
                "400 invalidSyntax",
                "`bulkId` must be a string",
            ),
            (
                op("POST", "/Users/1", &format!(r#","bulkId":"q"{data}"#)),
                "400 invalidSyntax",
                "path of a resource type",
            ),
            (op("PUT", "/Users", &data), "400 invalidSyntax", "path of a resource,"),
            (
                op("POST", "/Bulk", &format!(r#","bulkId":"q"{data}"#)),
                "400 invalidSyntax",
                "cannot contain another",
            ),
            (op("DELETE", "/Me", ""), "400 invalidSyntax", "path of a resource"),
            (
                op("POST", "/Users/.search", r#","bulkId":"q","data":{}"#),
                "400 invalidSyntax",
                "found `/Users/.search`",
            ),
            (op("PUT", "/Schemas/x", &data), "400 invalidSyntax", "path of a resource"),
            (op("POST", "/Devices", &format!(r#","bulkId":"q"{data}"#)), "404 -", "there is no endpoint"),
            (op("DELETE", "/Users/%FF", ""), "400 -", "not UTF-8"),
            (op("PUT", "/Users/1", ""), "400 invalidSyntax", "`data` is required"),
            (op("PUT", "/Users/1", r#","data":null"#), "400 invalidSyntax", "`data` is required"),
            (op("PUT", "/Users/1", r#","data":[]"#), "400 invalidSyntax", "`data` must be an object"),
            (op("PATCH", "/Users/1", r#","data":"x""#), "400 invalidSyntax", "`data` must be an object"),
            (op("DELETE", "/Users/1", r#","version":1"#), "400 invalidSyntax", "`version` must be a string"),
            (op("DELETE", "/Users/nope", ""), "404 -", "there is no User"),
        ] {
            let answer = send(&server, "", &[bad.clone(), post_user("fine", "fine")]).await;
            assert_eq!(statuses(&answer), format!("{expected}, 201"), "{bad}: {}", answer.text);
            assert!(answer.text.contains(said), "{bad}: {}", answer.text);
            let made = path(&results(&answer)[1]);
            assert_eq!(server.send("DELETE", &made, "").await.is(), "204");
        }
    }
}

// R-7644-3.7-04, R-7644-3.7.2-03, R-7644-3.7.4-01
#[tokio::test]
async fn what_is_no_bulk_request_is_refused_as_a_whole() {
    for (strict, mut server) in [true, false].into_iter().zip(both()) {
        let good = post_user("a", "a");
        for (body, expected, said) in [
            (job("", &[]), "400 invalidSyntax", "one or more"),
            (job("", &[]).replace("[]", "7"), "400 invalidSyntax", "must be an array, found a number"),
            (job("", &[]).replace("[]", "null"), "400 invalidSyntax", "is required"),
            (job(r#""failOnErrors":-1,"#, std::slice::from_ref(&good)), "400 invalidValue", "`failOnErrors`"),
            (
                job(r#""failOnErrors":"1","#, std::slice::from_ref(&good)),
                "400 invalidValue",
                "`failOnErrors`",
            ),
            (job("", &[good.clone(), post_user("a", "b")]), "400 invalidValue", "operations 1 and 2"),
            (
                job("", std::slice::from_ref(&good)).replace("BulkRequest", "PatchOp"),
                "400 invalidSyntax",
                "BulkRequest",
            ),
            ("[]".to_owned(), "400 invalidSyntax", "JSON"),
            (job("", &vec![op("DELETE", "/Users/1", ""); 1_001]), "413", "at most 1000"),
            (
                format!("{}{}", job("", std::slice::from_ref(&good)), " ".repeat(1024 * 1024)),
                "413",
                "1048576",
            ),
        ] {
            let refused = server.send("POST", "/Bulk", &body).await;
            assert_eq!(refused.is(), expected);
            assert!(refused.detail().contains(said), "{}", refused.detail());
            assert_eq!(total(&server, "Users").await, "0");
        }
        let bare = format!(r#"{{"Operations":[{good}]}}"#);
        assert_eq!(server.send("POST", "/Bulk", &bare).await.response.status, if strict { 400 } else { 200 });
        assert_eq!(
            statuses(&send(&server, "", &vec![op("DELETE", "/Users/1", ""); 1_000]).await).len(),
            6_998
        );
        server.session.principal = principal("key-2").read_only();
        assert_eq!(send(&server, "", &[post_user("b", "b")]).await.is(), "403");
    }
}

// R-7644-3.7.4-01
#[tokio::test]
async fn its_bounds_and_the_whole_of_it_are_settings() {
    let store = MemoryStore::new();
    let small =
        Server::set_up(store.clone(), Profile::strict(), |s| (s.bulk_operations, s.bulk_bytes) = (2, 900));
    let three = [post_user("a", "a"), post_user("b", "b"), post_user("c", "c")];
    assert!(send(&small, "", &three).await.detail().contains("at most 2"));
    assert_eq!(statuses(&send(&small, "", &three[..2]).await), "201, 201");
    assert_eq!(small.provider.body_limit(&principal("key-1"), "POST", "/bulk/"), Some(900));
    let padded = format!("{}{}", job("", &three[2..]), " ".repeat(900));
    assert!(small.send("POST", "/Bulk", &padded).await.detail().contains("900 bytes"));
    let off = Server::set_up(store, Profile::strict(), |s| s.bulk = false);
    assert_eq!(send(&off, "", &three[2..]).await.is(), "501");
    assert_eq!(off.provider.body_limit(&principal("key-1"), "POST", "/Bulk"), None);
    assert_eq!(off.send("OPTIONS", "/Bulk", "").await.response.allow, Some("POST, OPTIONS"));
    assert_eq!(total(&off, "Users").await, "2");
}

/// A chain and a ring of the greatest allowed length.
#[tokio::test]
async fn long_chains_and_rings_are_done() {
    for closed in [false, true] {
        let server = Server::set_up(MemoryStore::new(), Profile::strict(), |_| ());
        let mut operations: Vec<String> = (0..999)
            .map(|n| post_managed(&format!("u{n}"), &format!("u{n}"), &format!("u{}", n + 1)))
            .collect();
        operations.push(match closed {
            true => post_managed("u999", "u999", "u0"),
            false => post_user("u999", "u999"),
        });
        let answer = send(&server, "", &operations).await;
        assert!(results(&answer).iter().all(|r| r.str("status") == Some("201")));
        let managed =
            server.send("GET", &format!("/Users?count=0&filter={ENTERPRISE}:manager.value+pr"), "").await;
        assert_eq!(managed.at("totalResults").as_deref(), Some(if closed { "1000" } else { "999" }));
    }
}

#[tokio::test]
async fn a_reference_by_uri_may_end_in_a_bulk_id() {
    for server in both() {
        for (n, reference) in
            ["../Users/bulkId:", "https://example.com/scim/v2/Users/bulkId:"].iter().enumerate()
        {
            let (boss, ann) = (format!("boss{n}"), format!("ann{n}"));
            let managed = post_managed("a", &ann, "b")
                .replace(r#""value":"bulkId:b""#, &format!(r#""$ref":"{reference}b""#));
            let answer = send(&server, "", &[managed, post_user("b", &boss)]).await;
            assert_eq!(answer.is(), "200", "{}", answer.text);
            let id = async |name: &str| {
                let filter = format!("/Users?filter=userName+eq+%22{name}%22");
                let page = server.send("GET", &filter, "").await.json();
                page.get("Resources").unwrap().elements()[0].as_object().unwrap().clone()
            };
            let manager = id(&ann).await.get(ENTERPRISE).unwrap().as_object().unwrap().clone();
            let manager = manager.get("manager").unwrap().as_object().unwrap().clone();
            assert_eq!(manager.str("value"), id(&boss).await.str("id"), "{reference}: {manager}");
        }
    }
}

//! What every endpoint refuses, and discovery (RFC 7644 sections 3.12 and 4).
//!
//! Planted and caught: the 501 of `/Me` as 404; `filter` on discovery accepted; OPTIONS without Allow; a read-only
//! client allowed to write; the cause of an internal error in its detail; another tenant's resource found.

use provost_core::Profile;
use provost_provider::{
    Credential, CredentialKind, MemoryStore, Principal, Request, Session, Store, StoreError,
};
use provost_testing::body::{patch, user};
use provost_testing::protocol::{Server, both, principal, server};
use provost_testing::store::{Around, Call};

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    for server in both() {
        for (method, target, expected, said) in [
            ("GET", "/Devices", "404", "this server has /Users, /Groups"),
            ("GET", "/Users/nope", "404", "there is no User with the id `nope`"),
            ("GET", "/Users/%7D%7D", "404", "`}}`"),
            ("GET", "/Users/a%00b", "400", "U+0000"),
            ("GET", "/Users/%FFx", "400", "not UTF-8"),
            ("DELETE", "/Groups/nope", "404", "there is no Group"),
            ("POST", "/Users/nope", "405", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
            ("PUT", "/Users", "405", "it has GET, HEAD, POST, OPTIONS"),
            ("POST", "/Schemas", "405", "it has GET, HEAD, OPTIONS"),
            ("PATCH", "/ServiceProviderConfig", "405", "GET"),
            ("GET", "/Me", "501", "`/Me` is not supported"),
            ("POST", "/Me", "501", "`/Me` is not supported"),
            ("POST", "/.search", "501", "/Users"),
            ("GET", "/", "501", "/Users"),
            (
                "GET",
                "/v1/Users",
                "400 invalidVers",
                "version 2, not `v1`: the base URL (Tenant URL) ends in `/scim/v2`",
            ),
            ("GET", "/scim/v2/Users", "404", "(Tenant URL) has `/scim/v2` already: enter it once"),
            ("GET", "/Users/Users", "404", "remove `/Users` from the end of the base URL"),
            ("GET", "/Users/Groups?filter=id+pr", "4", "remove `/Users` from the end of the base URL"),
            ("PATCH", "/Users/Users/nope", "404", "remove `/Users` from the end of the base URL"),
            ("POST", "/Users/Users", "405", "remove `/Users` from the end of the base URL"),
            ("GET", "/ServiceProviderConfigs", "404", "that is SCIM 1.1"),
            ("GET", "/Users/.search", "405", "it has POST, OPTIONS"),
            ("PUT", "/Bulk", "405", "it has POST, OPTIONS"),
            ("GET", "/Schemas?filter=id+pr", "403", "do not support `filter`"),
            ("GET", "/ResourceTypes/Device", "404", "there is no resource type `Device`"),
            ("GET", "/Schemas/urn:nope", "404", "there is no schema"),
        ] {
            let answer = server.send(method, target, "").await;
            assert!(answer.is().starts_with(expected), "{method} {target}: {}", answer.is());
            assert!(answer.detail().contains(said), "{method} {target}: {}", answer.detail());
        }
    }
}

#[tokio::test]
async fn discovery_is_read_by_any_method_that_reads() {
    for server in both() {
        for target in ["/ServiceProviderConfig", "/schemas/", "/ResourceTypes?count=1", "/ResourceTypes/user"]
        {
            for method in ["GET", "HEAD"] {
                assert_eq!(server.send(method, target, "").await.is(), "200", "{method} {target}");
            }
        }
        let list = server.send("GET", "/ResourceTypes?count=1", "").await;
        assert_eq!(list.each("name"), ["User", "Group"]);
        let own = server
            .send("GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig", "")
            .await;
        assert_eq!(own.at("meta.resourceType").as_deref(), Some("Schema"));
        let encoded = "/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3Agroup";
        assert_eq!(server.send("GET", encoded, "").await.at("name").as_deref(), Some("Group"));
        let options = server.send("OPTIONS", "/Users/1", "").await;
        assert_eq!(
            (options.is().as_str(), options.response.allow.unwrap_or_default()),
            ("204", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")
        );
    }
}

#[test]
fn only_the_configuration_is_public() {
    let server = server(Profile::entra());
    let public = |method, path| {
        server.provider.public(&Request::new(method, path)).map(|answer| answer.response.status)
    };
    assert_eq!(public("GET", "/serviceProviderConfig/"), Some(200));
    assert_eq!(public("HEAD", "//ServiceProviderConfig"), Some(200));
    for (method, path) in [
        ("POST", "/ServiceProviderConfig"),
        ("GET", "/Schemas"),
        ("GET", "/ResourceTypes"),
        ("GET", "/Users/ServiceProviderConfig"),
        ("GET", "/Users"),
        ("GET", "/"),
    ] {
        assert_eq!(public(method, path), None, "{method} {path}");
    }
}

#[test]
fn only_writes_have_bodies() {
    let server = server(Profile::entra());
    let client = principal("key-1");
    let limit = |method, path| server.provider.body_limit(&client, method, path);
    assert_eq!(limit("POST", "/Users"), Some(1024 * 1024));
    assert_eq!(limit("PATCH", "/groups//1/"), Some(16 * 1024 * 1024));
    assert_eq!(limit("POST", "/Users/.search"), Some(1024 * 1024));
    assert_eq!(limit("POST", "/Bulk"), Some(1024 * 1024));
    // neither is offered
    assert_eq!(limit("POST", "/.search"), None);
    assert_eq!(limit("PATCH", "/Me"), None);
    for (method, path) in [("GET", "/Users"), ("DELETE", "/Users/1"), ("POST", "/Nowhere"), ("PUT", "/Users")]
    {
        assert_eq!(limit(method, path), None, "{method} {path}");
    }
    let reader = principal("key-1").read_only();
    let limit = |method, path| server.provider.body_limit(&reader, method, path);
    assert_eq!(limit("POST", "/Users/.search"), Some(1024 * 1024), "a search is a read");
    for (method, path) in [("POST", "/Users"), ("PUT", "/Users/1"), ("PATCH", "/Groups/1"), ("POST", "/Bulk")]
    {
        assert_eq!(limit(method, path), None, "{method} {path}");
    }
}

#[tokio::test]
async fn a_client_that_may_only_read_writes_nothing() {
    for mut server in both() {
        let id = server.user("babs").await;
        server.session.principal = principal("key-2").read_only();
        let one = format!("/Users/{id}");
        for (method, target, body) in [
            ("POST", "/Users", user("jim")),
            ("PUT", &one, user("jim")),
            ("PATCH", &one, patch(r#"{"op":"replace","path":"userName","value":"jim"}"#)),
            ("DELETE", &one, String::new()),
            ("POST", "/Bulk", "{}".to_owned()),
        ] {
            let answer = server.send(method, target, &body).await;
            assert_eq!(answer.is(), "403", "{method}");
            assert_eq!(answer.detail(), "this token is read-only: use one that can write");
        }
        let key = Credential::new(CredentialKind::ApiKey, "key-3");
        server.session.principal = Principal::new("acme", key).read_only();
        let refused = server.send("DELETE", &one, "").await;
        assert_eq!(refused.detail(), "this API key is read-only: use one that can write");
        let search = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}"#;
        let found = server.send("POST", "/Users/.search", search).await;
        assert_eq!(found.each("userName"), ["babs"]);
        let list = server.send("GET", "/Users", "").await;
        assert_eq!(list.each("userName"), ["babs"]);
    }
}

#[tokio::test]
async fn another_tenant_is_another_world() {
    let store = MemoryStore::new();
    let (a, b) = (
        Server::over(store.tenant("a"), Profile::entra()),
        Server::over(store.tenant("b"), Profile::entra()),
    );
    let id = a.user("babs").await;
    let one = format!("/Users/{id}");
    for (method, body) in [
        ("GET", String::new()),
        ("PUT", user("jim")),
        ("PATCH", patch(r#"{"op":"replace","path":"active","value":false}"#)),
        ("DELETE", String::new()),
    ] {
        assert_eq!(b.send(method, &one, &body).await.is(), "404", "{method}");
    }
    assert_eq!(b.send("GET", "/Users", "").await.at("totalResults").as_deref(), Some("0"));
    b.user("babs").await;
    assert_eq!(a.send("GET", &one, "").await.at("userName").as_deref(), Some("babs"));
}

/// A store that always returns the same error.
fn broken(fault: fn() -> StoreError) -> impl Store {
    Around::new(MemoryStore::new(), move |_: Call<'_>| Err(fault()))
}

#[tokio::test]
async fn a_failure_in_a_bulk_request_is_told_without_its_reasons() {
    let server = Server::over(broken(|| StoreError::backend("disk 7 is on fire")), Profile::entra());
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations":[{"method":"DELETE","path":"/Users/1"}]}"#;
    let answer = server.send("POST", "/Bulk", body).await;
    assert_eq!(answer.is(), "200");
    assert_eq!(answer.at("Operations.status").as_deref(), Some("500"));
    assert!(answer.at("Operations.response.detail").unwrap().contains("incident `request-1`"));
    assert!(!answer.text.contains("fire"), "{}", answer.text);
    let logged = answer.outcome.failure().expect("for the log");
    assert!(std::error::Error::source(&logged).unwrap().to_string().contains("disk 7"));
}

#[tokio::test]
async fn a_store_that_fails_is_told_without_its_reasons() {
    type Fault = fn() -> StoreError;
    let faults: [(Fault, &str, &str); 8] = [
        (
            || StoreError::backend("disk 7 is on fire"),
            "500",
            "the storage failed; the server's log has the cause as incident `request-1`",
        ),
        (|| StoreError::Unavailable { retry_after_s: 5 }, "503", "temporarily unavailable"),
        (
            || StoreError::Unfit("start every server with the same".to_owned()),
            "503",
            "start every server with",
        ),
        (
            || StoreError::Crowded { retry_after_s: 7 },
            "429",
            "too many changes of this organisation are waiting to be written: send fewer at once",
        ),
        (|| StoreError::ReadOnly, "403", "read-only"),
        (|| StoreError::Forbidden("50 have ended".to_owned()), "403", "50 have ended"),
        (|| StoreError::Refused("`babs` is the last owner".to_owned()), "409", "`babs` is the last owner"),
        (|| StoreError::NotFound, "404", "there is no"),
    ];
    for (fault, expected, said) in faults {
        let server = Server::over(broken(fault), Profile::entra());
        for (method, target, body) in [
            ("GET", "/Users/1", String::new()),
            ("GET", "/Users", String::new()),
            ("POST", "/Users", user("babs")),
            ("PUT", "/Users/1", user("babs")),
            ("PATCH", "/Groups/1", patch(r#"{"op":"add","path":"members","value":[{"value":"1"}]}"#)),
            ("DELETE", "/Users/1", String::new()),
        ] {
            let answer = server.send(method, target, &body).await;
            assert!(answer.is().starts_with(expected), "{method} {target}: {}", answer.is());
            assert!(answer.detail().contains(said), "{}", answer.detail());
            assert!(!answer.text.contains("fire"));
            // soon if it passes by itself, later if somebody has to act
            let wait = match (expected, said) {
                ("429", _) => Some(7),
                ("503", "temporarily unavailable") => Some(5),
                ("503", _) => Some(60),
                _ => None,
            };
            assert_eq!(answer.response.retry_after_s, wait);
        }
    }
}

#[tokio::test]
async fn an_erased_store_answers_the_same() {
    let erased = provost_provider::AnyStore::new(MemoryStore::new());
    let server = Server::over(erased, Profile::strict());
    let id = server.user("babs").await;
    assert_eq!(server.send("GET", &format!("/Users/{id}"), "").await.at("userName").as_deref(), Some("babs"));
    assert_eq!(server.send("DELETE", &format!("/Users/{id}"), "").await.is(), "204");
    let _: &Session<provost_provider::AnyStore> = &server.session;
}

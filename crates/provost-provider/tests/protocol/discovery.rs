//! Discovery (RFC 7644 section 4, RFC 7643 sections 5 to 7) and what is not offered.
//!
//! Seen to fail: with `etag` missing from the configuration, with `securityEvents` in it, and with documents copied for
//! each answer.

use provost_core::urn;
use provost_core::value::Value;
use provost_testing::protocol::{BASE, strict};

// R-7644-4-01, R-7643-5-02, R-7643-5-04, R-7644-3.7-01, R-9865-4-01, R-9967-4
#[tokio::test]
async fn the_configuration_says_what_is_there() {
    let config = strict().get("/ServiceProviderConfig").await;
    assert_eq!(config.status(), 200);
    assert_eq!(config.text("schemas"), format!("[\"{}\"]", urn::SERVICE_PROVIDER_CONFIG));
    for part in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(matches!(config.value(&format!("{part}.supported")), Some(Value::Bool(_))), "{part}");
    }
    for part in ["bulk.maxOperations", "bulk.maxPayloadSize", "filter.maxResults"] {
        assert!(matches!(config.value(part), Some(Value::Number(_))), "{part}");
    }
    assert_eq!(config.text("authenticationSchemes.type"), "oauthbearertoken");
    for part in ["name", "description"] {
        assert!(!config.text(&format!("authenticationSchemes.{part}")).is_empty());
    }
    assert!(config.value("pagination.index").is_some());
    // RFC 9967 section 4: if it is absent, there are no security events
    assert!(config.value("securityEvents").is_none());
}

// R-7644-4-02, R-7644-4-03, R-7643-6-02, R-7643-7-12, R-7644-3.1-01, R-7643-3.1-10, R-7643-8.7-01, R-7644-3.2-02
#[tokio::test]
async fn schemas_and_resource_types_fit_together() {
    let s = strict();
    let (schemas, types) = (s.get("/Schemas").await, s.get("/ResourceTypes").await);
    for list in [&schemas, &types] {
        assert_eq!(list.text("schemas"), format!("[\"{}\"]", urn::LIST_RESPONSE));
        let resources = list.value("Resources").unwrap().elements().len();
        assert_eq!(list.text("totalResults"), resources.to_string());
    }
    assert!(!schemas.text.contains("\"id\":\"urn:ietf:params:scim:api:messages"));
    for schema in schemas.value("Resources").unwrap().elements() {
        let schema = schema.as_object().unwrap();
        let urn = schema.str("id").unwrap();
        assert_eq!(schema.get("schemas").unwrap().elements(), [Value::from(urn::SCHEMA)]);
        let meta = schema.get("meta").unwrap().as_object().unwrap();
        assert_eq!(meta.str("location"), Some(format!("{BASE}/Schemas/{urn}").as_str()));
        for spelling in [urn.to_owned(), urn.to_uppercase(), urn.replace(':', "%3A")] {
            let one = s.get(&format!("/Schemas/{spelling}")).await;
            assert_eq!(&one.json(), schema, "{spelling}");
        }
    }
    for kind in types.value("Resources").unwrap().elements() {
        let kind = kind.as_object().unwrap();
        let name = kind.str("name").unwrap();
        assert_eq!(kind.str("id"), Some(name));
        assert_eq!(&s.get(&format!("/ResourceTypes/{name}")).await.json(), kind);
        assert_eq!(kind.str("endpoint"), Some(format!("/{name}s").as_str()));
        let extensions = kind.get("schemaExtensions").map_or(&[][..], Value::elements);
        let urns = extensions.iter().map(|e| e.as_object().unwrap().str("schema").unwrap());
        for urn in urns.chain([kind.str("schema").unwrap()]) {
            assert_eq!(s.get(&format!("/Schemas/{urn}")).await.text("id"), urn);
        }
    }
    assert_eq!(s.get("/ResourceTypes/Nope").await.status(), 404);
}

// R-7644-4-04
#[tokio::test]
async fn discovery_is_whole_and_unfiltered() {
    let s = strict();
    for endpoint in ["/Schemas", "/ResourceTypes"] {
        let all = s.get(endpoint).await.text;
        for query in ["count=1", "startIndex=2", "sortBy=id&sortOrder=descending", "count=0"] {
            assert_eq!(s.get(&format!("{endpoint}?{query}")).await.text, all, "{endpoint}?{query}");
        }
        assert_eq!(s.get(&format!("{endpoint}?filter=id+pr")).await.status(), 403);
    }
    assert_eq!(s.get("/ServiceProviderConfig?filter=id+pr").await.status(), 403);
}

// R-7643-7-14, R-7644-3.12-T8
#[tokio::test]
async fn discovery_is_read_only() {
    let s = strict();
    for target in
        ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Schemas/urn:x", "/ResourceTypes/User"]
    {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = s.send(method, target, "{}").await;
            assert_eq!(answer.status(), 405, "{method} {target}");
            assert!(answer.header("allow").unwrap().contains("GET"), "{method} {target}");
        }
    }
}

/// The documents are serialised once: every answer shares their bytes.
#[tokio::test]
async fn discovery_is_written_once() {
    let s = strict();
    for endpoint in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/ResourceTypes/User",
        "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    ] {
        let (first, second) = (s.get(endpoint).await.response.body, s.get(endpoint).await.response.body);
        let (first, second) = (first.unwrap(), second.unwrap());
        assert!(
            first.len() > 100 && first.as_ptr() == second.as_ptr(),
            "{endpoint} is rendered for each request"
        );
    }
}

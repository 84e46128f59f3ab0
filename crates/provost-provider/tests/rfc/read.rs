//! Reading one resource and lists (RFC 7644 sections 3.4 and 3.9, 3.10).
//!
//! Seen to fail: with `count` not looked at, and with `attributes` not looked at.

use crate::server::{server, user};
use provost_core::urn;

// R-7644-3.4.1-01, R-7644-3.2-03, R-7644-3.12-01, R-7644-3.12-02
#[tokio::test]
async fn what_is_not_there_is_a_scim_error() {
    let s = server();
    for target in
        ["/Users/nope", "/Groups/nope", "/Nothing", "/Users/a/b", "/Schemas/urn:nope", "/Users/u.scim"]
    {
        let answer = s.get(target).await;
        assert_eq!(answer.status, 404, "{target}");
        assert_eq!(answer.text("schemas"), format!("[\"{}\"]", urn::ERROR));
        assert_eq!(answer.at("status"), Some("404".into()));
        assert_eq!(answer.header("content-type").as_deref(), Some("application/scim+json"));
    }
}

// R-7644-3.4.2-01, R-7644-3.4.2-02, R-7644-3.4.2-03, R-7644-3.4.2-04, R-7644-3.4.2-05
#[tokio::test]
async fn a_list_is_a_list_response() {
    let s = server();
    let empty = s.get("/Users?filter=userName+eq+%22nobody%22").await;
    assert_eq!(empty.status, 200);
    assert_eq!(empty.text("totalResults"), "0");
    assert_eq!(empty.at("Resources").unwrap().elements().len(), 0);
    for name in ["a", "b", "c", "d", "e"] {
        s.user(name).await;
    }
    let page = s.get("/Users?startIndex=2&count=2").await;
    assert_eq!(page.text("schemas"), format!("[\"{}\"]", urn::LIST_RESPONSE));
    assert_eq!(
        ["totalResults", "startIndex", "itemsPerPage"].map(|n| page.text(n)),
        ["5".to_owned(), "2".to_owned(), "2".to_owned()]
    );
    assert_eq!(page.each("userName"), "b c");
}

// R-7644-3.4.2.4-01, R-7644-3.4.2.4-02, R-7644-3.4.2.4-03, R-7644-3.4.2.4-04, R-7644-3.4.2.4-05, R-7644-3.4.2.4-06, R-7644-3.4.2.4-07, R-7644-3.4.2.4-08, R-7643-5-01
#[tokio::test]
async fn pages_are_cut_as_asked() {
    let s = server();
    for n in 0..105 {
        s.user(&format!("u{n:03}")).await;
    }
    for (query, start, shown) in [
        ("startIndex=0", "1", "100"),
        ("startIndex=-5", "1", "100"),
        ("", "1", "100"),
        ("count=-1", "1", "0"),
        ("count=0", "1", "0"),
        ("count=2", "1", "2"),
        ("count=100000", "1", "105"),
        ("startIndex=104&count=5", "104", "2"),
        ("startIndex=999", "999", "0"),
    ] {
        let page = s.get(&format!("/Users?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert_eq!(page.text("startIndex"), start, "{query}");
        assert_eq!(page.text("itemsPerPage"), shown, "{query}");
        assert_eq!(page.text("totalResults"), "105", "{query}");
        assert_eq!(page.at("Resources").unwrap().elements().len().to_string(), shown, "{query}");
    }
    for query in ["count=abc", "startIndex=x", "count=1.5"] {
        assert_eq!(s.get(&format!("/Users?{query}")).await.is(), "400 invalidValue", "{query}");
    }
}

// R-7644-3.4.2-00
#[tokio::test]
async fn parameters_that_nobody_knows_are_ignored() {
    let s = server();
    let id = s.user("babs").await;
    for target in ["/Users?foo=bar", "/Users?aadOptscim062020", &format!("/Users/{id}?foo=bar&foo=baz")] {
        assert_eq!(s.get(target).await.status, 200, "{target}");
    }
}

// R-7644-3.4.2.5-01, R-7644-3.9-06
#[tokio::test]
async fn attributes_are_chosen_in_lists_and_on_one() {
    let s = server();
    let id =
        s.make("/Users", &user("babs", r#""title":"T","name":{"givenName":"B","familyName":"J"}"#)).await;
    for base in ["/Users".to_owned(), format!("/Users/{id}")] {
        let shown = |text: &str| {
            ["userName", "title", "givenName", "familyName"]
                .map(|n| text.contains(&format!("\"{n}\"")))
                .map(u8::from)
        };
        for (query, expected) in [
            ("attributes=userName", [1, 0, 0, 0]),
            ("attributes=name.givenName", [0, 0, 1, 0]),
            ("attributes=name,title", [0, 1, 1, 1]),
            ("attributes=foo", [0, 0, 0, 0]),
            ("excludedAttributes=name", [1, 1, 0, 0]),
            ("excludedAttributes=name.givenName,id", [1, 1, 0, 1]),
        ] {
            let answer = s.get(&format!("{base}?{query}")).await;
            assert_eq!(shown(&answer.text), expected, "{base}?{query}");
            assert!(answer.text.contains(&format!("\"id\":\"{id}\"")), "{base}?{query}");
        }
        assert_eq!(
            s.get(&format!("{base}?attributes=title&excludedAttributes=name")).await.is(),
            "400 invalidValue"
        );
    }
}

// R-7644-3.4.2.2-01, R-7644-3.4.2.2-02, R-7644-3.4.2.2-03, R-7644-3.4.2.2-09, R-7644-3.4.2.2-13, R-7644-3.4.2.2-15, R-7644-3.4.2.2-16, R-7644-3.4.2.2-17, R-7644-7.8-01
#[tokio::test]
async fn filters_select_and_say_what_is_wrong_with_them() {
    let s = server();
    s.make(
        "/Users",
        &user("Ümit", r#""active":true,"externalId":"X1","emails":[{"value":"a@b.de","type":"work"}]"#),
    )
    .await;
    s.user("other").await;
    for (filter, found) in [
        ("userName eq \"Ümit\"", 1),
        ("USERNAME EQ \"ümit\"", 1),
        ("userName eq \"U\u{308}mit\"", 1),
        ("externalId eq \"X1\"", 1),
        ("externalId eq \"x1\"", 0),
        ("emails.type eq \"work\"", 1),
        ("emails[type eq \"work\" and value ew \".de\"]", 1),
        ("emails[type eq \"home\" and value ew \".de\"]", 0),
        ("not (emails pr)", 1),
        (&format!("schemas eq \"{}\"", urn::USER), 2),
        (&format!("schemas eq \"{}\"", urn::ENTERPRISE_USER), 0),
    ] {
        let encoded: String = filter.bytes().map(|b| format!("%{b:02X}")).collect();
        let list = s.get(&format!("/Users?filter={encoded}")).await;
        assert_eq!(
            (list.status, list.text("totalResults")),
            (200, found.to_string()),
            "{filter}: {}",
            list.text
        );
    }
    for (filter, said) in [
        ("", ""),
        ("userName", "byte"),
        ("userName regex \"x\"", "regex"),
        ("userName eq", "byte"),
        ("active gt true", "active"),
        ("name eq \"x\"", "name"),
        ("nope eq \"x\"", "nope"),
        ("userName eq \"x\" and", "byte"),
    ] {
        let encoded: String = filter.bytes().map(|b| format!("%{b:02X}")).collect();
        let answer = s.get(&format!("/Users?filter={encoded}")).await;
        assert_eq!(answer.is(), "400 invalidFilter", "{filter}");
        assert!(answer.text("detail").contains(said), "{filter}: {}", answer.text);
    }
}

// R-7644-3.4.2.3-01, R-7644-3.4.2.3-02, R-7644-3.4.2.3-03, R-7644-3.4.2.3-04, R-7644-3.4.2.3-05, R-7644-3.4.2.3-06, R-own-sort-01
#[tokio::test]
async fn lists_are_sorted_as_asked() {
    let s = server();
    for (name, more) in [
        ("c", r#""title":"x","emails":[{"value":"2"},{"value":"9","primary":true}]"#),
        ("B", r#""title":"x","emails":[{"value":"5"}]"#),
        ("a", ""),
    ] {
        s.make("/Users", &user(name, more)).await;
    }
    for (query, expected) in [
        ("sortBy=userName", "a B c"),
        ("sortBy=userName&sortOrder=ascending", "a B c"),
        ("sortBy=userName&sortOrder=descending", "c B a"),
        ("sortBy=emails.value", "B c a"),
        ("sortBy=emails.value&sortOrder=descending", "a c B"),
        ("sortBy=title", "c B a"),
        ("sortBy=title&count=1", "c"),
        ("sortBy=title&count=1&startIndex=2", "B"),
    ] {
        assert_eq!(s.get(&format!("/Users?{query}")).await.each("userName"), expected, "{query}");
    }
    assert_eq!(s.get("/Users?sortBy=userName&sortOrder=up").await.is(), "400 invalidValue");
    assert_eq!(s.get("/Users?sortBy=name").await.status, 400);
    assert_eq!(s.get("/ServiceProviderConfig").await.text("sort.supported"), "true");
}

// R-7644-3.4.2.1-01
#[tokio::test]
async fn one_resource_takes_no_filter() {
    let s = server();
    let id = s.user("babs").await;
    assert_eq!(s.get(&format!("/Users/{id}?filter=active+eq+true")).await.is(), "400 invalidFilter");
}

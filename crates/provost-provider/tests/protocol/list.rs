//! Lists: filter, sort and pages (RFC 7644 section 3.4.2).
//!
//! Planted and caught: the default page size instead of `count`; `count` ignored; `startIndex` from 0; missing values
//! first; ties reversed when descending; `totalResults` of the page only; members despite `excludedAttributes`.

use provost_core::Profile;
use provost_core::compat::RuleId;
use provost_core::urn;
use provost_testing::body::user_with;
use provost_testing::protocol::{both, server, strict};

#[tokio::test]
async fn pages_are_as_asked_and_within_bounds() {
    for server in both() {
        for name in ["a", "b", "c", "d", "e", "f", "g"] {
            server.user(name).await;
        }
        for (query, start, shown) in [
            ("", "1", "abc"),
            ("?count=2", "1", "ab"),
            ("?count=2&startIndex=6", "6", "fg"),
            ("?count=4&startIndex=6", "6", "fg"),
            ("?count=100", "1", "abcde"),
            ("?count=0", "1", ""),
            ("?count=-3", "1", ""),
            ("?startIndex=0&count=1", "1", "a"),
            ("?startIndex=-7&count=1", "1", "a"),
            ("?startIndex=8", "8", ""),
            ("?startIndex=999999999999999999999&count=1", "9223372036854775807", ""),
            ("?filter=userName+gt+%22d%22&count=2&startIndex=2", "2", "fg"),
        ] {
            let list = server.send("GET", &format!("/Users{query}"), "").await;
            assert_eq!(list.is(), "200", "{query}");
            assert_eq!(list.each("userName").concat(), shown, "{query}");
            assert_eq!(list.at("startIndex").as_deref(), Some(start), "{query}");
            assert_eq!(list.at("itemsPerPage"), Some(shown.len().to_string()), "{query}");
            let total = if query.contains("filter") { "3" } else { "7" };
            assert_eq!(list.at("totalResults").as_deref(), Some(total), "{query}");
            assert_eq!(
                list.at("schemas").as_deref(),
                Some("urn:ietf:params:scim:api:messages:2.0:ListResponse")
            );
        }
        for bad in ["count=x", "count=", "startIndex=1.5", "sortBy=userName&sortOrder=up"] {
            assert_eq!(
                server.send("GET", &format!("/Users?{bad}"), "").await.is(),
                "400 invalidValue",
                "{bad}"
            );
        }
    }
}

#[tokio::test]
async fn an_order_is_total_and_stable() {
    for server in both() {
        for (name, rest) in [
            (
                "carol",
                r#","title":"X","emails":[{"value":"z@example.com"},{"value":"b@example.com","primary":true}]"#,
            ),
            ("Bob", r#","title":"x","emails":[{"value":"c@example.com"},{"value":"a@example.com"}]"#),
            ("alice", r#","emails":[{"value":"A@example.com"}]"#),
            ("Dan", r#","title":"w""#),
        ] {
            let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
            server.make("/Users", &format!(r#"{{"schemas":["{schema}"],"userName":"{name}"{rest}}}"#)).await;
        }
        for (query, shown) in [
            ("count=5&sortBy=userName", "alice Bob carol Dan"),
            ("count=5&sortBy=userName&sortOrder=descending", "Dan carol Bob alice"),
            // missing values last, or first when descending; ties in order of creation
            ("count=5&sortBy=title", "Dan carol Bob alice"),
            ("count=5&sortBy=title&sortOrder=descending", "alice carol Bob Dan"),
            // the primary value, or else the first
            ("count=5&sortBy=emails", "alice carol Bob Dan"),
            ("count=5&sortBy=emails.value", "alice carol Bob Dan"),
            ("count=5&sortBy=meta.created&sortOrder=Descending", "Dan alice Bob carol"),
            ("count=5&sortBy=id", "carol Bob alice Dan"),
            ("count=5&sortBy=userName&filter=title+pr", "Bob carol Dan"),
            ("sortBy=userName&startIndex=2&count=2", "Bob carol"),
        ] {
            let list = server.send("GET", &format!("/Users?{query}"), "").await;
            assert_eq!(list.is(), "200", "{}", list.text);
            assert_eq!(list.each("userName").join(" "), shown, "{query}");
        }
        assert_eq!(server.send("GET", "/Users?sortBy=name", "").await.is(), "400 invalidValue");
    }
    assert_eq!(
        server(Profile::strict()).send("GET", "/Users?sortBy=nope", "").await.is(),
        "400 invalidValue"
    );
    assert_eq!(server(Profile::entra()).send("GET", "/Users?sortBy=nope", "").await.is(), "200");
}

#[tokio::test]
async fn filters_find_and_say_what_is_wrong_with_them() {
    for server in both() {
        let id = server.user("dale+x@example.com").await;
        for (filter, found) in [
            ("userName+eq+%22DALE%2Bx%40example.com%22", "1"),
            ("userName%20eq%20%22nobody%22", "0"),
            (&format!("id+eq+%22{id}%22"), "1"),
            ("userName%20eq%20%22dale+x@example.com%22", "1"),
            ("userName+eq+%22dale+x@example.com%22", "0"),
            ("meta.resourceType+eq+%22User%22", "1"),
        ] {
            let list = server.send("GET", &format!("/Users?filter={filter}"), "").await;
            assert_eq!(
                (list.is().as_str(), list.at("totalResults").as_deref()),
                ("200", Some(found)),
                "{filter}"
            );
        }
        let wrong = server.send("GET", "/Users?filter=userName+eq", "").await;
        assert_eq!(wrong.is(), "400 invalidFilter");
        assert!(wrong.detail().contains("at byte 11"), "{}", wrong.detail());
    }
    let [strict, entra] = both();
    let bare = "/Users?filter=id+eq+54d3";
    assert_eq!(strict.send("GET", bare, "").await.is(), "400 invalidFilter");
    assert_eq!(strict.send("GET", "/Users?filter=", "").await.is(), "400 invalidFilter");
    assert_eq!(entra.send("GET", "/Users?filter=", "").await.is(), "200");
    let list = entra.send("GET", bare, "").await;
    assert_eq!(list.is(), "200");
    assert!(list.outcome.notes.has(RuleId::BareWord));
}

#[tokio::test]
async fn members_can_be_left_out() {
    for server in both() {
        let user = server.user("babs").await;
        server.group("staff", &[&user]).await;
        let with = server.send("GET", "/Groups?filter=displayName+eq+%22Staff%22", "").await;
        assert_eq!(with.at("Resources.members.value"), Some(user.clone()));
        assert_eq!(with.at("Resources.members.type").as_deref(), Some("User"));
        // the displayName of the member, who has none
        assert_eq!(with.at("Resources.members.display"), None);
        let without = server
            .send("GET", "/Groups?excludedAttributes=members&filter=displayName+eq+%22Staff%22", "")
            .await;
        assert_eq!(without.at("Resources.displayName").as_deref(), Some("staff"));
        assert_eq!(without.at("Resources.members"), None);
        let by_member =
            server.send("GET", &format!("/Groups?filter=members+eq+%22{user}%22&attributes=id"), "").await;
        assert_eq!(by_member.at("totalResults").as_deref(), Some("1"));
        assert_eq!(by_member.at("Resources.members"), None);
    }
}

// R-7644-3.4.2-01, R-7644-3.4.2-02, R-7644-3.4.2-03, R-7644-3.4.2-04, R-7644-3.4.2-05
#[tokio::test]
async fn a_list_is_a_list_response() {
    let s = strict();
    let empty = s.get("/Users?filter=userName+eq+%22nobody%22").await;
    assert_eq!(empty.status(), 200);
    assert_eq!(empty.text("totalResults"), "0");
    assert_eq!(empty.value("Resources").unwrap().elements().len(), 0);
    for name in ["a", "b", "c", "d", "e"] {
        s.user(name).await;
    }
    let page = s.get("/Users?startIndex=2&count=2").await;
    assert_eq!(page.text("schemas"), format!("[\"{}\"]", urn::LIST_RESPONSE));
    assert_eq!(
        ["totalResults", "startIndex", "itemsPerPage"].map(|n| page.text(n)),
        ["5".to_owned(), "2".to_owned(), "2".to_owned()]
    );
    assert_eq!(page.each("userName").join(" "), "b c");
}

// R-7644-3.4.2.4-01, R-7644-3.4.2.4-02, R-7644-3.4.2.4-03, R-7644-3.4.2.4-04, R-7644-3.4.2.4-05, R-7644-3.4.2.4-06, R-7644-3.4.2.4-07, R-7644-3.4.2.4-08, R-7643-5-01
#[tokio::test]
async fn pages_are_cut_as_asked() {
    let s = strict();
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
        assert_eq!(page.status(), 200, "{query}");
        assert_eq!(page.text("startIndex"), start, "{query}");
        assert_eq!(page.text("itemsPerPage"), shown, "{query}");
        assert_eq!(page.text("totalResults"), "105", "{query}");
        assert_eq!(page.value("Resources").unwrap().elements().len().to_string(), shown, "{query}");
    }
    for query in ["count=abc", "startIndex=x", "count=1.5"] {
        assert_eq!(s.get(&format!("/Users?{query}")).await.is(), "400 invalidValue", "{query}");
    }
}

// R-7644-3.4.2.2-01, R-7644-3.4.2.2-02, R-7644-3.4.2.2-03, R-7644-3.4.2.2-09, R-7644-3.4.2.2-13, R-7644-3.4.2.2-15, R-7644-3.4.2.2-16, R-7644-3.4.2.2-17, R-7644-7.8-01
#[tokio::test]
async fn filters_select_and_say_what_is_wrong_with_them() {
    let s = strict();
    s.make(
        "/Users",
        &user_with("Ümit", r#""active":true,"externalId":"X1","emails":[{"value":"a@b.de","type":"work"}]"#),
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
            (list.status(), list.text("totalResults")),
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
    let s = strict();
    for (name, more) in [
        ("c", r#""title":"x","emails":[{"value":"2"},{"value":"9","primary":true}]"#),
        ("B", r#""title":"x","emails":[{"value":"5"}]"#),
        ("a", ""),
    ] {
        s.make("/Users", &user_with(name, more)).await;
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
        assert_eq!(s.get(&format!("/Users?{query}")).await.each("userName").join(" "), expected, "{query}");
    }
    assert_eq!(s.get("/Users?sortBy=userName&sortOrder=up").await.is(), "400 invalidValue");
    assert_eq!(s.get("/Users?sortBy=name").await.status(), 400);
    assert_eq!(s.get("/ServiceProviderConfig").await.text("sort.supported"), "true");
}

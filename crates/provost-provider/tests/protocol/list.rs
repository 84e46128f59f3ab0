//! Lists: filter, sort and pages (RFC 7644 section 3.4.2).
//!
//! Planted and caught: the default page instead of `count`; `startIndex` from 0; missing values first; ties in reverse
//! when descending; `totalResults` of the page; members in spite of `excludedAttributes`.

use crate::server::{both, server};
use provost_core::Profile;
use provost_core::compat::RuleId;

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
            server.make("Users", &format!(r#"{{"schemas":["{schema}"],"userName":"{name}"{rest}}}"#)).await;
        }
        for (query, shown) in [
            ("count=5&sortBy=userName", "alice Bob carol Dan"),
            ("count=5&sortBy=userName&sortOrder=descending", "Dan carol Bob alice"),
            // without a value last, and first when descending; equal ones as they were made
            ("count=5&sortBy=title", "Dan carol Bob alice"),
            ("count=5&sortBy=title&sortOrder=descending", "alice carol Bob Dan"),
            // the primary value, else the first
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
    assert!(list.response.notes.has(RuleId::BareWord));
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

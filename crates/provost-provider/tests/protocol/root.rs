//! Queries over every resource type (RFC 7644 section 3.4.2.1).
//!
//! Planted and caught: the setting ignored; the second type's page started at its first resource; the total of one type
//! only, with `tooMany` also counted per type; an attribute refused because one type lacks it; results sorted type by
//! type.

use provost_core::Profile;
use provost_provider::{CursorKey, Cursors, MemoryStore};
use provost_testing::body::{group, search, user};
use provost_testing::protocol::{Server, both};

/// Three users, two groups.
async fn filled(profile: Profile, most: u64) -> Server {
    let server = Server::set_up(MemoryStore::new(), profile, |s| {
        (s.root_query, s.root_results) = (true, most);
        s.cursors = Some(Cursors::new(CursorKey::new([7; 32])));
    });
    let user = |name: &str, shown: &str| user(name).replace('}', &format!(r#","displayName":"{shown}"}}"#));
    let a = server.make("/Users", &user("a", "delta")).await;
    server.make("/Groups", &group("charlie", &[&a])).await;
    server.make("/Users", &user("b", "Alpha")).await;
    server.make("/Groups", &group("BRAVO", &[])).await;
    server.user("c").await;
    server
}

#[tokio::test]
async fn it_is_off_unless_switched_on() {
    for server in both() {
        for (method, target) in [("GET", "/"), ("HEAD", ""), ("POST", "/.search")] {
            let answer = server.send(method, target, &search("")).await;
            assert_eq!(answer.is(), "501", "{method}");
            assert!(answer.detail().contains("query an endpoint like `/Users`"));
        }
    }
}

// R-7644-3.4.2.1-02, R-7644-3.4.2.1-03, R-7644-3.4.3-01
#[tokio::test]
async fn every_type_is_found_in_one_order() {
    for profile in [Profile::strict(), Profile::entra()] {
        let server = filled(profile, 1_000).await;
        // ids in the order of creation: user 1, group 2, user 3, group 4, user 5
        for (query, message, total, shown) in [
            ("count=5", r#""count":5"#, "5", "1 3 5 2 4"),
            ("", "", "5", "1 3 5"),
            ("startIndex=3", r#""startIndex":3"#, "5", "5 2 4"),
            ("startIndex=4&count=1", r#""startIndex":4,"count":1"#, "5", "2"),
            ("startIndex=5", r#""startIndex":5"#, "5", "4"),
            ("startIndex=6", r#""startIndex":6"#, "5", ""),
            ("count=0", r#""count":0"#, "5", ""),
            (
                "filter=meta.resourceType+eq+%22Group%22",
                r#""filter":"meta.resourceType eq \"Group\"""#,
                "2",
                "2 4",
            ),
            ("filter=userName+pr", r#""filter":"userName pr""#, "3", "1 3 5"),
            ("filter=members+pr", r#""filter":"members pr""#, "1", "2"),
            ("filter=not+(userName+pr)", r#""filter":"not (userName pr)""#, "2", "2 4"),
            (
                "filter=userName+eq+%22a%22+or+displayName+eq+%22bravo%22",
                r#""filter":"userName eq \"a\" or displayName eq \"bravo\"""#,
                "2",
                "1 4",
            ),
            ("filter=id+eq+%22id-004%22", r#""filter":"id eq \"id-004\"""#, "1", "4"),
            // an order without a sort attribute, and an empty sort attribute
            ("count=5&sortOrder=descending", r#""count":5,"sortOrder":"descending""#, "5", "1 3 5 2 4"),
            ("count=5&sortBy=", r#""count":5,"sortBy":" ""#, "5", "1 3 5 2 4"),
            ("count=5", r#""count":5,"sortBy":null,"cursor":null"#, "5", "1 3 5 2 4"),
        ] {
            let by_get = server.send("GET", &format!("/?{query}"), "").await;
            let by_post = server.send("POST", "/.search", &search(message)).await;
            assert_eq!((by_get.is().as_str(), &by_get.text), ("200", &by_post.text), "{query}");
            let ids: Vec<String> =
                by_get.each("id").iter().map(|id| id.trim_start_matches("id-00").to_owned()).collect();
            assert_eq!(ids.join(" "), shown, "{query}");
            assert_eq!(by_get.at("totalResults").as_deref(), Some(total), "{query}");
            assert_eq!(by_get.at("itemsPerPage"), Some(ids.len().to_string()), "{query}");
        }
        let thin = server.send("GET", "/?attributes=members.value&startIndex=4&count=1", "").await;
        assert_eq!(thin.at("Resources.members.value").as_deref(), Some("id-001"));
        assert_eq!(thin.at("Resources.displayName"), None);
        let wrong = server.send("GET", "/?filter=userName+zz", "").await;
        assert_eq!(wrong.is(), "400 invalidFilter");
        assert_eq!(server.send("GET", "/?filter=password+pr", "").await.is(), "400 invalidFilter");
        assert_eq!(server.send("GET", "/?sortOrder=up", "").await.is(), "400 invalidValue");
        assert_eq!(server.send("PUT", "/", "").await.is(), "405");
    }
}

// R-7644-3.4.2.3-07
#[tokio::test]
async fn neither_an_order_nor_a_cursor_is_taken_for_nothing() {
    for profile in [Profile::strict(), Profile::entra()] {
        let server = filled(profile, 1_000).await;
        for (query, message, expected, instead) in [
            ("sortBy=displayName", r#""sortBy":"displayName""#, "501", "leave out `sortBy`"),
            ("sortBy=nope&sortOrder=up", r#""sortBy":"nope","sortOrder":"up""#, "501", "leave out `sortBy`"),
            ("cursor", r#""cursor":"""#, "400 invalidCursor", "`startIndex` and `count`"),
            ("cursor=&count=2", r#""cursor":"","count":2"#, "400 invalidCursor", "`startIndex` and `count`"),
            ("cursor=abc", r#""cursor":"abc""#, "400 invalidCursor", "`startIndex` and `count`"),
            (FORMER_QUERY, FORMER_MESSAGE, "400 invalidCursor", "`startIndex` and `count`"),
        ] {
            let by_get = server.send("GET", &format!("/?{query}"), "").await;
            let by_post = server.send("POST", "/.search", &search(message)).await;
            let in_url = server.send("POST", &format!("/.search?{query}"), &search("")).await;
            for refused in [by_get, by_post, in_url] {
                assert_eq!(refused.is(), expected, "{query}: {}", refused.text);
                assert!(refused.detail().contains(instead), "{query}: {}", refused.detail());
                assert!(
                    refused.detail().contains("an endpoint like `/Users`"),
                    "{query}: {}",
                    refused.detail()
                );
            }
        }
    }
}

/// A cursor issued by a release that had cursors for such queries, for five users and this key.
macro_rules! former {
    ($before:literal, $behind:literal) => {
        concat!(
            $before,
            "010000018bd01c6df0000000000000000261000000000000000e7b226e223a322c2274223a22227d646c91e0ca5f6597f65a34c14a8189aa39",
            $behind
        )
    };
}
const FORMER_QUERY: &str = former!("cursor=", "");
const FORMER_MESSAGE: &str = former!(r#""cursor":""#, r#"""#);

// R-7644-3.4.2.1-04
#[tokio::test]
async fn a_query_that_is_too_broad_is_refused() {
    let server = filled(Profile::strict(), 4).await;
    let refused = server.send("GET", "/?count=1", "").await;
    assert_eq!(refused.is(), "400 tooMany");
    assert!(refused.detail().contains("can match at most 4"), "{}", refused.detail());
    let narrow = server.send("GET", "/?filter=displayName+pr", "").await;
    assert_eq!((narrow.is().as_str(), narrow.at("totalResults").as_deref()), ("200", Some("4")));
}

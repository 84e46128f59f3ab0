//! Queries by POST (RFC 7644 section 3.4.3).
//!
//! Planted and caught: the filter of the message ignored; `attributes` of the URL kept together with
//! `excludedAttributes` of the message; only the first of the names used; the URI not checked.

use provost_core::compat::RuleId;
use provost_testing::body::{search, user};
use provost_testing::protocol::{Answer, Server, both};

async fn fill(server: &Server) {
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        let titled = user(name).replace('}', &format!(r#","title":"t{name}","nickName":"n{name}"}}"#));
        server.make("/Users", &titled).await;
    }
}

async fn post(server: &Server, target: &str, rest: &str) -> Answer {
    server.send("POST", target, &search(rest)).await
}

// R-7644-3.4.3-01, R-7644-3.4.3-03, R-7644-3.4.3-05
#[tokio::test]
async fn a_search_answers_as_get_does() {
    for server in both() {
        fill(&server).await;
        for (message, query) in [
            ("", ""),
            (r#""filter":"userName gt \"d\"""#, "filter=userName+gt+%22d%22"),
            (r#""filter":null,"count":2,"startIndex":6"#, "count=2&startIndex=6"),
            (r#""count":0"#, "count=0"),
            (r#""count":-3,"startIndex":-1"#, "count=-3&startIndex=-1"),
            (r#""count":2e0"#, "count=2"),
            (r#""sortBy":"userName","sortOrder":"descending""#, "sortBy=userName&sortOrder=descending"),
            (r#""attributes":["userName","title"]"#, "attributes=userName,title"),
            (r#""excludedAttributes":["title","meta"]"#, "excludedAttributes=title,meta"),
            (r#""attributes":[]"#, ""),
            (r#""foo":1,"COUNT":1"#, "count=1"),
        ] {
            let by_post = post(&server, "/Users/.search", message).await;
            let again = post(&server, "/Users/.search", message).await;
            assert_eq!(again.text, by_post.text, "{message}");
            let by_get = server.send("GET", &format!("/Users?{query}"), "").await;
            assert_eq!((by_post.is().as_str(), &by_post.text), ("200", &by_get.text), "{message}");
        }
    }
}

// R-7644-3.4.3-05
#[tokio::test]
async fn the_message_comes_before_the_url() {
    for server in both() {
        fill(&server).await;
        let one =
            post(&server, "/Users/.search?count=3&sortBy=userName&sortOrder=descending", r#""count":1"#)
                .await;
        assert_eq!(one.each("userName"), ["g"]);
        let without =
            post(&server, "/Users/.search?attributes=userName&count=1", r#""excludedAttributes":["title"]"#)
                .await;
        assert_eq!(without.is(), "200");
        assert_eq!(without.at("Resources.nickName").as_deref(), Some("na"));
        assert_eq!(without.at("Resources.title"), None);
    }
}

// R-7644-3.4.3-02, R-7644-3.4.3-04
#[tokio::test]
async fn what_is_no_search_is_refused() {
    for (strict, server) in [true, false].into_iter().zip(both()) {
        for (body, expected, said) in [
            (search(r#""filter":"userName zz \"x\"""#), "400 invalidFilter", "at byte 9"),
            (search(r#""filter":42"#), "400 invalidFilter", "`filter` must be a string, found a number"),
            (search(r#""count":"x""#), "400 invalidValue", "whole number"),
            (search(r#""count":1.5"#), "400 invalidValue", "whole number"),
            (search(r#""startIndex":true"#), "400 invalidValue", "`startIndex`"),
            (search(r#""sortBy":["userName"]"#), "400 invalidValue", "`sortBy`"),
            (search(r#""attributes":["userName",1]"#), "400 invalidValue", "an array of strings"),
            (search(r#""attributes":{}"#), "400 invalidValue", "an array of strings"),
            (search(r#""filter":"password eq \"x\"""#), "400 invalidFilter", "never returned"),
            (r#"{"schemas":["urn:x"]}"#.to_owned(), "400 invalidSyntax", "SearchRequest"),
            ("[]".to_owned(), "400 invalidSyntax", "JSON"),
            (String::new(), "400 invalidSyntax", "the body is empty"),
        ] {
            let refused = server.send("POST", "/Users/.search", &body).await;
            assert_eq!(refused.is(), expected, "{body}");
            assert!(refused.detail().contains(said), "{body}: {}", refused.detail());
        }
        for (body, rule) in [
            (r#"{"filter":"userName pr"}"#.to_owned(), RuleId::MissingSchemas),
            (r#"{"schemas":[]}"#.to_owned(), RuleId::MissingSchemas),
            (r#"{"schemas":"urn:x"}"#.to_owned(), RuleId::MissingSchemas),
            (
                r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:SearchRequest"]}"#.to_owned(),
                RuleId::MissingSchemas,
            ),
            (search(r#""count":"2""#), RuleId::QuotedLiteral),
            (search(r#""attributes":"userName""#), RuleId::OneForMany),
        ] {
            let answer = server.send("POST", "/Users/.search", &body).await;
            assert_eq!(answer.response.status, if strict { 400 } else { 200 }, "{body}");
            assert_eq!(answer.outcome.notes.has(rule), !strict, "{body}");
        }
    }
}

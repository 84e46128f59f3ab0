//! Pages by cursor (RFC 9865).
//!
//! Seen to fail: with a cursor not bound to the filter, with a `nextCursor` on the last page, and with a cursor not
//! bound to the tenant.

use provost_core::SchemaSet;
use provost_provider::{CursorKey, Cursors};
use provost_testing::body::user_with;
use provost_testing::protocol::{Answer, Server, strict};

pub(crate) fn server() -> Server {
    Server::strict_with(SchemaSet::builtin(), |s| s.cursors = Some(Cursors::new(CursorKey::new([7; 32]))))
}

async fn filled(users: usize) -> Server {
    let s = server();
    for n in 0..users {
        let title = if n % 2 == 0 { r#""title":"even""# } else { "" };
        s.make("/Users", &user_with(&format!("u{:02}", (n * 4) % users), title)).await;
    }
    s
}

fn next(answer: &Answer) -> String {
    assert_eq!(answer.status(), 200, "{}", answer.text);
    answer.text("nextCursor")
}

// R-9865-2-01, R-9865-2-02, R-9865-2-03, R-9865-2-04, R-9865-2-07, R-7644-3.4.2-02
#[tokio::test]
async fn an_empty_cursor_begins_a_walk_to_the_end() {
    let s = filled(7).await;
    let all = s.get("/Users").await.each("userName").join(" ");
    for first in ["cursor&count=3", "cursor=&count=3"] {
        let (mut query, mut seen, mut sizes) = (first.to_owned(), Vec::new(), Vec::new());
        loop {
            let page = s.get(&format!("/Users?{query}")).await;
            assert_eq!(page.text("totalResults"), "7");
            assert!(
                page.value("startIndex").is_none() && page.value("previousCursor").is_none(),
                "{}",
                page.text
            );
            sizes.push(page.text("itemsPerPage"));
            seen.push(page.each("userName").join(" "));
            assert!(seen.len() < 20, "a walk without an end");
            if page.value("nextCursor").is_none() {
                break;
            }
            let cursor = next(&page);
            assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{cursor}");
            query = format!("cursor={cursor}&count=3");
        }
        assert_eq!((seen.join(" "), sizes.join(" ")), (all.clone(), "3 3 1".to_owned()));
    }
    // without a cursor, paging is by index, the older method
    assert!(s.get("/Users?count=3").await.value("nextCursor").is_none());
}

// R-9865-2.4-01
#[tokio::test]
async fn who_names_no_method_pages_by_index() {
    let page = filled(3).await.get("/Users?count=2").await;
    assert_eq!((page.text("startIndex"), page.value("nextCursor")), ("1".to_owned(), None));
}

// R-9865-2-05
#[tokio::test]
async fn a_count_is_read_as_with_an_index() {
    let s = filled(5).await;
    for (count, shown) in [("-1", "0"), ("0", "0"), ("2", "2"), ("100000", "5")] {
        let page = s.get(&format!("/Users?cursor&count={count}")).await;
        assert_eq!(
            (page.text("itemsPerPage"), page.text("totalResults")),
            (shown.to_owned(), "5".to_owned())
        );
        assert_eq!(page.value("nextCursor").is_some(), shown == "2");
    }
}

// R-9865-2-06, R-9865-2.1-01
#[tokio::test]
async fn a_cursor_is_of_one_query() {
    let s = filled(7).await;
    let cursor = next(&s.get("/Users?cursor&count=2&filter=title+pr").await);
    for (query, is) in [
        ("count=2&filter=title+pr", "200"),
        ("filter=title+pr", "200"),
        ("count=2&filter=title+pr&attributes=userName", "200"),
        ("count=2", "400 invalidCursor"),
        ("count=2&filter=userName+pr", "400 invalidCursor"),
        ("count=2&filter=title+pr&sortBy=userName", "400 invalidCursor"),
        ("count=2&filter=title+pr&sortOrder=descending", "400 invalidCursor"),
        ("count=3&filter=title+pr", "400 invalidCount"),
        ("count=two&filter=title+pr", "400 invalidCount"),
        ("count=2&filter=title+pr&startIndex=1", "400 invalidValue"),
    ] {
        let answer = s.get(&format!("/Users?cursor={cursor}&{query}")).await;
        assert_eq!(answer.is(), is, "{query}: {}", answer.text);
    }
    let of_all = next(&s.get("/Users?cursor&count=2").await);
    assert_eq!(s.get(&format!("/Groups?cursor={of_all}")).await.is(), "400 invalidCursor");
    assert_eq!(s.get("/Users?cursor=garbage").await.is(), "400 invalidCursor");
}

// R-9865-2.1-01
#[tokio::test]
async fn a_cursor_expires() {
    let s = Server::strict_with(SchemaSet::builtin(), |s| {
        let mut cursors = Cursors::new(CursorKey::new([7; 32]));
        // the clock advances one second at each reading
        cursors.timeout_s = 20;
        s.cursors = Some(cursors);
    });
    for n in 0..3 {
        s.user(&format!("u{n}")).await;
    }
    let cursor = next(&s.get("/Users?cursor&count=2").await);
    assert_eq!(s.get(&format!("/Users?cursor={cursor}")).await.is(), "200");
    for n in 0..20 {
        s.user(&format!("v{n}")).await;
    }
    let late = s.get(&format!("/Users?cursor={cursor}")).await;
    assert_eq!(late.is(), "400 expiredCursor");
    assert!(late.text("detail").contains("20 seconds"), "{}", late.text);
}

// R-9865-2.2-01
#[tokio::test]
async fn a_walk_may_be_sorted() {
    let s = filled(9).await;
    for order in ["sortBy=userName", "sortBy=title&sortOrder=descending", "sortBy=title"] {
        let all = s.get(&format!("/Users?{order}")).await.each("userName").join(" ");
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let page = s.get(&format!("/Users?{order}&count=2&cursor={cursor}")).await;
            seen.push(page.each("userName").join(" "));
            assert!(seen.len() < 20, "a walk without an end");
            if page.value("nextCursor").is_none() {
                break;
            }
            cursor = next(&page);
        }
        assert_eq!(seen.join(" "), all, "{order}");
    }
}

// R-9865-3-01, R-7644-3.4.3-03
#[tokio::test]
async fn a_search_by_post_takes_a_cursor() {
    let s = filled(5).await;
    let search = |more: &str| {
        format!(r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"count":3{more}}}"#)
    };
    let first = s.send("POST", "/Users/.search", &search(r#","cursor":"""#)).await;
    let cursor = next(&first);
    let second = s.send("POST", "/Users/.search", &search(&format!(r#","cursor":"{cursor}""#))).await;
    assert_eq!(
        [first.each("userName").join(" "), second.each("userName").join(" ")].join(" "),
        s.get("/Users").await.each("userName").join(" ")
    );
    // both ways to ask share one list
    assert_eq!(s.get(&format!("/Users?cursor={cursor}&count=3")).await.text, second.text);
}

// R-9865-4-01
#[tokio::test]
async fn what_is_announced_is_what_there_is() {
    let on = server().get("/ServiceProviderConfig").await;
    let said =
        ["cursor", "index", "defaultPaginationMethod", "defaultPageSize", "maxPageSize", "cursorTimeout"]
            .map(|n| on.text(&format!("pagination.{n}")));
    assert_eq!(said, ["true", "true", "index", "100", "1000", "3600"]);
    let without = strict();
    let off = without.get("/ServiceProviderConfig").await;
    assert_eq!(
        (off.text("pagination.cursor"), off.value("pagination.cursorTimeout")),
        ("false".to_owned(), None)
    );
    let refused = without.get("/Users?cursor").await;
    assert_eq!(refused.is(), "400 invalidCursor");
    assert!(refused.text("detail").contains("`startIndex`"), "{}", refused.text);
}

// R-9865-5.2-01, R-9865-5.2-02, R-9865-5.2-03
#[tokio::test]
async fn a_cursor_is_worth_nothing_to_others() {
    let s = filled(5).await;
    let cursor = next(&s.get("/Users?cursor&count=2").await);
    let mut forged = cursor.clone();
    forged.replace_range(30..31, if cursor.get(30..31) == Some("0") { "1" } else { "0" });
    let forged = s.get(&format!("/Users?cursor={forged}")).await;
    let other_query = s.get(&format!("/Users?cursor={cursor}&filter=title+pr")).await;
    let other_key = Server::strict_with(SchemaSet::builtin(), |s| {
        s.cursors = Some(Cursors::new(CursorKey::new([8; 32])));
    });
    let other_key = other_key.get(&format!("/Users?cursor={cursor}")).await;
    let s = s.other_tenant();
    s.user("somebody").await;
    let other_tenant = s.get(&format!("/Users?cursor={cursor}")).await;
    assert_eq!(forged.is(), "400 invalidCursor");
    for answer in [other_query, other_key, other_tenant] {
        assert_eq!(answer.text, forged.text);
    }
}

// R-9865-5.3-01
#[tokio::test]
async fn cursors_are_kept_by_clients_alone() {
    let s = filled(5).await;
    let first = next(&s.get("/Users?cursor&count=2").await);
    let page = s.get(&format!("/Users?cursor={first}")).await.each("userName").join(" ");
    for _ in 0..1_000 {
        next(&s.get("/Users?cursor&count=2").await);
    }
    // none of the others replaced it
    assert_eq!(s.get(&format!("/Users?cursor={first}")).await.each("userName").join(" "), page);
}

/// Cursors in an old format come from clients that began paging before an update.
#[tokio::test]
async fn a_cursor_of_an_earlier_release_is_refused_as_one_of_no_list() {
    let s = filled(5).await;
    // issued for this list, this key and this time
    let former = "010000018bd01c6a08000000000000000261000000000000000e7b226e223a322c2274223a22227dc268aa99607e25bfe6df329c\
                  3c5fa06e";
    let refused = s.get(&format!("/Users?cursor={former}&count=2")).await;
    let unknown = s.get("/Users?cursor=garbage&count=2").await;
    assert_eq!((refused.is(), &refused.text), ("400 invalidCursor".to_owned(), &unknown.text));
}

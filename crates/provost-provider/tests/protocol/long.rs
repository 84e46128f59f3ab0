//! Limits on the cost of a small request: long work is done on separate threads, and all operations of a request share
//! one budget of comparisons.
//!
//! Planted and caught: each kind of long work, and of answer, done on the calling thread; waiting answers counted as
//! one, whatever they hold; the answer to a write refused; a place requested by a thread that already has one; waiting
//! requests not counted; comparisons counted from zero in each operation of a bulk request, and in each try; the bytes
//! of large resources counted from zero in each operation, and not at all for a POST that takes one over; members read
//! for a refusal; members read for a failed condition not counted.

use provost_core::query::Include;
use provost_core::value::Value;
use provost_core::{Profile, SchemaSet};
use provost_provider::{Get, MemoryStore, Pass, Result};
use provost_testing::body::{patch, search, user, user_with};
use provost_testing::protocol::{Server, principal, strict};
use provost_testing::store::{Around, Before, Call};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The result of a future that is ready at once.
fn at_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// All places that the tenant may have.
fn all_places(server: &Server) -> Vec<Pass> {
    let mine = principal("key-1");
    std::iter::from_fn(|| at_once(server.provider.place(&mine)).map(Result::unwrap)).collect()
}

fn remove(path: &str) -> String {
    format!(r#"{{"op":"remove","path":"{path}"}}"#)
}

#[tokio::test]
async fn what_takes_long_is_worked_out_on_a_thread_of_its_own() {
    let server = strict();
    let a = server.user("a").await;
    let group = format!("/Groups/{}", server.group("staff", &[&a]).await);
    let phones: Vec<String> = (0..60).map(|n| format!(r#"{{"value":"{n}"}}"#)).collect();
    let long = "x".repeat(70_000);
    let with_phones =
        server.make("/Users", &user_with("b", &format!(r#""phoneNumbers":[{}]"#, phones.join(",")))).await;
    let with_title = server.make("/Users", &user_with("c", &format!(r#""title":"{long}""#))).await;
    let (with_phones, with_title) = (format!("/Users/{with_phones}"), format!("/Users/{with_title}"));

    let search = patch(&remove(r#"members[display co \"zz\"]"#));
    let negated = patch(&remove(r#"members[not (value eq \"zz\")]"#));
    let renamed = patch(r#"{"op":"replace","path":"members[display co \"zz\"].value","value":"x"}"#);
    let many = patch(&vec![remove(r#"phoneNumbers[value co \"zz\"]"#); 40].join(","));
    let terms = vec![r#"value co \"zz\""#; 40].join(" or ");
    let terms = patch(&remove(&format!("phoneNumbers[{terms}]")));
    let nick = patch(r#"{"op":"replace","path":"nickName","value":"x"}"#);
    let bulk = format!(
        r#"{{"schemas":["{}"],"Operations":[{{"method":"PATCH","path":"{group}","data":{search}}}]}}"#,
        BULK_REQUEST
    );
    let put = user("c");
    let requests = [
        ("PATCH", &group, &search),
        ("PATCH", &group, &negated),
        ("PATCH", &group, &renamed),
        ("PATCH", &with_phones, &many),
        ("PATCH", &with_phones, &terms),
        ("PATCH", &with_title, &nick),
        ("POST", &"/Bulk".to_owned(), &bulk),
        ("PUT", &with_title, &put),
    ];
    for (method, target, body) in requests {
        let places = all_places(&server);
        assert!(!places.is_empty());
        assert!(at_once(server.send(method, target, body)).is_none(), "{method} {target} {body}");
        // others go on, and so does a thread that has a place
        assert_eq!(at_once(server.send("PATCH", &format!("/Users/{a}"), &nick)).unwrap().is(), "200");
        drop(places);
        let done = server.send(method, target, body).await;
        assert!(done.status() < 500, "{}", done.text);
        let places = all_places(&server);
        let here = at_once(server.send_with(method, target, body, |r| r.may_take_long = true)).unwrap();
        assert_eq!(here.status(), done.status(), "{}", here.text);
        drop(places);
    }
}

fn titled(name: &str, bytes: usize) -> String {
    user_with(name, &format!(r#""title":"{}""#, "x".repeat(bytes)))
}

#[tokio::test]
async fn an_answer_that_takes_long_is_written_on_a_thread_of_its_own() {
    let server = Server::strict_with(SchemaSet::builtin(), |settings| settings.root_query = true);
    let (small, large) = (server.user("a").await, server.make("/Users", &titled("b", 150_000)).await);
    let mut members = Vec::new();
    for n in 0..1_000 {
        members.push(server.user(&format!("m{n}")).await);
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let group = format!("/Groups/{}", server.group("staff", &members).await);
    let found = r#"?attributes=title&filter=userName%20eq%20%22b%22"#;
    let search = search(r#""attributes":["title"],"filter":"userName eq \"b\"""#);
    let title = format!(r#"{{"op":"add","path":"title","value":"{}"}}"#, "x".repeat(150_000));
    let renamed = patch(r#"{"op":"replace","path":"displayName","value":"x"}"#);
    let requests = [
        ("GET", format!("/Users/{large}?attributes=title"), String::new()),
        ("GET", format!("{group}?attributes=members.value"), String::new()),
        ("GET", format!("/Users{found}"), String::new()),
        ("POST", "/Users/.search".to_owned(), search.clone()),
        ("GET", format!("/{found}"), String::new()),
        ("POST", "/.search".to_owned(), search),
        ("POST", "/Users?attributes=title".to_owned(), titled("c", 150_000)),
        ("PUT", format!("/Users/{small}?attributes=title"), titled("a", 150_000)),
        ("PATCH", format!("/Users/{}?attributes=title", server.user("d").await), patch(&title)),
        ("PATCH", format!("{group}?attributes=members.value"), renamed),
    ];
    let other = format!("/Users/{}", server.user("e").await);
    for (method, target, body) in requests {
        let places = all_places(&server);
        assert!(at_once(server.send(method, &target, &body)).is_none(), "{method} {target}");
        for little in [&*other, "/Users?count=100", &*group] {
            assert_eq!(at_once(server.get(little)).unwrap().is(), "200", "{little}");
        }
        let here = at_once(server.send_with(method, &target, &body, |r| r.may_take_long = true)).unwrap();
        drop(places);
        let there = server.send(method, &target, &body).await;
        assert_eq!(here.status(), there.status(), "{} {}", here.text, there.text);
        let (here, there) = (here.json(), there.json());
        assert_eq!(here.get("Resources"), there.get("Resources"));
        assert_eq!(here.get("members"), there.get("members"));
    }
}

#[tokio::test]
async fn an_answer_that_waits_counts_for_what_it_keeps_and_that_of_a_write_is_not_refused() {
    let server = strict();
    let large = server.make("/Users", &titled("a", 1_500_000)).await;
    let small = server.user("b").await;
    let (read, write) =
        (format!("/Users/{large}?attributes=title"), format!("/Users/{small}?attributes=title"));
    let places = all_places(&server);
    let mut waiting = Vec::new();
    let refused = loop {
        let mut request = Box::pin(server.get(&read));
        match at_once(request.as_mut()) {
            Some(answer) => break answer,
            None => waiting.push(request),
        }
    };
    assert_eq!((waiting.len(), refused.is().as_str()), (16, "429"), "{}", refused.text);
    let body = titled("b", 200_000);
    let mut written = Box::pin(server.send("PUT", &write, &body));
    assert!(at_once(written.as_mut()).is_none());
    drop((places, waiting));
    assert_eq!(written.await.is(), "200");
    assert_eq!(server.get(&read).await.is(), "200");
}

#[tokio::test]
async fn so_many_wait_for_a_place_and_more_are_asked_to_come_again() {
    let server = strict();
    let group = format!("/Groups/{}", server.group("staff", &[]).await);
    let search = patch(&remove(r#"members[display co \"zz\"]"#));
    let places = all_places(&server);
    let mut waiting = Vec::new();
    let refused = loop {
        let mut request = Box::pin(server.send("PATCH", &group, &search));
        match at_once(request.as_mut()) {
            Some(answer) => break answer,
            None => waiting.push(request),
        }
    };
    assert_eq!(waiting.len(), 32);
    assert_eq!(
        (refused.is().as_str(), refused.header("retry-after").as_deref()),
        ("429", Some("5")),
        "{}",
        refused.text
    );
    assert_eq!(
        refused.detail(),
        "too many requests of this organisation that take long are waiting: send fewer at once"
    );
    drop((places, waiting));
    assert_eq!(server.send("PATCH", &group, &search).await.is(), "200");
}

#[tokio::test]
async fn a_bulk_request_changes_so_many_bytes_of_large_resources() {
    let server = Server::set_up(MemoryStore::new(), Profile::okta(), |settings| {
        settings.limits.resource_bytes = 20_000;
    });
    let inactive = format!(r#""active":false,"title":"{}""#, "x".repeat(18_000));
    let (large, small) = (server.make("/Users", &titled("a", 18_000)).await, server.user("b").await);
    server.make("/Users", &user_with("c", &inactive)).await;
    let nick = |n: usize| patch(&format!(r#"{{"op":"replace","path":"nickName","value":"{n}"}}"#));
    let named = |method: &str, id: &str, data: &str| {
        format!(r#"{{"method":"{method}","path":"/Users/{id}","data":{data}}}"#)
    };
    // 160,000 bytes at 18,000 each, and the one that exceeds the limit
    let patches: Vec<String> = (0..12).map(|n| named("PATCH", &large, &nick(n))).collect();
    let puts: Vec<String> = (0..12).map(|n| named("PUT", &large, &titled("a", 18_000 + n % 2))).collect();
    let small = named("PATCH", &small, &nick(0));
    let post = format!(r#"{{"method":"POST","path":"/Users","bulkId":"n","data":{}}}"#, user("c"));
    for (steps, last) in [(patches, &small), (puts, &post)] {
        let steps = [steps.join(","), last.clone()].join(",");
        let bulk = format!(r#"{{"schemas":["{BULK_REQUEST}"],"Operations":[{steps}]}}"#);
        let done = server.send("POST", "/Bulk", &bulk).await.json();
        let status = |o: &Value| o.as_object().unwrap().str("status").unwrap().to_owned();
        let status: Vec<String> = done.get("Operations").unwrap().elements().iter().map(status).collect();
        assert_eq!(status[..9], vec!["200"; 9], "{status:?}");
        assert_eq!(status[9..12], vec!["413"; 3], "{status:?}");
        assert_eq!(status[12], if *last == small { "200" } else { "413" }, "{status:?}");
    }
    // a single one is not refused
    assert_eq!(server.send("PATCH", &format!("/Users/{large}"), &nick(99)).await.is(), "200");
    assert_eq!(server.send("POST", "/Users", &user("c")).await.is(), "201");
}

/// How often members were read.
#[derive(Default)]
struct Reads(AtomicUsize);

impl Before<MemoryStore> for Reads {
    async fn before(&self, _: &MemoryStore, call: Call<'_>) -> Result<()> {
        if let Call::Get(Get { include: Include { members: true, .. }, .. }) = call {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[tokio::test]
async fn all_of_a_bulk_request_makes_so_many_comparisons() {
    let store = Around::new(MemoryStore::new(), Reads::default());
    let server = Server::set_up(store, Profile::entra(), |settings| settings.limits.comparisons = 10);
    let reads = &server.session.store.before.0;
    let (a, b) = (server.user("a").await, server.user("b").await);
    let (c, d) = (server.user("c").await, server.user("d").await);
    let id = server.group("staff", &[&a, &b, &c, &d]).await;
    let search = patch(&remove(r#"members[display co \"zz\"]"#));
    let step =
        |data: &str, more: &str| format!(r#"{{"method":"PATCH","path":"/Groups/{id}"{more},"data":{data}}}"#);
    let rename = patch(r#"{"op":"replace","path":"displayName","value":"x"}"#);
    let stale = step(&search, r#","version":"W/\"7\"""#);
    for second in [step(&search, ""), stale] {
        let steps =
            [step(&search, ""), second, step(&search, ""), step(&search, ""), step(&rename, "")].join(",");
        let bulk = format!(r#"{{"schemas":["{}"],"Operations":[{steps}]}}"#, BULK_REQUEST);
        reads.store(0, Ordering::Relaxed);
        let done = server.send("POST", "/Bulk", &bulk).await;
        let json = done.json();
        let status = |o: &Value| o.as_object().unwrap().str("status").unwrap().to_owned();
        let status: Vec<String> = json.get("Operations").unwrap().elements().iter().map(status).collect();
        assert_eq!((&*status[0], &status[2..]), ("200", &["413".into(), "413".into(), "200".into()][..]));
        assert_eq!(reads.load(Ordering::Relaxed), 3, "members are not read once there were too many");
        let said = "`members` has too many values for these operations: they make more than 10 comparisons";
        assert!(done.text.contains(said), "{}", done.text);
    }
}

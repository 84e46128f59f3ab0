//! Pages by cursor of queries over every resource type.
//!
//! Planted and caught: a type begun anew on each page; ties between types put in another order on the second page; a
//! last page that names a next one because a type behind it is empty.

use crate::search::search;
use crate::server::{Answer, Server, group, site, user};
use provost_core::Profile;
use provost_provider::{CursorKey, Cursors, MemoryStore};

async fn filled(profile: Profile, groups: usize) -> Server {
    let server = Server::set_up(MemoryStore::new(site()), profile, |s| {
        s.root_query = true;
        s.cursors = Some(Cursors::new(CursorKey::new([7; 32])));
    });
    let shown = ["delta", "Bravo", "bravo", "", "alpha"];
    for (n, shown) in shown.into_iter().enumerate() {
        let more = if shown.is_empty() { "}".to_owned() } else { format!(r#","displayName":"{shown}"}}"#) };
        server.make("Users", &user(&format!("u{n}")).replace('}', &more)).await;
    }
    for name in ["charlie", "BRAVO", "echo"].into_iter().take(groups) {
        server.make("Groups", &group(name, &[])).await;
    }
    server
}

/// The ids of all pages, and how many pages there were.
async fn walk(server: &Server, target: &str) -> (Vec<String>, usize) {
    let (mut cursor, mut seen, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let page = server.send("GET", &format!("{target}&cursor={cursor}"), "").await;
        assert_eq!(page.is(), "200", "{}", page.text);
        seen.extend(ids(&page));
        pages += 1;
        assert!(pages < 20, "a walk without an end: {target}");
        match page.json().str("nextCursor") {
            Some(next) => next.clone_into(&mut cursor),
            None => return (seen, pages),
        }
    }
}

fn ids(page: &Answer) -> Vec<String> {
    let json = page.json();
    let all = json.get("Resources").unwrap().elements();
    all.iter().map(|r| r.as_object().unwrap().str("id").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_type_is_walked_as_one_list() {
    for groups in [0, 3] {
        let server = filled(Profile::strict(), groups).await;
        for order in
            ["", "&sortBy=displayName", "&sortBy=displayName&sortOrder=descending", "&filter=displayName+pr"]
        {
            let mut all = Vec::new();
            for start in [1, 6] {
                all.extend(ids(&server
                    .send("GET", &format!("/?count=5&startIndex={start}{order}"), "")
                    .await));
            }
            for count in 1..=5 {
                let (seen, pages) = walk(&server, &format!("/?count={count}{order}")).await;
                assert_eq!((&seen, pages), (&all, all.len().div_ceil(count)), "{groups} {count} {order}");
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_of_every_type_is_none_of_one_type() {
    let server = filled(Profile::strict(), 3).await;
    let first = server.send("POST", "/.search", &search(r#""cursor":"","count":2"#)).await;
    let cursor = first.json().str("nextCursor").unwrap().to_owned();
    let on = server.send("GET", &format!("/?cursor={cursor}&count=2"), "").await;
    assert_eq!(on.is(), "200", "{}", on.text);
    let other = server.send("GET", &format!("/Users?cursor={cursor}&count=2"), "").await;
    assert_eq!(other.is(), "400 invalidCursor");
}

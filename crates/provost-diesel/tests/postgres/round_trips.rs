//! How often a request waits for the server: what matters if the database is on another machine. A proxy counts from
//! outside.
//!
//! Seen to fail: with a separate query for the proof of how values are derived; with links queried after their rows;
//! with waits for statements whose answers nobody needs.

use super::database::{Database, Place};

use crate::store::{Fixture, add, at, fixture, id, query, remove, service};
use provost_core::query::Include;
use provost_diesel::postgres::{Directory, Options};
use provost_provider::{Delete, Find, Get, Store, Update};
use provost_testing::proxy;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_operation_waits_for_the_server_so_often() {
    let (place, service) = (Place::new(), service());
    let (url, turns) = proxy::before(&place.database().url());
    let database = Database::open(&url, &Options::default()).unwrap();
    let t: Fixture = fixture(place, Directory::new(database, service.schemas.clone(), ())).await;
    // the first time, statements are prepared
    for round in [0, 100] {
        t.add_user(round + 1, &user(round + 1)).await.unwrap();
        t.add_user(round + 2, &user(round + 2)).await.unwrap();
        t.add_group(round + 10, &format!("g{round}"), &[]).await.unwrap();
        turns.take();
        let mut seen = Vec::new();
        let mut count = |what: &'static str| seen.push((what, turns.take()));

        t.add_user(round + 3, &user(round + 3)).await.unwrap();
        count("create a user");
        let one = id(round + 1);
        t.store.get(Get::new(&service, &t.user, &one, Include::ALL)).await.unwrap().unwrap();
        count("get a user");
        let matched = query(&t.user, &format!(r#"userName eq "u{}""#, round + 1));
        assert_eq!(t.store.find(Find::new(&service, &t.user, &matched)).await.unwrap().total, 1);
        count("match a user");
        let missed = query(&t.user, r#"userName eq "nobody""#);
        assert_eq!(t.store.find(Find::new(&service, &t.user, &missed)).await.unwrap().total, 0);
        count("match nobody");
        let group = id(round + 10);
        t.store.get(Get::new(&service, &t.group, &group, Include::BODY)).await.unwrap().unwrap();
        count("get a group without its members");
        for (what, change) in [("add a member", add(&[round + 1])), ("remove a member", remove(&[round + 1]))]
        {
            let mut wanted = provost_core::Change::default();
            wanted.members = change;
            t.store.update(Update::new(&t.group, &group, wanted, Include::BODY, &at(200))).await.unwrap();
            count(what);
        }
        let mut change = provost_core::Change::default();
        let after = user(round + 2).replace("Guide", "Chief");
        change.set_body(&t.user, &crate::store::object(&user(round + 2)), crate::store::object(&after));
        t.store.update(Update::new(&t.user, &id(round + 2), change, Include::ALL, &at(201))).await.unwrap();
        count("change a user");
        t.store.delete(Delete::new(&t.user, &id(round + 1), None, &at(202))).await.unwrap();
        count("delete a user");
        if round > 0 {
            assert_eq!(
                seen,
                [
                    ("create a user", 2),
                    ("get a user", 1),
                    ("match a user", 1),
                    ("match nobody", 1),
                    ("get a group without its members", 1),
                    ("add a member", 4),
                    ("remove a member", 4),
                    ("change a user", 4),
                    ("delete a user", 4),
                ]
            );
        }
    }
}

fn user(n: u32) -> String {
    format!(
        r#"{{"userName":"u{n}","externalId":"x{n}","title":"Guide","emails":[{{"value":"{n}@x","type":"work"}}]}}"#
    )
}

//! Several servers on one database build one chain, and another one continues when one is killed.

use crate::PROVOST;
use crate::chain::sealed;
use provost_testing::json::elements;
use provost_testing::program::{Installation, Server};
use std::thread;

/// The number of clients' writes that were counted.
fn added(folder: &Installation) -> i64 {
    let counts = folder.json(&["audit", "counts", "--org", "default", "--json"]);
    let of_users =
        elements(&counts).iter().filter(|count| count["what"] == "added" && count["name"] == "User");
    of_users.map(|count| count["count"].as_i64().expect("a number")).sum()
}

/// Seen to fail: with a lease that lasts for minutes after its holder was killed.
#[test]
fn two_followers_seal_and_count_each_record_once_and_one_goes_on_alone() {
    const ANY_RATE: [&str; 2] = ["--limit-requests", "100000"];
    let a = Server::start_in(&PROVOST.install(), &ANY_RATE);
    let mut b = Server::start_in(&a.folder, &ANY_RATE);
    b.token.clone_from(&a.token);
    thread::scope(|scope| {
        for (server, name) in [(&a, "a"), (&b, "b")] {
            scope.spawn(move || (0..150).for_each(|n| drop(server.create_user(&format!("{name}-{n}")))));
        }
    });
    let number = sealed(&a.folder);
    let records = a.folder.texts("select id as text from audit where tenant <> 0").len();
    assert_eq!((number, added(&a.folder)), (i64::try_from(records).expect("few"), 300));
    // whichever has the lease: each is killed once, and another one takes over
    let folder = a.kill();
    (0..5).for_each(|n| drop(b.create_user(&format!("c-{n}"))));
    assert_eq!(sealed(&folder), number + 5);
    let mut c = Server::start_in(&folder, &ANY_RATE);
    c.token.clone_from(&b.token);
    b.kill();
    (0..5).for_each(|n| drop(c.create_user(&format!("d-{n}"))));
    assert_eq!((sealed(&folder), added(&folder)), (number + 10, 310));
}

//! Owners who step down on the pages of two servers.

use crate::PROVOST;
use crate::console::{Browser, PASSWORD, own};
use crate::member_acts::joined;
use crate::member_page::page_of;
use crate::replicas::{until_so_many_wait, wait_for};
use provost_testing::program::Server;
use std::thread;

const INES: &str = "ines.falk@example.com";
const ANN: &str = "ann@example.com";

/// Each is held just before the write, until the other waits too.
///
/// Seen to fail: with a shared lock on the owners.
#[test]
fn of_two_owners_who_step_down_on_two_pages_one_stays() {
    let a = PROVOST.start();
    let b = Server::start_in(&a.folder, &["--public-url", &format!("http://{}", a.address)]);
    let mut ines = own(&a);
    let mut ann = joined(&a, ANN, "owner");
    let pages = [INES, ANN].map(|who| page_of(&a, who));
    let forms = [ines.form(), ann.form()];
    ann.address.clone_from(&b.address);
    assert_eq!((ines.get(&pages[0]).status, ann.get(&pages[1]).status), (200, 200));
    let down = |browser: &mut Browser, n: usize| {
        let fields =
            [("form", forms[n].as_str()), ("do", "role"), ("role", "member"), ("password", PASSWORD)];
        browser.post(&pages[n], &fields).status
    };
    let mut statuses = thread::scope(|scope| {
        scope.spawn(|| a.folder.execute(&until_so_many_wait(2, "lock table membership in share mode")));
        wait_for(&a.folder, "query like 'begin; lock table membership%' and pid <> pg_backend_pid()");
        let other = scope.spawn(|| down(&mut ann, 1));
        [down(&mut ines, 0), other.join().expect("done")]
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
    let owners = "select cast(count(*) as text) as text from membership where role = 'owner'";
    assert_eq!(a.folder.texts(owners), ["1"]);
}

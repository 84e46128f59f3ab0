//! What it costs that deleted data is overwritten: `cargo bench -p provost-diesel --bench erasure`.
//!
//! The same writes in turns on two directories, one whose connection has `secure_delete=ON` as it is, one with it switched
//! off. Prints processor time and bytes written of the one as multiples of the other, as Linux counts them for the process:
//! neither depends on what else the machine does.

#![expect(clippy::unwrap_used, reason = "a benchmark: a panic is its way to fail")]

mod people;

use people::user_text;
use provost_core::change::{NewResource, unique_keys};
use provost_core::query::Include;
use provost_core::resource::Service;
use provost_core::value::parse_object;
use provost_core::{Change, Id, ResourceType, SchemaSet, Timestamp};
use provost_diesel::sqlite::{Conn, Database, Directory, Options, TenantStore};
use provost_diesel::{HookError, TenantId};
use provost_provider::{Context, Create, Credential, Delete, Get, Store, Update};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

const USERS: u64 = 5_000;
const ROUNDS: u64 = 15;
/// Users that a round writes.
const EACH: u64 = 256;

#[derive(Clone)]
struct Side {
    store: TenantStore,
    service: Service,
    user: Arc<ResourceType>,
}

#[derive(Clone, Copy)]
enum Write {
    Create,
    Patch,
    Delete,
}

fn id(n: u64) -> Id {
    format!("{n:08x}-0000-7000-8000-000000000000").into()
}

fn at(n: u64) -> Context {
    let ms = i64::try_from(n).unwrap() + 1_767_225_600_000;
    Context::new(Timestamp::from_millis(ms), Credential::token("bench"), "request")
}

impl Side {
    async fn new(dir: &std::path::Path, setting: &'static str) -> Self {
        let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
        let file = dir.join(format!("{setting}.db"));
        let db =
            Directory::new(Database::open(&file, &Options::default()).unwrap(), service.schemas.clone(), ());
        db.migrate().await.unwrap();
        let set = move |conn: &mut Conn| {
            diesel::connection::SimpleConnection::batch_execute(
                conn,
                &format!("PRAGMA secure_delete={setting};"),
            )
            .map_err(HookError::from)
        };
        db.database().write(set).await.unwrap();
        let user = service.schemas.resource_type("User").unwrap().clone();
        Self { store: db.tenant(TenantId(1)), service, user }
    }

    async fn write(self, what: Write, n: u64) {
        let Self { store, service, user } = self;
        match what {
            Write::Create => {
                let body = parse_object(&user_text(n)).unwrap();
                let unique = unique_keys(&user, &body, &[]);
                let mut new = NewResource::new(id(n), body);
                new.unique = unique;
                store.create(Create::new(&user, new, &at(n))).await.unwrap();
            }
            Write::Patch => {
                let found =
                    store.get(Get::new(&service, &user, &id(n), Include::BODY)).await.unwrap().unwrap();
                let before = found.body.into_object().unwrap();
                let mut after = before.clone();
                for name in ["displayName", "title", "nickName", "userType", "locale"] {
                    after.insert(name, format!("changed {name} {n}"));
                }
                let mut change = Change::default();
                change.unique = unique_keys(&user, &after, &[]);
                change.set_body(&user, &before, after);
                change.expect = Some(found.version);
                store.update(Update::new(&user, &id(n), change, Include::ALL, &at(n))).await.unwrap();
            }
            Write::Delete => store.delete(Delete::new(&user, &id(n), None, &at(n))).await.unwrap(),
        }
    }

    /// Writes to these users, so many at once; gives what it took.
    async fn write_all(&self, what: Write, users: impl Iterator<Item = u64>, at_once: usize) -> [f64; 2] {
        let began = spent();
        let mut waiting = JoinSet::new();
        for n in users {
            if waiting.len() >= at_once {
                waiting.join_next().await.unwrap().unwrap();
            }
            waiting.spawn(self.clone().write(what, n));
        }
        while let Some(done) = waiting.join_next().await {
            done.unwrap();
        }
        let ended = spent();
        [ended[0] - began[0], ended[1] - began[1]]
    }
}

/// Processor time of this process in ticks, and the bytes it has written.
fn spent() -> [f64; 2] {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<f64> = fields.split_whitespace().skip(11).take(2).map(|n| n.parse().unwrap()).collect();
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let written = io.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap();
    [fields.iter().sum(), written.parse().unwrap()]
}

/// Creates, changes and deletes the same users in turns; gives what each kind of write took.
async fn ratios(on: &Side, off: &Side, at_once: usize) -> [[f64; 2]; 3] {
    let mut sums = [[[0.0; 2]; 2]; 3];
    for round in 0..ROUNDS {
        // spread over the keys, as people who leave are
        let users = || (0..EACH).map(move |n| USERS + round * EACH + (n * 7_919) % EACH);
        for (what, sums) in [Write::Create, Write::Patch, Write::Delete].into_iter().zip(&mut sums) {
            for (side, sum) in [on, off].into_iter().zip(sums) {
                let took = side.write_all(what, users(), at_once).await;
                sum.iter_mut().zip(took).for_each(|(sum, took)| *sum += took);
            }
        }
    }
    sums.map(|[on, off]| [on[0] / off[0], on[1] / off[1]])
}

fn main() {
    let parent = std::env::var_os("PROVOST_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = parent.join(format!("provost-erasure-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (on, off) = (Side::new(&dir, "ON").await, Side::new(&dir, "OFF").await);
        for side in [&on, &off] {
            side.write_all(Write::Create, 0..USERS, EACH.try_into().unwrap()).await;
        }
        println!("secure_delete=ON, as multiples of OFF: processor time, bytes written; {ROUNDS} rounds of {EACH} writes");
        for at_once in [1, 64] {
            let [create, patch, delete] = ratios(&on, &off, at_once).await;
            for (name, [time, bytes]) in [("create", create), ("PATCH", patch), ("DELETE", delete)] {
                println!("{at_once:>3} at once: {name} {time:.2}, {bytes:.2}");
            }
        }
    });
    std::fs::remove_dir_all(&dir).unwrap();
}

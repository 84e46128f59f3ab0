//! What it costs that deleted data is overwritten: `cargo bench -p provost-diesel --bench erasure`.
//!
//! The same writes in turns on two directories, one whose connection has `secure_delete=ON` as it is, one with it switched
//! off. Prints times of the one as multiples of the other, medians of the rounds.

#![expect(clippy::unwrap_used, reason = "a benchmark: a panic is its way to fail")]

mod people;

use people::user_text;
use provost_core::change::{NewResource, unique_keys};
use provost_core::query::Fields;
use provost_core::resource::Site;
use provost_core::value::parse_object;
use provost_core::{Change, Id, ResourceType, SchemaSet, Timestamp};
use provost_diesel::sqlite::{Conn, Options, Sqlite, SqliteStore};
use provost_diesel::{HookError, TenantId};
use provost_provider::{Context, Store};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const USERS: u64 = 5_000;
const ROUNDS: u64 = 15;
/// Users that a round writes.
const EACH: u64 = 256;

#[derive(Clone)]
struct Side {
    store: SqliteStore,
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
    Context::new(Timestamp::from_millis(ms), "bench", "request")
}

impl Side {
    async fn new(dir: &std::path::Path, setting: &'static str) -> Self {
        let site = Site::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
        let file = dir.join(format!("{setting}.db"));
        let db = Sqlite::open(file.to_str().unwrap(), site.clone(), (), &Options::default()).unwrap();
        db.migrate().await.unwrap();
        let set = move |conn: &mut Conn| {
            diesel::connection::SimpleConnection::batch_execute(
                conn,
                &format!("PRAGMA secure_delete={setting};"),
            )
            .map_err(HookError::from)
        };
        db.write(set).await.unwrap();
        Self { store: db.tenant(TenantId(1)), user: site.schemas.resource_type("User").unwrap().clone() }
    }

    async fn write(self, what: Write, n: u64) {
        let Self { store, user } = self;
        match what {
            Write::Create => {
                let body = parse_object(&user_text(n)).unwrap();
                let unique = unique_keys(&user, &body, &[]);
                let mut new = NewResource::new(id(n), body);
                new.unique = unique;
                store.create(&user, new, &at(n)).await.unwrap();
            }
            Write::Patch => {
                let found = store.get(&user, &id(n), Fields::BODY).await.unwrap().unwrap();
                let before = found.body.into_object().unwrap();
                let mut after = before.clone();
                for name in ["displayName", "title", "nickName", "userType", "locale"] {
                    after.insert(name, format!("changed {name} {n}"));
                }
                let mut change = Change::default();
                change.unique = unique_keys(&user, &after, &[]);
                change.set_body(&user, &before, after);
                change.expect = Some(found.version);
                store.update(&user, &id(n), change, Fields::ALL, &at(n)).await.unwrap();
            }
            Write::Delete => store.delete(&user, &id(n), None, &at(n)).await.unwrap(),
        }
    }

    /// Writes to these users, so many at once.
    async fn write_all(&self, what: Write, users: impl Iterator<Item = u64>, at_once: usize) -> Duration {
        let began = Instant::now();
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
        began.elapsed()
    }
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or_default()
}

/// Creates, changes and deletes the same users in turns; gives the ratio of each kind of write.
async fn ratios(on: &Side, off: &Side, at_once: usize) -> [f64; 3] {
    let mut found = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        // spread over the keys, as people who leave are
        let users = || (0..EACH).map(move |n| USERS + round * EACH + (n * 7_919) % EACH);
        for (what, found) in [Write::Create, Write::Patch, Write::Delete].into_iter().zip(&mut found) {
            let (first, second) = if round % 2 == 0 { (on, off) } else { (off, on) };
            let times = [
                first.write_all(what, users(), at_once).await,
                second.write_all(what, users(), at_once).await,
            ];
            let ratio = times[0].as_secs_f64() / times[1].as_secs_f64();
            found.push(if round % 2 == 0 { ratio } else { ratio.recip() });
        }
    }
    found.map(median)
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
        println!("secure_delete=ON, as multiples of OFF; medians of {ROUNDS} rounds of {EACH} writes");
        for at_once in [1, 64] {
            let [create, patch, delete] = ratios(&on, &off, at_once).await;
            println!("{at_once:>3} at once: create {create:.2}, PATCH {patch:.2}, DELETE {delete:.2}");
        }
    });
    std::fs::remove_dir_all(&dir).unwrap();
}

//! What the store's operations cost, by the number of users and members: `cargo bench -p provost-diesel --bench store`.
//!
//! Writes are durable when they are answered (`synchronous=FULL`), so a single one costs a flush of the disk. Reads are
//! followed by what the service does with them: the JSON text of the answer. `PROVOST_BENCH_DIR` names the directory of
//! the databases, for the disk decides about writes.

#![expect(clippy::unwrap_used, reason = "a benchmark: a panic is its way to fail")]

mod people;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use people::user_text;
use provost_core::change::{MemberChange, NewResource, unique_keys};
use provost_core::policy::Terms;
use provost_core::project::{PageStart, Projection, render, render_list};
use provost_core::query::{Include, Seek};
use provost_core::resource::Service;
use provost_core::value::parse_object;
use provost_core::{Change, Filter, Id, Limits, Policy, Query, ResourceType, SchemaSet, Timestamp};
use provost_diesel::TenantId;
use provost_diesel::sqlite::{Database, Directory, Options, TenantStore};
use provost_provider::{Context, Create, Credential, Find, Get, Store, Update};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Sizes of the directory, and of groups in the larger one.
const USERS: [u64; 2] = [1_000, 100_000];
const MEMBERS: [u64; 3] = [100, 10_000, 100_000];

struct Bench {
    runtime: Runtime,
    service: Service,
    user: Arc<ResourceType>,
    group: Arc<ResourceType>,
    store: TenantStore,
    users: u64,
    dir: PathBuf,
}

fn id(n: u64) -> Id {
    format!("{n:08x}-0000-7000-8000-000000000000").into()
}

fn at(n: u64) -> Context {
    let ms = i64::try_from(n).unwrap() + 1_767_225_600_000;
    Context::new(Timestamp::from_millis(ms), Credential::token("bench"), "request")
}

impl Bench {
    /// A directory of so many users, and in the largest one groups of all sizes.
    fn new(users: u64) -> Self {
        let parent = std::env::var_os("PROVOST_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let dir = parent.join(format!("provost-bench-{}-{users}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let service = Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into());
        let file = dir.join("directory.db");
        let db =
            Directory::new(Database::open(&file, &Options::default()).unwrap(), service.schemas.clone(), ());
        runtime.block_on(db.migrate()).unwrap();
        let kind = |name| service.schemas.resource_type(name).unwrap().clone();
        let (user, group) = (kind("User"), kind("Group"));
        let bench = Self { store: db.tenant(TenantId(1)), runtime, service, user, group, users, dir };
        bench.fill();
        bench
    }

    fn fill(&self) {
        self.runtime.block_on(async {
            let mut waiting = JoinSet::new();
            for n in 0..self.users {
                if waiting.len() >= 512 {
                    waiting.join_next().await;
                }
                let (store, kind, new) = (self.store.clone(), self.user.clone(), self.new_user(n));
                waiting.spawn(async move {
                    store.create(Create::new(&kind, new, &at(n))).await.map(drop).unwrap()
                });
            }
            while waiting.join_next().await.is_some() {}
            for size in MEMBERS.into_iter().filter(|size| *size <= self.users) {
                let body = parse_object(&format!(r#"{{"displayName":"group of {size}"}}"#)).unwrap();
                let mut new = NewResource::new(Self::group_id(size), body);
                new.members = (0..size).map(id).collect();
                self.store.create(Create::new(&self.group, new, &at(self.users))).await.unwrap();
            }
        });
    }

    fn group_id(size: u64) -> Id {
        id(0x8000_0000 + size)
    }

    fn new_user(&self, n: u64) -> NewResource {
        let body = parse_object(&user_text(n)).unwrap();
        let unique = unique_keys(&self.user, &body, &[]);
        let mut new = NewResource::new(id(n), body);
        new.unique = unique;
        new
    }

    fn query(&self, filter: &str) -> Query {
        let mut query = Query::default();
        let parsed: Filter = filter.parse().unwrap();
        query.filter = Some(parsed.resolve(&self.user, Default::default()).unwrap());
        query
    }

    /// A page, as it is answered.
    async fn page(&self, query: &Query) -> usize {
        let page = self.store.find(Find::new(&self.service, &self.user, query)).await.unwrap();
        let all = projection(&self.user, None);
        let place = PageStart::Start(query.start);
        render_list(&page.resources, page.total, place, &self.user, &self.service, &all).unwrap().len()
    }

    /// A resource, as it is answered.
    async fn read(&self, kind: &Arc<ResourceType>, id: &Id, without: Option<&str>) -> usize {
        let projection = projection(kind, without);
        let found = self
            .store
            .get(Get::new(&self.service, kind, id, projection.include(kind)))
            .await
            .unwrap()
            .unwrap();
        render(&found, kind, &self.service, &projection).unwrap().len()
    }

    async fn change_members(&self, group: &Id, add: &[u64], remove: &[u64]) {
        let mut change = Change::default();
        change.members = MemberChange {
            add: add.iter().map(|n| id(*n)).collect(),
            remove: remove.iter().map(|n| id(*n)).collect(),
            ..MemberChange::default()
        };
        let updated = self
            .store
            .update(Update::new(&self.group, group, change, Include::BODY, &at(self.users)))
            .await
            .unwrap();
        assert!(updated.changed);
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn projection(kind: &ResourceType, without: Option<&str>) -> Projection {
    Projection::parse(
        None,
        without,
        kind,
        Terms::new(Policy::default(), &Limits::default()),
        &mut Default::default(),
    )
    .unwrap()
}

fn reads(c: &mut Criterion, bench: &Bench) {
    let users = bench.users;
    let mut group = c.benchmark_group("read");
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500)).sample_size(20);
    let mut measure = |name: &str, work: &dyn Fn(u64) -> Query| {
        let mut n = 0;
        group.bench_function(BenchmarkId::new(name, users), |b| {
            b.iter(|| {
                n = (n + 7_919) % users;
                bench.runtime.block_on(bench.page(&work(n)))
            });
        });
    };
    measure("match by userName", &|n| bench.query(&format!(r#"userName eq "USER.{n}@example.com""#)));
    measure("indexed filter", &|n| {
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        bench.query(&format!(r#"{urn}:employeeNumber eq "{n}""#))
    });
    measure("unindexed filter", &|n| bench.query(&format!(r#"nickName eq "nick{n}""#)));
    let rank = |start: u64| {
        let mut query = Query::default();
        query.start = start;
        query
    };
    measure("first page by startIndex", &|_| rank(1));
    measure("last page by startIndex", &|_| rank(users - 99));
    measure("any page by startIndex", &|n| rank(n + 1));
    let seek = |seek: Seek| {
        let mut query = Query::default();
        query.seek = Some(seek);
        query
    };
    measure("first page by cursor", &|_| seek(Seek::First));
    let last = bench.runtime.block_on(async {
        let mut query = seek(Seek::First);
        query.count = users - 100;
        query.include = Include::BODY;
        bench.store.find(Find::new(&bench.service, &bench.user, &query)).await.unwrap().next.unwrap()
    });
    measure("last page by cursor", &|_| seek(Seek::After(last.clone())));
    let mut n = 0;
    group.bench_function(BenchmarkId::new("one user", users), |b| {
        b.iter(|| {
            n = (n + 7_919) % users;
            bench.runtime.block_on(bench.read(&bench.user, &id(n), None))
        });
    });
    for size in MEMBERS.into_iter().filter(|size| *size <= users) {
        let it = Bench::group_id(size);
        group.bench_function(BenchmarkId::new("group whole", size), |b| {
            b.iter(|| bench.runtime.block_on(bench.read(&bench.group, &it, None)));
        });
        group.bench_function(BenchmarkId::new("group without members", size), |b| {
            b.iter(|| bench.runtime.block_on(bench.read(&bench.group, &it, Some("members"))));
        });
    }
}

fn writes(c: &mut Criterion, bench: &Bench) {
    let users = bench.users;
    let mut group = c.benchmark_group("write");
    group.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500)).sample_size(20);
    let mut n = users;
    group.bench_function(BenchmarkId::new("create", users), |b| {
        b.iter(|| {
            n += 1;
            let new = bench.new_user(n);
            bench.runtime.block_on(bench.store.create(Create::new(&bench.user, new, &at(n)))).unwrap()
        });
    });
    let mut n = 0;
    group.bench_function(BenchmarkId::new("patch", users), |b| {
        b.iter(|| {
            n += 7_919;
            let who = n % users;
            bench.runtime.block_on(async {
                let found = bench
                    .store
                    .get(Get::new(&bench.service, &bench.user, &id(who), Include::BODY))
                    .await
                    .unwrap()
                    .unwrap();
                let before = found.body.into_object().unwrap();
                let mut after = before.clone();
                after.insert("displayName", format!("changed {n}"));
                after.insert("title", format!("title {n}"));
                after.insert("nickName", format!("nick {n}"));
                after.insert("userType", "Contractor");
                after.insert("locale", format!("en-{n}"));
                let mut change = Change::default();
                change.unique = unique_keys(&bench.user, &after, &[]);
                change.set_body(&bench.user, &before, after);
                change.expect = Some(found.version);
                bench
                    .store
                    .update(Update::new(&bench.user, &id(who), change, Include::ALL, &at(n)))
                    .await
                    .unwrap()
            })
        });
    });
    for size in MEMBERS.into_iter().filter(|size| *size <= users) {
        let it = Bench::group_id(size);
        // the one that is taken out and put back again is always another
        for (name, timed) in [("add one member", true), ("remove one member", false)] {
            let mut n = 0;
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter_custom(|rounds| {
                    let mut spent = Duration::ZERO;
                    for _ in 0..rounds {
                        n = (n + 7_919) % size;
                        let removing = Instant::now();
                        bench.runtime.block_on(bench.change_members(&it, &[], &[n]));
                        let adding = Instant::now();
                        bench.runtime.block_on(bench.change_members(&it, &[n], &[]));
                        spent += if timed { adding.elapsed() } else { adding - removing };
                    }
                    spent
                });
            });
        }
    }
}

fn store(c: &mut Criterion) {
    for users in USERS {
        let began = Instant::now();
        let bench = Bench::new(users);
        println!("{users} users made in {:.1} s", began.elapsed().as_secs_f32());
        reads(c, &bench);
        writes(c, &bench);
    }
}

criterion_group!(benches, store);
criterion_main!(benches);

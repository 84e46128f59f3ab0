//! How many rows the server reads for the filters of identity providers: only those that they find, however many exist.
//! The server itself counts, for the real statements, so that no plan has to be guessed from copies of them.
//!
//! Before PostgreSQL has statistics of a table, it rates all indices that begin with tenant and type alike, so a
//! look-up may read all users of the tenant (docs/postgresql.md); but even then no table is scanned.

use super::database::{Database, Place};
use crate::store::{Fixture, fixture, id, query, service};
use diesel::prelude::*;
use provost_core::ResourceType;
use provost_diesel::HookError;
use provost_diesel::postgres::{Directory, Options};
use provost_provider::{Find, Store};
use std::sync::Arc;

/// Users besides the one searched for, and groups.
const OTHERS: u32 = 5_000;
/// The most rows that a look-up may read: its own, what belongs to them, and the proof of how values are derived.
const FEW: u32 = 12;

/// Finally drops an index, which the test must notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_of_identity_providers_read_what_they_find() {
    for plans in ["auto", "force_generic_plan"] {
        let t = open(plans).await;
        let one = id(1);
        let filters = [
            (&t.user, r#"userName eq "ann""#.to_owned()),
            (&t.user, r#"externalId eq "x-ann""#.to_owned()),
            (&t.user, r#"emails[type eq "work" and value eq "ann@x"]"#.to_owned()),
            (&t.user, format!(r#"id eq "{one}""#)),
            (&t.group, r#"displayName eq "guides""#.to_owned()),
            (&t.group, format!(r#"members.value eq "{one}""#)),
            (&t.group, format!(r#"id eq "{}" and members.value eq "{one}""#, id(2))),
        ];
        for (kind, filter) in &filters {
            let Reads { walked, .. } = reads_of(&t, kind, filter).await;
            assert!(
                walked <= FEW,
                "{filter}: {walked} rows walked over, with plans {plans} for an unknown table"
            );
        }
        t.place.database().run("analyze");
        for (kind, filter) in &filters {
            let Reads { walked, by_index } = reads_of(&t, kind, filter).await;
            assert!(
                walked + by_index <= FEW,
                "{filter}: {walked} and {by_index} rows read, with plans {plans}"
            );
        }
        t.place.database().run("drop index scim_resource_external_id");
        let Reads { walked, by_index } = reads_of(&t, &t.user, r#"externalId eq "x-ann""#).await;
        assert!(walked + by_index > FEW, "{walked} and {by_index} rows read without the index");
    }
}

/// A directory on a server that plans in this way, with many users and groups, analysed while it was still empty.
async fn open(plans: &str) -> Fixture {
    let place = Place::new();
    place.database().run(&format!(
        "do $$ begin execute format('alter database %I set plan_cache_mode = {plans}', current_database()); end $$"
    ));
    let database = Database::open(&place.database().url(), &Options::default()).unwrap();
    let t = fixture(place, Directory::new(database, service().schemas, ())).await;
    t.place.database().run("analyze");
    for table in ["scim_resource", "scim_document", "scim_element", "scim_member"] {
        t.place.database().run(&format!("alter table {table} set (autovacuum_enabled = false)"));
    }
    t.place.database().run(&filled());
    let ann = r#"{"userName":"ann","externalId":"x-ann","emails":[{"value":"ann@x","type":"work"}]}"#;
    t.add_user(1, ann).await.unwrap();
    t.add_group(2, "guides", &[1]).await.unwrap();
    t
}

/// Users with an address each, and a group around each of them.
fn filled() -> String {
    format!(
        "insert into scim_resource (seq, tenant, kind, id, version, created, modified, active, label, user_name_key, external_id)
             select n, 1, 'User', 'user-' || n, 1, n, n, true, 'u' || n, 'u' || n, 'x-' || n from generate_series(1, {OTHERS}) n;
         insert into scim_resource (seq, tenant, kind, id, version, created, modified, label, display_key)
             select {OTHERS} + n, 1, 'Group', 'group-' || n, 1, n, n, 'g' || n, 'g' || n from generate_series(1, {OTHERS}) n;
         insert into scim_document (seq, tenant, folded, doc)
             select seq, tenant, '{{}}', '{{\"userName\":\"somebody\"}}' from scim_resource;
         insert into scim_element (tenant, seq, path, ord, value_key, type_key)
             select 1, n, 'emails', 0, 'u' || n || '@x', 'work' from generate_series(1, {OTHERS}) n;
         insert into scim_member (tenant, group_seq, member_seq)
             select 1, {OTHERS} + n, n from generate_series(1, {OTHERS}) n"
    )
}

/// Rows read by the server.
struct Reads {
    /// By scanning a whole table.
    walked: u32,
    by_index: u32,
}

/// What it reads for a filter that one resource matches.
async fn reads_of(t: &Fixture, kind: &Arc<ResourceType>, filter: &str) -> Reads {
    let service = service();
    let asked = query(kind, filter);
    let before = seen(t).await;
    let found = t.store.find(Find::new(&service, kind, &asked)).await.unwrap();
    assert_eq!(found.total, 1, "{filter}");
    let after = seen(t).await;
    Reads { walked: after.walked - before.walked, by_index: after.by_index - before.by_index }
}

async fn seen(t: &Fixture) -> Reads {
    // by the connection that asked: only its own counts are written at once
    let flush = t.db.read(|conn| {
        diesel::sql_query("select pg_stat_force_next_flush()").execute(conn)?;
        Ok::<_, HookError>(())
    });
    flush.await.unwrap();
    let read = |what: &str| t.place.database().text(what).parse().unwrap();
    Reads {
        walked: read("select coalesce(sum(seq_tup_read), 0) from pg_stat_user_tables"),
        by_index: read("select coalesce(sum(idx_tup_read), 0) from pg_stat_user_indexes"),
    }
}

//! The tenant is in the condition of every statement and in every row that is written (docs/decisions/006): all
//! statements of the contract suite and of maintenance are checked, however they were built.
//!
//! Seen to fail: with members read by the number of their group alone, with elements deleted by that of their resource,
//! and with a document joined by number.

use crate::database::{self, Conn, Place, directory};
use diesel::connection::SimpleConnection;
use provost_core::SchemaSet;
use provost_core::resource::Service;
use provost_diesel::{HookError, Switched, TenantId};
use provost_provider::testkit::{Handles, Suite};
use provost_testing::statements::{self, Tables};
use std::sync::Mutex;

const TABLES: Tables = Tables {
    of_tenants: &[
        "scim_resource",
        "scim_document",
        "scim_member",
        "scim_element",
        "scim_unique_key",
        "scim_counter",
    ],
    of_nobody: &[
        (
            "scim_derivation",
            "how values are derived is one for the database: it depends on the schemas alone",
        ),
        ("scim_active_pending", "types whose resources are given `active` once, in the whole database"),
        ("sqlite_master", "SQLite's list of tables"),
        ("pg_database", "what the server grants"),
        ("pg_roles", "what the server grants"),
        ("__diesel_schema_migrations", "which migrations were applied"),
    ],
    excused: &[(
        // exactly this text: PostgreSQL restricts it to a tenant
        "select max(seq) from scim_resource",
        "SQLite's row id is one for all tenants: the next is greater than any",
    )],
};

fn service(more: &str) -> Service {
    let mut schemas = SchemaSet::builtin();
    for path in ["title", "phoneNumbers", "name.middleName"].iter().filter(|path| **path != more) {
        schemas.index("User", path).unwrap();
    }
    Service::new("https://scim.example.com/scim/v2", schemas.into())
}

/// What hooks and applications ask, and what maintenance does.
fn everything(conn: &mut Conn, service: &Service) -> Result<(), HookError> {
    let tenant = TenantId(1);
    let users = directory::active_users(conn, tenant, 0, 10)?;
    let seqs: Vec<i64> = users.iter().map(|u| u.seq).collect();
    directory::users(conn, tenant, &seqs)?;
    directory::user_by_id(conn, tenant, "x")?;
    directory::users_with_address(conn, tenant, "x")?;
    directory::users_with_addresses(conn, tenant, &["x", "y"])?;
    directory::users_named(conn, tenant, "x")?;
    directory::external_ids(conn, tenant)?;
    directory::users_with_external_id(conn, tenant, &["x", "y"])?;
    directory::active_users_of(conn, tenant, 1)?;
    directory::groups_of(conn, tenant, 1)?;
    directory::groups(conn, tenant, &seqs)?;
    directory::inactive_members(conn, tenant, &seqs)?;
    directory::inactive_users_of(conn, tenant, 2, 10)?;
    directory::all_groups(conn, tenant, 0, 10)?;
    directory::members_of(conn, tenant, 1)?;
    directory::count(conn, tenant, "User")?;
    for what in [Switched::ExternalId, Switched::GroupName] {
        directory::make_unique(conn, tenant, what, 3)?;
        directory::let_repeat(conn, tenant, what)?;
    }
    conn.batch_execute("insert into scim_active_pending values ('User')")?;
    directory::refresh(conn, &service.schemas)?;
    directory::tenants(conn)?;
    directory::damage(conn)?;
    directory::check(conn, &service.schemas, 100)?;
    directory::notices(conn, 100)?;
    directory::purge(conn, tenant)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_statement_names_the_tenant() {
    statements::record();
    let made = Mutex::new(Vec::new());
    let make = |service: Service| {
        let place = Place::new();
        let directory = database::open(&place, service, ());
        made.lock().unwrap().push((place, directory.clone()));
        async move {
            directory.migrate().await.unwrap();
            Handles::two(directory.tenant(TenantId(1)), directory.tenant(TenantId(2)))
        }
    };
    let suite = Suite::new(make).with_service(service("")).with_filters(400).with_seed(12);
    assert!(suite.run().await.verdict().is_ok());
    let all = made.into_inner().unwrap();
    assert!(all.len() > 10);
    for (_place, directory) in all {
        // other indices, so that values are derived again
        let other = service("title");
        directory.database().write(move |conn| everything(conn, &other)).await.unwrap();
    }
    let seen = statements::seen();
    let shared = TABLES.of_tenants.iter().filter(|table| **table != "scim_counter");
    for table in shared.chain(database::TABLES) {
        assert!(seen.iter().filter(|sql| sql.contains(&format!(" {table} "))).count() > 1, "{table}");
    }
    let faults: Vec<String> = seen.iter().filter_map(|sql| TABLES.fault(sql)).collect();
    assert!(faults.is_empty(), "{} statements, {} faults:\n{}", seen.len(), faults.len(), faults.join("\n"));
}

#[test]
fn a_statement_without_its_tenant_is_found() {
    for sql in [
        "select doc from scim_document where seq = ?",
        "select r.seq, d.doc from scim_resource r cross join scim_document d where d.seq = r.seq and r.tenant = ? and r.id = ?",
        "delete from scim_member where group_seq = ?",
        "DELETE  FROM `scim_element` WHERE (`scim_element`.`seq` = ?) -- binds: [1]",
        "update scim_resource set tenant = ? where seq = ?",
        "insert into scim_member (group_seq, member_seq) values (?, ?)",
        "select r.seq from scim_resource r where r.tenant = ? and r.seq in (select e.seq from scim_element e where e.path = ?)",
        "select r.seq from scim_resource r where r.tenant = ? and r.seq in (select r.seq from scim_resource r where r.kind = ?)",
        "select r.tenant, count(*) from scim_resource r group by r.tenant",
        "select secret from somewhere",
    ] {
        assert!(TABLES.fault(sql).is_some(), "{sql}");
    }
    for sql in [
        "select r.seq, d.doc from scim_resource r cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ?",
        "delete from scim_member where tenant = ? and group_seq = ?",
        "DELETE  FROM `scim_element` WHERE (`scim_element`.`tenant` = ?) -- binds: [1]",
        "insert into scim_member (tenant, group_seq, member_seq) values (?, ?, ?) on conflict do nothing returning member_seq",
        "select r.tenant, r.kind from scim_resource r where (r.tenant, r.kind) > (?, ?) order by r.tenant, r.kind limit 1",
        "select fingerprint from scim_derivation",
    ] {
        assert_eq!(TABLES.fault(sql), None);
    }
}

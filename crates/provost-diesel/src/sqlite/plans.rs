//! SQLite's plans for the statements: the attributes that identity providers ask for are found by an index.

use super::{Conn, Database, Directory, Options};
use crate::engine::Engine;
use crate::hook::TenantId;
use crate::sql::sort::SortPosition;
use crate::sql::{Fragment, Scope, Statement};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use provost_core::query::Sort;
use provost_core::resource::Service;
use provost_core::{AttrPath, AttrRef, Filter, ResourceType, SchemaSet};
use provost_provider::StoreError;
use std::sync::Arc;

struct Plans {
    db: Directory,
    service: Service,
    dir: std::path::PathBuf,
}

impl Plans {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("provost-plans-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let mut schemas = SchemaSet::builtin();
        for path in INDEXED {
            schemas.index("User", path).unwrap();
        }
        let service = Service::new("https://x", Arc::new(schemas));
        let file = dir.join("db");
        let db =
            Directory::new(Database::open(&file, &Options::default()).unwrap(), service.schemas.clone(), ());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(db.migrate()).unwrap();
        Self { db, service, dir }
    }

    fn kind(&self, name: &str) -> Arc<ResourceType> {
        self.service.schemas.resource_type(name).unwrap().clone()
    }

    fn explain(&self, sql: &Fragment) -> Vec<String> {
        let mut explained = Fragment::new("explain query plan ");
        explained.add(sql);
        let statement: Statement<(Integer, Integer, Integer, Text)> = explained.once();
        let rows = |conn: &mut Conn| -> Result<Vec<(i32, i32, i32, String)>, StoreError> {
            statement.load(conn).map_err(StoreError::backend)
        };
        self.db.database().read(rows).unwrap().into_iter().map(|(_, _, _, detail)| detail).collect()
    }

    fn of(&self, kind: &str, filter: &str) -> Vec<String> {
        let kind = self.kind(kind);
        let scope =
            Scope { tenant: TenantId(1), kind: &kind, service: &self.service, dialect: Conn::DIALECT };
        let filter: Filter = filter.parse().unwrap();
        let filter = filter.resolve(&kind, Default::default()).unwrap();
        let condition = scope.condition(Some(&filter));
        let mut sql = Fragment::new("select r.seq from ");
        sql.sql(condition.source()).add(&condition).sql(" order by r.seq limit 100");
        self.explain(&sql)
    }
}

impl Drop for Plans {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Whether it scans a whole table, or a whole type of a tenant. Lists made by the statement itself may be scanned.
fn walks(plan: &[String]) -> bool {
    let small =
        |step: &str| step.contains("SUBQUERY") || step.contains("LIST") || step.contains("VIRTUAL TABLE");
    plan.iter().any(|step| {
        let whole = step.starts_with("SCAN") && !small(step);
        // an index on tenant and type alone, or only that part of a longer one
        whole || step.ends_with("(tenant=? AND kind=?)") || step.ends_with("(tenant=?)")
    })
}

/// Attributes for an operator to index: a simple one, a sub-attribute, one of an extension, a list, a list of simple
/// values.
const INDEXED: [&str; 5] = [
    "title",
    "name.middleName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
    "phoneNumbers",
    "schemas",
];

#[test]
fn what_the_operator_names_is_found_by_an_index() {
    let plans = Plans::new("named");
    let cost_center = format!("{ENTERPRISE}:costCenter");
    for filter in [
        r#"title eq "a""#.to_owned(),
        r#"title sw "a""#.to_owned(),
        r#"title gt "a" and title lt "b""#.to_owned(),
        r#"name.middleName eq "a""#.to_owned(),
        r#"name[middleName eq "a"]"#.to_owned(),
        format!(r#"{cost_center} eq "a""#),
        r#"phoneNumbers.value eq "a""#.to_owned(),
        r#"phoneNumbers[type eq "work" and value eq "a"]"#.to_owned(),
        r#"schemas eq "a""#.to_owned(),
        r#"title eq "a" or userName eq "b" or phoneNumbers.value eq "c""#.to_owned(),
    ] {
        let plan = plans.of("User", &filter);
        assert!(!walks(&plan), "{filter}: {plan:#?}");
        let by_value = |step: &String| step.contains("scim_element_value (tenant=? AND path=? AND value_key");
        assert!(plan.iter().any(by_value), "{filter}: {plan:#?}");
    }
    // nothing is promised for other attributes and types
    for (kind, filter) in [
        ("User", r#"nickName eq "a""#),
        ("User", r#"title ne "a""#),
        ("User", r#"title co "a""#),
        ("User", "title pr"),
        ("User", r#"ims.value eq "a""#),
        ("Group", r#"schemas eq "a""#),
    ] {
        let plan = plans.of(kind, filter);
        assert!(walks(&plan), "{filter}: {plan:#?}");
    }
}

#[test]
fn pages_by_cursor_begin_where_an_index_says() {
    let plans = Plans::new("cursors");
    let kind = plans.kind("User");
    let scope = Scope { tenant: TenantId(1), kind: &kind, service: &plans.service, dialect: Conn::DIALECT };
    for (path, value) in [
        ("userName", Some("m")),
        ("displayName", None),
        ("meta.created", Some("7")),
        ("active", Some("true")),
    ] {
        let by = AttrRef::resolve(&AttrPath::parse(path).unwrap(), &kind).unwrap();
        for descending in [false, true] {
            let sort = Sort { by: by.clone(), descending };
            let order = scope.sorted(Some(&sort));
            let place = SortPosition { key: Some(value.map(str::to_owned)), seq: 7 };
            for stretch in order.behind(Some(&place)) {
                let mut sql = Fragment::new("select r.seq from scim_resource r where ");
                sql.add(&scope.condition(None)).add(&stretch).sql(" order by ").add(order.sql());
                sql.sql(" limit 100");
                let plan = plans.explain(&sql);
                assert!(!walks(&plan), "{path} {descending}: {plan:#?}");
            }
        }
    }
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// However large the group is, and however many groups the user is in.
#[test]
fn whether_somebody_is_a_member_is_looked_up_in_one_row() {
    let plans = Plans::new("member");
    let plan = plans.of("Group", r#"id eq "a" and members eq "b""#);
    let member = "SEARCH m USING PRIMARY KEY (tenant=? AND group_seq=? AND member_seq=?)";
    assert!(plan.iter().any(|step| step.contains(member)), "{plan:#?}");
    assert!(
        plan.iter()
            .any(|step| step.contains("SEARCH x USING COVERING INDEX scim_resource_id (tenant=? AND id=?)")),
        "{plan:#?}"
    );
}

#[test]
fn what_identity_providers_ask_is_found_by_an_index() {
    let plans = Plans::new("indexed");
    let extended = |rest: &str| format!("{ENTERPRISE}:{rest}");
    let user = [
        r#"userName eq "a""#.to_owned(),
        r#"userName sw "a""#.to_owned(),
        r#"userName gt "a" and active eq true"#.to_owned(),
        r#"externalId eq "a""#.to_owned(),
        r#"id eq "a""#.to_owned(),
        r#"id eq "a" and userName eq "b""#.to_owned(),
        r#"displayName eq "a""#.to_owned(),
        r#"emails eq "a""#.to_owned(),
        r#"emails.value eq "a""#.to_owned(),
        r#"emails.value sw "a""#.to_owned(),
        r#"emails[type eq "work" and value eq "a"]"#.to_owned(),
        r#"emails[primary eq true and value eq "a"]"#.to_owned(),
        r#"name.familyName eq "a""#.to_owned(),
        r#"name.givenName sw "a""#.to_owned(),
        r#"active eq false"#.to_owned(),
        r#"meta.lastModified gt "2026-01-01T00:00:00Z""#.to_owned(),
        r#"meta.created le "2026-01-01T00:00:00Z""#.to_owned(),
        extended(r#"manager.value eq "a""#),
        extended(r#"employeeNumber eq "a""#),
        extended(r#"department eq "a""#),
        r#"groups.value eq "a""#.to_owned(),
        r#"title co "x" and userName eq "a""#.to_owned(),
        r#"userName eq "a" or emails.value eq "b""#.to_owned(),
        r#"userName eq "a" or externalId eq "b" or groups.value eq "c" or emails[type eq "work" and value eq "d"]"#
            .to_owned(),
        r#"userName eq "a" or (emails.value eq "b" and title pr)"#.to_owned(),
    ];
    let group = [
        r#"displayName eq "a""#,
        r#"externalId eq "a""#,
        r#"members.value eq "a""#,
        r#"members eq "a""#,
        r#"id eq "a" and members eq "b""#,
        r#"members[value eq "a" and type eq "User"]"#,
    ];
    for filter in &user {
        let plan = plans.of("User", filter);
        assert!(!walks(&plan), "{filter}: {plan:#?}");
    }
    for filter in group {
        let plan = plans.of("Group", filter);
        assert!(!walks(&plan), "{filter}: {plan:#?}");
    }
    // the check can fail: these have no index
    for filter in
        [r#"locale eq "a""#, r#"userName co "a""#, r#"userName eq "a" or locale eq "b""#, "userName pr"]
    {
        let plan = plans.of("User", filter);
        assert!(walks(&plan), "{filter}: {plan:#?}");
    }
}

/// An attribute whose sort is said to cost nothing must have an index that provides the order.
#[test]
fn pages_come_in_the_order_of_an_index() {
    let plans = Plans::new("pages");
    for (kind, attributes) in [
        (
            "User",
            &[
                "userName",
                "displayName",
                "active",
                "meta.created",
                "meta.lastModified",
                "id",
                "externalId",
                "name.familyName",
                "name.givenName",
                "meta.version",
                "meta.location",
                "meta.resourceType",
                "emails",
                "groups",
                "title",
            ][..],
        ),
        ("Group", &["displayName", "externalId", "members", "meta.created"][..]),
    ] {
        let kind = plans.kind(kind);
        let scope =
            Scope { tenant: TenantId(1), kind: &kind, service: &plans.service, dialect: Conn::DIALECT };
        let by = |name: &&str| AttrRef::resolve(&AttrPath::parse(name).unwrap(), &kind).unwrap();
        let mut orders = vec![None];
        for by in attributes.iter().map(by) {
            orders.push(Some(Sort { by: by.clone(), descending: false }));
            orders.push(Some(Sort { by, descending: true }));
        }
        let mut ordered = 0;
        for sort in &orders {
            let order = scope.order(sort.as_ref());
            let mut all = scope.condition(None);
            all.sql(" order by ").add(&order).sql(" limit 100");
            let mut sql = Fragment::new("select r.seq from ");
            sql.sql(all.source()).add(&all);
            let plan = plans.explain(&sql);
            // rows of the same name, of which there is at most one, may be sorted among themselves
            let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY"));
            let costs = scope.cost(None, sort.as_ref()).values > 0;
            let by = sort.as_ref().map(|s| s.by.to_string());
            assert_eq!(sorts, costs, "{by:?}: {plan:#?}");
            ordered += usize::from(!sorts);
        }
        assert!(ordered > 4, "{ordered}");
    }
}

#[test]
fn a_page_goes_on_where_an_earlier_one_ended() {
    let plans = Plans::new("marks");
    let kind = plans.kind("User");
    let scope = Scope { tenant: TenantId(1), kind: &kind, service: &plans.service, dialect: Conn::DIALECT };
    let mut sql = Fragment::new(
        "select r.seq, d.doc from scim_resource r cross join scim_document d where d.tenant = r.tenant and d.seq = r.seq and ",
    );
    sql.add(&scope.condition(None)).sql(" and r.seq > ").int(7).sql(" order by r.seq limit 100");
    let plan = plans.explain(&sql);
    assert!(
        plan.iter().any(|step| step.contains("scim_resource_kind (tenant=? AND kind=? AND rowid>?)")),
        "{plan:#?}"
    );
    assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}");
}

#[test]
fn members_are_read_from_their_index() {
    let plans = Plans::new("members");
    for sql in [
        "select x.id, x.label from scim_member m cross join scim_resource x where x.tenant = m.tenant and x.seq = m.member_seq \
         and m.tenant = 1 and m.group_seq = 1 order by m.group_seq, m.member_seq",
        "select x.id, x.label from scim_member m cross join scim_resource x where x.tenant = m.tenant and x.seq = m.group_seq \
         and m.tenant = 1 and m.member_seq in (1,2) order by m.member_seq, m.group_seq",
        "delete from scim_member where tenant = 1 and group_seq = 1 and member_seq in (1, 2)",
        "delete from scim_member where tenant = 1 and member_seq = 1",
        "delete from scim_element where tenant = 1 and seq = 1",
        "delete from scim_unique_key where tenant = 1 and seq = 1",
        "delete from scim_document where tenant = 1 and seq = 1",
        "select max(seq) from scim_resource",
        "select r.tenant, r.kind from scim_resource r where (r.tenant, r.kind) > (1, 'User') order by r.tenant, r.kind limit 1",
        "select r.seq, d.doc from scim_resource r left join scim_document d on d.tenant = r.tenant and d.seq = r.seq \
         where r.tenant = 1 and r.kind = 'User' and r.seq > 7 order by r.seq limit 50",
    ] {
        let plan = plans.explain(&Fragment::new(sql));
        let search = plan.iter().all(|step| step.starts_with("SEARCH") || step.contains("LIST"));
        assert!(search, "{sql}: {plan:#?}");
    }
}

//! Databases of every earlier release, whose directory tables had no prefix, end up with the tables of a new database,
//! and with every row.
//!
//! Seen to fail: without the renaming, with it only after the other steps, and with indices that keep their names.

use crate::PROVOST;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{SqliteConnection, sql_query};
use provost_testing::program::Installation;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    what: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn connect(folder: &Installation) -> SqliteConnection {
    SqliteConnection::establish(folder.path("provost.db").to_str().expect("UTF-8")).expect("opened")
}

/// The columns of each table and the statement of each index, without meaningless differences.
fn layout(folder: &Installation) -> BTreeMap<String, String> {
    let tables = "select t.name, group_concat(c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk, ', ') as what \
                  from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' group by t.name";
    let indices = "select name, sql as what from sqlite_master where type = 'index' and sql is not null";
    let mut conn = connect(folder);
    let rows = |sql: &str, conn: &mut SqliteConnection| sql_query(sql).load::<Row>(conn).expect("read");
    let all = rows(tables, &mut conn).into_iter().chain(rows(indices, &mut conn));
    let plain = |sql: &str| sql.replace('"', "").split_whitespace().collect::<Vec<_>>().join(" ");
    all.map(|row| (row.name, plain(&row.what))).collect()
}

/// The number of rows in each of the directory's tables, by the name without prefix.
fn rows(folder: &Installation, prefix: &str) -> BTreeMap<&'static str, i64> {
    let mut conn = connect(folder);
    let mut count = |table: &str| {
        let found =
            sql_query(format!("select count(*) as n from {prefix}{table}")).get_result::<Count>(&mut conn);
        found.expect("counted").n
    };
    ["resource", "document", "member", "element", "unique_key", "counter"].map(|t| (t, count(t))).into()
}

#[test]
fn an_old_database_comes_to_the_tables_of_a_new_one() {
    let new = PROVOST.install();
    assert_eq!(new.run(&["migrate"]).code(), 0);
    let layout_of_new = layout(&new);
    assert!(layout_of_new.contains_key("scim_resource") && layout_of_new.contains_key("scim_member_of"));
    // the options of the old servers
    let titles: &[&str] = &["--indexed", "User:title"];
    for (old, options) in
        [("old", &[][..]), ("keys-without-tenant", titles), ("names-without-prefix", titles)]
    {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(old).join("old.db");
        let folder = PROVOST.install();
        fs::copy(data, folder.path("provost.db")).expect("copied");
        let before = rows(&folder, "");
        assert!(before.values().all(|n| *n > 0), "{old}: {before:?}");
        let migrate = [&["migrate"], options].concat();
        let migrated = folder.run(&migrate);
        assert_eq!(migrated.code(), 0, "{old}: {}", migrated.stderr());
        assert_eq!(layout(&folder), layout_of_new, "{old}");
        assert_eq!(rows(&folder, "scim_"), before, "{old}");
        assert_eq!(folder.run(&migrate).code(), 0, "{old}: a second time");
    }
}

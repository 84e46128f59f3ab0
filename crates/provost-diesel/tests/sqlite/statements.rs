//! How many statements a request takes: proportional to what it names, whatever the size of the group.
//!
//! Seen to fail: with one statement for each joining member, with the members of a page read group by group, and with
//! members read although none are wanted.

use crate::store::{Fixture, add, id, open, query, remove};
use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use provost_core::Id;
use provost_core::change::MemberChange;
use provost_core::query::Include;
use provost_diesel::HookError;
use provost_diesel::sqlite::Conn;
use provost_provider::{Find, Get, Store, StoreError, Update};
use std::sync::{Arc, Mutex};

/// The statements of a database's connections, in order.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Those of the writer, and of the single reader used by a test that reads one thing at a time.
    async fn of(t: &Fixture) -> Self {
        let all = Self::default();
        let (writes, reads) = (all.clone(), all.clone());
        t.db.write(move |conn| writes.listen(conn)).await.unwrap();
        t.db.read(|conn| reads.listen(conn)).unwrap();
        all
    }

    fn listen(&self, conn: &mut Conn) -> Result<(), StoreError> {
        let all = self.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                all.0.lock().unwrap().push(query.to_string());
            }
        });
        Ok(())
    }

    /// Those since the last call, without the ones that begin and end transactions.
    fn take(&self) -> Vec<String> {
        let all = std::mem::take(&mut *self.0.lock().unwrap());
        let control = ["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"];
        all.into_iter().filter(|sql| !control.iter().any(|word| sql.starts_with(word))).collect()
    }
}

fn of_members(statements: &[String]) -> usize {
    statements.iter().filter(|sql| sql.contains(" scim_member ")).count()
}

/// Users 1 to `most`, and groups with the first so many of them, inserted without the store.
async fn filled(most: u32, groups: &[(u32, u32)]) -> Fixture {
    let t = open().await;
    let mut sql = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {most})
         insert into scim_resource (seq, tenant, kind, id, version, created, modified, label)
         select i, 1, 'User', printf('%08x', i) || '-0000-7000-8000-000000000000', 1, 0, 0, 'user ' || i from n;"
    );
    for (group, members) in groups {
        sql += &format!(
            "insert into scim_resource (seq, tenant, kind, id, version, created, modified)
             values ({group}, 1, 'Group', '{}', 1, 0, 0);
             insert into scim_member (tenant, group_seq, member_seq) select 1, {group}, seq from scim_resource where kind = 'User' and seq <= {members};",
            id(*group)
        );
    }
    sql +=
        "insert into scim_document (seq, tenant, folded, doc) select seq, 1, '{}', '{\"displayName\":\"x\"}' from scim_resource;
            insert into scim_counter select 1, kind, count(*), 0 from scim_resource group by kind;";
    t.db.write(move |conn| conn.batch_execute(&sql).map_err(HookError::from)).await.unwrap();
    t
}

const SMALL: u32 = 900_000;
const LARGE: u32 = 900_001;

#[tokio::test]
async fn members_come_and_go_by_as_many_statements_in_a_group_of_any_size() {
    let t = filled(10_100, &[(SMALL, 100), (LARGE, 10_000)]).await;
    let statements = Statements::of(&t).await;
    let some: Vec<u32> = (10_001..=10_050).collect();
    for change in
        [add(&[10_060]), remove(&[10_060]), add(&some), remove(&some), remove(&[1, 2]), add(&[1, 2])]
    {
        let mut seen = Vec::new();
        for group in [SMALL, LARGE] {
            let mut wanted = provost_core::Change::default();
            wanted.members = change.clone();
            statements.take();
            let updated = t
                .store
                .update(Update::new(&t.group, &id(group), wanted, Include::BODY, &crate::store::at(1)))
                .await;
            assert!(updated.unwrap().changed);
            seen.push(statements.take());
        }
        let [small, large] = &seen[..] else { panic!("two groups") };
        assert_eq!(small.len(), large.len(), "{small:#?} {large:#?}");
        assert!(small.len() <= 5, "{small:#?}");
    }
}

#[tokio::test]
async fn a_replacement_costs_as_many_statements_as_there_are_hundreds_of_members() {
    let t = filled(10_100, &[(LARGE, 10_000)]).await;
    let statements = Statements::of(&t).await;
    let all: Vec<Id> = (101..=10_100).map(id).collect();
    let change = MemberChange { clear: true, add: all, ..MemberChange::default() };
    let mut wanted = provost_core::Change::default();
    wanted.members = change;
    t.store
        .update(Update::new(&t.group, &id(LARGE), wanted, Include::BODY, &crate::store::at(1)))
        .await
        .unwrap();
    let seen = statements.take();
    // 10,000 ids are looked up and joined in batches of 500, and 100 leave
    assert!(seen.len() <= 2 * 20 + 5, "{} statements", seen.len());
    let found = t.get_group(LARGE).await.unwrap();
    assert_eq!((found.members.len(), &found.members[0].id), (10_000, &id(101)));
}

#[tokio::test]
async fn a_page_of_groups_reads_their_members_at_once_and_none_where_none_are_wanted() {
    let groups: Vec<(u32, u32)> = (0..20).map(|n| (SMALL + n, n)).collect();
    let t = filled(50, &groups).await;
    let statements = Statements::of(&t).await;
    let mut text = Include::ALL;
    text.as_text = true;
    for (include, expected) in [(Include::ALL, 1), (text, 1), (Include::BODY, 0)] {
        let mut query = query(&t.group, "");
        query.include = include;
        statements.take();
        let page = t.store.find(Find::new(&crate::store::service(), &t.group, &query)).await.unwrap();
        assert_eq!(page.resources.len(), 20);
        let seen = statements.take();
        // a first query counts them
        assert_eq!(of_members(&seen), 2 * expected, "{include:?}: {seen:#?}");
        t.store
            .get(Get::new(&crate::store::service(), &t.group, &id(SMALL + 7), include))
            .await
            .unwrap()
            .unwrap();
        let seen = statements.take();
        // a first query checks whether there are many
        assert_eq!(of_members(&seen), 2 * expected, "{include:?}: {seen:#?}");
    }
}

#[tokio::test]
async fn a_member_of_a_type_that_is_gone_is_shown_as_before() {
    let t = filled(3, &[(SMALL, 3)]).await;
    let gone = "update scim_resource set kind = 'Lamp' where seq = 2";
    t.db.write(move |conn| conn.batch_execute(gone).map_err(HookError::from)).await.unwrap();
    let mut text = Include::ALL;
    text.as_text = true;
    let group =
        t.store.get(Get::new(&crate::store::service(), &t.group, &id(SMALL), text)).await.unwrap().unwrap();
    let kinds: Vec<&str> = group.members.iter().map(|link| &*link.resource_type).collect();
    assert_eq!(kinds, ["User", "Lamp", "User"]);
    let shown = group.document(&t.group, &crate::store::service()).unwrap().to_string();
    assert!(shown.contains(&format!("/Lamps/{}", id(2))), "{shown}");
}

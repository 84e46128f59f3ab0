//! The facts for an organisation's checks, and what it costs to collect them.

use super::hook_tests::{Scene, TENANT, scene};
use super::outbox_tests::{at, create, next};
use super::plan_tests::{plan, watched};
use super::tests::{organisation, scratch};
use super::{aside, checks};
use crate::audit::{AuditStore, By, Record};
use crate::checks::{Count, FactStore, Facts};
use crate::clock::Timestamp;
use crate::jobs::OutboxStore;
use crate::organisations::OrganisationStore;
use crate::people::{PeopleStore, Role};
use diesel::connection::SimpleConnection;
use provost::{Credential, Principal};
use serde_json::json;

async fn facts(s: &Scene, now: Timestamp) -> Facts {
    let organisation = s.db.organisations().await.expect("listed").remove(0);
    s.db.facts(organisation, true, now).await.expect("gathered")
}

/// Seen to fail: with mail that a server refused among what was given up.
#[tokio::test]
async fn mail_and_invitations_are_counted_by_what_became_of_them() {
    let s = scene().await;
    for name in ["ann@example.com", "bob@example.com", "cleo@example.com"] {
        create(&s, name).await;
    }
    let none = facts(&s, at(-20_000)).await;
    assert_eq!((none.unsent.waiting, none.members), (Count::NONE, Count::Exactly(3)));
    let before = facts(&s, at(0)).await;
    assert_eq!((before.unsent.waiting, before.unsent.failed), (Count::Exactly(3), Count::NONE));
    let by = || By::worker(at(0));
    let refused = next(&s.db, at(0)).await.expect("due");
    s.db.mail_refused(by(), refused, "550 no such mailbox".to_owned()).await.expect("marked");
    let tried = next(&s.db, at(0)).await.expect("due");
    s.db.mail_failed(tried, "421 later".to_owned(), at(0)).await.expect("marked");
    let sent = next(&s.db, at(0)).await.expect("due");
    s.db.mail_taken(by(), sent).await.expect("marked");
    let after = facts(&s, at(3_600_000)).await;
    assert_eq!((after.bounced, after.ended), (Count::Exactly(1), Count::NONE));
    assert_eq!((after.unsent.waiting, after.unsent.failed), (Count::Exactly(1), Count::NONE));
    assert_eq!(after.unsent.error.as_deref(), Some("421 later"));
    let later = at(40 * 24 * 3_600_000);
    while s.db.sweep(later).await.expect("swept") {}
    assert_eq!(facts(&s, later).await.ended, Count::Exactly(1));
}

/// Seen to fail: with owners counted who are invited and have not joined.
#[tokio::test]
async fn owners_have_joined_and_refused_changes_are_those_of_clients() {
    let s = scene().await;
    let invited = s.db.invite(By::somebody(at(1)), TENANT, "eve@example.com".parse().expect("one"), None, Role::Owner);
    invited.await.expect("invited");
    assert_eq!(facts(&s, at(0)).await.owners, 0);
    create(&s, "ann").await;
    let outcome = s.answer("POST", "/Users", &json!({ "userName": "ANN" })).await.outcome;
    let principal = Principal::new(TENANT.to_string(), Credential::token("key"));
    let refused = Record::of_refused(&principal, &"request-1".into(), &outcome, &crate::requests::Words::of(&provost::SchemaSet::builtin()), at(5)).expect("a tenant");
    s.db.record(refused).await.expect("written down");
    let now = at(60_000);
    let found = facts(&s, now).await;
    let last = found.last_refused.expect("a change");
    assert_eq!((last.operation.as_str(), last.resource_type.as_str(), last.error.as_str()), ("create", "User", "Uniqueness"));
    assert_eq!(found.refused, 0, "it is counted when it is sealed");
    let aside = &mut aside(&s.dir);
    aside.batch_execute("update audit set made_by = 'stranger'").expect("changed");
    assert_eq!(facts(&s, now).await.last_refused, None);
    assert_eq!(facts(&s, at(30 * 24 * 3_600_000)).await.last_refused, None, "of another month");
}

/// Seen to fail: without one of the indices.
#[tokio::test]
async fn what_is_looked_for_costs_the_same_in_a_large_organisation() {
    let s = scratch().await;
    let mut conn = aside(&s.dir);
    let fill = |from: i64, to: i64| {
        let numbers = format!("with recursive n(n) as (select {from} union all select n + 1 from n where n < {to})");
        format!(
            "{numbers} insert into team select 1, n, n, 'g' || n, 'team-' || n, 'Team', 'scim', 0, null from n; \
             {numbers} insert into membership (tenant, id, email, email_key, role, role_source, state, managed_by, created, shown) \
             select 1, n, n || '@b.example', n || '@b.example', 'member', 'default', 'invited', 'hand', 0, \
             iif(n % 2 = 0, 'ended', 'bounced') from n; \
             {numbers} insert into outbox (tenant, name, kind, detail, state, due, made, sent) \
             select 1, n, 'invitation', '{{}}', iif(n % 2 = 0, 'waiting', 'sent'), 0, n, iif(n % 2 = 0, null, 1) from n"
        )
    };
    let mut before = None;
    for (from, to, members, ended) in [
        (1, 2, Count::Exactly(2), Count::Exactly(1)),
        (3, 2_000, Count::Exactly(2_000), Count::Over(100)),
        (2_001, 10_001, Count::Over(10_000), Count::Over(100)),
    ] {
        conn.batch_execute(&fill(from, to)).expect("filled");
        let mut found = None;
        let statements = watched(&mut conn, |conn| {
            found = Some(checks::gather(conn, organisation(1), true, at(0)).expect("gathered"));
        });
        let found = found.expect("facts");
        assert_eq!((found.members, found.teams), (members, members));
        assert_eq!((found.ended, found.bounced, found.unsent.waiting), (ended, ended, ended));
        let most = *before.get_or_insert(statements.len());
        assert!(statements.len() <= most, "{statements:#?}");
        for sql in statements {
            let plan = plan(&mut conn, &sql);
            let is_bad = |step: &String| step.starts_with("SCAN") || step.contains("TEMP B-TREE") && sql.contains("outbox");
            assert!(!plan.iter().any(is_bad), "{sql}: {plan:?}");
            for (text, index) in [
                ("shown = 'ended'", "membership_ended"),
                ("shown = 'bounced'", "membership_bounced"),
                ("outbox", "outbox_state (state=? AND sent=? AND tenant=?"),
                ("audit", "audit_refused"),
            ] {
                assert!(!sql.contains(text) || plan.iter().any(|step| step.contains(index)), "{sql}: {plan:?}");
            }
        }
    }
}

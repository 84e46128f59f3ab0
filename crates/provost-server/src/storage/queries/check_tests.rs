//! Whether the check finds damage done by hand to the binary's own tables.
//!
//! Seen to fail: each test, without the part of the check that it covers.

use super::hook_tests::{Scene, group, patch, scene, user};
use provost::SchemaSet;
use serde_json::{Value, json};

/// Ann and Bob in the group of guides, Bob inactive.
async fn provisioned() -> Scene {
    let s = scene().await;
    let (_, ann) = s.ask("POST", "/Users", &user("ann")).await;
    let (_, bob) = s.ask("POST", "/Users", &user("bob")).await;
    let (_, guides) = s.ask("POST", "/Groups", &group("Guides")).await;
    let members = json!([{ "value": ann }, { "value": bob }]);
    s.ask("PATCH", &format!("/Groups/{guides}"), &patch("add", "members", &members)).await;
    s.ask("PATCH", &format!("/Users/{bob}"), &patch("replace", "active", &json!(false))).await;
    s.ask("PATCH", &format!("/Users/{ann}"), &patch("replace", "title", &json!("pilot"))).await;
    let (_, gone) = s.ask("POST", "/Users", &user("gone")).await;
    s.ask("DELETE", &format!("/Users/{gone}"), &Value::Null).await;
    s
}

async fn found(s: &Scene) -> String {
    let found = s.db.check(SchemaSet::builtin(), 10).await.expect("checked");
    found.iter().map(|f| format!("{f}\n")).collect()
}

#[tokio::test]
async fn what_follows_from_the_directory_is_compared_with_it() {
    assert_eq!(found(&provisioned().await).await, "");
    let user = |name: &str| format!("(select seq from scim_resource where user_name_key = '{name}')");
    let (ann, bob) = (user("ann"), user("bob"));
    let guides = "(select id from team)";
    let hold = |id: i64, user: &str| {
        format!(
            "insert into membership (tenant, id, user_seq, role, role_source, state, managed_by, created) \
             values (7, {id}, {user}, 'member', 'default', 'provisioned', 'scim', 0)"
        )
    };
    let of = |user: &str| format!("(select id from membership where user_seq = {user})");
    for (sql, expected) in [
        (format!("delete from membership where user_seq = {ann}"), "User id-0: is active and has no membership"),
        (
            hold(1, &bob),
            "User id-1: is not active and has a membership",
        ),
        (
            hold(1, "99"),
            "1 memberships of users who do not exist",
        ),
        ("delete from team".to_owned(), "Group id-2: has no team"),
        ("update team set group_id = 'x'".to_owned(), "Group id-2: has a team that names another group"),
        ("update team set name = 'x'".to_owned(), "Group id-2: has a team of another name"),
        ("insert into team values (7, 9, 99, 'x', 'x', 'x', 'scim', 0, null)".to_owned(), "1 teams of groups that do not exist"),
        (format!("delete from team_membership where membership = {}", of(&ann)), "Group id-2: 1 of its members hold"),
        (
            format!("insert into team_membership values (7, {guides}, 99, 'scim')"),
            "Group id-2: 1 in its team are not in the group",
        ),
        (format!("delete from scim_member where member_seq = {ann}"), "Group id-2: 1 in its team are not in the group"),
        (
            format!(
                "insert into team values (7, 9, 99, 'x', 'x', 'x', 'scim', 0, null); \
                 insert into team_membership values (7, 9, {}, 'scim')",
                of(&ann)
            ),
            "1 team memberships of groups that do not exist",
        ),
        (
            format!("insert into team_membership values (7, 99, {}, 'hand')", of(&ann)),
            "1 team memberships of teams or members that do not exist",
        ),
        (
            "insert into team values (7, 9, null, null, 'x', 'x', 'hand', 0, null); \
             insert into team_membership values (7, 9, 99, 'hand')"
                .to_owned(),
            "1 team memberships of teams or members that do not exist",
        ),
        (
            format!("update outbox set membership = 99 where membership = {}", of(&ann)),
            "1 unsent mails about memberships that do not exist",
        ),
        (
            "insert into invitation values (7, 99, 1, 'ended', null, null, null, null)".to_owned(),
            "1 invitations to memberships that do not exist",
        ),
        (
            "insert into invitation_link values (x'00', 7, 99, 1, 'a@b.example', 0, null)".to_owned(),
            "1 links to memberships that do not exist",
        ),
        (
            "insert into deleted_organisation values (7, 'acme-before', 0, null)".to_owned(),
            "the organisation `acme` is there, although it was deleted",
        ),
        (
            "insert into deleted_organisation values (99, 'acme', 0, null)".to_owned(),
            "the organisation `acme` has the short name of one that was deleted",
        ),
        (
            "insert into deleted_organisation values (99, 'gone', 0, null)".to_owned(),
            "the short name `gone` of a deleted organisation could be given again",
        ),
        ("insert into known_account values (8, 1, 1)".to_owned(), "there are accounts of former members"),
        (
            "insert into audit select tenant, id || 'x', at, actor, request_id, operation, resource_type, resource_id, version, \
             changed, notes, error, made_by, person, person_hash from audit where resource_id = 'id-0' and version = 2"
                .to_owned(),
            "User id-0: its version 2 has several audit records",
        ),
        ("pragma foreign_keys = off; update organisation set tenant = 8".to_owned(), "there are memberships, teams, team memberships, users without access, mails, counts of memberships that ended, audit records, users, groups"),
        (
            "pragma foreign_keys = off; insert into token (key_id, tenant, phc, hash_version, label, created) values ('k', 9, '', 1, '', 0)".to_owned(),
            "refer to rows that do not exist: `token` to `organisation`",
        ),
    ] {
        let s = provisioned().await;
        s.break_by_hand(&sql);
        let found = found(&s).await;
        assert!(found.contains(expected), "{sql}\n{found}");
    }
}

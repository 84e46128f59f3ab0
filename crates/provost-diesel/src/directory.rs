//! The directory's tables, for hooks and upkeep: users and groups by key, the groups of a user, the users of a group.
//!
//! Look-ups take the tenant, and never find rows of another one.

use super::Conn;
pub use super::queries::{
    check, damage, is_prepared, let_repeat, make_unique, notices, prove, refresh, tenants,
};
use crate::engine::Engine;
use crate::hook::{Member, TenantId};
use crate::layout::EMAILS;
use crate::schema::{document, element, member, resource, unique_key};
use crate::sql::Fragment;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::fold::{Folding, fold};
use provost_core::value::{Value, parse_object};
use provost_core::{Id, Object, Timestamp};

/// The most rows that one statement asks for.
const CHUNK: usize = 500;

/// A user.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UserRow {
    /// The key of its row.
    pub seq: i64,
    /// Its public `id`.
    pub id: Id,
    /// Its attributes.
    pub body: Object,
}

impl UserRow {
    /// A user with these attributes.
    #[must_use]
    pub fn new(seq: i64, id: impl Into<Id>, body: Object) -> Self {
        Self { seq, id: id.into(), body }
    }

    /// Its `userName`.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.body.str("userName").unwrap_or_default()
    }

    /// Whether `active` is `true`.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.body.get("active").and_then(Value::as_bool) == Some(true)
    }

    /// The primary e-mail address, or else the one for work, or else the first. Empty ones are ignored.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let emails = self.body.get("emails").map_or(&[][..], Value::elements);
        let address = |e: &&Object| e.str("value").is_some_and(|value| !value.trim().is_empty());
        let all = || emails.iter().filter_map(Value::as_object).filter(address);
        let primary = |e: &&Object| e.get("primary").and_then(Value::as_bool) == Some(true);
        let work = |e: &&Object| e.str("type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
        all().find(primary).or_else(|| all().find(work)).or_else(|| all().next())?.str("value")
    }
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupRow {
    /// The key of its row.
    pub seq: i64,
    /// Its public `id`.
    pub id: Id,
    /// Its `displayName`.
    pub display_name: String,
    /// Its `meta.lastModified`.
    pub modified: Timestamp,
}

type UserColumns = (i64, String, String);

/// Joins a resource with its document.
#[diesel::dsl::auto_type]
fn of_resource() -> _ {
    document::tenant.eq(resource::tenant).and(document::seq.eq(resource::seq))
}

fn users_from(rows: Vec<UserColumns>) -> Vec<UserRow> {
    let user = |(seq, id, doc): UserColumns| Some(UserRow::new(seq, id, parse_object(&doc).ok()?));
    rows.into_iter().filter_map(user).collect()
}

type GroupColumns = (i64, String, Option<String>, i64);

fn groups_from(rows: Vec<GroupColumns>) -> Vec<GroupRow> {
    let group = |(seq, id, label, modified): GroupColumns| GroupRow {
        seq,
        id: id.into(),
        display_name: label.unwrap_or_default(),
        modified: Timestamp::from_millis(modified),
    };
    rows.into_iter().map(group).collect()
}

/// The users with these keys, in order of creation. Keys of other resources and tenants are ignored.
///
/// # Errors
/// The database failed.
pub fn users(conn: &mut Conn, tenant: TenantId, seqs: &[i64]) -> QueryResult<Vec<UserRow>> {
    let mut found = Vec::with_capacity(seqs.len());
    for some in seqs.chunks(CHUNK) {
        let rows = resource::table
            .inner_join(document::table.on(of_resource()))
            .filter(resource::tenant.eq(tenant.0))
            .filter(resource::seq.eq_any(some))
            .filter(resource::kind.eq("User"))
            .order(resource::seq)
            .select((resource::seq, resource::id, document::doc))
            .load(conn)?;
        found.extend(users_from(rows));
    }
    found.sort_by_key(|u| u.seq);
    Ok(found)
}

/// The user with this public `id`.
///
/// # Errors
/// The database failed.
pub fn user_by_id(conn: &mut Conn, tenant: TenantId, id: &str) -> QueryResult<Option<UserRow>> {
    let rows = resource::table
        .inner_join(document::table.on(of_resource()))
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::id.eq(id))
        .filter(resource::kind.eq("User"))
        .select((resource::seq, resource::id, document::doc))
        .load(conn)?;
    Ok(users_from(rows).into_iter().next())
}

/// The users whose `userName` or one of whose e-mail addresses equals this one, compared as in a filter; in order of
/// creation.
///
/// # Errors
/// The database failed.
pub fn users_with_address(conn: &mut Conn, tenant: TenantId, address: &str) -> QueryResult<Vec<UserRow>> {
    users_with_addresses(conn, tenant, &[address])
}

/// The same for several addresses, with as many statements as for one.
///
/// # Errors
/// The database failed.
pub fn users_with_addresses(
    conn: &mut Conn,
    tenant: TenantId,
    addresses: &[&str],
) -> QueryResult<Vec<UserRow>> {
    let folded = |how| addresses.iter().map(move |address| fold(how, address));
    let mut seqs: Vec<i64> = resource::table
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::kind.eq("User"))
        .filter(resource::user_name_key.eq_any(folded(Folding::UserName)))
        .select(resource::seq)
        .load(conn)?;
    let by_email: Vec<i64> = element::table
        .filter(element::tenant.eq(tenant.0))
        .filter(element::path.eq(EMAILS))
        .filter(element::value_key.eq_any(folded(Folding::Caseless)))
        .select(element::seq)
        .load(conn)?;
    seqs.extend(by_email);
    seqs.sort_unstable();
    seqs.dedup();
    users(conn, tenant, &seqs)
}

/// The users with this `userName`, compared as in a filter: one, or several if the tenant allows duplicates.
///
/// # Errors
/// The database failed.
pub fn users_named(conn: &mut Conn, tenant: TenantId, user_name: &str) -> QueryResult<Vec<UserRow>> {
    let seqs: Vec<i64> = resource::table
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::kind.eq("User"))
        .filter(resource::user_name_key.eq(fold(Folding::UserName, user_name)))
        .select(resource::seq)
        .load(conn)?;
    users(conn, tenant, &seqs)
}

/// The users whose `externalId` is exactly one of these, in order of creation.
///
/// # Errors
/// The database failed.
pub fn users_with_external_id(conn: &mut Conn, tenant: TenantId, ids: &[&str]) -> QueryResult<Vec<UserRow>> {
    let seqs: Vec<i64> = resource::table
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::kind.eq("User"))
        // only with this explicit condition does SQLite use the partial index
        .filter(resource::external_id.is_not_null())
        .filter(resource::external_id.eq_any(ids))
        .select(resource::seq)
        .load(conn)?;
    users(conn, tenant, &seqs)
}

/// The `externalId` of every user of the tenant, in no particular order. Reads no documents.
///
/// # Errors
/// The database failed.
pub fn external_ids(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<(i64, Option<String>)>> {
    let users = resource::table.filter(resource::tenant.eq(tenant.0)).filter(resource::kind.eq("User"));
    users.select((resource::seq, resource::external_id)).load(conn)
}

/// The active users of the tenant with keys above `after`, in order of creation, at most `limit`: for building an
/// application's rows from the directory.
///
/// # Errors
/// The database failed.
pub fn active_users(conn: &mut Conn, tenant: TenantId, after: i64, limit: i64) -> QueryResult<Vec<UserRow>> {
    let rows = resource::table
        .inner_join(document::table.on(of_resource()))
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::kind.eq("User"))
        .filter(resource::seq.gt(after))
        .filter(resource::active.eq(true))
        .order(resource::seq)
        .limit(limit)
        .select((resource::seq, resource::id, document::doc))
        .load(conn)?;
    Ok(users_from(rows))
}

/// All users of the tenant, active or not, with keys above `after`, in order of creation, at most `limit`.
///
/// # Errors
/// The database failed.
pub fn all_users(conn: &mut Conn, tenant: TenantId, after: i64, limit: i64) -> QueryResult<Vec<UserRow>> {
    let rows = resource::table
        .inner_join(document::table.on(of_resource()))
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::kind.eq("User"))
        .filter(resource::seq.gt(after))
        .order(resource::seq)
        .limit(limit)
        .select((resource::seq, resource::id, document::doc))
        .load(conn)?;
    Ok(users_from(rows))
}

/// All groups of the tenant with keys above `after`, in order of creation, at most `limit`: for building an
/// application's rows from the directory.
///
/// # Errors
/// The database failed.
pub fn all_groups(conn: &mut Conn, tenant: TenantId, after: i64, limit: i64) -> QueryResult<Vec<GroupRow>> {
    let rows: Vec<GroupColumns> = resource::table
        .filter(resource::tenant.eq(tenant.0))
        .filter(resource::kind.eq("Group"))
        .filter(resource::seq.gt(after))
        .order(resource::seq)
        .limit(limit)
        .select((resource::seq, resource::id, resource::label, resource::modified))
        .load(conn)?;
    Ok(groups_from(rows))
}

/// The keys of a group's direct members of any type, in no particular order.
///
/// # Errors
/// The database failed.
pub fn members_of(conn: &mut Conn, tenant: TenantId, group: i64) -> QueryResult<Vec<i64>> {
    let members = member::table.filter(member::tenant.eq(tenant.0)).filter(member::group_seq.eq(group));
    members.select(member::member_seq).load(conn)
}

/// The active users among the direct members of a group, in order of creation. Reads all of them: use it to rebuild a
/// team, not for a change of some members.
///
/// # Errors
/// The database failed.
pub fn active_users_of(conn: &mut Conn, tenant: TenantId, group: i64) -> QueryResult<Vec<UserRow>> {
    let seqs = members_of(conn, tenant, group)?;
    let mut found = users(conn, tenant, &seqs)?;
    found.retain(UserRow::is_active);
    Ok(found)
}

/// For each of these groups, how many direct members are inactive users. Groups without any are left out.
///
/// # Errors
/// The database failed.
pub fn inactive_members(conn: &mut Conn, tenant: TenantId, groups: &[i64]) -> QueryResult<Vec<(i64, i64)>> {
    let inactive = resource::active.eq(false).or(resource::active.is_null());
    member::table
        .inner_join(
            resource::table.on(resource::tenant.eq(member::tenant).and(resource::seq.eq(member::member_seq))),
        )
        .filter(member::tenant.eq(tenant.0))
        .filter(member::group_seq.eq_any(groups))
        .filter(resource::kind.eq("User"))
        .filter(inactive)
        .group_by(member::group_seq)
        .select((member::group_seq, count_star()))
        .load(conn)
}

/// The first inactive users in one group, in order of creation.
///
/// # Errors
/// The database failed.
pub fn inactive_users_of(
    conn: &mut Conn,
    tenant: TenantId,
    group: i64,
    limit: i64,
) -> QueryResult<Vec<UserRow>> {
    let inactive = resource::active.eq(false).or(resource::active.is_null());
    let seqs: Vec<i64> = member::table
        .inner_join(
            resource::table.on(resource::tenant.eq(member::tenant).and(resource::seq.eq(member::member_seq))),
        )
        .filter(member::tenant.eq(tenant.0))
        .filter(member::group_seq.eq(group))
        .filter(resource::kind.eq("User"))
        .filter(inactive)
        .order(member::member_seq)
        .limit(limit)
        .select(member::member_seq)
        .load(conn)?;
    users(conn, tenant, &seqs)
}

/// The groups of which a user is a direct member, in order of creation. In a writing transaction, the user stays in
/// them until it ends, so that what is granted for them is not revoked meanwhile.
///
/// # Errors
/// The database failed.
pub fn groups_of(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<Vec<GroupRow>> {
    let mut of_user = Fragment::new("select group_seq from scim_member where tenant = ");
    of_user.int(tenant.0).sql(" and member_seq = ").int(user);
    if conn.holds() {
        of_user.sql(Conn::DIALECT.share);
    }
    let seqs: Vec<i64> = of_user.fixed::<BigInt>().load(conn)?;
    groups(conn, tenant, &seqs)
}

/// The groups with these keys, in order of creation. Keys of other resources and tenants are ignored.
///
/// # Errors
/// The database failed.
pub fn groups(conn: &mut Conn, tenant: TenantId, seqs: &[i64]) -> QueryResult<Vec<GroupRow>> {
    let mut found = Vec::with_capacity(seqs.len());
    for some in seqs.chunks(CHUNK) {
        let rows: Vec<GroupColumns> = resource::table
            .filter(resource::tenant.eq(tenant.0))
            .filter(resource::seq.eq_any(some))
            .filter(resource::kind.eq("Group"))
            .select((resource::seq, resource::id, resource::label, resource::modified))
            .load(conn)?;
        found.extend(groups_from(rows));
    }
    found.sort_by_key(|g| g.seq);
    Ok(found)
}

/// Locks a resource until the transaction ends: nobody else changes or deletes it, or makes it a member of a group. On
/// SQLite a writing transaction is alone, so this does nothing.
///
/// # Errors
/// The database failed.
pub fn hold(conn: &mut Conn, tenant: TenantId, seq: i64) -> QueryResult<()> {
    let mut row = Fragment::new("select seq from scim_resource where tenant = ");
    row.int(tenant.0).sql(" and seq = ").int(seq).sql(Conn::DIALECT.hold);
    conn.later(row.fixed::<BigInt>())
}

/// How many resources of a type the tenant has.
///
/// # Errors
/// The database failed.
pub fn count(conn: &mut Conn, tenant: TenantId, kind: &str) -> QueryResult<i64> {
    conn.total(tenant, kind)
}

/// The users among these resources, since only users can be members of a team.
#[must_use]
pub fn users_among(members: &[Member]) -> Vec<i64> {
    members.iter().filter(|m| &*m.resource_type == "User").map(|m| m.seq).collect()
}

/// Deletes everything of a tenant: its resources, their memberships and all keys. No hook is called; an application
/// that deletes a tenant deletes its own rows in the same transaction.
///
/// # Errors
/// The database failed.
pub fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(member::table.filter(member::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(element::table.filter(element::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(document::table.filter(document::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(unique_key::table.filter(unique_key::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(resource::table.filter(resource::tenant.eq(tenant.0))).execute(conn)?;
    conn.purged(tenant)
}

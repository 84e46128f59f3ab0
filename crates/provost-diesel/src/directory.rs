//! The directory's tables, for hooks and for upkeep: who a row is, the groups of a user, the users of a group.
//!
//! Look-ups take the tenant: a row of another one is not found.

use super::Conn;
use crate::derivation::Derivation;
use crate::engine::Engine;
use crate::error::HookError;
use crate::finding::{Finding, Refreshed};
use crate::hook::{Member, TenantId};
use crate::schema::{document, element, member, resource, unique_key};
use crate::unique::{Duplicates, Switched};
use diesel::prelude::*;
use provost_core::value::{Value, parse_object};
use provost_core::{Id, Object, SchemaSet};

/// Rows asked for in one statement at most.
const CHUNK: usize = 500;

/// A user, with what an application shows of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserRow {
    /// The key of its row.
    pub seq: i64,
    /// Its public `id`.
    pub id: Id,
    /// Whether it is active: `active` is `true`.
    pub active: bool,
    /// Its `userName`.
    pub user_name: String,
    /// Its `displayName`.
    pub display_name: Option<String>,
    /// Its primary e-mail address, else its first one.
    pub email: Option<String>,
}

impl UserRow {
    /// What a user's attributes say; `None` when there is no `userName`.
    #[must_use]
    pub fn of(seq: i64, id: &Id, body: &Object) -> Option<Self> {
        Some(Self {
            seq,
            id: id.clone(),
            active: body.get("active").and_then(Value::as_bool) == Some(true),
            user_name: body.str("userName")?.to_owned(),
            display_name: body.str("displayName").map(str::to_owned),
            email: email(body).map(str::to_owned),
        })
    }
}

/// The primary e-mail address of a user, else the first.
#[must_use]
pub fn email(body: &Object) -> Option<&str> {
    let emails = body.get("emails").map_or(&[][..], Value::elements);
    let primary = |e: &&Object| e.get("primary").and_then(Value::as_bool) == Some(true);
    let all = || emails.iter().filter_map(Value::as_object);
    all().find(primary).and_then(|e| e.str("value")).or_else(|| all().find_map(|e| e.str("value")))
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
}

type UserColumns = (i64, String, String);

/// The document of the row that it is joined to.
#[diesel::dsl::auto_type]
fn of_resource() -> _ {
    document::tenant.eq(resource::tenant).and(document::seq.eq(resource::seq))
}

fn users_from(rows: Vec<UserColumns>) -> Vec<UserRow> {
    let user = |(seq, id, doc): UserColumns| UserRow::of(seq, &id.into(), &parse_object(&doc).ok()?);
    rows.into_iter().filter_map(user).collect()
}

/// The users behind these keys, in order of creation. Keys of other resources and tenants are left out.
///
/// # Errors
/// A failure of the database.
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

/// The user behind a public `id`.
///
/// # Errors
/// A failure of the database.
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

/// All users of the tenant that are active, from the one after `after`, in order of creation, at most `limit`: for
/// building the application's rows from the directory.
///
/// # Errors
/// A failure of the database.
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

/// The active users that are direct members of a group, in order of creation. It reads all of them: use it when a
/// team is built anew, not for a change of some members.
///
/// # Errors
/// A failure of the database.
pub fn active_users_of(conn: &mut Conn, tenant: TenantId, group: i64) -> QueryResult<Vec<UserRow>> {
    let members = member::table.filter(member::tenant.eq(tenant.0)).filter(member::group_seq.eq(group));
    let seqs: Vec<i64> = members.select(member::member_seq).load(conn)?;
    let mut found = users(conn, tenant, &seqs)?;
    found.retain(|u| u.active);
    Ok(found)
}

/// The groups that a user is a direct member of, in order of creation.
///
/// # Errors
/// A failure of the database.
pub fn groups_of(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<Vec<GroupRow>> {
    let groups_of = member::table.filter(member::tenant.eq(tenant.0)).filter(member::member_seq.eq(user));
    let seqs: Vec<i64> = groups_of.select(member::group_seq).load(conn)?;
    groups(conn, tenant, &seqs)
}

/// The groups behind these keys, in order of creation. Keys of other resources and tenants are left out.
///
/// # Errors
/// A failure of the database.
pub fn groups(conn: &mut Conn, tenant: TenantId, seqs: &[i64]) -> QueryResult<Vec<GroupRow>> {
    let mut found = Vec::with_capacity(seqs.len());
    for some in seqs.chunks(CHUNK) {
        let rows: Vec<(i64, String, Option<String>)> = resource::table
            .filter(resource::tenant.eq(tenant.0))
            .filter(resource::seq.eq_any(some))
            .filter(resource::kind.eq("Group"))
            .select((resource::seq, resource::id, resource::label))
            .load(conn)?;
        let group = |(seq, id, label): (i64, String, Option<String>)| GroupRow {
            seq,
            id: id.into(),
            display_name: label.unwrap_or_default(),
        };
        found.extend(rows.into_iter().map(group));
    }
    found.sort_by_key(|g| g.seq);
    Ok(found)
}

/// Which of these resources are users: the members that a team can have.
#[must_use]
pub fn users_among(members: &[Member]) -> Vec<i64> {
    members.iter().filter(|m| &*m.resource_type == "User").map(|m| m.seq).collect()
}

/// Removes everything of a tenant: its resources, who belongs to whom, and every key. No hook is told; an application
/// that deletes a tenant removes its own rows in the same transaction.
///
/// # Errors
/// A failure of the database.
pub fn purge(conn: &mut Conn, tenant: TenantId) -> QueryResult<()> {
    diesel::delete(member::table.filter(member::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(element::table.filter(element::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(document::table.filter(document::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(unique_key::table.filter(unique_key::tenant.eq(tenant.0))).execute(conn)?;
    diesel::delete(resource::table.filter(resource::tenant.eq(tenant.0))).execute(conn)?;
    conn.purged(tenant)
}

/// Makes an attribute unique from now on: takes the keys of all resources of the tenant, in the transaction that turns the
/// switch. Where some share a value it takes none and names them, at most `shown`: roll back then.
///
/// A write that was worked out before the switch knows nothing of it. Compare its keys with the switch in your
/// [`guard`](crate::Hook::guard), which runs in the write's own transaction.
///
/// # Errors
/// A failure of the database.
pub fn make_unique(conn: &mut Conn, tenant: TenantId, what: Switched, shown: i64) -> QueryResult<Duplicates> {
    super::queries::claim_all(conn, tenant, what, shown)
}

/// Lets the values of an attribute repeat from now on: gives up the keys of the tenant.
///
/// # Errors
/// A failure of the database.
pub fn let_repeat(conn: &mut Conn, tenant: TenantId, what: Switched) -> QueryResult<()> {
    super::queries::release_all(conn, tenant, what)
}

/// Brings what was stored up to date with the schemas, in two steps; it is quick when there is nothing to do. Call it
/// after migrations, in a transaction, before anything is read or written.
///
/// Resources of before that are stored without `active`, from when that meant active, get `active: true`, each type once.
/// And the values that filters look for are made anew if they were made with other schemas or indices, or by a version of
/// this crate that made them otherwise. Names that are one now and were two do not stop it: see [`notices`].
///
/// # Errors
/// A failure of the database.
pub fn refresh(conn: &mut Conn, schemas: &SchemaSet) -> Result<Refreshed, HookError> {
    super::queries::refresh(conn, schemas)
}

/// Holds that the values which filters look for are made in this way: that no other program, with other schemas or
/// indices, made them anew since. What a [`Store`](provost_provider::Store) of this crate does asks by itself; ask before
/// [`make_unique`], in its transaction.
///
/// # Errors
/// [`StoreError::Unfit`](provost_provider::StoreError::Unfit) when they are not; a failure of the database.
pub fn prove(conn: &mut Conn, derivation: &Derivation) -> Result<(), HookError> {
    super::queries::prove(conn, derivation)
}

/// Whether [`refresh`] was called for this database ever.
///
/// # Errors
/// A failure of the database.
pub fn is_prepared(conn: &mut Conn) -> Result<bool, HookError> {
    super::queries::is_prepared(conn)
}

/// Whether the directory's tables agree with each other: what is wrong, up to `limit` findings. It reads everything.
///
/// # Errors
/// A failure of the database.
pub fn check(conn: &mut Conn, schemas: &SchemaSet, limit: usize) -> Result<Vec<Finding>, HookError> {
    super::queries::check(conn, schemas, limit)
}

/// Resources whose names would not be taken today, and are served, found and changed as before: those whose `userName`
/// is, as names are compared now, that of another resource, so that a look-up by it finds the other; and those whose
/// `userName` would be refused. A rename ends it. At most `limit`; it reads everything.
///
/// # Errors
/// A failure of the database.
pub fn notices(conn: &mut Conn, limit: usize) -> Result<Vec<Finding>, HookError> {
    super::queries::notices(conn, limit)
}

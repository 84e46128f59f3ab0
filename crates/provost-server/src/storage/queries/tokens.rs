//! Statements on tokens.

use super::{Conn, organisations};
use crate::clock::Timestamp;
use crate::model::{Organisation, TokenRow};
use crate::storage::schema::{organisation, token};
use crate::storage::{Result, StorageError, stored};
use crate::token::{KeyId, Secret, StoredHash};
use diesel::prelude::*;
use provost::hook::TenantId;

type Row = (String, i64, String, i64, String, i64, Option<i64>, Option<i64>, Option<i64>);

pub(crate) fn insert(conn: &mut Conn, new: &TokenRow) -> Result<()> {
    let row = (
        token::key_id.eq(new.key_id.as_str()),
        token::tenant.eq(new.tenant.0),
        token::phc.eq(new.hash.phc.reveal()),
        token::hash_version.eq(new.hash.version),
        token::label.eq(&new.label),
        token::created.eq(new.created.as_millis()),
        token::expires.eq(new.expires.map(Timestamp::as_millis)),
    );
    diesel::insert_into(token::table).values(row).execute(conn)?;
    Ok(())
}

/// Oldest first.
pub(crate) fn of_tenant(conn: &mut Conn, tenant: TenantId) -> Result<Vec<TokenRow>> {
    let rows: Vec<Row> =
        token::table.filter(token::tenant.eq(tenant.0)).order((token::created, token::key_id)).load(conn)?;
    rows.into_iter().map(read).collect()
}

/// The token and its organisation: what every request needs, in one statement. It runs on each request, so it loads
/// instead of asking for one row: a bound LIMIT makes SQLite plan anew.
pub(crate) fn with_organisation(conn: &mut Conn, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>> {
    let rows: Vec<(Row, organisations::Row)> =
        token::table.inner_join(organisation::table).filter(token::key_id.eq(key_id.as_str())).load(conn)?;
    rows.into_iter().next().map(|(t, o)| Ok((read(t)?, organisations::read(o)?))).transpose()
}

/// Ends a token. One that is revoked already keeps the time of its first revocation.
pub(crate) fn revoke(conn: &mut Conn, key_id: &KeyId, now: Timestamp) -> Result<TokenRow> {
    diesel::update(token::table.find(key_id.as_str()).filter(token::revoked.is_null()))
        .set(token::revoked.eq(now.as_millis()))
        .execute(conn)?;
    let rows: Vec<Row> = token::table.find(key_id.as_str()).load(conn)?;
    rows.into_iter().next().map_or_else(|| Err(StorageError::NoToken(key_id.clone())), read)
}

pub(crate) fn touch(conn: &mut Conn, key_id: &KeyId, now: Timestamp) -> Result<()> {
    diesel::update(token::table.find(key_id.as_str()))
        .set(token::last_used.eq(now.as_millis()))
        .execute(conn)?;
    Ok(())
}

fn read(
    (key_id, tenant, phc, version, label, created, expires, revoked, last_used): Row,
) -> Result<TokenRow> {
    Ok(TokenRow {
        key_id: KeyId::parse(&key_id).ok_or(StorageError::Damaged { what: "key id", text: key_id })?,
        tenant: TenantId(tenant),
        hash: StoredHash { phc: Secret::new(phc), version },
        label,
        created: stored::time(created),
        expires: expires.map(stored::time),
        revoked: revoked.map(stored::time),
        last_used: last_used.map(stored::time),
    })
}

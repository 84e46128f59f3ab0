//! Statements on tokens.

use super::{Conn, Storage, organisations, settings};
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::storage::schema::{organisation, token};
use crate::storage::{Result, StorageError};
use crate::tokens::{KeyId, Secret, StoredHash, TokenRow, TokenStore};
use diesel::prelude::*;
use provost::hook::TenantId;

impl TokenStore for Storage {
    async fn create_first(&self, organisation: Organisation, token: Option<TokenRow>) -> Result<bool> {
        self.write(move |conn| {
            settings::one_at_a_time(conn)?;
            if !organisations::all(conn)?.is_empty() || settings::had_organisations(conn)? {
                return Ok(false);
            }
            organisations::insert(conn, &organisation)?;
            token.iter().try_for_each(|token| insert(conn, token))?;
            Ok(true)
        })
        .await
    }

    async fn create_token(&self, new: TokenRow) -> Result<()> {
        self.write(move |conn| insert(conn, &new)).await
    }

    async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>> {
        self.scan(move |conn| {
            let own = token::table.filter(token::tenant.eq(tenant.0));
            let rows: Vec<Row> = own.order((token::created, token::key_id)).load(conn)?;
            rows.into_iter().map(read).collect()
        })
        .await
    }

    // it runs on each request, so it loads instead of asking for one row: a bound LIMIT makes SQLite plan anew
    async fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>> {
        let key_id = key_id.clone();
        self.read(move |conn| {
            let found =
                token::table.inner_join(organisation::table).filter(token::key_id.eq(key_id.as_str()));
            let rows: Vec<(Row, organisations::Row)> = found.load(conn)?;
            rows.into_iter().next().map(|(t, o)| Ok((read(t)?, organisations::read(o)?))).transpose()
        })
        .await
    }

    async fn revoke_token(&self, key_id: KeyId, now: Timestamp) -> Result<TokenRow> {
        self.write(move |conn| {
            let found = token::table.find(key_id.as_str());
            diesel::update(found.filter(token::revoked.is_null()))
                .set(token::revoked.eq(now.as_millis()))
                .execute(conn)?;
            let rows: Vec<Row> = found.load(conn)?;
            rows.into_iter().next().map_or_else(|| Err(StorageError::NoToken(key_id.clone())), read)
        })
        .await
    }

    async fn was_token_used(&self) -> Result<bool> {
        self.read(|conn| {
            let used: Vec<String> = token::table
                .filter(token::last_used.is_not_null())
                .select(token::key_id)
                .limit(1)
                .load(conn)?;
            Ok(!used.is_empty())
        })
        .await
    }

    async fn touch_token(&self, key_id: KeyId, now: Timestamp) -> Result<()> {
        self.write(move |conn| {
            let found = token::table.find(key_id.as_str());
            diesel::update(found).set(token::last_used.eq(now.as_millis())).execute(conn)?;
            Ok(())
        })
        .await
    }
}

/// The columns of a token.
type Row = (String, i64, String, i64, String, i64, Option<i64>, Option<i64>, Option<i64>);

fn insert(conn: &mut Conn, new: &TokenRow) -> Result<()> {
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

fn read(
    (key_id, tenant, phc, version, label, created, expires, revoked, last_used): Row,
) -> Result<TokenRow> {
    Ok(TokenRow {
        key_id: KeyId::parse(&key_id).ok_or(StorageError::Damaged { what: "key id", text: key_id })?,
        tenant: TenantId(tenant),
        hash: StoredHash { phc: Secret::new(phc), version },
        label,
        created: Timestamp::from_millis(created),
        expires: expires.map(Timestamp::from_millis),
        revoked: revoked.map(Timestamp::from_millis),
        last_used: last_used.map(Timestamp::from_millis),
    })
}

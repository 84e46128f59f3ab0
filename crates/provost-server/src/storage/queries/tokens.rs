//! Statements on tokens.

use super::watched::{self, CHUNK};
use super::{Conn, Storage, heard, organisations, settings, silence};
use crate::access::AccountId;
use crate::audit::{Action, By, Deed, Done};
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::silence::PAUSE_MS;
use crate::slug::Slug;
use crate::storage::schema::{organisation, token};
use crate::storage::{Result, StorageError};
use crate::tokens::{
    Ahead, Ending, Heard, KeyId, KnownToken, Maker, Person, Reason, Refusal, Secret, StoredHash, Term,
    TokenRow, TokenStore, why_not,
};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use provost::hook::TenantId;
use std::collections::HashMap;

impl TokenStore for Storage {
    async fn create_first(
        &self,
        by: By,
        organisation: Organisation,
        token: Option<TokenRow>,
    ) -> Result<bool> {
        self.change(by, move |conn| {
            settings::one_at_a_time(conn)?;
            if !organisations::all(conn)?.is_empty() || settings::had_organisations(conn)? {
                return Ok(Done::nothing(false));
            }
            let mut deeds = vec![organisations::insert(conn, &organisation)?];
            if let Some(token) = &token {
                deeds.push(insert(conn, token)?);
            }
            Ok(Done::several(true, deeds))
        })
        .await
    }

    async fn create_token(&self, by: By, new: TokenRow) -> Result<()> {
        self.change(by, move |conn| Ok(Done::told((), insert(conn, &new)?))).await
    }

    async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>> {
        self.scan(move |conn| of_tenant(conn, tenant)).await
    }

    // runs on each request, so it does not use `first`: for a bound LIMIT, SQLite would plan anew each time
    async fn known_token(&self, key_id: &KeyId) -> Result<Option<KnownToken>> {
        let key_id = key_id.clone();
        self.read(move |conn| {
            let found =
                token::table.inner_join(organisation::table).filter(token::key_id.eq(key_id.as_str()));
            let rows: Vec<KnownRow> = found.select(KnownRow::as_select()).load(conn)?;
            rows.into_iter().next().map(|row| known(key_id.clone(), row)).transpose()
        })
        .await
    }

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

    async fn rotate_token(&self, by: By, old: KeyId, next: TokenRow, last: Timestamp) -> Result<TokenRow> {
        let now = by.at;
        self.change(by, move |conn| rotate(conn, &old, &next, last, now)).await
    }

    async fn makers(&self, tenant: TenantId) -> Result<HashMap<AccountId, Person>> {
        self.scan(move |conn| Ok(watched::makers(conn, tenant)?)).await
    }

    async fn ending_tokens(&self, until: Timestamp) -> Result<Vec<Ending>> {
        self.scan(move |conn| {
            let ending = watched::ending(until).select((token::all_columns, organisation::slug));
            let rows: Vec<(Row, String)> = ending.load(conn)?;
            let rows: Vec<(TokenRow, String)> =
                rows.into_iter().map(|(row, slug)| Ok((read(row)?, slug))).collect::<Result<_>>()?;
            let next: Vec<&KeyId> = rows.iter().filter_map(|(row, _)| row.rotated_to.as_ref()).collect();
            let mut next_of = several(conn, &next)?;
            let ending = |(token, slug): (TokenRow, String)| {
                let next = token.rotated_to.as_ref().and_then(|next| next_of.remove(next));
                Ok(Ending { org: Slug::stored(slug), token, next })
            };
            rows.into_iter().map(ending).collect()
        })
        .await
    }

    async fn end_tokens(&self, now: Timestamp) -> Result<()> {
        self.unrecorded(move |conn| Ok(watched::end(conn, now)?)).await
    }

    async fn warn_of_tokens(&self, due: Vec<(KeyId, Ahead)>, now: Timestamp) -> Result<Vec<KeyId>> {
        let mut given = Vec::new();
        // small writes, so that others get their turn between them
        for some in due.chunks(CHUNK) {
            let some = some.to_owned();
            let new = self.scan(move |conn| Ok(watched::not_given(conn, &some)?)).await?;
            if !new.is_empty() {
                given.extend(self.unrecorded(move |conn| Ok(watched::warn(conn, &new, now)?)).await?);
            }
        }
        Ok(given)
    }

    async fn note_refusals(&self, refusals: Vec<(KeyId, Refusal)>) -> Result<()> {
        for some in refusals.chunks(CHUNK) {
            let due = some.to_owned();
            let due = self.scan(move |conn| Ok(watched::to_note(conn, &due)?)).await?;
            if !due.is_empty() {
                self.unrecorded(move |conn| Ok(watched::note(conn, &due)?)).await?;
            }
        }
        Ok(())
    }

    async fn revoke_token(&self, by: By, key_id: KeyId) -> Result<TokenRow> {
        let now = by.at;
        self.change(by, move |conn| {
            let found = token::table.find(key_id.as_str());
            let revoked = diesel::update(found.filter(token::revoked.is_null()))
                .set(token::revoked.eq(now.as_millis()))
                .execute(conn)?;
            let row = one(conn, &key_id)?;
            let deed =
                Deed::of(row.tenant, Action::RevokeToken, &row.key_id).noting("label", row.label.as_str());
            Ok(if revoked > 0 { Done::told(row, deed) } else { Done::nothing(row) })
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

    async fn note_milestones(&self, heard: Vec<(TenantId, Heard)>) -> Result<()> {
        for some in heard.chunks(CHUNK) {
            let some = some.to_owned();
            self.unrecorded(move |conn| Ok(heard::note(conn, &some)?)).await?;
        }
        Ok(())
    }

    async fn note_uses(&self, uses: Vec<(KeyId, Timestamp)>) -> Result<()> {
        for some in uses.chunks(CHUNK) {
            let some = some.to_owned();
            let back = self.unrecorded(move |conn| Ok(note_uses(conn, &some)?)).await?;
            // separately and one by one, since looking for pauses locks more than the token's row
            for (key_id, at) in back {
                self.unrecorded(move |conn| Ok(silence::back(conn, &key_id, at)?)).await?;
            }
        }
        Ok(())
    }
}

/// Notes the uses of recently used tokens, and returns the others.
fn note_uses(conn: &mut Conn, uses: &[(KeyId, Timestamp)]) -> QueryResult<Vec<(KeyId, Timestamp)>> {
    let mut others = Vec::new();
    for (key_id, at) in uses {
        let lately = at.as_millis().saturating_sub(PAUSE_MS);
        let found = token::table.find(key_id.as_str()).filter(token::last_used.ge(lately));
        if diesel::update(found).set(token::last_used.eq(at.as_millis())).execute(conn)? == 0 {
            others.push((key_id.clone(), *at));
        }
    }
    Ok(others)
}

/// The tokens of an organisation, oldest first.
pub(super) fn of_tenant(conn: &mut Conn, tenant: TenantId) -> Result<Vec<TokenRow>> {
    let own = token::table.filter(token::tenant.eq(tenant.0));
    let rows: Vec<Row> = own.order((token::created, token::key_id)).load(conn)?;
    rows.into_iter().map(read).collect()
}

/// Replaces a token in one transaction. Of two who do this at once, one is refused.
fn rotate(
    conn: &mut Conn,
    old: &KeyId,
    next: &TokenRow,
    last: Timestamp,
    now: Timestamp,
) -> Result<Done<TokenRow>> {
    let row = one(conn, old)?;
    if let Some(why) = why_not(&row, now) {
        return Err(StorageError::Refused(why));
    }
    let made = insert(conn, next)?;
    let end = row.expires.map_or(last, |end| end.min(last));
    let change = (
        token::rotated_to.eq(next.key_id.as_str()),
        token::expires.eq(end.as_millis()),
        // ends it at once even on servers whose clocks are slow
        token::ended.eq((end <= now).then_some(now.as_millis())),
    );
    let found = token::table.find(old.as_str()).filter(token::rotated_to.is_null());
    let changed = diesel::update(found.filter(token::revoked.is_null())).set(change).execute(conn)?;
    let row = one(conn, old)?;
    match changed {
        0 => Err(StorageError::Refused(
            why_not(&row, now).unwrap_or_else(|| "the token was changed meanwhile".to_owned()),
        )),
        _ => {
            let deed = Deed { action: Action::RotateToken, ..made };
            let deed = deed.noting("replaces", old.as_str()).noting("oldExpires", end.to_string());
            Ok(Done::told(row, deed))
        }
    }
}

/// Those of these tokens that exist.
fn several(conn: &mut Conn, key_ids: &[&KeyId]) -> Result<HashMap<KeyId, TokenRow>> {
    let mut found = HashMap::new();
    for some in key_ids.chunks(CHUNK) {
        let some = some.iter().map(|key_id| key_id.as_str());
        let rows: Vec<Row> = token::table.filter(token::key_id.eq_any(some)).load(conn)?;
        for row in rows {
            let row = read(row)?;
            found.insert(row.key_id.clone(), row);
        }
    }
    Ok(found)
}

fn one(conn: &mut Conn, key_id: &KeyId) -> Result<TokenRow> {
    let rows: Vec<Row> = token::table.find(key_id.as_str()).load(conn)?;
    rows.into_iter().next().map_or_else(|| Err(StorageError::NoToken(key_id.clone())), read)
}

/// The columns of a token, in their order.
#[derive(Queryable)]
struct Row {
    key_id: String,
    tenant: i64,
    phc: String,
    hash_version: i64,
    label: String,
    created: i64,
    expires: Option<i64>,
    revoked: Option<i64>,
    last_used: Option<i64>,
    read_only: bool,
    made_by: Option<String>,
    made_by_account: Option<i64>,
    ended: Option<i64>,
    rotated_to: Option<String>,
    refused: Option<i64>,
    refused_for: Option<String>,
}

pub(super) fn insert(conn: &mut Conn, new: &TokenRow) -> Result<Deed> {
    let (command, account) = match &new.maker {
        Some(Maker::Command(name)) => (Some(name.as_str()), None),
        Some(Maker::Account(AccountId(id))) => (None, Some(*id)),
        None => (None, None),
    };
    let row = (
        token::key_id.eq(new.key_id.as_str()),
        token::tenant.eq(new.tenant.0),
        token::phc.eq(new.hash.phc.reveal()),
        token::hash_version.eq(new.hash.version),
        token::label.eq(&new.label),
        token::read_only.eq(new.read_only),
        token::made_by.eq(command),
        token::made_by_account.eq(account),
        token::created.eq(new.created.as_millis()),
        token::expires.eq(new.expires.map(Timestamp::as_millis)),
    );
    let made = diesel::insert_into(token::table).values(row).execute(conn);
    made.map_err(|e| match e {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            StorageError::TokenMade(new.key_id.clone())
        }
        e => e.into(),
    })?;
    let deed = Deed::of(new.tenant, Action::CreateToken, &new.key_id);
    let deed = deed.noting("label", new.label.as_str()).noting("readOnly", new.read_only);
    Ok(deed.noting("expires", new.expires.map(|end| end.to_string())))
}

fn read(row: Row) -> Result<TokenRow> {
    let maker = row.made_by_account.map(|id| Maker::Account(AccountId(id)));
    Ok(TokenRow {
        key_id: key_id(row.key_id)?,
        tenant: TenantId(row.tenant),
        hash: StoredHash { phc: Secret::new(row.phc), version: row.hash_version },
        label: row.label,
        read_only: row.read_only,
        maker: maker.or(row.made_by.map(Maker::Command)),
        created: Timestamp::from_millis(row.created),
        expires: row.expires.map(Timestamp::from_millis),
        ended: row.ended.map(Timestamp::from_millis),
        revoked: row.revoked.map(Timestamp::from_millis),
        last_used: row.last_used.map(Timestamp::from_millis),
        rotated_to: row.rotated_to.map(key_id).transpose()?,
        refusal: row.refused.zip(row.refused_for).map(refusal).transpose()?,
    })
}

/// The columns of a [`KnownToken`].
#[derive(Queryable, Selectable)]
#[diesel(table_name = token)]
struct KnownRow {
    tenant: i64,
    phc: String,
    hash_version: i64,
    read_only: bool,
    expires: Option<i64>,
    ended: Option<i64>,
    revoked: Option<i64>,
    last_used: Option<i64>,
    refused: Option<i64>,
    #[diesel(select_expression = organisation::profile)]
    profile: String,
    #[diesel(select_expression = organisation::unique_external_id)]
    unique_external_id: bool,
    #[diesel(select_expression = organisation::scim)]
    scim: bool,
    #[diesel(select_expression = organisation::disabled)]
    disabled: Option<i64>,
}

fn known(key_id: KeyId, row: KnownRow) -> Result<KnownToken> {
    let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
    Ok(KnownToken {
        key_id,
        tenant: TenantId(row.tenant),
        profile: organisations::read_profile(row.profile, row.unique_external_id)?,
        hash: StoredHash { phc: Secret::new(row.phc), version: row.hash_version },
        scim: row.scim,
        is_off: row.disabled.is_some(),
        read_only: row.read_only,
        term: Term { expires: time(row.expires), ended: time(row.ended), revoked: time(row.revoked) },
        last_used: time(row.last_used),
        refused: time(row.refused),
    })
}

fn key_id(text: String) -> Result<KeyId> {
    KeyId::parse(&text).ok_or(StorageError::Damaged { what: "key id", text })
}

fn refusal((at, text): (i64, String)) -> Result<Refusal> {
    match Reason::parse(&text) {
        Some(reason) => Ok(Refusal { at: Timestamp::from_millis(at), reason }),
        None => Err(StorageError::Damaged { what: "reason of a refusal", text }),
    }
}

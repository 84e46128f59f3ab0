//! Rows of `account`, and the accounts that are kept for SCIM users who lost access.

use super::Conn;
use super::at::with_key;
use crate::access::{Account, AccountId, Hashed, NewAccount};
use crate::clock::{Keys, Timestamp};
#[cfg(feature = "console")]
use crate::people::Address;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, known_account, membership};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use provost::hook::{HookError, TenantId};

pub(super) type Columns = (i64, Option<String>, String, i64, Option<i64>);

/// Selects [`Columns`].
#[diesel::dsl::auto_type]
pub(super) fn columns() -> _ {
    (account::id, account::email, account::name, account::epoch, account::disabled)
}

pub(super) fn read((id, email, name, epoch, disabled): Columns) -> Account {
    Account { id: AccountId(id), email, name, epoch, is_off: disabled.is_some() }
}

pub(super) fn one(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    let rows: Vec<Columns> = account::table.find(id.0).select(columns()).load(conn)?;
    Ok(rows.into_iter().next().map(read))
}

/// Whether a membership's account is switched off. Such a member has joined, but decides nothing.
#[diesel::dsl::auto_type]
pub(super) fn is_off() -> _ {
    let of_member = account::table.filter(membership::account.eq(account::id.nullable()));
    diesel::dsl::exists(of_member.filter(account::disabled.is_not_null()))
}

/// Whether an account signs in with this address.
#[cfg(feature = "sso")]
pub(super) fn has_address(conn: &mut Conn, key: &crate::people::AddressKey) -> QueryResult<bool> {
    let with = account::table.filter(account::login_key.eq(key.as_str()));
    diesel::select(diesel::dsl::exists(with.select(account::id))).get_result(conn)
}

/// Whether at least one of these accounts is switched on.
pub(super) fn is_one_on(conn: &mut Conn, ids: &[i64]) -> QueryResult<bool> {
    let off = account::table.filter(account::id.eq_any(ids)).filter(account::disabled.is_not_null());
    Ok(off.select(account::id).load::<i64>(conn)?.len() < ids.len())
}

/// Refuses if the account is switched off, and keeps it from being switched off until the transaction ends.
pub(super) fn prove_on(conn: &mut Conn, id: AccountId) -> Result<(), HookError> {
    conn.hold(Held::Account(id.0))?;
    let off = account::table.find(id.0).filter(account::disabled.is_not_null());
    match off.select(account::id).first::<i64>(conn).optional()? {
        Some(_) => Err(HookError::Refused(
            "this account is switched off: ask those who operate this server, who switch it on with `provost account enable`".to_owned(),
        )),
        None => Ok(()),
    }
}

/// Makes an account. Addresses for sign-in are unique.
pub(super) fn insert(conn: &mut Conn, keys: &Keys, new: &NewAccount, now: Timestamp) -> Result<AccountId> {
    with_key(keys, now, |id| {
        let row = (
            account::id.eq(id),
            account::login_key.eq(new.email.key().as_str().to_owned()),
            account::email.eq(new.email.as_str()),
            account::name.eq(&new.name),
            account::password.eq(new.password.as_str()),
            account::epoch.eq(0),
            account::created.eq(now.as_millis()),
        );
        let made = diesel::insert_into(account::table).values(row).on_conflict(account::id).do_nothing();
        match made.execute(conn) {
            Ok(made) => Ok((made > 0).then_some(AccountId(id))),
            Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                Err(StorageError::HasAccount(new.email.to_string()))
            }
            Err(e) => Err(e.into()),
        }
    })
}

/// Makes an account that only its identity provider can open.
#[cfg(feature = "sso")]
pub(super) fn insert_without_password(
    conn: &mut Conn,
    keys: &Keys,
    name: &str,
    now: Timestamp,
) -> Result<AccountId> {
    with_key(keys, now, |id| {
        let row = (
            account::id.eq(id),
            account::name.eq(name),
            account::epoch.eq(0),
            account::created.eq(now.as_millis()),
        );
        let made = diesel::insert_into(account::table).values(row).on_conflict(account::id).do_nothing();
        Ok((made.execute(conn)? > 0).then_some(AccountId(id)))
    })
}

/// Changes the address an account signs in with. These are unique.
#[cfg(feature = "console")]
pub(super) fn set_address(conn: &mut Conn, id: AccountId, email: &Address) -> Result<()> {
    let change = (account::login_key.eq(email.key().as_str().to_owned()), account::email.eq(email.as_str()));
    match diesel::update(account::table.find(id.0)).set(change).execute(conn) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(StorageError::HasAccount(email.to_string()))
        }
        Err(e) => Err(e.into()),
    }
}

/// Takes away the address an account signs in with.
pub(super) fn lose_address(conn: &mut Conn, id: AccountId) -> QueryResult<()> {
    let none = None::<&str>;
    let change = (account::login_key.eq(none), account::email.eq(none));
    diesel::update(account::table.find(id.0)).set(change).execute(conn)?;
    Ok(())
}

/// Sets a password, and raises the epoch, which ends earlier sessions.
pub(super) fn set_password(conn: &mut Conn, id: AccountId, password: &Hashed) -> QueryResult<()> {
    let change = (account::password.eq(password.as_str()), account::epoch.eq(account::epoch + 1));
    diesel::update(account::table.find(id.0)).set(change).execute(conn)?;
    Ok(())
}

/// Keeps the account of a SCIM user who had joined and now loses access.
pub(super) fn keep(conn: &mut Conn, tenant: TenantId, user: i64, account: AccountId) -> QueryResult<()> {
    let row = (
        known_account::tenant.eq(tenant.0),
        known_account::user_seq.eq(user),
        known_account::account.eq(account.0),
    );
    diesel::insert_into(known_account::table)
        .values(row)
        .on_conflict((known_account::tenant, known_account::user_seq))
        .do_update()
        .set(known_account::account.eq(account.0))
        .execute(conn)?;
    Ok(())
}

pub(super) fn forget(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    diesel::delete(known_account::table.find((tenant.0, user))).execute(conn)?;
    Ok(())
}

//! Rows of `account`; and the accounts that are kept beside SCIM users without access.

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

/// Whether the account of a membership is switched off: its person has joined, and decides nothing.
#[diesel::dsl::auto_type]
pub(super) fn is_off() -> _ {
    let of_member = account::table.filter(membership::account.eq(account::id.nullable()));
    diesel::dsl::exists(of_member.filter(account::disabled.is_not_null()))
}

/// Whether somebody signs in with an address.
#[cfg(feature = "sso")]
pub(super) fn has_address(conn: &mut Conn, key: &crate::people::AddressKey) -> QueryResult<bool> {
    let with = account::table.filter(account::login_key.eq(key.as_str()));
    diesel::select(diesel::dsl::exists(with.select(account::id))).get_result(conn)
}

/// Whether one of these is not switched off.
pub(super) fn is_one_on(conn: &mut Conn, ids: &[i64]) -> QueryResult<bool> {
    let off = account::table.filter(account::id.eq_any(ids)).filter(account::disabled.is_not_null());
    Ok(off.select(account::id).load::<i64>(conn)?.len() < ids.len())
}

/// Refuses what an account that is switched off would do; it is not switched off before this transaction ends.
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

/// Makes an account. No two sign in by one address.
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

/// Makes an account that its identity provider alone opens.
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

/// An account signs in by another address. No two sign in by one.
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

/// An account signs in by no address any more.
pub(super) fn lose_address(conn: &mut Conn, id: AccountId) -> QueryResult<()> {
    let none = None::<&str>;
    let change = (account::login_key.eq(none), account::email.eq(none));
    diesel::update(account::table.find(id.0)).set(change).execute(conn)?;
    Ok(())
}

/// Sets a password. Earlier sessions are of an earlier epoch.
pub(super) fn set_password(conn: &mut Conn, id: AccountId, password: &Hashed) -> QueryResult<()> {
    let change = (account::password.eq(password.as_str()), account::epoch.eq(account::epoch + 1));
    diesel::update(account::table.find(id.0)).set(change).execute(conn)?;
    Ok(())
}

/// Keeps the account that had joined for a SCIM user who loses access.
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

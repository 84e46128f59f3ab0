//! Changing the address for sign-in.

use super::{Conn, Storage, access, accounts, called, links, outbox, recovery};
use crate::access::{ADDRESSES_A_DAY, Account, AccountId, Digest, Link, LinkState, SignInAddressStore};
use crate::audit::{Action, By, Deed, Done, INSTALLATION};
use crate::clock::Timestamp;
use crate::jobs::{FormerAddress, JobName, Kind, NewAddress, NewJob};
use crate::people::Address;
use crate::storage::schema::{one_time, outbox as mails};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use serde_json::json;

const DAY_MS: i64 = 24 * 3_600_000;

impl SignInAddressStore for Storage {
    async fn ask_for_address(&self, by: By, id: AccountId, email: Address) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            if sent(conn, id, now)? >= ADDRESSES_A_DAY {
                let why =
                    "several mails to new addresses were sent for this account today: try again tomorrow";
                return Err(StorageError::Refused(why.to_owned()));
            }
            end(conn, id, now)?;
            let number = now.as_millis();
            let detail = json!(NewAddress { account: id.0, number, email: email.to_string() });
            let name = JobName::confirm_address(id, number);
            put(conn, now, name, Kind::ConfirmAddress, detail)?;
            let deed = Deed::of_account(id, Action::AskForAddress);
            Ok(Done::told((), deed.about("email", Some(email.as_str()))))
        })
        .await
    }

    async fn address_asked_for(&self, id: AccountId, now: Timestamp) -> Result<Option<String>> {
        self.scan_at_once(move |conn| asked_for(conn, id, now)).await
    }

    async fn confirm_address(&self, by: By, link: Digest) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            let LinkState::Good(Link::Address(id, email)) = links::take(conn, link, now)? else {
                return Err(StorageError::LinkGone);
            };
            let former = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
            accounts::set_address(conn, id, &email)?;
            called::name_after(conn, id)?;
            end(conn, id, now)?;
            recovery::end(conn, id, now)?;
            tell(conn, &former, &email, now)?;
            let after = accounts::one(conn, id)?.ok_or(StorageError::LinkGone)?;
            let deed = access::told(&after, Action::ChangeAddress);
            Ok(Done::told((), deed.about("formerEmail", former.email.as_deref())))
        })
        .await
    }
}

/// Ends the links to new addresses and drops their unsent mail, in the same order as [`recovery::end`].
fn end(conn: &mut Conn, id: AccountId, now: Timestamp) -> QueryResult<()> {
    outbox::forget_named(conn, INSTALLATION, &like(id))?;
    links::end(conn, Link::ADDRESS, id, now)
}

fn like(id: AccountId) -> String {
    format!("{}/%", JobName::of_addresses(id))
}

/// How many were sent in the last day.
fn sent(conn: &mut Conn, id: AccountId, now: Timestamp) -> QueryResult<i64> {
    mails::table
        .filter(mails::tenant.eq(INSTALLATION.0))
        .filter(mails::name.like(like(id)))
        .filter(mails::sent.gt(now.as_millis().saturating_sub(DAY_MS)))
        .count()
        .get_result(conn)
}

fn put(
    conn: &mut Conn,
    now: Timestamp,
    name: JobName,
    kind: Kind,
    detail: serde_json::Value,
) -> QueryResult<()> {
    let job = NewJob { name, kind, membership: None, detail, by_mode: false, due: Some(now) };
    outbox::put(conn, INSTALLATION, now, job)
}

/// Queues the mail to the previous address.
fn tell(conn: &mut Conn, former: &Account, email: &Address, now: Timestamp) -> QueryResult<()> {
    let Some(before) = former.email.clone() else { return Ok(()) };
    let at = now.as_millis();
    let detail = json!(FormerAddress { account: former.id.0, at, email: before, now: email.to_string() });
    put(conn, now, JobName::address_changed(former.id, at), Kind::AddressChanged, detail)
}

/// The requested address: that of an unsent mail, else that of a working link.
fn asked_for(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<Option<String>> {
    let waiting: Option<String> = mails::table
        .filter(mails::tenant.eq(INSTALLATION.0))
        .filter(mails::name.like(like(id)))
        .filter(mails::sent.is_null())
        .select(mails::detail)
        .first(conn)
        .optional()?;
    if let Some(detail) = waiting {
        let read: Option<NewAddress> = serde_json::from_str(&detail).ok();
        return Ok(read.map(|asked| asked.email));
    }
    let open: Option<Option<String>> = one_time::table
        .filter(one_time::kind.eq(Link::ADDRESS))
        .filter(one_time::account.eq(id.0))
        .filter(one_time::used.is_null())
        .filter(one_time::ends.gt(now.as_millis()))
        .select(one_time::email)
        .first(conn)
        .optional()?;
    Ok(open.flatten())
}

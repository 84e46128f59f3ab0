//! Rows of `sso_connection` and `sso_certificate`: how an organisation's people are signed in elsewhere; and of `identity`.

use super::at::with_key;
use super::{Conn, sessions};
use crate::access::{AccountId, Reason};
use crate::clock::{Keys, Timestamp};
use crate::people::Compared;
use crate::slug::Slug;
use crate::sso::{
    Amiss, Connection, ConnectionId, Map, Provider, Registered, SignOn, Standing, Tested, Trouble, Trusted,
    next_reading,
};
use crate::storage::schema::{account, identity, membership, sso_certificate, sso_connection};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

#[derive(Queryable)]
struct Row {
    tenant: i64,
    id: i64,
    state: String,
    entity_id: String,
    sso_url: String,
    logout_url: Option<String>,
    address: Option<String>,
    read: i64,
    claim_id: String,
    claim_email: String,
    claim_first: String,
    claim_last: String,
    tested: Option<i64>,
    tested_by: Option<i64>,
    tested_as: Option<String>,
    tested_url: Option<String>,
    tested_slug: Option<String>,
    emergency: Option<i64>,
    just_in_time: bool,
    // when it is due is for `sso_reading`
    _due: Option<i64>,
    trouble: Option<String>,
    trouble_said: Option<String>,
    trouble_since: Option<i64>,
    refuse_expired: bool,
    compared: String,
}

/// The connections of an organisation.
pub(super) fn of_tenant(conn: &mut Conn, tenant: TenantId) -> Result<SignOn> {
    let rows: Vec<Row> = sso_connection::table.filter(sso_connection::tenant.eq(tenant.0)).load(conn)?;
    let mut found = SignOn::default();
    for row in rows {
        let connection = read(conn, row)?;
        match connection.standing {
            Standing::Draft => found.draft = Some(connection),
            Standing::Tested(_) | Standing::On { .. } => found.in_force = Some(connection),
        }
    }
    Ok(found)
}

fn read(conn: &mut Conn, row: Row) -> Result<Connection> {
    type Columns = (Vec<u8>, Vec<u8>, i64, Option<i64>);
    let rows: Vec<Columns> = sso_certificate::table
        .filter(sso_certificate::tenant.eq(row.tenant))
        .filter(sso_certificate::connection.eq(row.id))
        .order((sso_certificate::first_seen, sso_certificate::fingerprint))
        .select((
            sso_certificate::fingerprint,
            sso_certificate::der,
            sso_certificate::first_seen,
            sso_certificate::gone,
        ))
        .load(conn)?;
    let damaged = |text: &str| StorageError::Damaged { what: "connection", text: text.to_owned() };
    let mut certificates = Vec::new();
    for (fingerprint, der, seen, gone) in rows {
        let fingerprint = fingerprint.try_into().map_err(|_not_32_bytes| damaged("fingerprint"))?;
        let (first_seen, gone) = (Timestamp::from_millis(seen), gone.map(Timestamp::from_millis));
        certificates.push(Trusted { der, fingerprint, first_seen, gone });
    }
    let registered = match (row.tested_url, row.tested_slug) {
        (Some(public_url), Some(slug)) => Some(Registered { public_url, slug: Slug::stored(slug) }),
        _ => None,
    };
    let tested = match (row.tested, row.tested_by, row.tested_as, registered) {
        (Some(at), Some(by), Some(subject), Some(registered)) => {
            Some(Tested { at: Timestamp::from_millis(at), by: AccountId(by), subject, registered })
        }
        _ => None,
    };
    let standing = match (row.state.as_str(), tested) {
        ("draft", None) => Standing::Draft,
        ("tested", Some(tested)) => Standing::Tested(tested),
        ("on", Some(tested)) => {
            Standing::On { tested, emergency: row.emergency.map(AccountId), lets_in: row.just_in_time }
        }
        (other, _) => return Err(damaged(other)),
    };
    let trouble = match (row.trouble, row.trouble_said, row.trouble_since) {
        (Some(kind), Some(said), Some(since)) => {
            let amiss = Amiss::stored(&kind, said).ok_or_else(|| damaged(&kind))?;
            Some(Trouble { since: Timestamp::from_millis(since), amiss })
        }
        _ => None,
    };
    Ok(Connection {
        id: ConnectionId(row.id),
        standing,
        provider: Provider {
            entity_id: row.entity_id,
            sso_url: row.sso_url,
            logout_url: row.logout_url,
            address: row.address,
            read: Timestamp::from_millis(row.read),
            certificates,
        },
        map: Map {
            id: row.claim_id,
            compared: Compared::stored(&row.compared),
            email: row.claim_email,
            first_name: row.claim_first,
            last_name: row.claim_last,
        },
        refuses_expired: row.refuse_expired,
        trouble,
    })
}

/// Makes a draft. It has a key of its own, so that nothing that was begun with another one counts for it.
pub(super) fn insert_draft(
    conn: &mut Conn,
    keys: &Keys,
    tenant: TenantId,
    (provider, map, refuses_expired): (&Provider, &Map, bool),
    now: Timestamp,
) -> Result<ConnectionId> {
    let id = with_key(keys, now, |id| {
        let row = (
            sso_connection::tenant.eq(tenant.0),
            sso_connection::id.eq(id),
            sso_connection::state.eq("draft"),
            sso_connection::entity_id.eq(&provider.entity_id),
            sso_connection::sso_url.eq(&provider.sso_url),
            sso_connection::logout_url.eq(&provider.logout_url),
            sso_connection::address.eq(&provider.address),
            sso_connection::read.eq(provider.read.as_millis()),
            sso_connection::claim_id.eq(&map.id),
            sso_connection::compared.eq(map.compared.as_str()),
            sso_connection::claim_email.eq(&map.email),
            sso_connection::claim_first.eq(&map.first_name),
            sso_connection::claim_last.eq(&map.last_name),
            sso_connection::due
                .eq(provider.address.as_ref().map(|_| next_reading(provider.read, u16::MAX / 2).as_millis())),
            sso_connection::refuse_expired.eq(refuses_expired),
        );
        let made = diesel::insert_into(sso_connection::table)
            .values(row)
            .on_conflict((sso_connection::tenant, sso_connection::id))
            .do_nothing()
            .execute(conn)?;
        Ok::<_, StorageError>((made > 0).then_some(id))
    })?;
    for one in &provider.certificates {
        insert_certificate(conn, tenant, ConnectionId(id), one)?;
    }
    Ok(ConnectionId(id))
}

pub(super) fn insert_certificate(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    one: &Trusted,
) -> QueryResult<()> {
    let row = (
        sso_certificate::tenant.eq(tenant.0),
        sso_certificate::connection.eq(id.0),
        sso_certificate::fingerprint.eq(one.fingerprint.as_slice()),
        sso_certificate::der.eq(&one.der),
        sso_certificate::first_seen.eq(one.first_seen.as_millis()),
        sso_certificate::gone.eq(one.gone.map(Timestamp::as_millis)),
    );
    diesel::insert_into(sso_certificate::table).values(row).execute(conn)?;
    Ok(())
}

/// Deletes a connection, with its certificates. Identities stay.
pub(super) fn delete(conn: &mut Conn, tenant: TenantId, id: ConnectionId) -> QueryResult<()> {
    let certificates = sso_certificate::table.filter(sso_certificate::tenant.eq(tenant.0));
    diesel::delete(certificates.filter(sso_certificate::connection.eq(id.0))).execute(conn)?;
    diesel::delete(sso_connection::table.find((tenant.0, id.0))).execute(conn)?;
    Ok(())
}

/// Notes that a test of a connection was passed.
pub(super) fn note_test(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    tested: &Tested,
    state: &str,
) -> QueryResult<()> {
    let row = sso_connection::table.find((tenant.0, id.0));
    diesel::update(row)
        .set((
            sso_connection::state.eq(state),
            sso_connection::tested.eq(tested.at.as_millis()),
            sso_connection::tested_by.eq(tested.by.0),
            sso_connection::tested_as.eq(&tested.subject),
            sso_connection::tested_url.eq(&tested.registered.public_url),
            sso_connection::tested_slug.eq(tested.registered.slug.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_state(conn: &mut Conn, tenant: TenantId, id: ConnectionId, state: &str) -> QueryResult<()> {
    if state != "on" {
        set_emergency(conn, tenant, id, None)?;
        set_lets_in(conn, tenant, id, false)?;
    }
    diesel::update(sso_connection::table.find((tenant.0, id.0)))
        .set(sso_connection::state.eq(state))
        .execute(conn)?;
    Ok(())
}

/// A connection trusts these, and no others.
pub(super) fn set_certificates(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    certificates: &[Trusted],
) -> QueryResult<()> {
    let all = sso_certificate::table.filter(sso_certificate::tenant.eq(tenant.0));
    diesel::delete(all.filter(sso_certificate::connection.eq(id.0))).execute(conn)?;
    certificates.iter().try_for_each(|one| insert_certificate(conn, tenant, id, one))
}

/// A connection takes the key of one that was deleted: the same people sign in by it, and links stay.
pub(super) fn take_key(
    conn: &mut Conn,
    tenant: TenantId,
    draft: ConnectionId,
    of: ConnectionId,
) -> QueryResult<()> {
    let certificates = sso_certificate::table.filter(sso_certificate::tenant.eq(tenant.0));
    diesel::update(certificates.filter(sso_certificate::connection.eq(draft.0)))
        .set(sso_certificate::connection.eq(of.0))
        .execute(conn)?;
    diesel::update(sso_connection::table.find((tenant.0, draft.0)))
        .set(sso_connection::id.eq(of.0))
        .execute(conn)?;
    Ok(())
}

/// Whether single sign-on is required, and whose password opens the organisation all the same.
pub(super) fn set_emergency(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    account: Option<AccountId>,
) -> QueryResult<()> {
    diesel::update(sso_connection::table.find((tenant.0, id.0)))
        .set(sso_connection::emergency.eq(account.map(|account| account.0)))
        .execute(conn)?;
    Ok(())
}

/// Whether whoever it signs in becomes a member.
pub(super) fn set_lets_in(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    lets_in: bool,
) -> QueryResult<()> {
    diesel::update(sso_connection::table.find((tenant.0, id.0)))
        .set(sso_connection::just_in_time.eq(lets_in))
        .execute(conn)?;
    Ok(())
}

/// Ends what came through a connection: the sessions, and with `identities` who is known to be whom.
pub(super) fn end(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    identities: bool,
    now: Timestamp,
) -> QueryResult<usize> {
    if identities {
        let gone = identity::table.filter(identity::tenant.eq(tenant.0));
        diesel::delete(gone.filter(identity::connection.eq(id.0))).execute(conn)?;
    }
    sessions::end_of_connection(conn, tenant, id, Reason::SignOnEnded, now)
}

/// Who somebody is at an identity provider, and how that is known.
#[derive(Clone, Copy)]
pub(super) enum New<'a> {
    /// Whoever tested single sign-on and switched it on.
    Test(&'a str),
    /// A user of the directory, by the key, compares so.
    Directory(&'a str, i64),
    /// Whoever accepted an invitation by it.
    Invitation(&'a str),
    /// Whoever was signed in.
    Account(&'a str),
    /// Whoever became a member by it.
    JustInTime(&'a str),
}

/// An account is known to be somebody at an identity provider. One is one there, and the other way round.
pub(super) fn link(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    new: New<'_>,
    account: AccountId,
    now: Timestamp,
) -> Result<()> {
    let (subject, how, user) = match new {
        New::Test(subject) => (subject, "test", user_of(conn, tenant, account)?),
        New::Directory(subject, user) => (subject, "directory", Some(user)),
        New::Invitation(subject) => (subject, "invitation", user_of(conn, tenant, account)?),
        New::Account(subject) => (subject, "account", user_of(conn, tenant, account)?),
        New::JustInTime(subject) => (subject, "just-in-time", None),
    };
    let all = identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::connection.eq(id.0));
    let known: Vec<(String, i64)> = all
        .filter(identity::subject.eq(subject).or(identity::account.eq(account.0)))
        .select((identity::subject, identity::account))
        .load(conn)?;
    let mut held = Vec::new();
    for (other, theirs) in known {
        // of a member of before: it would keep out who is one now
        if other == subject && theirs != account.0 && !is_member(conn, tenant, AccountId(theirs))? {
            forget(conn, tenant, id, subject)?;
        } else {
            held.push((other, theirs));
        }
    }
    match &held[..] {
        [] => {
            let row = (
                identity::tenant.eq(tenant.0),
                identity::connection.eq(id.0),
                identity::subject.eq(subject),
                identity::account.eq(account.0),
                identity::created.eq(now.as_millis()),
                identity::seen.eq(now.as_millis()),
                identity::how.eq(how),
                identity::user_seq.eq(user),
            );
            diesel::insert_into(identity::table).values(row).execute(conn)?;
            Ok(())
        }
        // the same person by another membership: what stood behind the one of before may go
        [(same, mine)] if same == subject && *mine == account.0 => {
            diesel::update(identity::table.find((tenant.0, id.0, subject)))
                .set((identity::how.eq(how), identity::user_seq.eq(user)))
                .execute(conn)?;
            Ok(())
        }
        [(same, _), ..] if same == subject => Err(StorageError::Refused(
            "the identity provider signed you in as somebody who is another account here".to_owned(),
        )),
        _ => Err(StorageError::Refused(
            "your account is somebody else at the identity provider already: sign in there as that person"
                .to_owned(),
        )),
    }
}

/// Whether an account is a member of an organisation.
pub(super) fn is_member(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<bool> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let mine = mine.filter(membership::account.eq(account.0)).select(membership::id);
    Ok(mine.first::<i64>(conn).optional()?.is_some())
}

/// Nobody is known by this any more.
pub(super) fn forget(conn: &mut Conn, tenant: TenantId, id: ConnectionId, subject: &str) -> QueryResult<()> {
    diesel::delete(identity::table.find((tenant.0, id.0, subject))).execute(conn)?;
    Ok(())
}

/// Whether an owner who has joined can sign in without the identity provider.
pub(super) fn has_owner_with_password(conn: &mut Conn, tenant: TenantId) -> QueryResult<bool> {
    let owners = membership::table
        .inner_join(account::table.on(membership::account.eq(account::id.nullable())))
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::role.eq("owner"))
        .filter(account::password.is_not_null())
        // one whose address was given away signs in nowhere
        .filter(account::login_key.is_not_null())
        .filter(account::disabled.is_null());
    diesel::select(diesel::dsl::exists(owners.select(membership::id))).get_result(conn)
}

/// The user of the directory behind the membership of an account.
fn user_of(conn: &mut Conn, tenant: TenantId, account: AccountId) -> QueryResult<Option<i64>> {
    let mine = membership::table.filter(membership::tenant.eq(tenant.0));
    let mine = mine.filter(membership::account.eq(account.0)).select(membership::user_seq);
    Ok(mine.first::<Option<i64>>(conn).optional()?.flatten())
}

/// Who somebody is here, and through which user of the directory.
pub(super) fn known(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    subject: &str,
) -> QueryResult<Option<(AccountId, Option<i64>)>> {
    let row = identity::table.find((tenant.0, id.0, subject));
    let row: Option<(i64, Option<i64>)> =
        row.select((identity::account, identity::user_seq)).first(conn).optional()?;
    Ok(row.map(|(account, user)| (AccountId(account), user)))
}

/// Whether an account is somebody at an identity provider.
pub(super) fn is_linked(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    account: AccountId,
) -> QueryResult<bool> {
    let mine = identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::connection.eq(id.0));
    let mine = mine.filter(identity::account.eq(account.0)).select(identity::account);
    Ok(mine.first::<i64>(conn).optional()?.is_some())
}

/// Somebody who is known came back as another user of the directory.
pub(super) fn through(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    subject: &str,
    user: i64,
) -> QueryResult<()> {
    let row = identity::table.find((tenant.0, id.0, subject));
    diesel::update(row).set(identity::user_seq.eq(user)).execute(conn)?;
    Ok(())
}

/// Notes that somebody was here.
pub(super) fn note_seen(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    subject: &str,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(identity::table.find((tenant.0, id.0, subject)))
        .set(identity::seen.eq(now.as_millis()))
        .execute(conn)?;
    Ok(())
}

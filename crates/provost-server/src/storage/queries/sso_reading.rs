//! Statements on rereading metadata: what is due, what it came to, and which certificates are trusted as a result.

use super::memberships::joined_owners;
use super::{Conn, Storage, acts, outbox as mails, sso};
use crate::access::Action as Right;
use crate::audit::{Action, By, Deed, Done};
use crate::checks::SignOnFacts;
use crate::clock::Timestamp;
use crate::jobs::{Ending, JobName, NewJob};
use crate::people::MembershipId;
use crate::sso::{
    Came, Change, Connection, ConnectionId, Due, Fingerprint, Merged, Provider, ReadingStore, SignOn,
    Trouble, Trusted, has_ended, last_end, merged, without,
};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{organisation, outbox, sso_certificate, sso_connection};
use crate::storage::{Result, StorageError};
use data_encoding::HEXLOWER;
use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use provost::hook::TenantId;

/// How many due connections to look at in one go: other servers may take some of them.
const LOOKED_AT: i64 = 8;

impl ReadingStore for Storage {
    async fn take_reading(&self, now: Timestamp, lease: Timestamp) -> Result<Option<Due>> {
        if self.scan(move |conn| Ok(due(conn, now)?)).await?.is_empty() {
            return Ok(None);
        }
        self.unrecorded(move |conn| Ok(take(conn, now, lease)?)).await
    }

    async fn metadata_read(&self, by: By, due: Due, came: Came, next: Timestamp) -> Result<Vec<Change>> {
        let now = by.at;
        self.change(by, move |conn| {
            let tenant = due.tenant;
            conn.hold(Held::WholeOrganisation(tenant))?;
            let current = sso::of_tenant(conn, tenant)?.in_force.filter(|one| is_still(one, &due));
            let Some(current) = current else { return Ok(Done::nothing(Vec::new())) };
            let provider = &current.provider;
            let (merged, read) = match &came {
                Came::Metadata(read) if read.entity_id == provider.entity_id => {
                    (merged(provider, read, now), read.read)
                }
                Came::Metadata(read) => (merged(provider, read, now), provider.read),
                Came::Nothing(why) => {
                    (without(provider, crate::sso::Amiss::Unread(why.clone()), now), provider.read)
                }
            };
            keep_certificates(conn, tenant, current.id, &merged)?;
            // read again as soon as trust in one ends, so that its end is recorded then; the last one stays
            let leaves =
                merged.certificates.iter().filter_map(Trusted::leaves).filter(|leaves| *leaves > now);
            let next = leaves.fold(next, Ord::min);
            note(conn, tenant, &current, (merged.amiss, read, next), now)?;
            let deeds: Vec<Deed> =
                merged.changes.iter().map(|change| told(tenant, current.id, *change)).collect();
            Ok(Done::several(merged.changes, deeds))
        })
        .await
    }

    async fn end_trust(&self, by: By, tenant: TenantId, certificate: Fingerprint) -> Result<()> {
        let (now, actor) = (by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            let Some(current) = sso::of_tenant(conn, tenant)?.in_force else { return Ok(Done::nothing(())) };
            let Some(one) = current.provider.certificates.iter().find(|one| one.fingerprint == certificate)
            else {
                return Ok(Done::nothing(()));
            };
            may_end(&current.provider, one, now)?;
            end(conn, tenant, certificate)?;
            Ok(Done::told((), told(tenant, current.id, Change::Ended(certificate))))
        })
        .await
    }

    async fn warn_of_certificate(&self, tenant: TenantId, ending: Ending, now: Timestamp) -> Result<bool> {
        if self.scan(move |conn| Ok(untold(conn, tenant, &ending)?)).await?.is_empty() {
            return Ok(false);
        }
        self.unrecorded(move |conn| {
            conn.hold(Held::Organisation(tenant))?;
            let untold = untold(conn, tenant, &ending)?;
            for owner in &untold {
                mails::put(conn, tenant, now, NewJob::certificate_ends(&ending, now, *owner))?;
            }
            Ok(!untold.is_empty())
        })
        .await
    }

    async fn may_refuse_expired(&self, tenant: TenantId, now: Timestamp) -> Result<()> {
        self.scan_at_once(move |conn| may_refuse(&sso::of_tenant(conn, tenant)?, now)).await
    }

    async fn set_refuses_expired(&self, by: By, tenant: TenantId, refuses: bool) -> Result<()> {
        let (now, actor) = (by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(newest) = found.newest() else { return Ok(Done::nothing(())) };
            if refuses {
                may_refuse(&found, now)?;
            }
            // a draft is tested under the rule that it will have in force
            let all = sso_connection::table.filter(sso_connection::tenant.eq(tenant.0));
            let others = all.filter(sso_connection::refuse_expired.ne(refuses));
            let changed =
                diesel::update(others).set(sso_connection::refuse_expired.eq(refuses)).execute(conn)?;
            if changed == 0 {
                return Ok(Done::nothing(()));
            }
            let deed = Deed::of(tenant, Action::SetExpiredCertificates, &newest.id.0);
            Ok(Done::told((), deed.noting("refuses", refuses)))
        })
        .await
    }
}

fn may_refuse(found: &SignOn, now: Timestamp) -> Result<()> {
    match found.on().is_some_and(|on| has_ended(&on.provider, now)) {
        false => Ok(()),
        true => Err(StorageError::Refused(
            "all certificates have ended, so nobody could sign in: first make a new one at the identity provider".to_owned(),
        )),
    }
}

/// Whether trust in a certificate may be ended by hand.
fn may_end(provider: &Provider, one: &Trusted, now: Timestamp) -> Result<()> {
    let refused = |why: &str| Err(StorageError::Refused(why.to_owned()));
    if provider.address.is_some() && one.gone.is_none() {
        return refused(
            "this certificate is in the metadata, so the next reading would bring it back: remove it at the identity provider first",
        );
    }
    match provider.trusted(now).iter().any(|other| other.fingerprint != one.fingerprint) {
        true => Ok(()),
        false => refused(
            "this is the last certificate that is trusted, and without it nobody could sign in: turn single sign-on off instead",
        ),
    }
}

/// The owners who have joined and have not been mailed this warning.
fn untold(conn: &mut Conn, tenant: TenantId, ending: &Ending) -> QueryResult<Vec<MembershipId>> {
    let mut owners = joined_owners(conn, tenant)?;
    let name = |owner: &MembershipId| JobName::certificate_ends(ending, *owner).0;
    let mails = outbox::table.filter(outbox::tenant.eq(tenant.0));
    let told = mails.filter(outbox::name.eq_any(owners.iter().map(name)));
    let told: Vec<String> = told.select(outbox::name).load(conn)?;
    owners.retain(|owner| !told.contains(&name(owner)));
    Ok(owners)
}

/// Tenant, connection, address, and when it is due.
type DueRow = (i64, i64, Option<String>, Option<i64>);

/// Connections due in enabled organisations. A draft is only read when somebody asks for it.
fn due(conn: &mut Conn, now: Timestamp) -> QueryResult<Vec<DueRow>> {
    let is_on = organisation::table
        .filter(organisation::tenant.eq(sso_connection::tenant))
        .filter(organisation::disabled.is_null());
    sso_connection::table
        .filter(sso_connection::due.le(now.as_millis()))
        .filter(sql::<Bool>("state <> 'draft'"))
        .filter(exists(is_on))
        .order((sso_connection::due, sso_connection::tenant, sso_connection::id))
        .limit(LOOKED_AT)
        .select((sso_connection::tenant, sso_connection::id, sso_connection::address, sso_connection::due))
        .load(conn)
}

/// Takes the first that no other server takes.
fn take(conn: &mut Conn, now: Timestamp, lease: Timestamp) -> QueryResult<Option<Due>> {
    for (tenant, id, address, was) in due(conn, now)? {
        let row = sso_connection::table.find((tenant, id)).filter(sso_connection::due.eq(was));
        let next = address.is_some().then_some(lease.as_millis());
        let taken = diesel::update(row).set(sso_connection::due.eq(next)).execute(conn)? > 0;
        if let (true, Some(address)) = (taken, address) {
            return Ok(Some(Due { tenant: TenantId(tenant), connection: ConnectionId(id), address }));
        }
    }
    Ok(None)
}

fn is_still(current: &Connection, due: &Due) -> bool {
    current.id == due.connection && current.provider.address.as_ref() == Some(&due.address)
}

/// Stores the changes to certificates.
fn keep_certificates(
    conn: &mut Conn,
    tenant: TenantId,
    id: ConnectionId,
    merged: &Merged,
) -> QueryResult<()> {
    for change in &merged.changes {
        match change {
            Change::Ended(one) => end(conn, tenant, *one)?,
            Change::Trusted(one) | Change::Gone(one) | Change::Back(one) => {
                let kept = merged.certificates.iter().find(|kept| kept.fingerprint == *one);
                // one that has just left the metadata may end in the same reading, if there are too many
                if let Some(kept) = kept {
                    delete(conn, tenant, id, *one)?;
                    sso::insert_certificate(conn, tenant, id, kept)?;
                }
            }
        }
    }
    Ok(())
}

/// Ends trust in a draft too, which would otherwise bring the certificate back when put in force.
fn end(conn: &mut Conn, tenant: TenantId, certificate: Fingerprint) -> QueryResult<()> {
    let of_tenant = sso_certificate::table.filter(sso_certificate::tenant.eq(tenant.0));
    diesel::delete(of_tenant.filter(sso_certificate::fingerprint.eq(certificate.as_slice())))
        .execute(conn)?;
    Ok(())
}

fn delete(conn: &mut Conn, tenant: TenantId, id: ConnectionId, certificate: Fingerprint) -> QueryResult<()> {
    let row = sso_certificate::table.find((tenant.0, id.0, certificate.as_slice()));
    diesel::delete(row).execute(conn)?;
    Ok(())
}

/// Notes when it was read, when to read next, and what is wrong. The same trouble as before keeps its time.
fn note(
    conn: &mut Conn,
    tenant: TenantId,
    current: &Connection,
    (amiss, read, next): (Option<crate::sso::Amiss>, Timestamp, Timestamp),
    now: Timestamp,
) -> QueryResult<()> {
    let kind = |trouble: &Trouble| trouble.amiss.columns().0;
    let columns = amiss.as_ref().map(crate::sso::Amiss::columns);
    let before =
        current.trouble.as_ref().filter(|before| columns.is_some_and(|(now, _)| kind(before) == now));
    let since = before.map_or(now, |before| before.since);
    diesel::update(sso_connection::table.find((tenant.0, current.id.0)))
        .set((
            sso_connection::read.eq(read.as_millis()),
            sso_connection::due.eq(next.as_millis()),
            sso_connection::trouble.eq(columns.map(|(kind, _)| kind)),
            sso_connection::trouble_said.eq(columns.map(|(_, said)| said)),
            sso_connection::trouble_since.eq(columns.map(|_| since.as_millis())),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn told(tenant: TenantId, id: ConnectionId, change: Change) -> Deed {
    let (action, certificate) = match change {
        Change::Trusted(one) => (Action::TrustCertificate, one),
        Change::Gone(one) => (Action::MissCertificate, one),
        Change::Back(one) => (Action::FindCertificate, one),
        Change::Ended(one) => (Action::EndTrust, one),
    };
    Deed::of(tenant, action, &id.0).noting("certificate", HEXLOWER.encode(&certificate))
}

/// What checks look at, if single sign-on is on.
pub(super) fn facts(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> Result<Option<SignOnFacts>> {
    let found = sso::of_tenant(conn, tenant)?;
    Ok(found.on().map(|on| SignOnFacts {
        last_end: last_end(&on.provider, now),
        is_read_again: on.provider.address.is_some(),
        refuses_expired: on.refuses_expired,
        trouble: on.trouble.clone(),
    }))
}

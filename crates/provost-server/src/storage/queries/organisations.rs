//! Statements on organisations.

use super::at::{At, Doer};
use super::people;
use super::{Conn, Storage, directory, identities, requests, tombstones};
use crate::audit::{Action, By, Deed, Done, Keep, Settings};
use crate::brake::{Brake, Least, Manner, Percent};
use crate::clock::Timestamp;
#[cfg(feature = "console")]
use crate::organisations::FormerSlugStore;
use crate::organisations::{IdentityProvider, Organisation, OrganisationChange, OrganisationStore};
use crate::people::{Address, Days, Grantable, Inviters, Inviting, MembershipId, Mode, Role};
use crate::requests::KeepValues;
use crate::silence::SilentAfter;
use crate::slug::Slug;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{deleted_organisation, former_slug, organisation, outbox};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use provost::Profile;
use provost::hook::TenantId;
use provost::unstable::core::compat::RuleId;
use provost::unstable::diesel::Switched;

impl OrganisationStore for Storage {
    async fn organisations(&self) -> Result<Vec<Organisation>> {
        self.scan(all).await
    }

    async fn slug_of(&self, tenant: TenantId) -> Result<Option<Slug>> {
        self.read(move |conn| {
            let slugs: Vec<String> =
                organisation::table.find(tenant.0).select(organisation::slug).load(conn)?;
            Ok(slugs.into_iter().next().map(Slug::stored))
        })
        .await
    }

    async fn organisation(&self, slug: &Slug) -> Result<Organisation> {
        let slug = slug.clone();
        self.read(move |conn| by_slug(conn, &slug)).await
    }

    async fn create_organisation(&self, by: By, new: Organisation) -> Result<()> {
        self.change(by, move |conn| Ok(Done::told((), insert(conn, &new)?))).await
    }

    async fn found_organisation(&self, by: By, new: Organisation, owner: Address) -> Result<MembershipId> {
        let (keys, actor) = (self.keys(), by.actor.clone());
        self.change(by, move |conn| {
            let made = insert(conn, &new)?;
            let at = At { tenant: new.tenant, keys: &keys, now: new.created, doer: Doer::Actor(&actor) };
            let (id, invited) = people::invite(conn, at, (&owner, None), Role::Owner, None)?;
            Ok(Done::several(id, [made, invited]))
        })
        .await
    }

    async fn update_organisation(
        &self,
        by: By,
        slug: Slug,
        change: OrganisationChange,
    ) -> Result<Organisation> {
        let (proof, now) = (self.proof(), by.at);
        self.change(by, move |conn| {
            // before the first start there are no derived values to compare
            if change.may_make_unique() && directory::is_prepared(conn)? {
                proof(conn)?;
            }
            update(conn, &slug, &change, now)
        })
        .await
    }
}

/// A row of `organisation`.
#[derive(Queryable)]
pub(super) struct Row {
    tenant: i64,
    slug: String,
    name: String,
    profile: String,
    default_role: String,
    created: i64,
    unique_external_id: bool,
    default_role_reason: Option<String>,
    scim: bool,
    provider: Option<String>,
    audit_days: Option<i64>,
    invitations: String,
    invitation_days: i64,
    inviters: String,
    inviters_note: Option<String>,
    brake: String,
    brake_least: i64,
    brake_percent: i64,
    disabled: Option<i64>,
    silent_after: Option<i64>,
    reopened: Option<i64>,
    values_until: Option<i64>,
    _requests_since: Option<i64>,
}

pub(super) fn all(conn: &mut Conn) -> Result<Vec<Organisation>> {
    let rows: Vec<Row> = organisation::table.order(organisation::slug).load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(super) fn by_slug(conn: &mut Conn, slug: &Slug) -> Result<Organisation> {
    let rows: Vec<Row> = organisation::table.filter(organisation::slug.eq(slug.as_str())).load(conn)?;
    match rows.into_iter().next() {
        Some(row) => read(row),
        None => Err(tombstones::missing(conn, slug)?),
    }
}

#[cfg(feature = "console")]
impl FormerSlugStore for Storage {
    async fn renamed_to(&self, former: Slug) -> Result<Option<Organisation>> {
        self.read(move |conn| {
            let row = former_slug::table.find(former.as_str()).select(former_slug::tenant);
            match row.first::<i64>(conn).optional()? {
                Some(tenant) => by_tenant(conn, TenantId(tenant)),
                None => Ok(None),
            }
        })
        .await
    }
}

/// Whether a client may write, and how.
pub(super) enum Door {
    /// With this client's profile.
    Open(Profile),
    /// No: the organisation is switched off.
    Shut,
    /// No: the organisation no longer exists.
    Gone,
}

pub(super) fn door(conn: &mut Conn, tenant: TenantId) -> Result<Door> {
    let rows: Vec<(String, bool, Option<i64>)> = organisation::table
        .find(tenant.0)
        .select((organisation::profile, organisation::unique_external_id, organisation::disabled))
        .load(conn)?;
    match rows.into_iter().next() {
        None => Ok(Door::Gone),
        Some((_, _, Some(_))) => Ok(Door::Shut),
        Some((text, unique, None)) => Ok(Door::Open(read_profile(text, unique)?)),
    }
}

/// Refuses the use of a link while the organisation is switched off.
pub(super) fn prove_on(conn: &mut Conn, tenant: TenantId) -> Result<()> {
    let off = organisation::table.find(tenant.0).filter(organisation::disabled.is_not_null());
    match off.select(organisation::name).first::<String>(conn).optional()? {
        Some(name) => Err(StorageError::SwitchedOff(name)),
        None => Ok(()),
    }
}

/// Whether the organisation of a mail is switched off. Its mail is paused then.
#[diesel::dsl::auto_type]
pub(super) fn mail_rests() -> _ {
    let of_mail = organisation::table.filter(organisation::tenant.eq(outbox::tenant));
    diesel::dsl::exists(of_mail.filter(organisation::disabled.is_not_null()))
}

pub(super) fn insert(conn: &mut Conn, new: &Organisation) -> Result<Deed> {
    let row = (
        organisation::tenant.eq(new.tenant.0),
        organisation::slug.eq(new.slug.as_str()),
        organisation::name.eq(&new.name),
        organisation::profile.eq(new.profile.name()),
        organisation::default_role.eq(new.default_role.as_str()),
        organisation::created.eq(new.created.as_millis()),
        organisation::unique_external_id.eq(new.profile.has_unique_external_id()),
        organisation::scim.eq(new.scim),
        organisation::provider.eq(new.provider.word()),
        organisation::audit_days.eq(new.audit_keep.days()),
    );
    let inviting = (
        organisation::invitations.eq(new.inviting.mode.as_str()),
        organisation::invitation_days.eq(new.inviting.days.get()),
        organisation::inviters.eq(new.inviting.inviters.as_str()),
        organisation::inviters_note.eq(new.inviting.note.as_deref()),
        organisation::disabled.eq(new.disabled.map(Timestamp::as_millis)),
        organisation::silent_after.eq(new.silent_after.column()),
        organisation::reopened.eq(new.reopened.map(Timestamp::as_millis)),
    );
    let brake = (
        organisation::brake.eq(new.brake.manner.as_str()),
        organisation::brake_least.eq(new.brake.least.get()),
        organisation::brake_percent.eq(new.brake.percent.get()),
    );
    let row = (row, inviting, brake);
    let made = diesel::insert_into(organisation::table).values(row).execute(conn);
    made.map_err(|e| taken(e, &new.slug))?;
    prove_never_taken(conn, &new.slug, new.tenant)?;
    prove_never_there(conn, new.tenant)?;
    let deed = Deed::of(new.tenant, Action::CreateOrganisation, &new.tenant.0);
    Ok(deed.changing(&Settings::new(), &new.settings()))
}

/// A unique column was violated: the slug, since the other one is random.
fn taken(e: DieselError, slug: &Slug) -> StorageError {
    match e {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
            StorageError::SlugTaken(slug.clone())
        }
        e => e.into(),
    }
}

/// A short name once used is never given to another organisation, since bookmarks and mails would lead there. Checked
/// after the name was taken, which waits for an organisation that is giving it up.
fn prove_never_taken(conn: &mut Conn, slug: &Slug, by: TenantId) -> Result<()> {
    let former = former_slug::table.find(slug.as_str()).filter(former_slug::tenant.ne(by.0));
    match former.select(former_slug::tenant).first::<i64>(conn).optional()? {
        Some(_) => Err(StorageError::SlugWasTaken(slug.clone())),
        None => Ok(()),
    }
}

/// The key of a deleted organisation is never used again, since what was made for it would work again.
fn prove_never_there(conn: &mut Conn, tenant: TenantId) -> Result<()> {
    let gone = deleted_organisation::table.find(tenant.0).select(deleted_organisation::tenant);
    match gone.first::<i64>(conn).optional()? {
        Some(_) => {
            Err(StorageError::Refused("this organisation was deleted, and cannot come back".to_owned()))
        }
        None => Ok(()),
    }
}

/// Reads an organisation and keeps others from making anything in it until the transaction ends: they would not know of
/// a new switch, or would outlive a deletion.
pub(super) fn held(conn: &mut Conn, slug: &Slug) -> Result<Organisation> {
    let tenant = by_slug(conn, slug)?.tenant;
    conn.hold(Held::WholeOrganisation(tenant))?;
    // it may have been deleted or renamed meanwhile
    by_slug(conn, slug)
}

#[derive(AsChangeset)]
#[diesel(table_name = organisation)]
struct Columns<'a> {
    slug: Option<&'a str>,
    name: Option<&'a str>,
    profile: Option<&'a str>,
    default_role: Option<&'a str>,
    unique_external_id: Option<bool>,
    scim: Option<bool>,
    provider: Option<&'a str>,
    invitations: Option<&'a str>,
    invitation_days: Option<i64>,
    inviters: Option<&'a str>,
    brake: Option<&'a str>,
    brake_least: Option<i64>,
    brake_percent: Option<i64>,
    /// `None` leaves it unchanged.
    silent_after: Option<Option<i64>>,
    reopened: Option<i64>,
    /// `None` leaves it unchanged.
    values_until: Option<Option<i64>>,
    /// `None` leaves it unchanged.
    inviters_note: Option<Option<&'a str>>,
    /// `None` leaves it unchanged.
    audit_days: Option<Option<i64>>,
    /// `None` leaves it unchanged.
    default_role_reason: Option<Option<&'a str>>,
}

pub(super) fn update(
    conn: &mut Conn,
    slug: &Slug,
    change: &OrganisationChange,
    now: Timestamp,
) -> Result<Done<Organisation>> {
    let before = held(conn, slug)?;
    let is_reopened = change.scim == Some(true) && !before.scim;
    let columns = Columns {
        slug: change.slug.as_ref().map(Slug::as_str),
        name: change.name.as_deref(),
        profile: change.profile.as_ref().map(Profile::name),
        default_role: change.default_role.map(Grantable::as_str),
        unique_external_id: change.unique_external_id,
        scim: change.scim,
        provider: change.provider.map(IdentityProvider::word),
        audit_days: change.audit_keep.map(Keep::days),
        invitations: change.invitations.map(Mode::as_str),
        invitation_days: change.invitation_days.map(Days::get),
        inviters: change.inviters.map(Inviters::as_str),
        inviters_note: change.inviters_note.as_ref().map(Option::as_deref),
        brake: change.brake.map(Manner::as_str),
        brake_least: change.brake_least.map(Least::get),
        brake_percent: change.brake_percent.map(Percent::get),
        silent_after: change.silent_after.map(SilentAfter::column),
        reopened: is_reopened.then_some(now.as_millis()),
        values_until: change.keep_values.map(|keep| keep.until(now).map(Timestamp::as_millis)),
        default_role_reason: change.default_role.map(|_| None),
    };
    let changed = diesel::update(organisation::table.find(before.tenant.0)).set(columns).execute(conn);
    changed.map_err(|e| taken(e, change.slug.as_ref().unwrap_or(slug)))?;
    if let Some(new) = change.slug.as_ref().filter(|new| *new != slug) {
        prove_never_taken(conn, new, before.tenant)?;
        tombstones::give_up(conn, slug, before.tenant)?;
    }
    // from now on the identity provider decides who is a member
    let ended = change.scim == Some(true) && identities::let_nobody_in(conn, before.tenant)?;
    let after = by_slug(conn, change.slug.as_ref().unwrap_or(slug))?;
    settle_keys(conn, &before, &after)?;
    if change.keep_values == Some(KeepValues::No) {
        requests::forget_values(conn, after.tenant)?;
    }
    if before.inviting.mode != after.inviting.mode {
        // a new mode invites nobody who was here before it
        super::outbox::take_back(conn, after.tenant)?;
    }
    let deed = Deed::of(after.tenant, Action::UpdateOrganisation, &after.tenant.0)
        .changing(&before.settings(), &after.settings());
    let deed = if ended { deed.noting("letsIn", false) } else { deed };
    Ok(if deed.is_void() { Done::nothing(after) } else { Done::told(after, deed) })
}

/// Gives an organisation its name and short name, before anybody is in it.
pub(super) fn rename(
    conn: &mut Conn,
    tenant: TenantId,
    name: &str,
    slug: &Slug,
    now: Timestamp,
) -> Result<Vec<Deed>> {
    let Some(organisation) = by_tenant(conn, tenant)? else { return Err(StorageError::LinkGone) };
    let change = OrganisationChange {
        name: Some(name.to_owned()),
        slug: Some(slug.clone()),
        ..OrganisationChange::default()
    };
    Ok(update(conn, &organisation.slug, &change, now)?.into_parts().1)
}

pub(super) fn exists(conn: &mut Conn, tenant: TenantId) -> QueryResult<bool> {
    let one: Vec<i64> = organisation::table.find(tenant.0).select(organisation::tenant).load(conn)?;
    Ok(!one.is_empty())
}

pub(super) fn by_tenant(conn: &mut Conn, tenant: TenantId) -> Result<Option<Organisation>> {
    let rows: Vec<Row> = organisation::table.filter(organisation::tenant.eq(tenant.0)).load(conn)?;
    rows.into_iter().next().map(read).transpose()
}

/// Values that the new profile and switches make unique must be unique already, or the change is refused.
fn settle_keys(conn: &mut Conn, before: &Organisation, after: &Organisation) -> Result<()> {
    const SHOWN: i64 = 6;
    let is_on = |what: Switched, profile: &Profile| match what {
        Switched::ExternalId => profile.has_unique_external_id(),
        Switched::GroupName => profile.has(RuleId::GroupNameUnique),
    };
    for what in [Switched::ExternalId, Switched::GroupName] {
        match (is_on(what, &before.profile), is_on(what, &after.profile)) {
            (false, true) => {
                let duplicates = directory::make_unique(conn, after.tenant, what, SHOWN)?;
                if duplicates.total > 0 {
                    return Err(StorageError::NotUnique { attribute: what.attribute(), duplicates });
                }
            }
            (true, false) => directory::let_repeat(conn, after.tenant, what)?,
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn read_profile(text: String, unique_external_id: bool) -> Result<Profile> {
    match text.parse::<Profile>() {
        Ok(profile) => Ok(profile.with_unique_external_id(unique_external_id)),
        Err(_) => Err(StorageError::Damaged { what: "profile", text }),
    }
}

pub(super) fn read_brake((manner, least, percent): (String, i64, i64)) -> Result<Brake> {
    let read = || {
        let (least, percent) = (Least::stored(least)?, Percent::stored(percent)?);
        Some(Brake { manner: manner.parse().ok()?, least, percent })
    };
    read()
        .ok_or_else(|| StorageError::Damaged { what: "brake", text: format!("{manner}, {least}, {percent}") })
}

pub(super) fn read(row: Row) -> Result<Organisation> {
    let profile = read_profile(row.profile, row.unique_external_id)?;
    let damaged = |what, text| StorageError::Damaged { what, text };
    let provider = match row.provider {
        None => IdentityProvider::of(&profile),
        Some(text) => IdentityProvider::parse(&text).ok_or(damaged("identity provider", text))?,
    };
    Ok(Organisation {
        tenant: TenantId(row.tenant),
        slug: Slug::stored(row.slug),
        name: row.name,
        profile,
        default_role: people::read_default(&row.default_role)?,
        former_default_role: row.default_role_reason,
        scim: row.scim,
        provider,
        audit_keep: Keep::stored(row.audit_days),
        inviting: Inviting {
            mode: people::read_mode(&row.invitations)?,
            days: Days::stored(row.invitation_days)
                .ok_or_else(|| damaged("end of invitations", row.invitation_days.to_string()))?,
            inviters: row.inviters.parse().or(Err(damaged("word for who invites", row.inviters)))?,
            note: row.inviters_note,
        },
        brake: read_brake((row.brake, row.brake_least, row.brake_percent))?,
        created: Timestamp::from_millis(row.created),
        disabled: row.disabled.map(Timestamp::from_millis),
        silent_after: SilentAfter::stored(row.silent_after)
            .ok_or_else(|| damaged("time of silence", row.silent_after.unwrap_or_default().to_string()))?,
        reopened: row.reopened.map(Timestamp::from_millis),
        values_until: row.values_until.map(Timestamp::from_millis),
    })
}

//! What the application does when the directory changes: it updates memberships, teams and the audit trail in the same
//! transaction.
//!
//! This file only determines who is affected. `people::life` decides what becomes of memberships and `people.rs`
//! carries it out; `teams.rs` keeps a team that follows a group in step with those of the group's users who are
//! members.

use super::at::{At, Doer};
use super::organisations::Door;
use super::people::{self, Fact, User};
use super::{Conn, Directory, Storage, audit, called, directory, met, organisations, teams};
use crate::audit::Record;
use crate::clock::Keys;
use crate::people::Called;
use crate::storage::locks::{Held, Hold};
use provost::hook::{
    Decision, Event, Hook, HookError, Intent, TenantId, WriteContext, WriteSummary, changed,
};
use provost::unstable::core::change::AttributeChange;
use provost::unstable::core::compat::RuleId;
use provost::unstable::core::fold::{Folding, fold};
use provost::{AnyStore, Object, Profile, SchemaSet, StoreError, Value};
use std::sync::Arc;

const USER: &str = "User";
const GROUP: &str = "Group";

/// The attributes that name a person.
const NAMES: [&str; 4] = ["userName", "displayName", "name", "emails"];
/// The attributes that show that a member by hand may be the same person.
const ADDRESSES: [&str; 2] = ["userName", "emails"];

/// The server's hook.
pub(super) struct Memberships<W> {
    /// For new memberships and teams.
    pub(super) keys: Arc<Keys>,
    pub(super) writer: W,
}

/// Who is writing to the directory.
pub(super) trait Writer: Send + Sync + 'static {
    /// As a doer.
    fn doer(&self) -> Doer<'_>;

    /// Checks that they may, before anything is written.
    fn prove(&self, conn: &mut Conn) -> Result<(), HookError>;

    /// Records what they did.
    fn tell(&self, conn: &mut Conn, cx: &WriteContext, written: &WriteSummary<'_>) -> Result<(), HookError>;
}

/// A SCIM client, whose token was already checked.
struct Client;

impl Writer for Client {
    fn doer(&self) -> Doer<'_> {
        Doer::Provider
    }

    fn prove(&self, _: &mut Conn) -> Result<(), HookError> {
        Ok(())
    }

    fn tell(&self, conn: &mut Conn, cx: &WriteContext, written: &WriteSummary<'_>) -> Result<(), HookError> {
        Ok(audit::insert(conn, &Record::of_written(cx, written))?)
    }
}

impl Storage {
    /// The directory of users and groups, with our hook in its transactions. Cheap to call; gives the store of a
    /// tenant.
    pub(crate) fn directory(
        &self,
        schemas: Arc<SchemaSet>,
    ) -> impl Fn(TenantId) -> AnyStore + Send + Sync + 'static {
        let directory =
            Directory::new(self.database(), schemas, Memberships { keys: self.keys(), writer: Client });
        move |tenant| AnyStore::new(directory.tenant(tenant))
    }
}

impl<W: Writer> Hook<Conn> for Memberships<W> {
    fn guard(&self, conn: &mut Conn, cx: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        conn.hold(Held::Organisation(cx.tenant))?;
        self.writer.prove(conn)?;
        match organisations::door(conn, cx.tenant)? {
            // a retry will use the current switches
            Door::Open(profile) if lacks_a_key(&intent, &profile) => {
                Err(HookError::Store(StoreError::Unavailable { retry_after_s: 1 }))
            }
            Door::Open(_) => Ok(Decision::Allow),
            // switched off since the token was checked: a retry is refused there
            Door::Shut => Err(HookError::Store(StoreError::Unavailable { retry_after_s: 1 })),
            // deleted since then: nothing may be written for it
            Door::Gone => Ok(Decision::Refuse("the organisation was deleted".to_owned())),
        }
    }

    fn on(&self, conn: &mut Conn, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        let tenant = cx.tenant;
        let at = At { tenant, keys: &self.keys, now: cx.context.at, doer: self.writer.doer() };
        match event {
            Event::Created { row, body } if row.resource_type == GROUP => {
                teams::follow(conn, at, row, body.str("displayName").unwrap_or_default())?;
            }
            Event::Updated { row, attributes, .. } if row.resource_type == GROUP => {
                if let Some(name) = changed(attributes, "displayName") {
                    let name = name.new.as_ref().and_then(Value::as_str).unwrap_or_default();
                    teams::rename(conn, tenant, row.seq, name)?;
                }
            }
            Event::Created { row, body } if row.resource_type == USER && !is_active(body) => {
                called::lose_access(conn, tenant, (row.seq, &Called::of_user(body)), None)?;
            }
            Event::Updated { row, body, attributes } if row.resource_type == USER => {
                let user = User { seq: row.seq, body: Some(body) };
                if NAMES.iter().any(|name| changed(attributes, name).is_some()) {
                    called::rename(conn, tenant, row.seq, &Called::of_user(body))?;
                }
                if is_somebody_else(cx, body, attributes) {
                    let may_be_here = people::follow(conn, at, user, Fact::Renamed)?;
                    if may_be_here && is_active(body) {
                        met::meet(conn, at, user)?;
                    }
                }
                if ADDRESSES.iter().any(|name| changed(attributes, name).is_some()) && is_active(body) {
                    people::follow(conn, at, user, Fact::Readdressed)?;
                }
                // Not on `Deactivated` alone: an older release stored users without `active` and made them members, and
                // switching off such a user is no transition.
                if !is_active(body) {
                    people::follow(conn, at, user, Fact::Deactivated)?;
                }
            }
            Event::Activated { row, body, is_new } if row.resource_type == USER => {
                let fact = if is_new { Fact::Created } else { Fact::Activated };
                let user = User { seq: row.seq, body: Some(body) };
                if people::follow(conn, at, user, fact)? {
                    met::meet(conn, at, user)?;
                }
            }
            Event::Deleted { row, body } if row.resource_type == USER => {
                people::follow(conn, at, User { seq: row.seq, body }, Fact::Deleted)?;
            }
            Event::Deleted { row, .. } if row.resource_type == GROUP => {
                teams::unfollow(conn, tenant, row.seq)?
            }
            Event::MembersAdded { group, members } if group.resource_type == GROUP => {
                teams::join(conn, tenant, group.seq, &directory::users_among(members))?;
            }
            Event::MembersRemoved { group, members } if group.resource_type == GROUP => {
                teams::leave(conn, tenant, group.seq, &directory::users_among(members))?;
            }
            Event::Written(written) => {
                self.writer.tell(conn, cx, &written)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether a write changes a user's `userName` or `externalId`. It may be another person then, who must not get the
/// previous one's account. A POST that takes over an inactive user identifies the person by `externalId` alone.
fn is_somebody_else(cx: &WriteContext, body: &Object, attributes: &[AttributeChange]) -> bool {
    let differs = |attribute: &str, how| {
        let Some(change) = changed(attributes, attribute) else { return false };
        let key = |value: &Option<Value>| {
            fold(how, value.as_ref().and_then(Value::as_str).unwrap_or_default()).into_owned()
        };
        key(&change.old) != key(&change.new)
    };
    let is_taken_over = cx.context.notes.has(RuleId::ReactivateOnCreate);
    differs("userName", Folding::UserName)
        || differs("externalId", Folding::Exact)
        || is_taken_over && body.str("externalId").is_none_or(str::is_empty)
}

fn is_active(user: &Object) -> bool {
    user.get("active").and_then(Value::as_bool) == Some(true)
}

/// Whether a write lacks a key that the organisation's switches now require: it was prepared before a switch was turned
/// on.
fn lacks_a_key(intent: &Intent<'_>, profile: &Profile) -> bool {
    let (resource_type, body, keys) = match intent {
        Intent::Create { resource_type, new, .. } => (*resource_type, &new.body, &new.unique),
        Intent::Update { row, change, .. } => match &change.body {
            Some(body) => (row.resource_type, body, &change.unique),
            None => return false,
        },
        _ => return false,
    };
    let lacks = |attribute: &str| {
        let has_value = body.str(attribute).is_some_and(|text| !text.is_empty());
        has_value && !keys.iter().any(|key| key.attribute == attribute)
    };
    profile.has_unique_external_id() && lacks("externalId")
        || profile.has(RuleId::GroupNameUnique) && resource_type == GROUP && lacks("displayName")
}

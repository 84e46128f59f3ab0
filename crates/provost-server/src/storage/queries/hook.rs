//! What the application does when the directory changes: memberships, teams and the audit trail, in the same transaction.
//!
//! The rule: a membership exists exactly while its SCIM user is active, a team while its SCIM group does, and a team
//! membership exactly while the user is in the group and holds a membership.

use super::{Conn, Directory, Storage, audit, directory, members, organisations, teams};
use crate::audit::Record;
use provost::hook::{Decision, Event, Hook, HookError, Intent, TenantId, WriteContext, changed};
use provost::unstable::core::compat::RuleId;
use provost::{AnyStore, Profile, SchemaSet, StoreError, Value};
use std::sync::Arc;

const USER: &str = "User";
const GROUP: &str = "Group";

/// The hook of the reference server.
#[derive(Debug, Clone, Copy)]
struct Memberships;

impl Storage {
    /// The directory of users and groups, with our hook in its transactions: gives the store of a tenant, which is cheap.
    pub(crate) fn directory(
        &self,
        schemas: Arc<SchemaSet>,
    ) -> impl Fn(TenantId) -> AnyStore + Send + Sync + 'static {
        let directory = Directory::new(self.database(), schemas, Memberships);
        move |tenant| AnyStore::new(directory.tenant(tenant))
    }
}

impl Hook<Conn> for Memberships {
    fn guard(&self, conn: &mut Conn, cx: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        let profile = organisations::profile(conn, cx.tenant).map_err(|e| HookError::Other(e.into()))?;
        match profile {
            // a moment later it is worked out by the switches of now
            Some(profile) if lacks_a_key(&intent, &profile) => {
                Err(HookError::Store(StoreError::Unavailable { retry_after_s: 1 }))
            }
            Some(_) => Ok(Decision::Allow),
            // deleted between the look-up of the token and now: nothing may be written for it any more
            None => Ok(Decision::Refuse("the organisation was deleted".to_owned())),
        }
    }

    fn on(&self, conn: &mut Conn, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        let (tenant, at) = (cx.tenant, cx.context.at);
        match event {
            Event::Created { row, body } if row.resource_type == GROUP => {
                teams::create(conn, tenant, row, body.str("displayName").unwrap_or_default(), at)?;
            }
            Event::Updated { row, attributes, .. } if row.resource_type == GROUP => {
                if let Some(name) = changed(attributes, "displayName") {
                    let name = name.new.as_ref().and_then(Value::as_str).unwrap_or_default();
                    teams::rename(conn, tenant, row.seq, name)?;
                }
            }
            // Not `Deactivated`, which comes beside it: an older release stored users without `active` and made them
            // members, and no transition tells when such a user is switched off.
            Event::Updated { row, body, .. }
                if row.resource_type == USER && !body.get("active").is_some_and(is_true) =>
            {
                members::revoke(conn, tenant, row.seq)?;
            }
            Event::Activated { row, .. } if row.resource_type == USER => {
                let Some(role) = organisations::default_role(conn, tenant)? else { return Ok(()) };
                let groups = directory::groups_of(conn, tenant, row.seq)?;
                members::grant(conn, tenant, row.seq, &role, groups.iter().map(|g| g.seq), at)?;
            }
            Event::Deleted { row, .. } if row.resource_type == USER => {
                members::revoke(conn, tenant, row.seq)?
            }
            Event::Deleted { row, .. } if row.resource_type == GROUP => teams::delete(conn, tenant, row.seq)?,
            Event::MembersAdded { group, members } if group.resource_type == GROUP => {
                teams::join(conn, tenant, group.seq, &directory::users_among(members))?;
            }
            Event::MembersRemoved { group, members } if group.resource_type == GROUP => {
                teams::leave(conn, tenant, group.seq, &directory::users_among(members))?;
            }
            Event::Written(written) => {
                audit::insert(conn, &Record::of_written(cx, &written))?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true)
}

/// Whether a write does not take a key that the organisation wants taken: it was worked out before a switch was turned.
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

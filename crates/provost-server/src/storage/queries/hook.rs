//! The hook, for one kind of connection.

use super::{Conn, audit, directory, organisations, seats};
use crate::audit::Record;
use crate::hook::{GROUP, Seats, USER, lacks_a_key};
use provost::hook::{Decision, Event, Hook, HookError, Intent, WriteContext, changed};
use provost::{StoreError, Value};

impl Hook<Conn> for Seats {
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
                seats::open_team(conn, tenant, row, body.str("displayName").unwrap_or_default(), at)?;
            }
            Event::Updated { row, attributes, .. } if row.resource_type == GROUP => {
                if let Some(name) = changed(attributes, "displayName") {
                    let name = name.new.as_ref().and_then(Value::as_str).unwrap_or_default();
                    seats::rename_team(conn, tenant, row.seq, name)?;
                }
            }
            // Not `Deactivated`, which comes beside it: an older release stored users without `active` and made them
            // members, and no transition tells when such a user is switched off.
            Event::Updated { row, body, .. }
                if row.resource_type == USER && !body.get("active").is_some_and(is_true) =>
            {
                seats::unseat(conn, tenant, row.seq)?;
            }
            Event::Activated { row, .. } if row.resource_type == USER => {
                let Some(role) = organisations::default_role(conn, tenant)? else { return Ok(()) };
                let groups = directory::groups_of(conn, tenant, row.seq)?;
                seats::seat(conn, tenant, row.seq, &role, groups.iter().map(|g| g.seq), at)?;
            }
            Event::Deleted { row, .. } if row.resource_type == USER => seats::unseat(conn, tenant, row.seq)?,
            Event::Deleted { row, .. } if row.resource_type == GROUP => {
                seats::close_team(conn, tenant, row.seq)?
            }
            Event::MembersAdded { group, members } if group.resource_type == GROUP => {
                seats::enter(conn, tenant, group.seq, &directory::users_among(members))?;
            }
            Event::MembersRemoved { group, members } if group.resource_type == GROUP => {
                seats::exit(conn, tenant, group.seq, &directory::users_among(members))?;
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

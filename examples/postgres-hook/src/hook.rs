//! What an active user is granted, in the transaction that made the user active, while other servers do the same.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use provost::Transition;
use provost::hook::{Decision, Event, Hook, HookError, Intent, WriteContext};
use provost::postgres::Conn;

/// The application's table. Several servers may begin at once: the lock lets one make it.
pub(crate) const TABLES: &str = "
    select pg_advisory_xact_lock(7644);
    create table if not exists seats (user_seq bigint primary key, name text not null, is_owner boolean not null);";

diesel::table! { seats (user_seq) { user_seq -> BigInt, name -> Text, is_owner -> Bool, } }

pub(crate) fn prepare(conn: &mut Conn) -> Result<(), HookError> {
    Ok(conn.batch_execute(TABLES)?)
}

/// An active user has a seat. The company keeps an owner.
#[derive(Clone)]
pub(crate) struct Seats;

impl Hook<Conn> for Seats {
    fn guard(&self, conn: &mut Conn, _: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        let (Intent::Update { row, transition: Some(Transition::Deactivated), .. } | Intent::Delete { row }) =
            intent
        else {
            return Ok(Decision::Allow);
        };
        // Whoever takes an owner's seat waits here for others that do, in the order of the keys, and sees what they did:
        // without the lock, two servers would each leave the company to the other's owner.
        let owners = seats::table.filter(seats::is_owner).order(seats::user_seq).select(seats::user_seq);
        let owners: Vec<i64> = owners.for_update().load(conn)?;
        Ok(match owners[..] {
            [last] if last == row.seq => Decision::Refuse(
                "the company would lose its last owner: make somebody else an owner first".into(),
            ),
            _ => Decision::Allow,
        })
    }

    fn on(&self, conn: &mut Conn, _: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        match event {
            Event::Activated { row, body, .. } if row.resource_type == "User" => {
                let name = body.str("userName").unwrap_or_default();
                let seat = (seats::user_seq.eq(row.seq), seats::name.eq(name), seats::is_owner.eq(false));
                diesel::insert_into(seats::table).values(seat).execute(conn)?;
            }
            Event::Deactivated { row, .. } | Event::Deleted { row, .. } => {
                diesel::delete(seats::table.find(row.seq)).execute(conn)?;
            }
            _ => {}
        }
        Ok(())
    }
}

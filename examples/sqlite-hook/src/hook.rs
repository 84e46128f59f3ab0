//! What an active user is granted, in the transaction that made the user active.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use provost::hook::{Decision, Event, Hook, HookError, Intent, WriteContext};
use provost::sqlite::Conn;
use provost::{Object, Transition};

/// The application's tables. `outbox` holds what is sent when the transaction is through.
pub(crate) const TABLES: &str = "
    create table if not exists companies (id integer primary key, name text not null unique, token text not null unique);
    create table if not exists seats (user integer primary key, company integer not null, email text not null,
        is_owner boolean not null);
    create table if not exists outbox (id integer primary key, email text not null);";

diesel::table! { companies (id) { id -> BigInt, name -> Text, token -> Text, } }
diesel::table! { seats (user) { user -> BigInt, company -> BigInt, email -> Text, is_owner -> Bool, } }
diesel::table! { outbox (id) { id -> BigInt, email -> Text, } }

pub(crate) fn prepare(conn: &mut Conn) -> Result<(), HookError> {
    Ok(conn.batch_execute(TABLES)?)
}

/// An active user has a seat, and gets an e-mail.
#[derive(Clone)]
pub(crate) struct Seats;

impl Hook<Conn> for Seats {
    fn guard(&self, conn: &mut Conn, _: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        let (Intent::Update { row, transition: Some(Transition::Deactivated), .. } | Intent::Delete { row }) =
            intent
        else {
            return Ok(Decision::Allow);
        };
        let owners = seats::table.find(row.seq).filter(seats::is_owner).count().get_result::<i64>(conn)?;
        Ok(match owners {
            0 => Decision::Allow,
            _ => Decision::Refuse(
                "the company would lose its owner: make somebody else the owner first".into(),
            ),
        })
    }

    fn on(&self, conn: &mut Conn, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        match event {
            Event::Activated { row, body, .. } if row.resource_type == "User" => {
                let email = email(body);
                let seat = (
                    seats::user.eq(row.seq),
                    seats::company.eq(cx.tenant.0),
                    seats::email.eq(&email),
                    seats::is_owner.eq(false),
                );
                diesel::insert_into(seats::table).values(seat).execute(conn)?;
                diesel::insert_into(outbox::table).values(outbox::email.eq(email)).execute(conn)?;
            }
            Event::Updated { row, body, .. } if row.resource_type == "User" => {
                let seat = diesel::update(seats::table.find(row.seq));
                seat.set(seats::email.eq(email(body))).execute(conn)?;
            }
            Event::Deactivated { row, .. } | Event::Deleted { row, .. } => {
                diesel::delete(seats::table.find(row.seq)).execute(conn)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// The name that somebody signs in with is an address here.
fn email(user: &Object) -> String {
    user.str("userName").unwrap_or_default().to_owned()
}

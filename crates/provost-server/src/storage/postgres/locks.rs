//! Row locks. Each lock is sent together with the next statement, so it costs no extra round trip. Rows of one kind are
//! locked in the order of their keys, so that transactions which lock several cannot deadlock.

use super::Conn;
use crate::storage::later::Later;
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, brake, chain, membership, organisation, silence, team};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};

impl Later for Conn {
    fn later<T: QueryFragment<Pg> + QueryId>(&mut self, statement: T) -> QueryResult<()> {
        self.along(statement)
    }
}

impl Hold for Conn {
    fn hold(&mut self, what: Held) -> QueryResult<()> {
        match what {
            // a lock under which the row can be changed, but not deleted
            Held::Organisation(tenant) => {
                let row = organisation::table.filter(organisation::tenant.eq(tenant.0));
                self.along(row.select(organisation::tenant).for_key_share())
            }
            Held::WholeOrganisation(tenant) => {
                let row = organisation::table.filter(organisation::tenant.eq(tenant.0));
                self.along(row.select(organisation::tenant).for_update())
            }
            Held::MembershipOf(tenant, user) => {
                let row = membership::table.filter(membership::tenant.eq(tenant.0));
                let row = row.filter(membership::user_seq.eq(user));
                self.along(row.select(membership::id).for_no_key_update())
            }
            Held::Membership(tenant, id) => {
                let row = membership::table.filter(membership::tenant.eq(tenant.0));
                let row = row.filter(membership::id.eq(id));
                self.along(row.select(membership::id).for_no_key_update())
            }
            Held::Owners(tenant) => {
                let rows = membership::table.filter(membership::tenant.eq(tenant.0));
                let rows = rows.filter(membership::role.eq("owner")).order(membership::id);
                self.along(rows.select(membership::id).for_update())
            }
            Held::Account(id) => {
                let row = account::table.filter(account::id.eq(id));
                self.along(row.select(account::id).for_share())
            }
            Held::Chain(tenant) => {
                let row = chain::table.filter(chain::tenant.eq(tenant.0));
                self.along(row.select(chain::tenant).for_no_key_update())
            }
            // the first membership to end creates the row
            Held::Brake(tenant) => {
                let row = diesel::insert_into(brake::table).values(brake::tenant.eq(tenant.0));
                let row = row.on_conflict(brake::tenant).do_update();
                self.along(row.set(brake::reached.eq(brake::reached)))
            }
            // so does the first write about silence
            Held::Silence(tenant) => {
                let row = diesel::insert_into(silence::table).values(silence::tenant.eq(tenant.0));
                let row = row.on_conflict(silence::tenant).do_update();
                self.along(row.set(silence::told.eq(silence::told)))
            }
            Held::Team(tenant, id) => {
                let row = team::table.filter(team::tenant.eq(tenant.0)).filter(team::id.eq(id));
                self.along(row.select(team::id).for_key_share())
            }
        }
    }
}

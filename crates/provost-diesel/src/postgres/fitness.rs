//! Whether a server can be used, or else why not, in one sentence.

use super::Conn;
use super::failure::unfit;
use super::migrations;
use crate::error::HookError;
use crate::sql::Fragment;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

/// The oldest supported version, as the server reports it.
const OLDEST: i64 = 130_000;

/// What a server reports about itself.
#[derive(Queryable)]
struct Server {
    version: i64,
    shown_version: String,
    encoding: String,
    is_standby: bool,
    is_read_only: bool,
    connections: i64,
}

const FACTS: &str = "select cast(current_setting('server_version_num') as bigint), current_setting('server_version'), \
    current_setting('server_encoding'), pg_is_in_recovery(), \
    cast(current_setting('default_transaction_read_only') as boolean), \
    cast(least(cast(current_setting('max_connections') as integer) \
        - cast(current_setting('superuser_reserved_connections') as integer), \
        (select nullif(datconnlimit, -1) from pg_database where datname = current_database()), \
        (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user)) as bigint)";

/// Refuses a server or database that this program cannot use with this many connections.
pub(super) fn prove(conn: &mut Conn, wanted: usize) -> Result<(), HookError> {
    let facts = Fragment::new(FACTS).once::<(BigInt, Text, Text, Bool, Bool, BigInt)>();
    let Some(server) = facts.load::<Server>(conn)?.into_iter().next() else {
        return Err(diesel::NotFound.into());
    };
    if let Some(why) = server.fault(wanted) {
        return Err(HookError::Store(unfit(why)));
    }
    migrations::prove_known(conn)
}

impl Server {
    fn fault(&self, wanted: usize) -> Option<String> {
        let Self { version, shown_version, encoding, connections, .. } = self;
        if *version < OLDEST {
            return Some(format!("the server is PostgreSQL {shown_version}: 13 or later is needed"));
        }
        if encoding != "UTF8" {
            return Some(format!(
                "the database has the encoding {encoding}: make one with `create database .. encoding 'UTF8' template template0`"
            ));
        }
        if self.is_standby {
            return Some("the server is a standby, which takes no writes: name the primary".to_owned());
        }
        if self.is_read_only {
            return Some(
                "the database is read-only: switch `default_transaction_read_only` off for this role and database"
                    .to_owned(),
            );
        }
        if usize::try_from(*connections).is_ok_and(|most| most < wanted) {
            return Some(format!(
                "the server grants this role {connections} connections, and {wanted} are wanted: raise `max_connections` (or \
                 the limit of the role or database), or ask for fewer connections"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        Server {
            version: 150_018,
            shown_version: "15.18".to_owned(),
            encoding: "UTF8".to_owned(),
            is_standby: false,
            is_read_only: false,
            connections: 97,
        }
    }

    /// The other faults are tested on real servers.
    #[test]
    fn an_older_server_is_refused() {
        assert_eq!(server().fault(97), None);
        assert_eq!(Server { version: 130_000, ..server() }.fault(16), None);
        let old = Server { version: 120_022, shown_version: "12.22".to_owned(), ..server() };
        assert_eq!(old.fault(16).unwrap(), "the server is PostgreSQL 12.22: 13 or later is needed");
    }
}

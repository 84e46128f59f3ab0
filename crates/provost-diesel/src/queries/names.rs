//! `userName` keys when several resources have the same one because names are now compared differently.
//!
//! The oldest has the key, and the others a [`substitute`] that no name can have. Nobody is lost: they can be found by
//! `id`, `externalId` and everything else, and a look-up by `userName` finds the holder of the key. A holder keeps the
//! key when values are derived again later; those with a substitute get the name's key when its holder is renamed or
//! deleted.

use super::lists::List;
use super::{Conn, Result};
use crate::hook::TenantId;
use crate::keys::{is_substitute, substitute};
use crate::sql::Fragment;
use crate::stored::{Keys, Stored};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use provost_core::ResourceType;
use provost_core::value::parse_object;

/// Resources whose key is not, or not yet, that of their name.
#[derive(Debug, Default)]
pub(super) struct NameClaims {
    /// Those with a key of their own, oldest first.
    first: Vec<Claim>,
    /// Those with a substitute: a user with a key comes before them.
    last: Vec<Claim>,
}

#[derive(Debug)]
struct Claim {
    seq: i64,
    key: String,
}

impl NameClaims {
    /// Records a resource whose key changes, and gives it a substitute: another resource may need its old key, so keys
    /// are assigned only once all are free.
    pub(super) fn park(&mut self, seq: i64, id: &str, old: &Keys, new: &mut Keys) {
        let Some(key) = new.name_key().filter(|key| old.name_key() != Some(key)).map(str::to_owned) else {
            return;
        };
        let substitute = substitute(id);
        let claims = match old.name_key() == Some(&substitute) {
            true => &mut self.last,
            false => &mut self.first,
        };
        claims.push(Claim { seq, key });
        new.set_name_key(Some(substitute));
    }

    /// Assigns each its key, or leaves it the substitute.
    pub(super) fn hand_out(self, conn: &mut Conn, list: &List) -> Result<()> {
        for Claim { seq, key } in self.first {
            match holder(conn, list, &key)? {
                Some((holder, _)) if holder < seq => {}
                Some((holder, id)) => {
                    give(conn, list.tenant, holder, substitute(&id))?;
                    give(conn, list.tenant, seq, key)?;
                }
                None => give(conn, list.tenant, seq, key)?,
            }
        }
        for Claim { seq, key } in self.last {
            if holder(conn, list, &key)?.is_none() {
                give(conn, list.tenant, seq, key)?;
            }
        }
        Ok(())
    }
}

/// A key became free: the oldest resource of that name without a key gets it. Otherwise a look-up by the name would
/// find nobody, and a second person of that name could be created.
pub(super) fn hand_on(conn: &mut Conn, tenant: TenantId, kind: &ResourceType, key: &str) -> Result<()> {
    if is_substitute(key) {
        return Ok(());
    }
    let mut sql = Fragment::new(
        "select r.seq, d.doc from scim_resource r cross join scim_document d \
         where d.tenant = r.tenant and d.seq = r.seq and r.tenant = ",
    );
    sql.int(tenant.0).sql(" and r.kind = ").text(kind.name.as_str());
    // only substitutes, which begin with a blank
    sql.sql(" and r.user_name_key >= ' ' and r.user_name_key < '!' order by r.seq");
    let rows: Vec<(i64, String)> = sql.fixed::<(BigInt, Text)>().load(conn)?;
    let is_called_so = |(_, doc): &(i64, String)| {
        parse_object(doc).is_ok_and(|body| Stored::of(kind, &body).keys.name_key() == Some(key))
    };
    match rows.into_iter().find(is_called_so) {
        Some((seq, _)) => give(conn, tenant, seq, key.to_owned()),
        None => Ok(()),
    }
}

/// The resource with a key, and its `id`.
fn holder(conn: &mut Conn, list: &List, key: &str) -> Result<Option<(i64, String)>> {
    let mut sql = Fragment::new("select seq, id from scim_resource where tenant = ");
    sql.int(list.tenant.0)
        .sql(" and kind = ")
        .text(list.kind.as_str())
        .sql(" and user_name_key = ")
        .text(key);
    Ok(sql.fixed::<(BigInt, Text)>().load(conn)?.into_iter().next())
}

fn give(conn: &mut Conn, tenant: TenantId, seq: i64, key: String) -> Result<()> {
    let mut sql = Fragment::new("update scim_resource set user_name_key = ");
    sql.text(key).sql(" where ").of(tenant, seq).fixed_ref().execute(conn)?;
    Ok(())
}

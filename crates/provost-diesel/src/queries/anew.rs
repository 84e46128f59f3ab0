//! Derives the filter values of all bodies again when the method changes, and proves that it did not.

use super::derived::{assignments, load, replace_elements};
use super::lists::{Document, List, each, lists};
use super::names::NameClaims;
use super::{Conn, Result, activation};
use crate::derivation::Derivation;
use crate::engine::Engine;
use crate::error::{HookError, prepared_otherwise};
use crate::finding::Refreshed;
use crate::sql::Fragment;
use crate::stored::Stored;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost_core::value::parse_object;
use provost_core::{ResourceType, SchemaSet};

/// Checks that the values filters search are derived in this way, so that no other program with other schemas or
/// indices has derived them since. The [`Store`](provost_provider::Store)s of this crate check this themselves; call it
/// before [`make_unique`](super::make_unique), in the same transaction.
///
/// # Errors
/// [`StoreError::Unfit`](provost_provider::StoreError::Unfit) if they are not; or the database failed.
pub fn prove(conn: &mut Conn, derivation: &Derivation) -> Result<()> {
    let known = known(conn)?;
    match known == [derivation.as_str()] {
        true => Ok(()),
        false => Err(HookError::Store(prepared_otherwise(!known.is_empty()))),
    }
}

/// Whether [`refresh`] was ever called for this database.
///
/// # Errors
/// The database failed.
pub fn is_prepared(conn: &mut Conn) -> Result<bool> {
    Ok(!known(conn)?.is_empty())
}

/// How they are derived, if they are.
fn known(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(Fragment::new("select fingerprint from scim_derivation").fixed::<Text>().load(conn)?)
}

/// Brings stored data up to date with the schemas, in two steps. Quick if there is nothing to do. Call it after
/// migrations, in a transaction, before anything is read or written.
///
/// Resources stored without `active` when that meant active get `active: true`, once for each type. Filter values are
/// derived again if that was done with other schemas or indices, or by a version of this crate that did it differently.
/// Distinct names that now count as the same do not stop it: see [`notices`](super::notices).
///
/// # Errors
/// The database failed.
pub fn refresh(conn: &mut Conn, schemas: &SchemaSet) -> Result<Refreshed> {
    let wanted = Derivation::of(schemas);
    let known = known(conn)?;
    let activated = activation::step(conn, schemas)?;
    let mut refreshed = Refreshed { activated, derived: 0 };
    if activated == 0 && known == [wanted.as_str()] {
        return Ok(refreshed);
    }
    refreshed.derived = derive(conn, schemas)?;
    Fragment::new("delete from scim_derivation").fixed_ref().execute(conn)?;
    let mut sql = Fragment::new("insert into scim_derivation (fingerprint) values (");
    sql.text(wanted.as_str()).sql(")").fixed_ref().execute(conn)?;
    Ok(refreshed)
}

/// A resource whose type is no longer served is left as it is.
fn derive(conn: &mut Conn, schemas: &SchemaSet) -> Result<u64> {
    let mut changed = 0;
    for list in lists(conn)? {
        let Some(kind) = schemas.resource_type(&list.kind) else { continue };
        changed += derive_list(conn, &list, kind)?;
    }
    Ok(changed)
}

/// An unreadable text is left as it is.
fn derive_list(conn: &mut Conn, list: &List, kind: &ResourceType) -> Result<u64> {
    let (mut changed, mut names) = (0, NameClaims::default());
    let tenant = list.tenant;
    each(conn, list, |conn, document| {
        let Document { seq, id, doc, .. } = &document;
        let Some(Ok(body)) = doc.as_deref().map(parse_object) else {
            tracing::error!(%tenant, kind = %kind.name, id, "a stored resource cannot be read");
            return Ok(true);
        };
        let (old, mut new) = (load(conn, tenant, *seq)?, Stored::of(kind, &body));
        names.park(*seq, id, &old, &mut new.keys);
        if old == new.keys && document.folded().as_ref() == Some(&new.folded) {
            return Ok(true);
        }
        let mut sql = Fragment::new("update scim_resource set seq = seq");
        sql.add(&assignments(&old, &new.keys)).sql(" where ").of(tenant, *seq).fixed_ref().execute(conn)?;
        let mut sql = Fragment::new("update scim_document set folded = ");
        sql.json(Conn::DIALECT, new.folded.to_string());
        sql.sql(" where ").of(tenant, *seq).fixed_ref().execute(conn)?;
        replace_elements(conn, tenant, *seq, &old, &new.keys)?;
        changed += 1;
        Ok(true)
    })?;
    // a user who only got a key back did not change, and is not among these
    names.hand_out(conn, list)?;
    Ok(changed)
}

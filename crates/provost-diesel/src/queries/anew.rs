//! What is derived from all bodies, made anew when the way of deriving changes; and the proof that it did not.

use super::derived::{self, Document, assignments, load, replace_elements};
use super::names::Names;
use super::{Conn, Result, activation};
use crate::derivation::Derivation;
use crate::error::{HookError, prepared_otherwise};
use crate::finding::Refreshed;
use crate::sql::Fragment;
use crate::stored::Stored;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost_core::SchemaSet;
use provost_core::value::parse_object;

/// Holds that the values which filters look for are made as `derivation` says, in the snapshot or transaction of the
/// caller. Whoever reads by them, or writes them, asks first: another program on the same database, with other schemas
/// or of another version, may have made them anew meanwhile.
pub(in super::super) fn prove(conn: &mut Conn, derivation: &Derivation) -> Result<()> {
    let known = known(conn)?;
    match known == [derivation.as_str()] {
        true => Ok(()),
        false => Err(HookError::Store(prepared_otherwise(!known.is_empty()))),
    }
}

/// Whether anybody made the values.
pub(in super::super) fn is_prepared(conn: &mut Conn) -> Result<bool> {
    Ok(!known(conn)?.is_empty())
}

/// In which way they are made, if at all.
fn known(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(Fragment::new("select fingerprint from derivation").fixed::<Text>().load(conn)?)
}

/// Takes the steps that are pending, and derives everything anew if the way of deriving is not the one that the tables
/// were made with.
pub(in super::super) fn refresh(conn: &mut Conn, schemas: &SchemaSet) -> Result<Refreshed> {
    let wanted = Derivation::of(schemas);
    let known = known(conn)?;
    let activated = activation::step(conn, schemas)?;
    let mut refreshed = Refreshed { activated, derived: 0 };
    if activated == 0 && known == [wanted.as_str()] {
        return Ok(refreshed);
    }
    refreshed.derived = derive(conn, schemas)?;
    Fragment::new("delete from derivation").fixed_ref().execute(conn)?;
    let mut sql = Fragment::new("insert into derivation (fingerprint) values (");
    sql.text(wanted.as_str()).sql(")").fixed_ref().execute(conn)?;
    Ok(refreshed)
}

/// A text that cannot be read, and a resource of a type that is not served any more, stay as they are.
fn derive(conn: &mut Conn, schemas: &SchemaSet) -> Result<u64> {
    let (mut changed, mut after, mut names) = (0, i64::MIN, Names::default());
    loop {
        let chunk = derived::documents(conn, after)?;
        let Some(last) = chunk.last() else { break };
        after = last.seq;
        for document in chunk {
            let Some(kind) = schemas.resource_type(&document.kind) else { continue };
            let Document { seq, tenant, id, doc, .. } = &document;
            let Some(Ok(body)) = doc.as_deref().map(parse_object) else {
                tracing::error!(%tenant, kind = %kind.name, id, "a stored resource cannot be read");
                continue;
            };
            let (old, mut new) = (load(conn, *seq)?, Stored::of(kind, &body));
            names.park(&document, &old, &mut new);
            if old == new {
                continue;
            }
            let mut sql = Fragment::new("update resource set seq = seq");
            sql.add(&assignments(&old, &new)).sql(" where seq = ").int(*seq);
            sql.fixed_ref().execute(conn)?;
            let mut sql = Fragment::new("update document set folded = ");
            sql.text(new.folded.to_string()).sql(" where seq = ").int(*seq).fixed_ref().execute(conn)?;
            replace_elements(conn, *tenant, *seq, &old, &new)?;
            changed += 1;
        }
    }
    // who only got back the key that was theirs is none that changed, and never comes here
    names.hand_out(conn)?;
    Ok(changed)
}

//! Resources that are served as before, though their names would not be taken today.

use super::{Conn, Result};
use crate::finding::Finding;
use crate::hook::TenantId;
use crate::keys::substitute;
use crate::schema::{document, resource};
use diesel::prelude::*;
use provost_core::fold::user_name_fault;
use provost_core::value::parse_object;

/// Rows looked at in one statement: a document may have a megabyte, and all of them are in memory at once.
const CHUNK: i64 = 50;

type Named = (i64, i64, String, String, Option<String>, String);

/// Who is not found by their own `userName`, and whose `userName` would be refused; some at most.
pub(in super::super) fn notices(conn: &mut Conn, limit: usize) -> Result<Vec<Finding>> {
    let (mut found, mut after) = (Vec::new(), i64::MIN);
    while found.len() < limit {
        let rows: Vec<Named> = resource::table
            .inner_join(document::table)
            .filter(resource::seq.gt(after))
            .filter(resource::user_name_key.is_not_null())
            .order(resource::seq)
            .limit(CHUNK)
            .select((
                resource::seq,
                resource::tenant,
                resource::kind,
                resource::id,
                resource::user_name_key,
                document::doc,
            ))
            .load(conn)?;
        let Some((last, ..)) = rows.last() else { break };
        after = *last;
        for (_, tenant, kind, id, key, doc) in rows {
            let key = key.unwrap_or_default();
            let by_key = (key == substitute(&id)).then(|| NOT_ITS_KEY.to_owned());
            let by_name = name_fault(&key, &doc).map(|fault| {
                format!("its `userName` would be refused today: {fault}; rename it in the identity provider")
            });
            found.extend(by_key.into_iter().chain(by_name).map(|what| Finding {
                tenant: Some(TenantId(tenant)),
                resource: Some((kind.clone(), id.clone().into())),
                what,
            }));
        }
    }
    found.truncate(limit);
    Ok(found)
}

const NOT_ITS_KEY: &str = "a look-up by its `userName` finds another one of the same name: rename or delete one of them in \
                           the identity provider";

/// What is wrong with the name in a document. Nearly all documents are told to be right without being read.
fn name_fault(key: &str, doc: &str) -> Option<String> {
    // what is refused is blank, no printable character of ASCII, or escaped by JSON
    if !key.is_empty() && doc.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\') {
        return None;
    }
    user_name_fault(parse_object(doc).ok()?.str("userName")?)
}

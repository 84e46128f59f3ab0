//! Resources that are served as before although their names would be refused today.

use super::lists::{Document, each, lists};
use super::{Conn, Result};
use crate::finding::Finding;
use crate::keys::substitute;
use provost_core::fold::user_name_fault;
use provost_core::value::parse_object;

/// Resources that are served, found and changed as before although their names would be refused today: those whose
/// `userName` now counts as the same as another resource's, so that a look-up finds the other, and those whose
/// `userName` is not acceptable. A rename fixes it. At most `limit`; reads everything.
///
/// # Errors
/// The database failed.
pub fn notices(conn: &mut Conn, limit: usize) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for list in lists(conn)? {
        each(conn, &list, |_, Document { id, name_key, doc, .. }| {
            let (Some(key), Some(doc)) = (name_key, doc) else { return Ok(true) };
            let by_key = (key == substitute(&id)).then(|| NOT_ITS_KEY.to_owned());
            let by_name = name_fault(&key, &doc).map(|fault| {
                format!("its `userName` would be refused today: {fault}; rename it in the identity provider")
            });
            found.extend(by_key.into_iter().chain(by_name).map(|what| Finding {
                tenant: Some(list.tenant),
                resource: Some((list.kind.clone(), id.clone().into())),
                what,
            }));
            Ok(found.len() < limit)
        })?;
    }
    found.truncate(limit);
    Ok(found)
}

const NOT_ITS_KEY: &str = "a look-up by its `userName` finds another one of the same name: rename or delete one of them in \
                           the identity provider";

/// What is wrong with the name in a document. Nearly all documents can be ruled out without parsing.
fn name_fault(key: &str, doc: &str) -> Option<String> {
    // a refused name is blank, or contains a character that is not printable ASCII or is escaped in JSON
    if !key.is_empty() && doc.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\') {
        return None;
    }
    user_name_fault(parse_object(doc).ok()?.str("userName")?)
}

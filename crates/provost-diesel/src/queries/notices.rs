//! Resources that are served as before, though their names would not be taken today.

use super::lists::{Document, each, lists};
use super::{Conn, Result};
use crate::finding::Finding;
use crate::keys::substitute;
use provost_core::fold::user_name_fault;
use provost_core::value::parse_object;

/// Resources whose names would not be taken today, and are served, found and changed as before: those whose `userName`
/// is, as names are compared now, that of another resource, so that a look-up by it finds the other; and those whose
/// `userName` would be refused. A rename ends it. At most `limit`; it reads everything.
///
/// # Errors
/// A failure of the database.
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

/// What is wrong with the name in a document. Nearly all documents are known to be right without being read.
fn name_fault(key: &str, doc: &str) -> Option<String> {
    // what is refused is blank, no printable character of ASCII, or escaped by JSON
    if !key.is_empty() && doc.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'\\') {
        return None;
    }
    user_name_fault(parse_object(doc).ok()?.str("userName")?)
}

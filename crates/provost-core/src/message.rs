//! What a message says it is.

use crate::error::{Error, ErrorKind, Place};
use crate::policy::{Choice, Notes, Policy};
use crate::urn;
use crate::value::{Object, Value};

/// Whether `schemas` says that a body is the message it is taken for.
///
/// RFC 7644 section 3.1: messages are told apart by the URI in `schemas`; sections 3.4.3, 3.5.2 and 3.7 want it of each.
/// Where the endpoint leaves no doubt, the policy may let one pass that says nothing, or says it in another way.
///
/// # Errors
/// `invalidSyntax` for another message.
pub(crate) fn check(body: &Object, urn: &str, policy: Policy, notes: &mut Notes) -> Result<(), Error> {
    let said = body.get("schemas");
    let is_ours = |v: &Value| v.as_str().is_some_and(|s| s.eq_ignore_ascii_case(urn));
    let listed = said.and_then(Value::as_array);
    if listed.is_some_and(|list| list.iter().any(is_ours)) {
        return Ok(());
    }
    let forgiven = match said {
        None | Some(Value::Null) => true,
        Some(Value::Array(list)) => {
            list.is_empty() || list.iter().filter_map(Value::as_str).any(|s| same_name(s, urn))
        }
        Some(Value::String(text)) => !is_message(text) || same_name(text, urn),
        Some(_) => false,
    };
    if forgiven && policy.missing_schemas {
        notes.record(Choice::MissingSchemas);
        return Ok(());
    }
    let said = format!("`schemas` must be an array that holds `{urn}`");
    Err(Error::new(ErrorKind::InvalidSyntax, said).at(Place::attribute("schemas")))
}

/// Whether another URN means the same message: `urn:..:core:2.0:PatchOp` stands in many a manual.
fn same_name(text: &str, urn: &str) -> bool {
    let name = |urn: &str| urn.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    name(text) == name(urn)
}

fn is_message(text: &str) -> bool {
    text.get(..urn::MESSAGES.len()).is_some_and(|head| head.eq_ignore_ascii_case(urn::MESSAGES))
}

//! Checks that required attributes are there (RFC 7643 section 7, `required`).

use super::attributes::{ValuePath, is_blank, refused};
use crate::error::{Error, ErrorKind, Place};
use crate::resource::Id;
use crate::schema::{Attribute, ResourceType};
use crate::value::{Object, Value};
use std::sync::Arc;

/// Checks that every required attribute has a value.
///
/// `with_secrets`: the body contains writeOnly attributes as sent. A stored body never does, so they are not required
/// there, nor are attributes that may consist of nothing else. Members are not checked, since they are not part of a
/// body.
pub(crate) fn check_required(body: &Object, kind: &ResourceType, with_secrets: bool) -> Result<(), Error> {
    let members = kind.members().map(|m| &m.name);
    // a body without `active` gets it, or keeps it
    let given = kind.active().filter(|_| with_secrets).map(|a| &a.name);
    let main = kind.schema.attributes.iter().filter(|a| ![members, given].contains(&Some(&a.name)));
    check_all(main, body, with_secrets, "")?;
    for e in &kind.extensions {
        let container = body.get(e.schema.id.as_str()).and_then(Value::as_object);
        match container.filter(|c| !c.is_empty()) {
            // RFC 7643 section 6: "If true, a resource of this type MUST include this schema extension"
            None if e.required && (with_secrets || !e.schema.attributes.iter().any(has_secret)) => {
                let message = format!("the extension `{}` is required", e.schema.id);
                return Err(Error::new(ErrorKind::InvalidValue, message).at(Place::attribute(&e.schema.id)));
            }
            None => {}
            Some(c) => check_all(e.schema.attributes.iter(), c, with_secrets, &format!("{}:", e.schema.id))?,
        }
    }
    Ok(())
}

/// A type may require its resources to have members.
pub(super) fn check_required_members(members: Option<&[Id]>, kind: &ResourceType) -> Result<(), Error> {
    match kind.members().filter(|a| a.required && !a.is_read_only()) {
        Some(a) if members.is_none_or(<[Id]>::is_empty) => Err(missing(a.name.as_str())),
        _ => Ok(()),
    }
}

fn check_all<'a>(
    list: impl Iterator<Item = &'a Arc<Attribute>>,
    body: &Object,
    with_secrets: bool,
    prefix: &str,
) -> Result<(), Error> {
    for a in list {
        let value = body.get(a.name.as_str());
        let at = || format!("{prefix}{}", a.name);
        if is_due(a, with_secrets) && value.is_none_or(is_blank) {
            return Err(missing(&at()));
        }
        let checked = |s: &Arc<Attribute>| is_due(s, with_secrets);
        if let Some(v) = value.filter(|_| a.sub_attributes.iter().any(checked)) {
            check_parts(a, v, with_secrets, &at())?;
        }
    }
    Ok(())
}

fn check_parts(a: &Attribute, value: &Value, with_secrets: bool, at: &str) -> Result<(), Error> {
    for sub in a.sub_attributes.iter().filter(|s| is_due(s, with_secrets)) {
        for (n, element) in value.elements().iter().enumerate() {
            let part = element.as_object().and_then(|o| o.get(sub.name.as_str()));
            if part.is_none_or(is_blank) {
                let whole = ValuePath::Path(at);
                let element = if a.multi_valued { ValuePath::Element(&whole, n) } else { whole };
                return Err(refused(ValuePath::Part(&element, &sub.name), "the attribute is required"));
            }
        }
    }
    Ok(())
}

/// The server's own attributes are not required from a client.
fn is_due<A: AsRef<Attribute>>(a: &A, with_secrets: bool) -> bool {
    let attribute = a.as_ref();
    attribute.required && !attribute.is_read_only() && (with_secrets || !has_secret(a))
}

/// Whether it may be stored entirely outside of the body: it or a part of it is writeOnly.
fn has_secret<A: AsRef<Attribute>>(a: &A) -> bool {
    let a = a.as_ref();
    a.is_write_only() || a.sub_attributes.iter().any(has_secret)
}

fn missing(at: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("the attribute `{at}` is required")).at(Place::attribute(at))
}

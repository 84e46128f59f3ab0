//! Attributes with a `value` and a `$ref`: both identify the same resource, by id and by URI (RFC 7643 section 2.4).
//!
//! Whatever a client writes, they agree afterwards: `value` decides, and a `$ref` to another resource is removed or
//! rewritten.

use crate::resource::{Id, Service};
use crate::schema::{Attribute, Mutability};
use crate::text::excerpt;
use crate::value::{Object, Value};

const VALUE: &str = "value";
const REF: &str = "$ref";

/// Whether the attribute's values identify other resources by id and by URI, and a client may write both.
pub(crate) fn is_reference(a: &Attribute) -> bool {
    let written = |name: &str| a.sub(name).is_some_and(|s| s.mutability != Mutability::ReadOnly);
    a.is_complex() && written(VALUE) && written(REF)
}

/// Prepares `new` for writing over `old`: whichever of the two is not mentioned is removed, unless the other is
/// unchanged.
///
/// Clearing `value` clears `$ref` too; a `value` without `$ref` is still complete.
pub(crate) fn complete(a: &Attribute, old: &Object, new: &mut Object) {
    if !is_reference(a) {
        return;
    }
    let differs = |name: &str, new: &Object| new.get(name).is_some_and(|v| old.get(name) != Some(v));
    if differs(VALUE, new) && !new.contains(REF) && old.contains(REF) {
        new.insert(REF, Value::Null);
    } else if differs(REF, new) && new.str(REF).is_some() && !new.contains(VALUE) && old.contains(VALUE) {
        new.insert(VALUE, Value::Null);
    }
}

/// Makes `value` and `$ref` of what was written refer to the same resource.
pub(crate) fn settle(a: &Attribute, value: &mut Value, service: Option<&Service>) {
    if !is_reference(a) {
        return;
    }
    match value {
        Value::Array(list) => {
            list.iter_mut().filter_map(Value::as_object_mut).for_each(|o| settle_one(a, o, service))
        }
        Value::Object(o) => settle_one(a, o, service),
        _ => {}
    }
}

fn settle_one(a: &Attribute, o: &mut Object, service: Option<&Service>) {
    let Some(reference) = o.str(REF) else { return };
    match o.str(VALUE).filter(|id| !id.is_empty()) {
        Some(id) if names(reference, id, service) => {}
        Some(id) => match service.and_then(|service| renewed(a, reference, id, service)) {
            Some(renewed) => drop(o.insert(REF, renewed)),
            None => drop(o.remove(REF)),
        },
        None => {
            if let Some(id) = id_of(reference, service).map(str::to_owned) {
                o.insert(VALUE, id);
            }
        }
    }
}

/// Whether a reference refers to the resource with this id.
fn names(reference: &str, id: &str, service: Option<&Service>) -> bool {
    match service {
        Some(_) => id_of(reference, service) == Some(id),
        None => last_segment(reference) == id,
    }
}

/// The message about a reference that refers to no resource here.
pub(crate) fn elsewhere(reference: &str) -> String {
    format!("`{}` is not a resource of this server: send its id as `value`", excerpt(reference))
}

/// The URI for `id`: of the type in the old URI, or else of the first type that the schema names.
fn renewed(a: &Attribute, old: &str, id: &str, service: &Service) -> Option<String> {
    let of_old = local(old, Some(service)).and_then(|(endpoint, _)| service.schemas.by_endpoint(endpoint));
    let named = || a.sub(REF)?.reference_types.iter().find_map(|name| service.schemas.resource_type(name));
    let kind = of_old.or_else(named)?;
    Some(service.location(kind, &Id::from(id)))
}

/// The id in a reference to a resource of this server; `None` if it is elsewhere.
pub(crate) fn id_of<'r>(reference: &'r str, service: Option<&Service>) -> Option<&'r str> {
    let (endpoint, id) = local(reference, service)?;
    let known = service.is_none_or(|service| service.schemas.by_endpoint(endpoint).is_some());
    known.then_some(id)
}

/// Endpoint and id of a reference to this server: below its base URL, or relative (RFC 7643 section 2.3.7: a relative
/// one is resolved "as specified in Section 5.2 of RFC 3986" against the base URL; its example is `../Users/..`).
///
/// RFC 7644 section 3.13: the version in a URL selects a version of the protocol, not another resource.
fn local<'r>(reference: &'r str, service: Option<&Service>) -> Option<(&'r str, &'r str)> {
    let root = service.map_or("", |service| unversioned(&service.base));
    let below = |root: &str| {
        let (head, rest) = reference.split_at_checked(root.len())?;
        (!root.is_empty() && head.eq_ignore_ascii_case(root) && rest.starts_with('/')).then_some(rest)
    };
    let path = root.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    let rest = match below(root).or_else(|| below(path?)) {
        Some(rest) => rest,
        None if reference.contains("://") || reference.starts_with("//") => return None,
        None => reference.trim_start_matches("../").trim_start_matches("./"),
    };
    let rest = rest.trim_start_matches('/').split(['?', '#']).next().unwrap_or_default();
    let rest = rest.split_once('/').filter(|(head, _)| is_version(head)).map_or(rest, |(_, rest)| rest);
    let (endpoint, id) = rest.split_once('/')?;
    (!endpoint.is_empty() && !id.is_empty() && !id.contains('/')).then_some((endpoint, id))
}

fn unversioned(base: &str) -> &str {
    base.rsplit_once('/').filter(|(_, last)| is_version(last)).map_or(base, |(root, _)| root)
}

/// `v2`
fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix(['v', 'V']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn last_segment(reference: &str) -> &str {
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchemaSet;
    use crate::value::parse_value;

    fn manager() -> std::sync::Arc<Attribute> {
        let set = SchemaSet::builtin();
        set.schema(crate::urn::ENTERPRISE_USER).unwrap().attribute("manager").unwrap().clone()
    }

    fn service() -> Service {
        Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into())
    }

    #[test]
    fn references_of_this_server_are_known() {
        for (reference, id) in [
            ("https://scim.example.com/scim/v2/Users/7", Some("7")),
            ("HTTPS://SCIM.example.com/scim/v2/users/7", Some("7")),
            ("https://scim.example.com/scim/v2/Users/7?attributes=id", Some("7")),
            ("/scim/v2/Users/7", Some("7")),
            ("https://scim.example.com/scim/Users/7", Some("7")),
            ("../v1/Users/7", Some("7")),
            ("../Users/7", Some("7")),
            ("Users/7", Some("7")),
            ("https://scim.example.com/scim/v2/Users", None),
            ("https://scim.example.com/scim/v2/Users/", None),
            ("https://scim.example.com/scim/v2/Desks/7", None),
            ("https://scim.example.com/scim/v2/Users/7/more", None),
            ("https://scim.example.com.evil.example/scim/v2/Users/7", None),
            ("https://other.example/scim/v2/Users/7", None),
            ("//other.example/Users/7", None),
            ("7", None),
            ("", None),
        ] {
            assert_eq!(id_of(reference, Some(&service())), id, "{reference}");
        }
        assert_eq!(id_of("../Users/7", None), Some("7"));
    }

    /// Seen to fail: without each of the arms of `settle_one`, and with only the last segment compared.
    #[test]
    fn value_decides_and_ref_follows() {
        for (written, settled) in [
            (r#"{"value":"7"}"#, r#"{"value":"7"}"#),
            (r#"{"value":"7","$ref":"../Users/7"}"#, r#"{"value":"7","$ref":"../Users/7"}"#),
            (
                r#"{"value":"7","$ref":"../Users/8"}"#,
                r#"{"value":"7","$ref":"https://scim.example.com/scim/v2/Users/7"}"#,
            ),
            (
                r#"{"value":"7","$ref":"https://other.example/8"}"#,
                r#"{"value":"7","$ref":"https://scim.example.com/scim/v2/Users/7"}"#,
            ),
            (
                r#"{"value":"7","$ref":"https://other.example/Users/7"}"#,
                r#"{"value":"7","$ref":"https://scim.example.com/scim/v2/Users/7"}"#,
            ),
            (r#"{"$ref":"../Users/8"}"#, r#"{"$ref":"../Users/8","value":"8"}"#),
            (r#"{"$ref":"https://other.example/8"}"#, r#"{"$ref":"https://other.example/8"}"#),
        ] {
            let mut value = parse_value(written).unwrap();
            settle(&manager(), &mut value, Some(&service()));
            assert_eq!(value, parse_value(settled).unwrap(), "{written}");
        }
    }

    /// Seen to fail: without either arm of `complete`, and without the comparison with the old value.
    #[test]
    fn the_one_that_is_not_written_goes_unless_nothing_changes() {
        let old = parse_value(r#"{"value":"7","$ref":"../Users/7"}"#).unwrap();
        for (written, wanted) in [
            (r#"{"value":"7"}"#, r#"{"value":"7"}"#),
            (r#"{"value":"8"}"#, r#"{"value":"8","$ref":null}"#),
            (r#"{"value":null}"#, r#"{"value":null,"$ref":null}"#),
            (r#"{"$ref":"../Users/7"}"#, r#"{"$ref":"../Users/7"}"#),
            (r#"{"$ref":"../Users/8"}"#, r#"{"$ref":"../Users/8","value":null}"#),
            (r#"{"$ref":null}"#, r#"{"$ref":null}"#),
            (r#"{"value":"8","$ref":"../Users/9"}"#, r#"{"value":"8","$ref":"../Users/9"}"#),
        ] {
            let Value::Object(mut new) = parse_value(written).unwrap() else { panic!() };
            complete(&manager(), old.as_object().unwrap(), &mut new);
            assert_eq!(Value::from(new), parse_value(wanted).unwrap(), "{written}");
        }
    }
}

//! `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3).

use crate::params::Params;
use provost_core::compat::Reader;
use provost_core::error::Place;
use provost_core::query::Sort;
use provost_core::schema::Returned;
use provost_core::text::excerpt;
use provost_core::{AttrRef, Error, ErrorKind, ResourceType};

/// The sort a query asks for.
pub(super) fn resolve(
    params: &Params,
    kind: &ResourceType,
    reader: &mut Reader<'_>,
) -> Result<Option<Sort>, Error> {
    let descending = is_descending(params)?;
    let Some(text) = key(params) else { return Ok(None) };
    let Some(by) = reader.sort_by(text, kind)? else { return Ok(None) };
    Ok(Some(Sort { by: simple(by)?, descending }))
}

/// What to sort by. A blank `sortBy` means nothing.
pub(super) fn key(params: &Params) -> Option<&str> {
    params.sort_by.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

pub(super) fn is_descending(params: &Params) -> Result<bool, Error> {
    match params.sort_order.as_deref().map(str::trim) {
        None | Some("") => Ok(false),
        Some(order) if order.eq_ignore_ascii_case("ascending") => Ok(false),
        Some(order) if order.eq_ignore_ascii_case("descending") => Ok(true),
        Some(other) => {
            let message = format!("`sortOrder` must be ascending or descending, found `{}`", excerpt(other));
            Err(Error::new(ErrorKind::InvalidValue, message).at(Place::parameter("sortOrder")))
        }
    }
}

/// The part of an attribute that can be ordered: for a complex one, its `value`.
fn simple(by: AttrRef) -> Result<AttrRef, Error> {
    let by = match by.leaf().is_complex() {
        false => by,
        true => match by.leaf().sub("value") {
            Some(value) => by.with_sub(value.clone()),
            None => {
                let message = format!("`{by}` has parts: name one of them, like `{by}.{}`", first_part(&by));
                return Err(invalid(&message));
            }
        },
    };
    // RFC 7643 section 7: what is never returned must not be revealed by the order either
    match [by.attribute(), by.leaf()].iter().any(|a| a.returned == Returned::Never) {
        true => Err(invalid(&format!("`{by}` is never returned, so nothing is sorted by it"))),
        false => Ok(by),
    }
}

fn first_part(by: &AttrRef) -> &str {
    by.leaf().sub_attributes.first().map_or("value", |a| a.name.as_str())
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("`sortBy`: {message}")).at(Place::parameter("sortBy"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_core::{Limits, Profile, SchemaSet};

    fn sort(by: &str, order: Option<&str>, profile: &Profile) -> Result<Option<String>, String> {
        let set = SchemaSet::builtin();
        let params = Params {
            sort_by: Some(by.to_owned()),
            sort_order: order.map(str::to_owned),
            ..Params::default()
        };
        let limits = Limits::default();
        resolve(&params, set.resource_type("User").unwrap(), &mut Reader::new(profile, &limits))
            .map(|s| s.map(|s| format!("{}{}", s.by, if s.descending { " down" } else { "" })))
            .map_err(|e| e.detail().to_owned())
    }

    #[test]
    fn an_order_is_found_for_whatever_has_one() {
        let strict = Profile::strict();
        let ok = |s: &str| Ok(Some(s.to_owned()));
        assert_eq!(sort("USERNAME", None, &strict), ok("userName"));
        assert_eq!(sort("emails", Some("Descending"), &strict), ok("emails.value down"));
        assert_eq!(sort("name.familyName", Some("ascending"), &strict), ok("name.familyName"));
        assert_eq!(sort("meta.lastModified", None, &strict), ok("meta.lastModified"));
        assert_eq!(sort("", None, &strict), Ok(None));
        let department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
        assert_eq!(sort(department, None, &strict), ok(department));
        assert_eq!(sort("department", None, &Profile::entra()), ok(department));
    }

    #[test]
    fn what_has_no_order_is_refused_or_ignored() {
        let (strict, entra) = (Profile::strict(), Profile::entra());
        for bad in ["nickname2", "department", "emails[type eq \"work\"]", "name.nope", "urn:x:y"] {
            assert!(sort(bad, None, &strict).is_err(), "{bad}");
        }
        for unknown in ["nickname2", "name.nope", "emails[type eq \"work\"]"] {
            assert_eq!(sort(unknown, None, &entra), Ok(None), "{unknown}");
        }
        for profile in [strict, entra] {
            let e = sort("name", None, &profile).unwrap_err();
            assert_eq!(e, "`sortBy`: `name` has parts: name one of them, like `name.formatted`");
            assert!(sort("password", None, &profile).unwrap_err().contains("never returned"));
            assert!(sort("userName", Some("up"), &profile).unwrap_err().contains("found `up`"));
        }
    }
}

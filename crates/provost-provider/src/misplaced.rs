//! Detects requests to a wrong path because the base URL was entered wrongly in the client.

use crate::base_url::BaseUrl;
use crate::route::{Endpoint, is_other_version};
use crate::url;
use provost_core::SchemaSet;
use provost_core::text::excerpt;

/// What to correct, judging by the path; `None` if the base URL looks right.
pub(crate) fn remedy(path: &str, base_url: &BaseUrl, schemas: &SchemaSet) -> Option<String> {
    let segments = url::segments(path).ok()?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let is_endpoint = |name: &str| schemas.by_endpoint(name).is_some();
    // a base URL may end like an endpoint
    let repeated =
        repeated(&segments, base_url.path()).filter(|again| !is_endpoint(again.trim_start_matches('/')));
    if let Some(again) = repeated {
        return Some(format!("the base URL (Tenant URL) has `{}` already: enter it once", excerpt(&again)));
    }
    match segments.as_slice() {
        [version, ..] if is_other_version(version) => {
            Some(format!("the base URL (Tenant URL) ends in `{}`", base_url.path()))
        }
        [name, ..] if name.eq_ignore_ascii_case("ServiceProviderConfigs") => {
            Some("that is SCIM 1.1, and this server supports SCIM 2.0".to_owned())
        }
        // except `/Users/Me`, with which clients ask for themselves
        [first, second, ..] if is_endpoint(first) && Endpoint::is_place(second, schemas) => {
            Some(format!("remove `/{}` from the end of the base URL (Tenant URL)", excerpt(first)))
        }
        _ => None,
    }
}

/// The end of the base URL's path, if the path below it repeats that.
fn repeated(segments: &[&str], base: &str) -> Option<String> {
    let base: Vec<&str> = base.split('/').filter(|s| !s.is_empty()).collect();
    let is_parameter = |segment: &str| segment.starts_with('{');
    let end = |n: usize| base.get(base.len().checked_sub(n)?..);
    (1..=base.len()).rev().find_map(|n| {
        let (end, start) = end(n).zip(segments.get(..n))?;
        let same = end.iter().zip(start).all(|(b, s)| is_parameter(b) || b.eq_ignore_ascii_case(s));
        let literal = end.iter().any(|b| !is_parameter(b));
        (same && literal).then(|| format!("/{}", start.join("/")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: without each of the arms of `remedy`, and with a lone parameter taken for the base URL.
    #[test]
    fn what_is_wrong_with_a_base_url_is_reported() {
        let of = |base: &str, path: &str| {
            let base: BaseUrl = format!("https://app.example{base}").parse().unwrap();
            remedy(path, &base, &SchemaSet::builtin()).unwrap_or_default()
        };
        for (base, path, part) in [
            ("/scim/v2", "/scim/v2/Users", "has `/scim/v2` already"),
            ("/scim/v2", "/SCIM/v2", "has `/SCIM/v2` already"),
            ("/idp/scim/v2", "/scim/v2/Users/1", "has `/scim/v2` already"),
            ("/scim/v2", "/v2/Users", "has `/v2` already"),
            ("/t/{org}/scim", "/t/acme/scim/Groups", "has `/t/acme/scim` already"),
            ("/scim/v2", "/ServiceProviderConfigs", "SCIM 1.1"),
            ("/scim/v2", "/v1/Users", "ends in `/scim/v2`"),
            ("/scim/v2", "/Users/Users", "remove `/Users` from the end"),
            ("/scim/v2", "/Users/Groups/1", "remove `/Users` from the end"),
            ("/scim/v2", "//Groups//ServiceProviderConfig", "remove `/Groups` from the end"),
            ("/scim/v2", "/users/bulk", "remove `/users` from the end"),
        ] {
            assert!(of(base, path).contains(part), "{base} {path}: {}", of(base, path));
        }
        for (base, path) in [
            ("/scim/v2", "/Users/1"),
            ("/scim/v2", "/Users/Me"),
            ("/scim/v2", "/Users/.search"),
            ("/scim/v2", "/ResourceTypes/Users"),
            ("/scim/v2", "/Nowhere"),
            ("/scim/v2", "/v2x/Users"),
            ("/scim/v2", ""),
            ("/t/{org}", "/Users/1"),
        ] {
            assert_eq!(of(base, path), "", "{base} {path}");
        }
    }
}

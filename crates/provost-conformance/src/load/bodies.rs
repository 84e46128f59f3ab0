//! Bodies as Entra sends them.

use crate::Profile;
use hyper::body::Bytes;
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn bytes(value: &Value) -> Bytes {
    value.to_string().into()
}

/// A user of about 1.3 kB with the attributes that Entra maps by default. `name` is the userName and, as usual, the
/// work address.
pub(super) fn user(name: &str) -> Bytes {
    let short = name.split('@').next().unwrap_or(name);
    bytes(&json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": format!("ext-{short}"),
        "userName": name,
        "active": true,
        "displayName": format!("Maren {short}"),
        "title": "Signal Engineer",
        "preferredLanguage": "nb-NO",
        "name": { "formatted": format!("Maren {short}"), "familyName": short, "givenName": "Maren" },
        "emails": [
            { "primary": true, "type": "work", "value": name },
            { "type": "home", "value": format!("{short}@home.example") },
        ],
        "addresses": [
            {
                "type": "work", "formatted": "Pier 4, Helle Quay", "streetAddress": "Pier 4", "locality": "Helle",
                "region": "Vestby", "postalCode": "5044", "country": "NO", "primary": true,
            },
            {
                "type": "other", "formatted": "Shed 9, Helle Quay", "streetAddress": "Shed 9", "locality": "Helle",
                "region": "Vestby", "postalCode": "5045", "country": "NO",
            },
        ],
        "phoneNumbers": [
            { "type": "work", "value": "+47 55 01 22 90", "primary": true },
            { "type": "mobile", "value": "4790012233" },
        ],
        "locale": "nb-NO",
        "userType": "Employee",
        ENTERPRISE: {
            "employeeNumber": format!("LW-{short}"), "department": "Beacon Control", "costCenter": "4100",
            "organization": "Lanternworks", "division": "Coast",
        },
    }))
}

/// A group without members.
pub(super) fn group(name: &str) -> Bytes {
    bytes(&json!({ "schemas": [GROUP], "displayName": name }))
}

/// Five operations that each change something, except the one that sets `active`. They are spelt as Entra does unless
/// it is configured to follow the RFC.
pub(super) fn five_operations(profile: Profile, display_name: &str) -> Bytes {
    let (op, yes) = match profile.is_forgiving() {
        true => ("Replace", json!("True")),
        false => ("replace", json!(true)),
    };
    let operation = |path: &str, value: Value| json!({ "op": op, "path": path, "value": value });
    let employee_number = format!("{ENTERPRISE}:employeeNumber");
    bytes(&json!({
        "schemas": [PATCH],
        "Operations": [
            operation("displayName", display_name.into()),
            operation(
                "emails[type eq \"work\"].value",
                format!("{}@load.example", display_name.replace(' ', ".")).into(),
            ),
            operation("name.familyName", display_name.into()),
            operation("active", yes),
            operation(&employee_number, display_name.into()),
        ],
    }))
}

/// Adds members.
pub(super) fn add<'a>(profile: Profile, ids: impl Iterator<Item = &'a str>) -> Bytes {
    let op = if profile.is_forgiving() { "Add" } else { "add" };
    let values: Vec<Value> = ids.map(|id| json!({ "value": id })).collect();
    bytes(&json!({ "schemas": [PATCH], "Operations": [{ "op": op, "path": "members", "value": values }] }))
}

/// Removes a member.
pub(super) fn remove(profile: Profile, id: &str) -> Bytes {
    let op = if profile.is_forgiving() { "Remove" } else { "remove" };
    let path = format!("members[value eq \"{id}\"]");
    bytes(&json!({ "schemas": [PATCH], "Operations": [{ "op": op, "path": path }] }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with interop, which forgives none of it, spelt as Entra does.
    #[test]
    fn who_forgives_nothing_is_sent_what_the_rfc_allows() {
        for profile in Profile::ALL {
            let sent =
                [five_operations(profile, "Ann"), add(profile, ["1"].into_iter()), remove(profile, "1")];
            let text = sent.map(|body| String::from_utf8(body.to_vec()).expect("UTF-8")).concat();
            let as_entra =
                ["\"Replace\"", "\"True\"", "\"Add\"", "\"Remove\""].map(|word| text.contains(word));
            assert_eq!(as_entra, [profile.is_forgiving(); 4], "{profile:?}: {text}");
        }
    }
}

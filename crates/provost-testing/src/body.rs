//! Request bodies, as text.

use provost_core::urn;

/// A User.
pub fn user(name: &str) -> String {
    user_with(name, "")
}

/// A User with further attributes: `"title":"x"`.
pub fn user_with(name: &str, more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(r#"{{"schemas":["{}"],"userName":"{name}"{comma}{more}}}"#, urn::USER)
}

/// A Group with these members.
pub fn group(name: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    format!(r#"{{"schemas":["{}"],"displayName":"{name}","members":[{}]}}"#, urn::GROUP, members.join(","))
}

/// A PATCH with these operations.
pub fn patch(operations: &str) -> String {
    format!(r#"{{"schemas":["{}"],"Operations":[{operations}]}}"#, urn::PATCH_OP)
}

/// A query by POST: `"count":2`.
pub fn search(rest: &str) -> String {
    let comma = if rest.is_empty() { "" } else { "," };
    format!(r#"{{"schemas":["{}"]{comma}{rest}}}"#, urn::SEARCH_REQUEST)
}

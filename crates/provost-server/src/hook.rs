//! What the application does when the directory changes: memberships, teams and the audit trail, in the same transaction.
//!
//! The rule: a membership exists exactly while its SCIM user is active, a team while its SCIM group does, and a team
//! membership exactly while the user is in the group and holds a membership. The statements are the storage module's.

use provost::Profile;
use provost::hook::Intent;
use provost::unstable::core::compat::RuleId;

/// The hook of the reference server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seats;

pub(crate) const USER: &str = "User";
pub(crate) const GROUP: &str = "Group";

/// Whether a write does not take a key that the organisation wants taken: it was worked out before a switch was turned.
pub(crate) fn lacks_a_key(intent: &Intent<'_>, profile: &Profile) -> bool {
    let (kind, body, keys) = match intent {
        Intent::Create { resource_type, new, .. } => (*resource_type, &new.body, &new.unique),
        Intent::Update { row, change, .. } => match &change.body {
            Some(body) => (row.resource_type, body, &change.unique),
            None => return false,
        },
        _ => return false,
    };
    let lacks = |attribute: &str| {
        let has_value = body.str(attribute).is_some_and(|text| !text.is_empty());
        has_value && !keys.iter().any(|key| key.attribute == attribute)
    };
    profile.has_unique_external_id() && lacks("externalId")
        || profile.has(RuleId::GroupNameUnique) && kind == GROUP && lacks("displayName")
}

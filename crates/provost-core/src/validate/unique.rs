//! What must be unique within a type besides what the schemas say.

use crate::change::{UniqueKey, unique_keys};
use crate::path::AttrRef;
use crate::policy::Policy;
use crate::schema::ResourceType;
use crate::value::Object;

/// The unique keys of a body, by the schemas and by the policy.
pub(crate) fn also_unique_keys(policy: Policy, kind: &ResourceType, body: &Object) -> Vec<UniqueKey> {
    let name = kind
        .members()
        .filter(|_| policy.unique_group_name)
        .and_then(|_| kind.schema.attribute("displayName"));
    // an empty text, which strict stores, identifies nobody
    let is_there = body.str("externalId").is_some_and(|id| !id.is_empty());
    let external_id = kind.core_attribute("externalId").filter(|_| policy.unique_external_id && is_there);
    let more: Vec<AttrRef> = name.into_iter().chain(external_id).map(|a| AttrRef::core(a.clone())).collect();
    unique_keys(kind, body, &more)
}

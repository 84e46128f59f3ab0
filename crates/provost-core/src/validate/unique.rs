//! What no two resources of a type may share besides what the schemas say.

use crate::change::{UniqueKey, unique_keys};
use crate::compat::{Profile, RuleId};
use crate::path::AttrRef;
use crate::schema::ResourceType;
use crate::value::Object;

/// The switches of a profile that make an attribute unique.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AlsoUnique {
    group_name: bool,
    external_id: bool,
}

impl AlsoUnique {
    pub(crate) fn of(profile: &Profile) -> Self {
        Self {
            group_name: profile.has(RuleId::GroupNameUnique),
            external_id: profile.has_unique_external_id(),
        }
    }

    /// The unique keys of a body.
    pub(crate) fn keys(self, kind: &ResourceType, body: &Object) -> Vec<UniqueKey> {
        let name =
            kind.members().filter(|_| self.group_name).and_then(|_| kind.schema.attribute("displayName"));
        // an empty text, which strict stores, identifies nobody
        let is_there = body.str("externalId").is_some_and(|id| !id.is_empty());
        let external_id = kind.core_attribute("externalId").filter(|_| self.external_id && is_there);
        let more: Vec<AttrRef> =
            name.into_iter().chain(external_id).map(|a| AttrRef::core(a.clone())).collect();
        unique_keys(kind, body, &more)
    }
}

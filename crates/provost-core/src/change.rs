//! The result of a write request: the values that a store writes.

use crate::fold::fold_attribute;
use crate::notes::Notes;
use crate::path::AttrRef;
use crate::resource::{Id, Version};
use crate::schema::{ResourceType, Type};
use crate::value::{Object, Value};

/// A resource to be created.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewResource {
    /// The identifier, minted by the server.
    pub id: Id,
    /// The attributes, including `schemas`; without `id`, `meta`, members and readOnly attributes.
    pub body: Object,
    /// Its members, each once.
    pub members: Vec<Id>,
    /// What to do with members that do not exist.
    pub missing: MissingMembers,
    /// Keys that no other resource of the type may have.
    pub unique: Vec<UniqueKey>,
    /// writeOnly attributes. They are not part of the body; a store without a use for them drops them.
    pub secrets: Object,
}

impl NewResource {
    /// A resource without members, unique keys or secrets.
    #[must_use]
    pub fn new(id: Id, body: Object) -> Self {
        Self {
            id,
            body,
            members: Vec::new(),
            missing: MissingMembers::Refuse,
            unique: Vec::new(),
            secrets: Object::new(),
        }
    }
}

/// What a PUT or PATCH changes.
///
/// A change of members alone is computed without reading the resource: `body` is `None`, and the cost depends only on
/// the number of members named.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Change {
    /// The new attributes, if they were read and something in them changed.
    pub body: Option<Object>,
    /// The same, by attribute, for stores with columns of their own.
    pub attributes: Vec<AttributeChange>,
    /// Members to add and to remove.
    pub members: MemberChange,
    /// Whether this activates or deactivates the resource.
    pub transition: Option<Transition>,
    /// The version on which the change is based, or that the client requires.
    pub expect: Option<Version>,
    /// Keys that no other resource of the type may have. Complete if `body` is there.
    pub unique: Vec<UniqueKey>,
    /// writeOnly attributes that were set, with null for those a PATCH cleared. An element of a list is included as a
    /// whole, so that a store can tell whose secret it is.
    pub secrets: Object,
    /// The policy's choices that affected the result.
    pub notes: Notes,
}

impl Change {
    /// Whether nothing would be written, as far as this can be known without the stored members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_none() && self.members.is_empty() && self.secrets.is_empty()
    }

    /// Computes what differs between two bodies, and records it. `before` may contain more than a body: `id`, `meta`,
    /// members and groups are ignored.
    pub fn set_body(&mut self, resource_type: &ResourceType, before: &Object, after: Object) {
        let attributes = differences(resource_type, before, &after);
        if attributes.is_empty() {
            return;
        }
        self.transition = match (is_active(resource_type, before), is_active(resource_type, &after)) {
            (true, false) => Some(Transition::Deactivated),
            (false, true) => Some(Transition::Activated),
            _ => None,
        };
        self.attributes = attributes;
        self.body = Some(after);
    }
}

/// A top-level attribute with its new value.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeChange {
    /// The attribute, never a sub-attribute.
    pub attribute: AttrRef,
    /// The old value.
    pub old: Option<Value>,
    /// The new value; `None` clears it.
    pub new: Option<Value>,
}

/// `active` changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// From inactive to active.
    Activated,
    /// From active to inactive.
    Deactivated,
}

/// Members to add and to remove. If `clear`, all are removed first; then those in `remove` are removed and those in
/// `add` are added. No id is in both lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// Whether all who are not in `add` are removed.
    pub clear: bool,
    /// Members to add. Existing ones are left as they are.
    pub add: Vec<Id>,
    /// Members to remove. Ids of non-members are ignored.
    pub remove: Vec<Id>,
    /// What to do with those in `add` that do not exist.
    pub missing: MissingMembers,
    /// Whether `add` is a list a client sent to replace all members. If nobody in it exists, its ids are wrong, rather
    /// than the group meant to be empty.
    pub listed: bool,
    /// Further lists; in each of them somebody must exist. They hold ids that one operation added and a later one
    /// removed again.
    pub some_of: Vec<Vec<Id>>,
}

impl MemberChange {
    /// Whether nothing is added or removed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.clear && self.add.is_empty() && self.remove.is_empty() && self.some_of.is_empty()
    }

    /// The ids whose existence a store must check.
    pub fn named(&self) -> impl Iterator<Item = &Id> {
        self.add.iter().chain(self.some_of.iter().flatten())
    }

    /// Given which ids exist, the ids for which a store must refuse the whole change. `None` if the change may be made,
    /// leaving out those in `add` that do not exist.
    ///
    /// ```
    /// use provost_core::{Id, change::{MemberChange, MissingMembers}};
    /// let mut change = MemberChange { add: vec!["1".into(), "2".into()], ..MemberChange::default() };
    /// change.missing = MissingMembers::Skip;
    /// assert_eq!(change.unknown(|id| id.as_str() == "2"), None);
    /// assert_eq!(change.unknown(|_| false), None);
    /// (change.clear, change.listed) = (true, true);
    /// assert_eq!(change.unknown(|id| id.as_str() == "2"), None);
    /// assert_eq!(change.unknown(|_| false), Some(vec!["1".into(), "2".into()]));
    /// ```
    #[must_use]
    pub fn unknown(&self, exists: impl Fn(&Id) -> bool) -> Option<Vec<Id>> {
        let absent: Vec<Id> = self.add.iter().filter(|id| !exists(id)).cloned().collect();
        let nobody = self.listed && absent.len() == self.add.len();
        if !absent.is_empty() && (self.missing == MissingMembers::Refuse || nobody) {
            return Some(absent);
        }
        let lost = |list: &&Vec<Id>| !list.is_empty() && !list.iter().any(&exists);
        self.some_of.iter().find(lost).cloned()
    }
}

/// What to do with members to add that do not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingMembers {
    /// Refuse the request, and list them.
    #[default]
    Refuse,
    /// Leave them out and report them. A list that replaces all members is still refused if nobody in it exists.
    Skip,
}

/// A value that no other resource of the type in the tenant may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// The canonical path of the attribute.
    pub attribute: String,
    /// The folded value.
    pub key: String,
}

/// Whether a resource is active.
///
/// Only true counts: for a type with `active`, a missing value means false. Resources created without it get true, so
/// it is only missing if a client removed it.
#[must_use]
pub fn is_active(resource_type: &ResourceType, body: &Object) -> bool {
    match resource_type.active() {
        Some(a) => body.get(a.name.as_str()).and_then(Value::as_bool) == Some(true),
        None => true,
    }
}

/// The unique keys of a body: for attributes unique by schema, and for those in `more`.
#[must_use]
pub fn unique_keys(resource_type: &ResourceType, body: &Object, more: &[AttrRef]) -> Vec<UniqueKey> {
    let mut keys: Vec<UniqueKey> = Vec::new();
    for a in resource_type.unique_attributes().chain(more.iter().cloned()) {
        let attribute = a.to_string();
        let folded = a.leaf_values(body).filter_map(|v| {
            Some(match v {
                Value::String(s) if a.leaf().kind == Type::String => fold_attribute(&a, s).into_owned(),
                Value::Null => return None,
                Value::String(s) => s.clone(),
                other => other.to_string(),
            })
        });
        for key in folded {
            let new = UniqueKey { attribute: attribute.clone(), key };
            // a resource may contain a value twice, with different types, which is no conflict
            if !keys.contains(&new) {
                keys.push(new);
            }
        }
    }
    keys
}

/// The top-level attributes that differ. Ignores what is not part of a body (`id`, `meta`, members, groups) and names
/// that are in no schema.
fn differences(kind: &ResourceType, before: &Object, after: &Object) -> Vec<AttributeChange> {
    // most entries of a body are unchanged: those are not looked up in the schemas
    let gone = before.iter().filter(|(name, old)| after.get(name.as_str()) != Some(old));
    let there = after.iter().filter(|(name, new)| before.get(name.as_str()) != Some(new));
    let gone = kind.attributes_in(gone);
    let there = kind.attributes_in(there).filter(|a| a.value(before).is_none());
    let is_body = |a: &AttrRef| {
        let name = &a.attribute().name;
        a.extension().is_some()
            || !["id", "meta", "schemas"].iter().any(|n| name.is(n)) && !kind.is_linked(name)
    };
    let change = |attribute: AttrRef| {
        let (old, new) = (attribute.value(before), attribute.value(after));
        if old == new {
            return None;
        }
        Some(AttributeChange { attribute, old: old.cloned(), new: new.cloned() })
    };
    gone.chain(there).filter(is_body).filter_map(change).collect()
}

//! The result of a write request: the values that a store writes.

use crate::fold::fold_attribute;
use crate::notes::Notes;
use crate::path::AttrRef;
use crate::resource::{Id, Version};
use crate::schema::{ResourceType, Type};
use crate::value::{Object, Value};

/// A resource about to be made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewResource {
    /// The identifier, minted by the server.
    pub id: Id,
    /// The attributes, `schemas` included; no `id`, `meta`, members, or readOnly ones.
    pub body: Object,
    /// Its members, each once.
    pub members: Vec<Id>,
    /// What to do with members that do not exist.
    pub missing: MissingMembers,
    /// The keys that no other resource of the type may have.
    pub unique: Vec<UniqueKey>,
    /// writeOnly attributes. They are not part of the body: a store that has no use for them drops them.
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

/// The result of a PUT or PATCH.
///
/// A change of members alone is made without reading the resource: `body` is `None` and the work is in proportion
/// to the members named.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Change {
    /// The attributes as they are to be, when they were read and differ from what they were.
    pub body: Option<Object>,
    /// The same, attribute by attribute, for stores that keep columns of their own.
    pub attributes: Vec<AttributeChange>,
    /// Members that join and members that leave.
    pub members: MemberChange,
    /// Whether the resource is switched on or off by this.
    pub transition: Option<Transition>,
    /// The version on which all this was worked out, or that the client requires.
    pub expect: Option<Version>,
    /// The keys that no other resource of the type may have; complete when `body` is there.
    pub unique: Vec<UniqueKey>,
    /// writeOnly attributes that were set, and null for those that a PATCH cleared. An element of a list is
    /// there as a whole, so that a store can tell whose secret part it is.
    pub secrets: Object,
    /// The choices of the policy that made a difference while the change was worked out.
    pub notes: Notes,
}

impl Change {
    /// Whether nothing would be written, as far as can be known without the rows of the members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_none() && self.members.is_empty() && self.secrets.is_empty()
    }

    /// Works out what differs between two bodies and records it. `before` may hold more than a body: `id`, `meta`,
    /// members and groups do not count.
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
    /// Which attribute, never a sub-attribute.
    pub attribute: AttrRef,
    /// What it was.
    pub old: Option<Value>,
    /// What it is to be; `None` clears it.
    pub new: Option<Value>,
}

/// A resource was switched on or off: `active` changed its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// From inactive to active.
    Activated,
    /// From active to inactive.
    Deactivated,
}

/// Members that join and members that leave. First everybody leaves if `clear`, then `remove`, then `add`; no id is in
/// both lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// Whether all who are not in `add` leave.
    pub clear: bool,
    /// Members that join; one that is a member already stays as it is.
    pub add: Vec<Id>,
    /// Members that leave; one that is not a member changes nothing.
    pub remove: Vec<Id>,
    /// What to do with those in `add` that do not exist.
    pub missing: MissingMembers,
    /// Whether `add` is a list that a client put in the place of all members: where nobody of it exists it is one of wrong
    /// ids, and no wish to empty the group.
    pub listed: bool,
    /// Further lists, of each of which somebody must exist: what an operation named and a later one took back.
    pub some_of: Vec<Vec<Id>>,
}

impl MemberChange {
    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.clear && self.add.is_empty() && self.remove.is_empty() && self.some_of.is_empty()
    }

    /// The ids of which a store must know whether they exist.
    pub fn named(&self) -> impl Iterator<Item = &Id> {
        self.add.iter().chain(self.some_of.iter().flatten())
    }

    /// The ids for which a store must refuse the whole change, given which ids exist; `None` when the change may be made,
    /// without those in `add` that do not exist.
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

/// What to do with new members that do not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MissingMembers {
    /// Refuse the request and list them.
    #[default]
    Refuse,
    /// Leave them out and report them, as long as somebody is left of a list that takes the place of all others.
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

/// Whether a resource is switched on.
///
/// Only true gives access: where a type has `active`, no value is as good as false. A resource that is made without it
/// gets true, so it is absent only where a client took it away.
#[must_use]
pub fn is_active(resource_type: &ResourceType, body: &Object) -> bool {
    match resource_type.active() {
        Some(a) => body.get(a.name.as_str()).and_then(Value::as_bool) == Some(true),
        None => true,
    }
}

/// The unique keys of a body: of the attributes that are unique by schema, and of `more`.
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
            // a resource may have a value twice, with another type; it does not conflict with itself
            if !keys.contains(&new) {
                keys.push(new);
            }
        }
    }
    keys
}

/// The top-level attributes that differ. What is no part of a body (`id`, `meta`, members, groups) and names that no
/// schema has are passed over.
fn differences(kind: &ResourceType, before: &Object, after: &Object) -> Vec<AttributeChange> {
    // most members of a body stay as they are: those are not looked up in the schemas
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

//! Members that one operation adds, as the next operation sees them: with their type and URI.
//!
//! Only a store knows what a new member is, so the caller looks it up first, if an operation needs that.

use super::request::Op;
use super::resolve::Target;
use super::{Patch, delta};
use crate::path::AttrRef;
use crate::resource::Id;
use crate::validate::member_ids;
use crate::value::{Object, Value};
use std::collections::HashSet;

/// Members that one operation adds and a later one may ask more about than their id.
pub(super) fn asked_for(patch: &Patch) -> Vec<Id> {
    let (mut added, mut seen, mut asked) = (Vec::new(), HashSet::new(), 0);
    for r in patch.on_members() {
        match &r.target {
            Target::Attribute(a) if a.sub().is_none() && r.op != Op::Remove => {
                let ids = r.value.as_ref().map(member_ids).unwrap_or_default();
                added.extend(ids.into_iter().filter(|id| seen.insert(id.clone())));
            }
            Target::Elements { filter, .. } if delta::named(filter).is_none() => asked = added.len(),
            _ => {}
        }
    }
    added.truncate(asked);
    added
}

/// Completes the members in a document with what was looked up.
pub(super) fn complete(document: &mut Object, members: &AttrRef, patch: &Patch) {
    let Some(Value::Array(list)) = members.value_mut(document).filter(|_| !patch.known.is_empty()) else {
        return;
    };
    for member in list.iter_mut().filter_map(Value::as_object_mut) {
        let Some(link) = member.str("value").and_then(|id| patch.known.get(id)) else { continue };
        if !member.contains("type") {
            member.insert("type", &*link.resource_type);
        }
        if let (false, Some(service)) = (member.contains("$ref"), &patch.service) {
            member.insert("$ref", service.location_of(link));
        }
    }
}

//! A whole resource: POST and PUT bodies.

use super::attributes::{Reading, ValuePath, canonical, spelt};
use super::keep::keep;
use super::repeated::merge_repeated;
use super::required::{check_required, check_required_members};
use super::secrets::split_secrets;
use super::unique::also_unique_keys;
use super::user_name::check_user_name;
use crate::change::{Change, MemberChange, MissingMembers, UniqueKey};
use crate::error::{Error, ErrorKind, Place};
use crate::limits::Limits;
use crate::path::AttrRef;
use crate::policy::{Choice, Notes, Terms};
use crate::reference;
use crate::resource::Id;
use crate::schema::{Attribute, ResourceType, Schema};
use crate::text::excerpt;
use crate::value::{AttrName, Object, Value};
use std::fmt;

/// A body that can be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Accepted {
    /// The attributes, `schemas` first; without `id`, `meta`, members, readOnly and writeOnly attributes.
    pub body: Object,
    /// The ids of the members, without duplicates; `None` if the body did not mention them.
    pub members: Option<Vec<Id>>,
    /// What to do with members that do not exist.
    pub missing: MissingMembers,
    /// Keys that no other resource of the type may have.
    pub unique: Vec<UniqueKey>,
    /// writeOnly attributes.
    pub secrets: Object,
}

/// Checks the body of a POST. If the type has `active` and the body does not, the resource is active.
///
/// # Errors
/// `invalidSyntax` for `schemas` and names the type does not have; `invalidValue` for values of the wrong type and
/// missing required attributes. The detail names the attribute.
pub fn create(body: Object, resource_type: &ResourceType, terms: Terms<'_>) -> Result<Accepted, Error> {
    let mut read = Read::of(body, resource_type, terms)?;
    check_required_members(read.members.as_deref(), resource_type)?;
    if let Some(a) = resource_type.active() {
        read.body.get_or_insert_with(a.name.as_str(), || true.into());
    }
    check_user_name(resource_type, None, &read.body)?;
    Ok(read.accepted())
}

/// Checks the body of a PUT against the stored one, and computes the change.
///
/// `current` is the stored body, with or without `id` and `meta`.
///
/// # Errors
/// As for [`create`], and `mutability` for immutable attributes that differ.
pub fn replace(
    body: Object,
    current: &Object,
    resource_type: &ResourceType,
    terms: Terms<'_>,
) -> Result<Change, Error> {
    let read = Read::of(body, resource_type, terms)?;
    put(read, current)
}

/// Checks the body of a POST that takes over an inactive resource: like [`replace`], but `active` becomes true if the
/// body does not mention it. If the body mentions it without a value, it stays as it is.
///
/// # Errors
/// As for [`replace`].
pub fn take_over(
    body: Object,
    current: &Object,
    resource_type: &ResourceType,
    terms: Terms<'_>,
) -> Result<Change, Error> {
    let mut read = Read::of(body, resource_type, terms)?;
    if let Some(a) = resource_type.active().filter(|_| !read.speaks_of_active) {
        read.body.insert(a.name.as_str(), true);
    }
    put(read, current)
}

fn put(read: Read<'_>, current: &Object) -> Result<Change, Error> {
    let (kind, policy) = (read.kind, read.terms.policy);
    let before = stored_part(current.clone(), kind);
    let accepted = read.accepted();
    let (mut after, mut notes) = (accepted.body, Notes::default());
    // A PUT without `active` neither suspends nor revives: RFC 7644 section 3.5.1 lets the server treat an absent
    // attribute as not asserted.
    if let Some(a) = kind.active().filter(|a| !after.contains(a.name.as_str())) {
        if let Some(v) = before.get(a.name.as_str()) {
            after.insert(a.name.as_str(), v.clone());
        }
        if policy.active_stays {
            notes.record(Choice::ActiveStays);
            notes.leave_out(a.name.as_str());
        }
    }
    keep(kind, &before, &mut after)?;
    // an extension that was kept may lack something it requires
    check_required(&after, kind, false)?;
    check_user_name(kind, Some(&before), &after)?;
    let after = with_schemas(kind, after);
    let mut change = Change {
        unique: also_unique_keys(policy, kind, &after),
        secrets: accepted.secrets,
        ..Change::default()
    };
    change.set_body(kind, &before, after);
    if let Some(a) = kind.members() {
        match accepted.members {
            None if policy.members_stay => {
                notes.record(Choice::MembersStay);
                notes.leave_out(a.name.as_str());
            }
            members => {
                check_required_members(members.as_deref(), kind)?;
                let (add, missing) = (members.unwrap_or_default(), accepted.missing);
                let listed = !add.is_empty();
                change.members =
                    MemberChange { clear: true, listed, add, missing, ..MemberChange::default() };
            }
        }
    }
    change.notes = notes;
    Ok(change)
}

/// A body after reading.
struct Read<'a> {
    kind: &'a ResourceType,
    terms: Terms<'a>,
    body: Object,
    members: Option<Vec<Id>>,
    secrets: Object,
    /// Whether the body mentions `active`, with or without a value.
    speaks_of_active: bool,
}

impl<'a> Read<'a> {
    fn of(source: Object, kind: &'a ResourceType, terms: Terms<'a>) -> Result<Self, Error> {
        check_schemas(&source, kind).map_err(|e| terms.of_version(e, source.get("schemas")))?;
        let speaks_of_active = kind.active().is_some_and(|a| source.contains(a.name.as_str()));
        let (body, secrets) = (Object::new(), Object::new());
        let mut read = Self { kind, terms, body, members: None, secrets, speaks_of_active };
        for (name, value) in source {
            read.attribute(name, value)?;
        }
        check_required(&read.body, kind, true)?;
        check_lengths(&read.body, kind, terms.limits)?;
        let (body, secrets) = split_secrets(kind, read.body);
        Ok(Self { body, secrets, ..read })
    }

    fn accepted(self) -> Accepted {
        let body = with_schemas(self.kind, self.body);
        Accepted {
            unique: also_unique_keys(self.terms.policy, self.kind, &body),
            body,
            members: self.members,
            missing: self.terms.policy.missing_members,
            secrets: self.secrets,
        }
    }

    fn attribute(&mut self, name: AttrName, value: Value) -> Result<(), Error> {
        let kind = self.kind;
        if let Some(e) = kind.extension(name.as_str()) {
            return self.extension(&e.schema, value);
        }
        let Some(a) = kind.core_attribute(name.as_str()) else {
            return Err(unknown(name.as_str(), kind));
        };
        if a.name.is("schemas") {
            return Ok(());
        }
        let is_members = kind.members().is_some_and(|m| m.name == a.name);
        let is_list = value.as_array().is_some() && !a.is_read_only();
        let value = match self.read(a, value, ValuePath::Path(a.name.as_str()))? {
            Some(value) => value,
            // `[]` means that nobody is a member; null does not
            None if is_members && is_list => Value::Array(Vec::new()),
            None => return Ok(()),
        };
        if is_members {
            self.members = Some(member_ids(&value));
        } else {
            self.body.push(spelt(name, a), value);
        }
        Ok(())
    }

    fn extension(&mut self, schema: &Schema, value: Value) -> Result<(), Error> {
        if value == Value::Null {
            return Ok(());
        }
        let container = extension_object(schema, value)?;
        let mut kept = Object::new();
        for (name, value) in container {
            let Some(a) = schema.attribute(name.as_str()) else {
                return Err(unknown(&format!("{}:{name}", schema.id), self.kind));
            };
            if let Some(v) = self.read(a, value, ValuePath::Extended(&schema.id, &a.name))? {
                kept.push(spelt(name, a), v);
            }
        }
        if !kept.is_empty() {
            self.body.push(schema.id.clone(), kept.into());
        }
        Ok(())
    }

    /// `None` for what is not kept: no value, or readOnly (RFC 7644 section 3.3: "SHALL be ignored").
    fn read(&self, a: &Attribute, value: Value, at: ValuePath<'_>) -> Result<Option<Value>, Error> {
        if a.is_read_only() {
            return Ok(None);
        }
        let how = Reading { limits: self.terms.limits, service: self.terms.service, partial: false };
        let mut read = canonical(a, value, at, how)?;
        if let Some(value) = &mut read {
            reference::settle(a, value, self.terms.service);
            if let (true, Value::Array(list)) = (reference::is_reference(a), value) {
                // two values that identify one resource in different ways are one
                merge_repeated(a, list);
            }
        }
        Ok(read)
    }
}

/// The part of a document that is the body: without what the server adds.
pub(crate) fn stored_part(mut document: Object, kind: &ResourceType) -> Object {
    document.retain(|name, _| !(name.is("id") || name.is("meta") || kind.is_linked(name)));
    document
}

/// The body with `schemas` derived from its content (RFC 7643 section 3): the main schema, and each extension with a
/// value.
pub(crate) fn with_schemas(kind: &ResourceType, mut body: Object) -> Object {
    body.remove("schemas");
    let mut urns = vec![Value::from(kind.schema.id.as_str())];
    for e in &kind.extensions {
        match body.get(e.schema.id.as_str()) {
            Some(v) if v.is_unassigned() => {
                body.remove(e.schema.id.as_str());
            }
            Some(_) => urns.push(Value::from(e.schema.id.as_str())),
            None => {}
        }
    }
    let mut out = Object::new();
    out.insert("schemas", urns);
    for (name, value) in body {
        out.push(name, value);
    }
    out
}

/// The ids in a canonical list of members.
pub(crate) fn member_ids(list: &Value) -> Vec<Id> {
    list.elements().iter().filter_map(|v| v.as_object()?.str("value")).map(Id::from).collect()
}

fn check_schemas(source: &Object, kind: &ResourceType) -> Result<(), Error> {
    let syntax =
        |fault: fmt::Arguments<'_>| Err(Error::of_attribute(ErrorKind::InvalidSyntax, "schemas", fault));
    let main = &kind.schema.id;
    let list = match source.get("schemas") {
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(Value::Array(_) | Value::Null) | None => {
            return syntax(format_args!("is required: an array with `{main}`"));
        }
        Some(other) => return syntax(format_args!("must be an array, found {}", other.kind())),
    };
    let mut seen: Vec<&AttrName> = Vec::new();
    for urn in list {
        let Some(urn) = urn.as_str() else {
            return syntax(format_args!("must contain strings, found {}", urn.kind()));
        };
        let Some(schema) = kind.schema_of(urn) else {
            let (urn, kind) = (excerpt(urn), &kind.name);
            return syntax(format_args!("contains `{urn}`, which is not a schema of {kind}"));
        };
        if seen.contains(&&schema.id) {
            return syntax(format_args!("contains `{urn}` more than once"));
        }
        seen.push(&schema.id);
    }
    match seen.contains(&main) {
        true => Ok(()),
        false => syntax(format_args!("must contain `{main}`")),
    }
}

/// The object of an extension.
pub(crate) fn extension_object(schema: &Schema, value: Value) -> Result<Object, Error> {
    match value {
        Value::Object(o) => Ok(o),
        other => {
            let fault = format_args!("must be an object, found {}", other.kind());
            Err(Error::of_attribute(ErrorKind::InvalidValue, &schema.id, fault))
        }
    }
}

/// The error about a name that no schema of the type has.
pub(crate) fn unknown(name: &str, kind: &ResourceType) -> Error {
    let name = excerpt(name);
    let message = format!("the attribute `{name}` is not defined for the resource type `{}`", kind.name);
    Error::new(ErrorKind::InvalidSyntax, message).at(Place::attribute(name))
}

/// Limits indexed texts, which databases would limit too, each in its own way.
pub(crate) fn check_lengths(body: &Object, kind: &ResourceType, limits: &Limits) -> Result<(), Error> {
    let named = ["externalId", "displayName"].into_iter().filter_map(|n| kind.core_attribute(n));
    let keys = kind.unique_attributes().chain(named.map(|a| AttrRef::core(a.clone())));
    for a in keys {
        let length = a.leaf_values(body).filter_map(Value::as_str).map(str::len).max().unwrap_or_default();
        if length > limits.key_bytes {
            let fault = format_args!("has {length} bytes; the limit is {}", limits.key_bytes);
            return Err(Error::of_attribute(ErrorKind::InvalidValue, a, fault));
        }
    }
    Ok(())
}

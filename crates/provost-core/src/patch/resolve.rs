//! Binds operations to a schema: resolves every path, makes every value canonical, and refuses what can never be
//! applied.

mod schemas;

use super::request::{Op, PatchRequest, takes_no_value};
use crate::error::{Error, ErrorKind, Place, Text};
use crate::filter::{CompareOp, Filter, Literal, PatchPath, TypedFilter};
use crate::path::{AttrPath, AttrRef, UnknownAttribute};
use crate::policy::Terms;
use crate::reference;
use crate::schema::{Attribute, ResourceType, Schema, Type};
use crate::text::excerpt;
use crate::validate::{Reading, ValuePath, canonical, extension_object, merge_repeated, unknown};
use crate::value::{Object, Value};
use std::fmt;
use std::sync::Arc;

/// An operation ready to be applied.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) place: Place,
    pub(super) op: Op,
    pub(super) target: Target,
    /// In canonical form; `None` clears. Sub-attributes to clear are null.
    pub(super) value: Option<Value>,
    /// What a value path that matches nothing creates, if anything.
    pub(super) seed: Option<Object>,
}

/// What an operation applies to.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// An attribute, or one sub-attribute of it.
    Attribute(AttrRef),
    /// The values of an attribute that match a filter, or one sub-attribute of each.
    Elements { attribute: AttrRef, filter: TypedFilter, sub: Option<Arc<Attribute>> },
    /// A whole extension, for `remove` only.
    Extension(Arc<Schema>),
    /// A readOnly attribute in a value without path: accepted if it equals the stored value.
    Unchanged(AttrRef, Value),
    /// The list of schemas: extensions that are not in it are removed.
    Schemas { keep: Vec<String> },
}

/// Binds a request to a resource type.
pub(super) fn resolve(
    request: PatchRequest,
    kind: &ResourceType,
    terms: Terms<'_>,
) -> Result<Vec<Resolved>, Error> {
    let mut out = Vec::with_capacity(request.operations.len());
    for operation in request.operations {
        let place = operation.place();
        let mut r = Resolver { kind, terms, op: operation.op, place: &place, out: &mut out };
        match operation.path {
            None => r.without_path(operation.value),
            Some(path) => r.with_path(&path, operation.value),
        }
        .map_err(|e| e.at(place))?;
    }
    Ok(out)
}

/// What a value means.
enum Assignment {
    /// Write it; `None` clears.
    To(Option<Value>),
    /// Change nothing.
    Nothing,
}

/// Binds one operation.
struct Resolver<'a> {
    kind: &'a ResourceType,
    terms: Terms<'a>,
    op: Op,
    place: &'a Place,
    out: &'a mut Vec<Resolved>,
}

impl Resolver<'_> {
    /// RFC 7644 sections 3.5.2.1 and 3.5.2.3: without path, the value contains "a set of attributes", each of which is
    /// added or replaced.
    fn without_path(&mut self, value: Option<Value>) -> Result<(), Error> {
        let keys = match value {
            Some(Value::Object(keys)) => keys,
            other => {
                let found = other.map_or("nothing", |v| v.kind());
                let message =
                    format!("without a path the value must be an object of attributes, found {found}");
                return Err(Error::new(ErrorKind::InvalidSyntax, message));
            }
        };
        for (name, value) in keys {
            let key = name.as_str();
            if let Some(e) = self.kind.extension(key) {
                self.extension(&e.schema, Some(value))?;
            } else if let Some(a) = self.kind.core_attribute(key) {
                self.key(AttrRef::core(a.clone()), value)?;
            } else if let Some(found) = self.qualified(key) {
                self.key(found, value)?;
            } else {
                return Err(unknown_key(key, self.kind));
            }
        }
        Ok(())
    }

    /// `urn:..:User:department` as a key: RFC 7644 section 3.5.2 speaks of "adding an attribute with its fully
    /// qualified attribute name".
    fn qualified(&self, key: &str) -> Option<AttrRef> {
        let path = AttrPath::parse(key).filter(|p| p.schema.is_some() && p.sub.is_none())?;
        AttrRef::resolve(&path, self.kind).ok()
    }

    fn key(&mut self, found: AttrRef, value: Value) -> Result<(), Error> {
        if found.attribute().name.is("schemas") && found.extension().is_none() {
            return self.schemas(Some(value), None);
        }
        if found.leaf().is_read_only() {
            self.push(Target::Unchanged(found, value), None, None);
            return Ok(());
        }
        self.attribute(found, Some(value))
    }

    fn with_path(&mut self, path: &PatchPath, value: Option<Value>) -> Result<(), Error> {
        let found = match AttrRef::resolve(&path.path, self.kind) {
            Ok(found) => found,
            Err(e) => match path.path.container(self.kind).filter(|_| path.filter.is_none()) {
                Some(schema) => return self.extension(schema, value),
                None if path.path.is_core(self.kind) => return Err(core_as_path(self.kind)),
                None => return Err(e.into()),
            },
        };
        if found.attribute().name.is("schemas") && found.extension().is_none() {
            return self.schemas(value, path.filter.as_deref());
        }
        // RFC 7644 section 3.5.2: an operation must be "compatible with the attribute's mutability"
        if found.attribute().is_read_only() || found.leaf().is_read_only() {
            return Err(read_only(&found));
        }
        match &path.filter {
            None => self.attribute(found, value),
            Some(filter) => self.elements(path, filter, found, value),
        }
    }

    fn attribute(&mut self, found: AttrRef, value: Option<Value>) -> Result<(), Error> {
        if let Assignment::To(value) = self.canonical(found.leaf(), value, &found.to_string())? {
            self.check_member(&found, found.sub(), value.as_ref())?;
            self.push(Target::Attribute(found), value, None);
        }
        Ok(())
    }

    fn elements(
        &mut self,
        path: &PatchPath,
        filter: &Filter,
        attribute: AttrRef,
        value: Option<Value>,
    ) -> Result<(), Error> {
        if !attribute.attribute().is_complex() && !attribute.attribute().multi_valued {
            let fault = "has a single simple value: a value path has nothing to choose from";
            return Err(Error::of_attribute(ErrorKind::InvalidPath, &attribute, fault));
        }
        let typed = filter.resolve_element(&attribute).map_err(|e| {
            let message = format!("the filter of the path is not valid: {e}");
            Error::new(ErrorKind::InvalidFilter, message).at(Place::Byte { text: Text::Path, span: e.span() })
        })?;
        let sub = path.sub.as_ref().map(|name| {
            let unknown = || UnknownAttribute::sub(&attribute, name);
            attribute.attribute().sub(name).cloned().ok_or_else(unknown)
        });
        let sub = sub.transpose()?;
        if sub.as_ref().is_some_and(|s| s.is_read_only()) {
            return Err(read_only(path));
        }
        let creates = self.terms.policy.create_on_no_match && self.op != Op::Remove;
        let seed = creates.then(|| seed(filter, &attribute)).flatten();
        let leaf = sub.clone().unwrap_or_else(|| single(attribute.attribute()));
        if let Assignment::To(value) = self.canonical(&leaf, value, &excerpt(&path.to_string()))? {
            self.check_member(&attribute, sub.as_ref(), value.as_ref())?;
            self.push(Target::Elements { attribute, filter: typed, sub }, value, seed);
        }
        Ok(())
    }

    fn extension(&mut self, schema: &Arc<Schema>, value: Option<Value>) -> Result<(), Error> {
        let container = match (self.op, value) {
            (Op::Remove, _) | (Op::Replace, Some(Value::Null)) => {
                self.push(Target::Extension(schema.clone()), None, None);
                return Ok(());
            }
            (_, None | Some(Value::Null)) => return Ok(()),
            (_, Some(value)) => extension_object(schema, value)?,
        };
        for (name, value) in container {
            if schema.is_restated_by(&name, &value) {
                continue;
            }
            let Some(a) = schema.attribute(name.as_str()) else {
                return Err(unknown_key(&format!("{}:{name}", schema.id), self.kind));
            };
            self.key(AttrRef::extended(schema.clone(), a.clone()), value)?;
        }
        Ok(())
    }

    fn canonical(&self, leaf: &Attribute, value: Option<Value>, at: &str) -> Result<Assignment, Error> {
        let Some(value) = value else { return Ok(Assignment::To(None)) };
        if self.op == Op::Remove {
            return if value == Value::Null { Ok(Assignment::To(None)) } else { Err(takes_no_value()) };
        }
        let names_nothing = names_nothing(leaf, &value);
        let how = Reading { limits: self.terms.limits, service: self.terms.service, partial: true };
        Ok(match canonical(leaf, value, ValuePath::Path(at), how)? {
            // RFC 7644 section 3.5.2.1: sub-attributes that are not named stay, so `{}` changes nothing
            None if names_nothing => Assignment::Nothing,
            // adding nothing adds nothing
            None if self.op == Op::Add => Assignment::Nothing,
            value => Assignment::To(value.map(|value| self.settled(leaf, value))),
        })
    }

    /// Settles references in list elements before these are compared with existing ones.
    fn settled(&self, leaf: &Attribute, mut value: Value) -> Value {
        if let (true, Value::Array(list)) = (leaf.multi_valued && reference::is_reference(leaf), &mut value) {
            list.iter_mut().for_each(|element| reference::settle(leaf, element, self.terms.service));
            merge_repeated(leaf, list);
        }
        value
    }

    /// A member without an id would be nobody.
    fn check_member(
        &self,
        a: &AttrRef,
        sub: Option<&Arc<Attribute>>,
        value: Option<&Value>,
    ) -> Result<(), Error> {
        if self.kind.is_members(a) && value.is_none() && sub.is_some_and(|s| s.name.is("value")) {
            let name = &a.attribute().name;
            return Err(Error::of_attribute(ErrorKind::InvalidValue, name, "cannot be without `value`")
                .with_remedy("remove the member by a value path instead"));
        }
        Ok(())
    }

    fn push(&mut self, target: Target, value: Option<Value>, seed: Option<Object>) {
        self.out.push(Resolved { place: self.place.clone(), op: self.op, target, value, seed });
    }
}

/// The definition of a single value of a multi-valued attribute.
fn single(a: &Arc<Attribute>) -> Arc<Attribute> {
    Arc::new(Attribute { multi_valued: false, ..(**a).clone() })
}

/// The value that the `eq` terms of a filter describe, with the schema's spelling of names. `None` if one of them names
/// a part that cannot be written.
fn seed(filter: &Filter, attribute: &AttrRef) -> Option<Object> {
    let terms: &[Filter] = match filter {
        Filter::And(all) => all,
        one => std::slice::from_ref(one),
    };
    let mut out = Object::new();
    for term in terms {
        let Filter::Compare { path, op: CompareOp::Eq, value, .. } = term else { return None };
        let sub = attribute.attribute().sub(&path.name).filter(|s| !s.is_read_only())?;
        let value = match (value, sub.kind) {
            (Literal::String(s), _) => Value::from(&**s),
            (Literal::Number(n), _) => Value::Number(*n),
            (Literal::Bool(b), Type::Boolean) => Value::Bool(*b),
            _ => return None,
        };
        out.insert(sub.name.as_str(), value);
    }
    Some(out)
}

/// Whether a value for a complex attribute consists of objects only: if nothing is left of it, they name no
/// sub-attribute.
fn names_nothing(leaf: &Attribute, value: &Value) -> bool {
    let object = |v: &Value| v.as_object().is_some();
    leaf.is_complex()
        && (object(value) || value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(object)))
}

fn core_as_path(kind: &ResourceType) -> Error {
    let urn = &kind.schema.id;
    let example = kind.schema.attributes.first().map_or("displayName", |a| a.name.as_str());
    Error::new(ErrorKind::InvalidPath, format!("`{urn}` is the schema of the resource itself"))
        .with_remedy(&format!("name one of its attributes, like `{example}`"))
}

/// RFC 7644 section 3.5.2: an operation on something a client may not write.
pub(super) fn read_only(what: impl fmt::Display) -> Error {
    let what = excerpt(&what.to_string());
    Error::of_attribute(ErrorKind::Mutability, what, "is readOnly and cannot be written")
}

fn unknown_key(key: &str, kind: &ResourceType) -> Error {
    let e = unknown(key, kind);
    if key.contains(['.', '[']) { e.and("a path belongs in `path`") } else { e }
}

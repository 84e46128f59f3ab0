//! Operations bound to a schema: every path found, every value in canonical form, what can never be applied refused.

mod schemas;

use super::request::{Op, Operation, PatchRequest, Place, takes_no_value};
use crate::error::{self, Error, ErrorKind, Text};
use crate::filter::{CompareOp, Filter, Literal, PatchPath, TypedFilter};
use crate::path::{AttrPath, AttrRef};
use crate::policy::Terms;
use crate::reference;
use crate::schema::{Attribute, Mutability, ResourceType, Schema, Type};
use crate::text::excerpt;
use crate::validate::{Reading, ValuePath, canonical, merge_repeated};
use crate::value::{Object, Value};
use std::sync::Arc;

/// An operation that is ready to be applied.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    pub(super) place: Place,
    pub(super) op: Op,
    pub(super) target: Target,
    /// Canonical; `None` clears. Sub-attributes to be cleared are null.
    pub(super) value: Option<Value>,
    /// What a value path that matches nothing makes, if it makes something.
    pub(super) seed: Option<Object>,
}

/// Where an operation applies.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// An attribute, or one sub-attribute of it.
    Attribute(AttrRef),
    /// The values of an attribute that meet a filter, or one sub-attribute of each.
    Elements { attribute: AttrRef, filter: TypedFilter, sub: Option<Arc<Attribute>> },
    /// A whole extension; only `remove` is left of it here.
    Extension(Arc<Schema>),
    /// A readOnly attribute in a value without path: fine as long as it is the value that is there.
    Unchanged(AttrRef, Value),
    /// The list of schemas: extensions that are not in it go.
    Schemas { keep: Vec<String> },
}

/// Binds a request to a resource type.
pub(super) fn resolve(
    request: PatchRequest,
    kind: &ResourceType,
    terms: Terms<'_>,
) -> Result<Vec<Resolved>, Error> {
    let mut r =
        Resolver { kind, terms, place: Place::default(), out: Vec::with_capacity(request.operations.len()) };
    for operation in request.operations {
        let place = operation.place();
        r.place.clone_from(&place);
        match &operation.path {
            None => r.without_path(operation),
            Some(_) => r.with_path(operation),
        }
        .map_err(|e| e.at(place))?;
    }
    Ok(r.out)
}

/// What a value asks for.
enum Assignment {
    /// To be written; `None` clears.
    To(Option<Value>),
    /// No change.
    Nothing,
}

struct Resolver<'a> {
    kind: &'a ResourceType,
    terms: Terms<'a>,
    /// Of the operation at hand.
    place: Place,
    out: Vec<Resolved>,
}

impl Resolver<'_> {
    /// RFC 7644 sections 3.5.2.1 and 3.5.2.3: without path, the value holds "a set of attributes", each of which is
    /// added or replaced.
    fn without_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        let keys = match operation.value.take() {
            Some(Value::Object(keys)) => keys,
            other => {
                let found = other.map_or("nothing", |v| v.kind());
                let said = format!("without a path the value must be an object of attributes, found {found}");
                return Err(Error::new(ErrorKind::InvalidSyntax, said));
            }
        };
        for (name, value) in keys {
            let key = name.as_str();
            if let Some(e) = self.kind.extension(key) {
                let schema = e.schema.clone();
                self.extension(&operation, &schema, Some(value))?;
            } else if let Some(a) = self.kind.core_attribute(key).cloned() {
                self.key(&operation, AttrRef::core(a), value)?;
            } else if let Some(found) = self.qualified(key) {
                self.key(&operation, found, value)?;
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

    fn key(&mut self, operation: &Operation, found: AttrRef, value: Value) -> Result<(), Error> {
        if found.attribute().name.is("schemas") && found.extension().is_none() {
            return self.schemas(operation, Some(value), None);
        }
        if found.leaf().mutability == Mutability::ReadOnly {
            self.push(operation, Target::Unchanged(found, value), None, None);
            return Ok(());
        }
        self.attribute(operation, found, Some(value))
    }

    fn with_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        let Some(path) = operation.path.take() else { return Ok(()) };
        let value = operation.value.take();
        let found = match AttrRef::resolve(&path.path, self.kind) {
            Ok(found) => found,
            Err(e) => match path.path.container(self.kind).cloned().filter(|_| path.filter.is_none()) {
                Some(schema) => return self.extension(&operation, &schema, value),
                None if path.path.is_core(self.kind) => return Err(core_as_path(self.kind)),
                None => return Err(e.into()),
            },
        };
        if found.attribute().name.is("schemas") && found.extension().is_none() {
            return self.schemas(&operation, value, path.filter.as_deref());
        }
        // RFC 7644 section 3.5.2: an operation must be "compatible with the attribute's mutability"
        if [Some(found.attribute()), found.sub()]
            .into_iter()
            .flatten()
            .any(|a| a.mutability == Mutability::ReadOnly)
        {
            return Err(read_only(&found.to_string()));
        }
        match path.filter {
            None => self.attribute(&operation, found, value),
            Some(_) => self.elements(&operation, &path, found, value),
        }
    }

    fn attribute(
        &mut self,
        operation: &Operation,
        found: AttrRef,
        value: Option<Value>,
    ) -> Result<(), Error> {
        if let Assignment::To(value) = self.canonical(operation, found.leaf(), value, &found.to_string())? {
            self.check_member(&found.whole(), found.sub(), value.as_ref())?;
            self.push(operation, Target::Attribute(found), value, None);
        }
        Ok(())
    }

    fn elements(
        &mut self,
        operation: &Operation,
        path: &PatchPath,
        attribute: AttrRef,
        value: Option<Value>,
    ) -> Result<(), Error> {
        let Some(syntax) = path.filter.as_deref() else { return Ok(()) };
        if !attribute.attribute().is_complex() && !attribute.attribute().multi_valued {
            let said = format!("`{attribute}` has one simple value: a value path has nothing to choose from");
            return Err(Error::new(ErrorKind::InvalidPath, said));
        }
        let filter = syntax.resolve_element(&attribute).map_err(|e| {
            let said = format!("the filter of the path is not valid: {e}");
            Error::new(ErrorKind::InvalidFilter, said)
                .at(error::Place::Byte { text: Text::Path, span: e.span() })
        })?;
        let sub = match &path.sub {
            None => None,
            Some(name) => match attribute.attribute().sub(name) {
                Some(sub) => Some(sub.clone()),
                None => {
                    let said =
                        format!("the attribute `{attribute}` has no sub-attribute `{}`", excerpt(name));
                    return Err(Error::new(ErrorKind::InvalidPath, said));
                }
            },
        };
        if sub.as_ref().is_some_and(|s| s.mutability == Mutability::ReadOnly) {
            return Err(read_only(&path.to_string()));
        }
        let creates = self.terms.policy.create_on_no_match && operation.op != Op::Remove;
        let seed = creates.then(|| seed(syntax, &attribute)).flatten();
        let leaf = sub.clone().unwrap_or_else(|| single(attribute.attribute()));
        if let Assignment::To(value) = self.canonical(operation, &leaf, value, &path.to_string())? {
            self.check_member(&attribute, sub.as_ref(), value.as_ref())?;
            self.push(operation, Target::Elements { attribute, filter, sub }, value, seed);
        }
        Ok(())
    }

    fn extension(
        &mut self,
        operation: &Operation,
        schema: &Arc<Schema>,
        value: Option<Value>,
    ) -> Result<(), Error> {
        if operation.op == Op::Remove {
            self.push(operation, Target::Extension(schema.clone()), None, None);
            return Ok(());
        }
        let container = match value {
            Some(Value::Object(o)) => o,
            Some(Value::Null) if operation.op == Op::Replace => {
                self.push(operation, Target::Extension(schema.clone()), None, None);
                return Ok(());
            }
            Some(Value::Null) | None => return Ok(()),
            Some(other) => {
                let said = format!("`{}` must be an object, found {}", schema.id, other.kind());
                return Err(Error::new(ErrorKind::InvalidValue, said).at(error::Place::attribute(&schema.id)));
            }
        };
        for (name, value) in container {
            if schema.is_restated_by(&name, &value) {
                continue;
            }
            let Some(a) = schema.attribute(name.as_str()).cloned() else {
                return Err(unknown_key(&format!("{}:{name}", schema.id), self.kind));
            };
            self.key(operation, AttrRef::extended(schema.clone(), a), value)?;
        }
        Ok(())
    }

    fn canonical(
        &self,
        operation: &Operation,
        leaf: &Attribute,
        value: Option<Value>,
        at: &str,
    ) -> Result<Assignment, Error> {
        let Some(value) = value else { return Ok(Assignment::To(None)) };
        if operation.op == Op::Remove {
            return if value == Value::Null { Ok(Assignment::To(None)) } else { Err(takes_no_value()) };
        }
        let names_nothing = names_nothing(leaf, &value);
        let how = Reading { limits: self.terms.limits, service: self.terms.service, partial: true };
        Ok(match canonical(leaf, value, ValuePath::Path(at), how)? {
            // RFC 7644 section 3.5.2.1: sub-attributes that are not named stay, so `{}` changes none
            None if names_nothing => Assignment::Nothing,
            // adding nothing adds nothing
            None if operation.op == Op::Add => Assignment::Nothing,
            value => Assignment::To(value.map(|value| self.settled(leaf, value))),
        })
    }

    /// Elements of a list are whole: what each refers to is known before it is compared with those there are.
    fn settled(&self, leaf: &Attribute, mut value: Value) -> Value {
        if let (true, Value::Array(list)) = (leaf.multi_valued && reference::is_reference(leaf), &mut value) {
            list.iter_mut().for_each(|element| reference::settle(leaf, element, self.terms.service));
            merge_repeated(leaf, list);
        }
        value
    }

    /// A member without its id would be nobody.
    fn check_member(
        &self,
        a: &AttrRef,
        sub: Option<&Arc<Attribute>>,
        value: Option<&Value>,
    ) -> Result<(), Error> {
        let of_members =
            a.extension().is_none() && self.kind.members().is_some_and(|m| m.name == a.attribute().name);
        if of_members && value.is_none() && sub.is_some_and(|s| s.name.is("value")) {
            let said = format!("`{a}` cannot be without `value`");
            return Err(Error::new(ErrorKind::InvalidValue, said)
                .at(error::Place::attribute(a))
                .with_remedy("remove the member by a value path instead"));
        }
        Ok(())
    }

    fn push(&mut self, operation: &Operation, target: Target, value: Option<Value>, seed: Option<Object>) {
        self.out.push(Resolved { place: self.place.clone(), op: operation.op, target, value, seed });
    }
}

/// The definition of one value of a multi-valued attribute.
fn single(a: &Arc<Attribute>) -> Arc<Attribute> {
    Arc::new(Attribute { multi_valued: false, ..(**a).clone() })
}

/// The value that the `eq` terms of a filter describe, names spelt as in the schema. `None` when one of them names a
/// part that cannot be written.
fn seed(filter: &Filter, attribute: &AttrRef) -> Option<Object> {
    let terms: &[Filter] = match filter {
        Filter::And(all) => all,
        one => std::slice::from_ref(one),
    };
    let mut out = Object::new();
    for term in terms {
        let Filter::Compare { path, op: CompareOp::Eq, value, .. } = term else { return None };
        let sub = attribute.attribute().sub(&path.name).filter(|s| s.mutability != Mutability::ReadOnly)?;
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

/// Whether a value for a complex attribute holds objects alone: where nothing comes of it, they name no part.
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

fn read_only(what: &str) -> Error {
    Error::new(ErrorKind::Mutability, format!("`{}` is readOnly: it cannot be written", excerpt(what)))
        .at(error::Place::attribute(what))
}

fn unknown_key(key: &str, kind: &ResourceType) -> Error {
    let (key, hint) =
        (excerpt(key), if key.contains(['.', '[']) { "; a path belongs into `path`" } else { "" });
    let said = format!("the attribute `{key}` is not defined for the resource type `{}`{hint}", kind.name);
    Error::new(ErrorKind::InvalidSyntax, said).at(error::Place::attribute(key))
}

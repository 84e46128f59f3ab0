//! Which attributes an answer contains (RFC 7644 sections 3.4.2.5 and 3.9; RFC 7643 section 7, `returned`).

mod render;

pub use render::{PageStart, list_head, render, render_list};

use crate::error::{self, Error, ErrorKind};
use crate::path::{AttrPath, AttrRef};
use crate::policy::{Choice, Notes, Terms};
use crate::query::Include;
use crate::schema::{Attribute, ResourceType, Returned, Schema, common};
use crate::value::{AttrName, Object, Value};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// How many bytes are copied, or written for links, in the time of parsing one.
const COPIED: usize = 8;
/// How many names an attribute is compared with in the time of parsing it.
const NAMES: usize = 16;

/// Which attributes an answer contains.
///
/// ```
/// use provost_core::project::Projection;
/// use provost_core::value::parse_object;
/// use provost_core::policy::Terms;
/// use provost_core::{Limits, Policy, SchemaSet};
///
/// let set = SchemaSet::builtin();
/// let user = set.resource_type("User").ok_or("User")?;
/// let limits = Limits::default();
/// let terms = Terms::new(Policy::default(), &limits);
/// let p = Projection::parse(Some("name.givenName"), None, user, terms, &mut Default::default())?;
/// let mut doc = parse_object(r#"{"id":"1","userName":"babs","name":{"givenName":"B","familyName":"J"}}"#)?;
/// p.apply(&mut doc, user);
/// assert_eq!(doc.to_string(), r#"{"id":"1","name":{"givenName":"B"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    mode: Mode,
    named: Vec<Named>,
    /// The attributes that the client has just written and that are only returned on request.
    written: Vec<AttrRef>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Mode {
    /// Neither parameter was given.
    #[default]
    Default,
    /// `attributes`: the minimum, and what is named.
    Only,
    /// `excludedAttributes`: the default, without what is named.
    Without,
}

#[derive(Debug, Clone, PartialEq)]
enum Named {
    Attribute(AttrRef),
    /// A schema's URN alone: all its attributes (RFC 7644 section 3.10).
    Schema(Arc<Schema>),
}

impl Projection {
    /// Parses the two parameters, each a comma-separated list of names. Names the type does not have are ignored.
    ///
    /// # Errors
    /// Both are given and the policy does not say which counts; or there are more names than
    /// [`Limits::attributes`](crate::Limits::attributes).
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        resource_type: &ResourceType,
        terms: Terms<'_>,
        notes: &mut Notes,
    ) -> Result<Self, Error> {
        let given = |list: Option<&str>| list.is_some_and(|l| !l.trim().is_empty());
        // RFC 7644 section 3.9: the parameters "are mutually exclusive"
        if given(attributes) && given(excluded) {
            if !terms.policy.attributes_win {
                let message = "`attributes` and `excludedAttributes` are mutually exclusive";
                return Err(Error::new(ErrorKind::InvalidValue, message)
                    .at(error::Place::parameter("excludedAttributes"))
                    .with_remedy("send only one of them"));
            }
            notes.record(Choice::AttributesWin);
        }
        let (mode, parameter, list) = match (given(attributes), given(excluded)) {
            (true, _) => (Mode::Only, "attributes", attributes),
            (false, true) => (Mode::Without, "excludedAttributes", excluded),
            (false, false) => return Ok(Self::default()),
        };
        let list = list.unwrap_or_default();
        let (names, most) = (list.split(',').count(), terms.limits.attributes);
        if names > most {
            let message = format!("`{parameter}` has {names} names; the limit is {most}");
            let place = error::Place::parameter(parameter);
            return Err(Error::new(ErrorKind::InvalidValue, message).at(place));
        }
        // each name is checked for every value of every resource, so duplicates are dropped
        let mut seen = HashSet::new();
        let mut find = |name: &str| {
            Named::find(name.trim(), resource_type).filter(|named| seen.insert(named.to_string()))
        };
        let named = list.split(',').filter_map(&mut find).collect();
        Ok(Self { mode, named, written: Vec::new() })
    }

    /// For the answer to a write: adds the attributes that the client has just written. RFC 7643 section 7 then returns
    /// those with `returned` `request`, unless `attributes` or `excludedAttributes` says otherwise.
    #[must_use]
    pub fn with_written(mut self, written: impl IntoIterator<Item = AttrRef>) -> Self {
        self.written = written.into_iter().filter(on_request).collect();
        self
    }

    /// Whether either parameter was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.mode != Mode::Default
    }

    /// What a store has to look up.
    #[must_use]
    pub fn include(&self, resource_type: &ResourceType) -> Include {
        let wanted = |a: Option<&Arc<Attribute>>| a.is_some_and(|a| self.keeps(Position::core(a)));
        Include {
            members: wanted(resource_type.members()),
            groups: wanted(resource_type.groups()),
            as_text: self.keeps_body(resource_type),
        }
    }

    /// The approximate work to [`render`] resources with this total size ([`Resource::size`]), in bytes of JSON that
    /// could be parsed in the same time: a few dozen KiB per millisecond.
    ///
    /// [`Resource::size`]: crate::Resource::size
    #[must_use]
    pub fn work(&self, bytes: usize, resource_type: &ResourceType) -> usize {
        match self.keeps_body(resource_type) {
            true => bytes / COPIED,
            // each name is compared with each attribute
            false => (bytes / NAMES).saturating_mul(NAMES.saturating_add(self.named.len())),
        }
    }

    /// Whether the answer contains every attribute of a stored body, so that its text can be served as it is.
    pub(crate) fn keeps_body(&self, kind: &ResourceType) -> bool {
        let linked =
            |a: &AttrRef| a.extension().is_none() && a.sub().is_none() && kind.is_linked(&a.attribute().name);
        let spared = self.named.iter().all(|n| matches!(n, Named::Attribute(a) if linked(a)));
        self.mode != Mode::Only && spared && !kind.has_hidden()
    }

    /// Removes from a document what the answer does not contain.
    pub fn apply(&self, document: &mut Object, resource_type: &ResourceType) {
        document.retain(|name, value| match (resource_type.extension(name.as_str()), value) {
            (Some(e), Value::Object(o)) => {
                o.retain(|n, v| self.keep(Some(&e.schema), e.schema.attribute(n.as_str()), v));
                !o.is_empty()
            }
            (Some(_), _) => false,
            (None, value) => self.keep(None, resource_type.core_attribute(name.as_str()), value),
        });
    }

    /// Whether the attribute stays; removes sub-attributes that do not.
    fn keep(
        &self,
        schema: Option<&Arc<Schema>>,
        attribute: Option<&Arc<Attribute>>,
        value: &mut Value,
    ) -> bool {
        let at = attribute.map(|attribute| Position { schema, attribute, sub: None });
        let Some(at) = at.filter(|at| self.keeps(*at)) else { return false };
        if !at.attribute.is_complex() {
            return true;
        }
        match value {
            Value::Object(o) => self.thin(at, o),
            Value::Array(list) => {
                list.iter_mut().filter_map(Value::as_object_mut).for_each(|o| self.thin(at, o));
                list.retain(|v| !v.is_unassigned());
            }
            _ => {}
        }
        !value.is_unassigned()
    }

    fn thin(&self, at: Position<'_>, o: &mut Object) {
        o.retain(|name, _| at.attribute.sub(name.as_str()).is_some_and(|sub| self.keeps_sub(at, sub)));
    }

    fn keeps(&self, at: Position<'_>) -> bool {
        let whole = self.named.iter().any(|n| n.is_whole(at));
        let part = || self.named.iter().any(|n| n.is_part(at));
        match (at.attribute.returned, self.mode) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (_, Mode::Only) => whole || part(),
            (Returned::Default, Mode::Default) => true,
            (Returned::Default, Mode::Without) => !whole,
            (Returned::Request, _) => !whole && self.written.iter().any(|w| at.is_in(w)),
        }
    }

    fn keeps_sub(&self, whole: Position<'_>, sub: &Arc<Attribute>) -> bool {
        let at = Position { sub: Some(sub), ..whole };
        let named = || self.named.iter().any(|n| n.is_part(at));
        match (sub.returned, self.mode) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (Returned::Request, Mode::Only) => named(),
            (Returned::Request, _) => !named() && self.written.iter().any(|w| at.is_part(w)),
            (Returned::Default, Mode::Default) => true,
            (Returned::Default, Mode::Only) => {
                let always = at.attribute.returned == Returned::Always;
                always || named() || self.named.iter().any(|n| n.is_whole(at))
            }
            (Returned::Default, Mode::Without) => !named(),
        }
    }
}

/// An attribute in a document, or a sub-attribute.
#[derive(Clone, Copy)]
struct Position<'a> {
    schema: Option<&'a Arc<Schema>>,
    attribute: &'a Arc<Attribute>,
    sub: Option<&'a Arc<Attribute>>,
}

impl<'a> Position<'a> {
    fn core(attribute: &'a Arc<Attribute>) -> Self {
        Self { schema: None, attribute, sub: None }
    }

    /// Whether the path names the attribute or a part of it.
    fn is_in(self, path: &AttrRef) -> bool {
        path.extension().map(|s| &s.id) == self.schema.map(|s| &s.id)
            && path.attribute().name == self.attribute.name
    }

    /// Whether the path names this part; for a whole attribute, any part of it.
    fn is_part(self, path: &AttrRef) -> bool {
        self.is_in(path) && path.sub().is_some_and(|s| self.sub.is_none_or(|sub| s.name == sub.name))
    }
}

/// The attributes in a POST or PUT body that are only returned on request, for [`Projection::with_written`].
#[must_use]
pub fn written_in(body: &Object, resource_type: &ResourceType) -> Vec<AttrRef> {
    let mut out = Vec::new();
    if resource_type.has_hidden() {
        for a in resource_type.attributes_in(body.iter()) {
            let value = a.value(body);
            note(a, value, &mut out);
        }
    }
    out
}

/// Adds an attribute, and those parts of its value that are only returned on request.
pub(crate) fn note(a: AttrRef, value: Option<&Value>, out: &mut Vec<AttrRef>) {
    let parts = if a.sub().is_none() { &a.attribute().sub_attributes[..] } else { &[] };
    for sub in parts.iter().filter(|s| s.returned == Returned::Request) {
        let has = |v: &Value| v.as_object().is_some_and(|o| o.contains(sub.name.as_str()));
        if value.is_some_and(|v| v.elements().iter().any(has)) {
            out.push(a.clone().with_sub(sub.clone()));
        }
    }
    if on_request(&a) {
        out.push(a);
    }
}

fn on_request(a: &AttrRef) -> bool {
    a.attribute().returned == Returned::Request || a.leaf().returned == Returned::Request
}

/// With the schema's names, so that different spellings are the same.
impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(a) => a.fmt(f),
            Self::Schema(schema) => schema.id.fmt(f),
        }
    }
}

impl Named {
    fn find(name: &str, kind: &ResourceType) -> Option<Self> {
        if let Some(schema) = kind.schema_of(name) {
            return Some(Self::Schema(schema.clone()));
        }
        // `emails[type eq "work"]` selects no single value here; it counts as the attribute
        let name = name.split_once('[').map_or(name, |(head, _)| head);
        let path = AttrPath::parse(name)?;
        // accepting an extension's attribute without its URN does no harm here: at worst it is ignored
        let found = AttrRef::resolve(&path, kind).ok().or_else(|| AttrRef::unqualified(&path, kind));
        found.map(Self::Attribute)
    }

    fn is_whole(&self, at: Position<'_>) -> bool {
        match self {
            Self::Attribute(a) => a.sub().is_none() && at.is_in(a),
            // the URN of the main schema means the attributes it defines, not the common ones
            Self::Schema(s) => match at.schema {
                Some(e) => e.id == s.id,
                None => s.attribute(at.attribute.name.as_str()).is_some() && !is_common(&at.attribute.name),
            },
        }
    }

    fn is_part(&self, at: Position<'_>) -> bool {
        matches!(self, Self::Attribute(a) if at.is_part(a))
    }
}

fn is_common(name: &AttrName) -> bool {
    common().attribute(name.as_str()).is_some()
}

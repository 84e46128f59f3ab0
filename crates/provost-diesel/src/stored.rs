//! What is stored of a body besides its text: columns, the folded copy, and element rows.

use crate::keys::key;
use crate::layout::{
    COLUMN_COUNT, Column, Side, element_column, folded_name, folded_sub, has_row, is_indexed,
};
use provost_core::fold::{Folding, fold};
use provost_core::schema::{Attribute, Returned, Schema, common};
use provost_core::value::Value;
use provost_core::{AttrRef, Object, ResourceType};
use std::sync::Arc;

/// What is derived from a body.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Stored {
    pub(crate) keys: Keys,
    /// The values without a column.
    pub(crate) folded: Object,
}

/// The indexed part of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Keys {
    /// The folded values with a column.
    pub(crate) columns: [Option<String>; COLUMN_COUNT],
    /// `active` as sent.
    pub(crate) active: Option<bool>,
    /// How other resources display this one: its `displayName`.
    pub(crate) label: Option<String>,
    /// The folded label, if the column of `displayName` does not already contain it.
    pub(crate) label_key: Option<String>,
    /// The elements of indexed attributes.
    pub(crate) elements: Vec<Element>,
}

/// A row of `scim_element`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Element {
    pub(crate) path: String,
    pub(crate) ord: i64,
    pub(crate) value: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) primary: Option<String>,
}

impl Stored {
    pub(crate) fn of(kind: &ResourceType, body: &Object) -> Self {
        let mut stored = Self::default();
        if let Some(a) = kind.active() {
            stored.keys.active = body.get(a.name.as_str()).and_then(Value::as_bool);
        }
        for (attribute, value) in values(kind, body) {
            if !value.is_unassigned() && Side::of(&attribute, kind).is_none() {
                stored.add(kind, &attribute, value);
            }
        }
        let label = body.str("displayName");
        let folded = label.map(|l| fold(Folding::Caseless, l));
        let display = stored.keys.columns.iter().zip(Column::all()).find(|(_, c)| c.name() == "display_key");
        if display.is_none_or(|(key, _)| key.as_deref() != folded.as_deref()) {
            stored.keys.label_key = folded.map(std::borrow::Cow::into_owned);
        }
        stored.keys.label = label.map(str::to_owned);
        // in the order in which they are read back
        stored.keys.elements.sort_by(|a, b| (&a.path, a.ord).cmp(&(&b.path, b.ord)));
        stored
    }

    fn add(&mut self, kind: &ResourceType, attribute: &AttrRef, value: &Value) {
        let definition = attribute.attribute();
        if definition.multi_valued {
            self.add_elements(kind, attribute, value);
        } else if definition.is_complex() {
            let Some(object) = value.as_object() else { return };
            for part in parts(attribute) {
                if let Some(value) = part.sub().and_then(|s| object.get(s.name.as_str())) {
                    self.add_single(kind, &part, value);
                }
            }
        } else {
            self.add_single(kind, attribute, value);
        }
    }

    fn add_single(&mut self, kind: &ResourceType, attribute: &AttrRef, value: &Value) {
        let folded = simple(attribute, value);
        if let (true, Some(Value::String(key))) = (has_row(attribute, kind), &folded) {
            self.keys.elements.push(Element {
                path: folded_name(attribute),
                value: Some(key.clone()),
                ..Element::default()
            });
        }
        match (Column::of(attribute), folded) {
            (Some(column), Some(Value::String(key))) => {
                if let Some(slot) = self.keys.columns.get_mut(column.index()) {
                    *slot = Some(key);
                }
            }
            (None, Some(folded)) => {
                self.folded.insert(folded_name(attribute), folded);
            }
            _ => {}
        }
    }

    fn add_elements(&mut self, kind: &ResourceType, attribute: &AttrRef, value: &Value) {
        let indexed = is_indexed(attribute, kind);
        let mut all = Vec::new();
        let parts: Vec<AttrRef> = parts(attribute).collect();
        for element in value.elements().iter().filter(|e| !e.is_unassigned()) {
            let Some(object) = element.as_object() else {
                let folded = simple(attribute, element);
                if let (true, Some(Value::String(key))) = (indexed, &folded) {
                    let (path, ord) = (folded_name(attribute), self.place());
                    self.keys.elements.push(Element {
                        path,
                        ord,
                        value: Some(key.clone()),
                        ..Element::default()
                    });
                }
                all.extend(folded);
                continue;
            };
            let folded = parts.iter().filter_map(|part| {
                let value = part.sub().and_then(|s| object.get(s.name.as_str()))?;
                Some((folded_sub(part)?, simple(part, value)?))
            });
            if indexed {
                self.keys.elements.push(row(attribute, &parts, object, self.place()));
            }
            all.push(Value::Object(folded.collect()));
        }
        if !all.is_empty() {
            self.folded.insert(folded_name(attribute), all);
        }
    }
}

impl Keys {
    /// The key by which its `userName` is looked up: that of the name, unless the resource got a
    /// [`substitute`](crate::keys::substitute).
    pub(crate) fn name_key(&self) -> Option<&str> {
        let [name_key, ..] = &self.columns;
        name_key.as_deref()
    }

    pub(crate) fn set_name_key(&mut self, key: Option<String>) {
        let [name_key, ..] = &mut self.columns;
        *name_key = key;
    }
}

impl Stored {
    /// The position of the next element.
    fn place(&self) -> i64 {
        i64::try_from(self.keys.elements.len()).unwrap_or(i64::MAX)
    }
}

/// The folded value of a simple attribute or part: a text, or a list of texts if it has several values.
fn simple(attribute: &AttrRef, value: &Value) -> Option<Value> {
    if !attribute.leaf().multi_valued || attribute.sub().is_none() {
        return key(attribute, value).map(Value::String);
    }
    let all: Vec<Value> =
        value.elements().iter().filter_map(|v| key(attribute, v)).map(Value::String).collect();
    (!all.is_empty()).then_some(Value::Array(all))
}

fn row(attribute: &AttrRef, parts: &[AttrRef], element: &Object, ord: i64) -> Element {
    let column = |name: &str| {
        let part = parts.iter().find(|p| element_column(p) == Some(name))?;
        key(part, element.get(part.sub()?.name.as_str())?)
    };
    Element {
        path: folded_name(attribute),
        ord,
        value: column("e.value_key"),
        kind: column("e.type_key"),
        primary: column("e.is_primary"),
    }
}

/// The attributes of a type that a body may contain and a filter may ask for.
pub(crate) fn attributes(kind: &ResourceType) -> impl Iterator<Item = AttrRef> {
    let extended = kind
        .extensions
        .iter()
        .flat_map(|e| readable(&e.schema).map(|a| AttrRef::extended(e.schema.clone(), a.clone())));
    plain(kind).map(|a| AttrRef::core(a.clone())).chain(extended)
}

/// Those that a body has, with their values. A body has few of them, so an absent one should cost a single look-up.
fn values<'a>(kind: &'a ResourceType, body: &'a Object) -> impl Iterator<Item = (AttrRef, &'a Value)> {
    let core = plain(kind).filter_map(|a| Some((a, body.get(a.name.as_str())?)));
    let core = core.map(|(a, value)| (AttrRef::core(a.clone()), value));
    let extended = kind.extensions.iter().flat_map(|e| {
        let container = body.get(e.schema.id.as_str()).and_then(Value::as_object);
        container.into_iter().flat_map(|object| {
            let there = readable(&e.schema).filter_map(|a| Some((a, object.get(a.name.as_str())?)));
            there.map(|(a, value)| (AttrRef::extended(e.schema.clone(), a.clone()), value))
        })
    });
    core.chain(extended)
}

/// Those without a URN: the common ones and those of the main schema.
fn plain(kind: &ResourceType) -> impl Iterator<Item = &Arc<Attribute>> {
    let shared = readable(common()).filter(|a| !a.name.is("id") && !a.name.is("meta"));
    shared.chain(readable(&kind.schema))
}

fn readable(schema: &Schema) -> impl Iterator<Item = &Arc<Attribute>> {
    schema.attributes.iter().filter(|a| is_readable(a))
}

pub(crate) fn parts(attribute: &AttrRef) -> impl Iterator<Item = AttrRef> + '_ {
    let readable = attribute.attribute().sub_attributes.iter().filter(|s| is_readable(s));
    readable.map(|s| attribute.with_sub(s.clone()))
}

/// What is never returned is in no answer and in no filter (RFC 7643 section 7).
fn is_readable(attribute: &Arc<Attribute>) -> bool {
    attribute.returned != Returned::Never
}

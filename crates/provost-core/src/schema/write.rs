//! Writes schemas and resource types as the JSON of `/Schemas` and `/ResourceTypes`, from the same values that
//! validate.

use super::{Attribute, ResourceType, Schema, Type, Uniqueness};
use crate::urn;
use crate::value::{Object, Value};

impl Schema {
    /// The Schema resource of RFC 7643 section 7; `location` is its absolute URL.
    #[must_use]
    pub fn to_object(&self, location: &str) -> Object {
        let mut o = Object::new();
        o.insert("schemas", vec![Value::from(urn::SCHEMA)]);
        o.insert("id", self.id.as_str());
        o.insert("name", self.name.as_str());
        o.insert("description", self.description.as_str());
        o.insert(
            "attributes",
            self.attributes.iter().map(|a| Value::from(a.to_object())).collect::<Vec<_>>(),
        );
        o.insert("meta", meta("Schema", location));
        o
    }
}

impl ResourceType {
    /// The ResourceType resource of RFC 7643 section 6; `location` is its absolute URL.
    #[must_use]
    pub fn to_object(&self, location: &str) -> Object {
        let mut o = Object::new();
        o.insert("schemas", vec![Value::from(urn::RESOURCE_TYPE)]);
        o.insert("id", self.name.as_str());
        o.insert("name", self.name.as_str());
        o.insert("description", self.description.as_str());
        o.insert("endpoint", self.endpoint.as_str());
        o.insert("schema", self.schema.id.as_str());
        if !self.extensions.is_empty() {
            let list = self.extensions.iter().map(|e| {
                Value::from(Object::from_iter([
                    ("schema", Value::from(e.schema.id.as_str())),
                    ("required", Value::from(e.required)),
                ]))
            });
            o.insert("schemaExtensions", list.collect::<Vec<_>>());
        }
        o.insert("meta", meta("ResourceType", location));
        o
    }
}

fn meta(resource_type: &str, location: &str) -> Object {
    Object::from_iter([("resourceType", resource_type), ("location", location)])
}

impl Attribute {
    /// Every applicable characteristic is written out, since clients assume different defaults.
    fn to_object(&self) -> Object {
        let texts = |list: &[String]| list.iter().map(|s| Value::from(s.as_str())).collect::<Vec<_>>();
        let mut o = Object::new();
        o.insert("name", self.name.as_str());
        o.insert("type", self.kind.as_str());
        o.insert("multiValued", self.multi_valued);
        o.insert("description", self.description.as_str());
        o.insert("required", self.required);
        if !self.canonical_values.is_empty() {
            o.insert("canonicalValues", texts(&self.canonical_values));
        }
        // Erratum 6004: complex attributes have neither caseExact nor uniqueness.
        if matches!(self.kind, Type::String | Type::Reference | Type::Binary) {
            o.insert("caseExact", self.case_exact);
        }
        o.insert("mutability", self.mutability.as_str());
        o.insert("returned", self.returned.as_str());
        // a boolean is only unique in a faulty schema, which is published as it is
        let unique = self.kind != Type::Boolean || self.uniqueness != Uniqueness::None;
        if unique && !self.is_complex() {
            o.insert("uniqueness", self.uniqueness.as_str());
        }
        if !self.reference_types.is_empty() {
            o.insert("referenceTypes", texts(&self.reference_types));
        }
        if self.is_complex() {
            let subs = self.sub_attributes.iter().map(|a| Value::from(a.to_object()));
            o.insert("subAttributes", subs.collect::<Vec<_>>());
        }
        o
    }
}

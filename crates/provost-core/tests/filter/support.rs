//! A user type with an attribute of every data type, for the filter tests.

use provost_core::schema::parse_schema;
use provost_core::value::{Object, parse_object};
use provost_core::{ResourceType, SchemaSet};
use std::sync::{Arc, LazyLock};

pub(crate) const EXTENSION: &str = "urn:example:filter:2.0:User";

const SCHEMA: &str = r#"{
  "id": "urn:example:filter:2.0:User",
  "attributes": [
    {"name": "text", "type": "string"},
    {"name": "exact", "type": "string", "caseExact": true},
    {"name": "whole", "type": "integer"},
    {"name": "real", "type": "decimal"},
    {"name": "flag", "type": "boolean"},
    {"name": "when", "type": "dateTime"},
    {"name": "blob", "type": "binary"},
    {"name": "link", "type": "reference", "referenceTypes": ["external"]},
    {"name": "tags", "type": "string", "multiValued": true},
    {"name": "marks", "type": "integer", "multiValued": true},
    {"name": "hidden", "type": "string", "returned": "never"},
    {"name": "written", "type": "string", "mutability": "writeOnly"},
    {"name": "box", "type": "complex", "subAttributes": [
      {"name": "value", "type": "integer"}, {"name": "label", "type": "string"},
      {"name": "secret", "type": "string", "returned": "never"}]},
    {"name": "safe", "type": "complex", "subAttributes": [
      {"name": "value", "type": "string", "returned": "never"}, {"name": "label", "type": "string"}]},
    {"name": "rooms", "type": "complex", "multiValued": true, "subAttributes": [
      {"name": "number", "type": "integer"}, {"name": "building", "type": "string"},
      {"name": "open", "type": "boolean"}, {"name": "since", "type": "dateTime"},
      {"name": "keys", "type": "string", "multiValued": true}]}
  ]
}"#;

/// User with the enterprise extension and the extension above.
pub(crate) fn kind() -> &'static ResourceType {
    static KIND: LazyLock<ResourceType> = LazyLock::new(|| {
        let user = SchemaSet::builtin().resource_type("User").unwrap().as_ref().clone();
        user.with_extension(Arc::new(parse_schema(SCHEMA).unwrap()), false)
    });
    &KIND
}

/// The text with `x:` replaced by the URN of the extension.
pub(crate) fn long(text: &str) -> String {
    text.replace("x:", &format!("{EXTENSION}:"))
}

/// A document from JSON in which `x` stands for the extension.
pub(crate) fn document(json: &str) -> Object {
    parse_object(&json.replace("\"x\":", &format!("\"{EXTENSION}\":")))
        .unwrap_or_else(|e| panic!("{json}: {e}"))
}

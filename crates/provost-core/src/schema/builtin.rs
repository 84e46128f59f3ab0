//! The schemas every server has, from this crate's JSON files.

use super::load::parse_meta_schema;
use super::{Attribute, Mutability, Returned, Schema, SchemaSet, Type, Uniqueness, parse_schema};
use std::sync::{Arc, LazyLock};

const SCHEMAS: [&str; 3] = [
    include_str!("../../schemas/user.schema.json"),
    include_str!("../../schemas/group.schema.json"),
    include_str!("../../schemas/enterprise-user.schema.json"),
];
const META_SCHEMAS: [&str; 3] = [
    include_str!("../../schemas/service-provider-config.schema.json"),
    include_str!("../../schemas/resource-type.schema.json"),
    include_str!("../../schemas/schema.schema.json"),
];
const TYPES: [&str; 2] = [
    include_str!("../../schemas/user.resourcetype.json"),
    include_str!("../../schemas/group.resourcetype.json"),
];

pub(super) fn set() -> SchemaSet {
    static SET: LazyLock<SchemaSet> = LazyLock::new(|| {
        let mut set = SchemaSet::empty();
        for text in SCHEMAS {
            set.add_schema(ours(parse_schema(text)));
        }
        for text in TYPES {
            ours(set.add_resource_type(text));
        }
        set
    });
    SET.clone()
}

/// The schemas of the discovery resources themselves: ServiceProviderConfig, ResourceType and Schema.
#[must_use]
pub fn meta_schemas() -> &'static [Schema] {
    static SET: LazyLock<Vec<Schema>> =
        LazyLock::new(|| META_SCHEMAS.map(|text| ours(parse_meta_schema(text))).into());
    &SET
}

/// A fault in one of our own files is a bug, which the first unit test finds.
fn ours<T, E: std::fmt::Display>(read: Result<T, E>) -> T {
    match read {
        Ok(t) => t,
        #[expect(
            clippy::panic,
            reason = "the files are part of the crate; `builtin_schemas_load` proves them"
        )]
        Err(e) => panic!("a built-in schema is faulty: {e}"),
    }
}

/// The attributes every resource has (RFC 7643 section 3.1), and `schemas` (section 3). They are in no schema of their
/// own.
#[must_use]
pub fn common() -> &'static Arc<Schema> {
    static COMMON: LazyLock<Arc<Schema>> = LazyLock::new(|| {
        let exact = |name: &str, kind| Attribute { case_exact: true, ..Attribute::new(name, kind) };
        let read_only = |a: Attribute| Arc::new(Attribute { mutability: Mutability::ReadOnly, ..a });
        let schemas = Attribute {
            multi_valued: true,
            required: true,
            returned: Returned::Always,
            reference_types: vec!["uri".to_owned()],
            ..exact("schemas", Type::Reference)
        };
        let id = Attribute {
            returned: Returned::Always,
            uniqueness: Uniqueness::Server,
            ..exact("id", Type::String)
        };
        let meta = Attribute {
            sub_attributes: vec![
                read_only(exact("resourceType", Type::String)),
                read_only(Attribute::new("created", Type::DateTime)),
                read_only(Attribute::new("lastModified", Type::DateTime)),
                read_only(Attribute {
                    reference_types: vec!["uri".to_owned()],
                    ..exact("location", Type::Reference)
                }),
                read_only(exact("version", Type::String)),
            ],
            ..Attribute::new("meta", Type::Complex)
        };
        Arc::new(Schema {
            id: "".into(),
            name: "Common".to_owned(),
            description: "Attributes of every resource".to_owned(),
            attributes: vec![
                Arc::new(schemas),
                read_only(id),
                Arc::new(exact("externalId", Type::String)),
                read_only(meta),
            ],
        })
    });
    &COMMON
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_schemas_load() {
        let set = set();
        assert_eq!(set.schemas().len(), 3);
        assert_eq!(set.resource_types().len(), 2);
        assert_eq!(meta_schemas().len(), 3);
        let user = set.resource_type("User").unwrap();
        assert_eq!(user.extensions.len(), 1);
        assert!(user.active().is_some() && user.groups().is_some() && user.members().is_none());
        let group = set.resource_type("group").unwrap();
        assert!(group.members().is_some() && group.active().is_none() && group.groups().is_none());
        assert_eq!(user.unique_attributes().map(|a| a.to_string()).collect::<Vec<_>>(), ["userName"]);
    }
}

//! Every attribute of every built-in schema against `conformance/rfc/attributes.json`: the table of RFC 7643 section
//! 8.7, and the differences that `docs/decisions/001-schema-errata.md` explains.
//!
//! Seen to fail: with `caseExact` of `manager.value` false, and with the name of an attribute misspelt.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::schema::{Attribute, meta_schemas, parse_schema};
use provost_core::value::{Object, Value, parse_object};
use provost_core::{Schema, SchemaSet};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn repository(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn every_schema() -> Vec<Schema> {
    let set = SchemaSet::builtin();
    set.schemas().iter().map(|s| Schema::clone(s)).chain(meta_schemas().iter().cloned()).collect()
}

/// What `/Schemas` says about an attribute, by path.
fn published(schema: &Schema) -> BTreeMap<String, Object> {
    fn walk(list: &Value, prefix: &str, out: &mut BTreeMap<String, Object>) {
        for a in list.elements().iter().filter_map(Value::as_object) {
            let path = format!("{prefix}{}", a.str("name").unwrap());
            // the schema of schemas is recursive there
            if path != "attributes.subAttributes"
                && let Some(subs) = a.get("subAttributes")
            {
                walk(subs, &format!("{path}."), out);
            }
            out.insert(path, a.clone());
        }
    }
    let mut out = BTreeMap::new();
    walk(schema.to_object("x").get("attributes").unwrap(), "", &mut out);
    out
}

/// A characteristic, with the default of RFC 7643 section 2.2 if it is not given.
fn characteristic(o: &Object, name: &str) -> Value {
    let default = match name {
        "multiValued" | "required" => Value::Bool(false),
        "canonicalValues" | "referenceTypes" => Value::Array(Vec::new()),
        _ => Value::Null,
    };
    o.get(name).cloned().unwrap_or(default)
}

const CHARACTERISTICS: [&str; 9] = [
    "type",
    "multiValued",
    "required",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "canonicalValues",
    "referenceTypes",
];

#[test]
fn every_attribute_is_as_the_table_says() {
    let table = parse_object(&repository("conformance/rfc/attributes.json")).unwrap();
    let mut checked = 0;
    for entry in table.get("schemas").unwrap().elements().iter().filter_map(Value::as_object) {
        let urn = entry.str("schema").unwrap();
        let schema = every_schema().into_iter().find(|s| s.id.is(urn)).unwrap();
        let mut published = published(&schema);
        for row in entry.get("attributes").unwrap().elements().iter().filter_map(Value::as_object) {
            let name = row.str("name").unwrap();
            let found = published.remove(name).unwrap_or_else(|| panic!("{urn} lacks {name}"));
            let (rfc, here) =
                (row.get("rfc").and_then(Value::as_object), row.get("here").and_then(Value::as_object));
            for c in CHARACTERISTICS {
                let said = here.filter(|h| h.contains(c)).or(rfc).or(here).unwrap();
                assert_eq!(characteristic(&found, c), characteristic(said, c), "{c} of {name} of {urn}");
            }
            // a difference without a reason is a mistake
            assert_eq!(here.is_some(), row.str("because").is_some_and(|b| !b.is_empty()), "{name} of {urn}");
            checked += 1;
        }
        assert!(published.is_empty(), "not in the table of {urn}: {:?}", published.keys());
    }
    assert_eq!(checked, 136);
}

#[test]
fn every_erratum_of_the_table_is_explained() {
    let (table, page) =
        (repository("conformance/rfc/attributes.json"), repository("docs/decisions/001-schema-errata.md"));
    let numbers = |text: &str| {
        let mut n: Vec<u32> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|w| w.len() == 4).flat_map(str::parse).collect();
        n.sort_unstable();
        n.dedup();
        n
    };
    let known = numbers(&page);
    let reasons: String = table.lines().filter_map(|l| l.split_once("\"because\"")).map(|(_, b)| b).collect();
    for n in numbers(&reasons).into_iter().filter(|n| !(7643..=7644).contains(n)) {
        assert!(known.contains(&n) || n == 9865, "erratum {n} is not in the decision page");
    }
}

// R-7643-7-11, R-7643-7-12
#[test]
fn complex_attributes_have_neither_uniqueness_nor_case() {
    for schema in every_schema() {
        for (path, a) in published(&schema) {
            let complex = a.str("type") == Some("complex");
            assert_eq!(complex, a.contains("subAttributes"), "{path}");
            assert!(!(complex && (a.contains("uniqueness") || a.contains("caseExact"))), "{path}");
            assert!(a.str("description").is_some_and(|d| !d.is_empty()), "{path} has no description");
        }
    }
}

// R-7643-2.2-01
#[test]
fn what_is_not_said_has_the_default() {
    let schema = parse_schema(r#"{"id":"urn:example:x","attributes":[{"name":"a"}]}"#).unwrap();
    let a = published(&schema).remove("a").unwrap();
    let expected = r#"{"name":"a","type":"string","multiValued":false,"description":"","required":false,
        "caseExact":false,"mutability":"readWrite","returned":"default","uniqueness":"none"}"#;
    assert_eq!(a, parse_object(expected).unwrap());
}

#[test]
fn what_is_published_reads_back_as_what_validates() {
    let parts = |s: &Schema| -> Vec<Attribute> { s.attributes.iter().map(|a| Attribute::clone(a)).collect() };
    for schema in SchemaSet::builtin().schemas() {
        let again = parse_schema(&schema.to_object("https://x/Schemas/y").to_string()).unwrap();
        assert_eq!(
            (&again.id, &again.name, &again.description),
            (&schema.id, &schema.name, &schema.description)
        );
        assert_eq!(parts(&again), parts(schema));
    }
}

// R-7643-3.1-05, R-7643-8.7-01
#[test]
fn common_attributes_have_the_characteristics_of_section_3_1() {
    let common = published(provost_core::schema::common());
    let is = |path: &str, what: &str, value: &str| {
        assert_eq!(characteristic(&common[path], what).to_string(), value, "{what} of {path}");
    };
    is("id", "caseExact", "true");
    is("id", "mutability", "\"readOnly\"");
    is("id", "returned", "\"always\"");
    is("id", "uniqueness", "\"server\"");
    is("externalId", "caseExact", "true");
    is("externalId", "mutability", "\"readWrite\"");
    is("externalId", "uniqueness", "\"none\"");
    is("schemas", "multiValued", "true");
    is("schemas", "required", "true");
    is("meta", "mutability", "\"readOnly\"");
    for part in ["resourceType", "created", "lastModified", "location", "version"] {
        is(&format!("meta.{part}"), "mutability", "\"readOnly\"");
    }
    is("meta.resourceType", "caseExact", "true");
    is("meta.version", "caseExact", "true");
    for schema in SchemaSet::builtin().schemas() {
        let listed = schema.attributes.iter().find(|a| common.contains_key(a.name.as_str()));
        assert_eq!(listed, None, "{} lists a common attribute", schema.id);
        let o = schema.to_object("https://x/Schemas/y");
        assert!(o.contains("schemas") && o.get("meta").unwrap().as_object().unwrap().contains("location"));
    }
}

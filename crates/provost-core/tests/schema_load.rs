//! Schemas and resource types from files: what loads, and how each fault is reported.
//!
//! Seen to fail: without the check of repeated URNs, without suggestions for misspelt names, with only the first fault
//! of a file, with faults in the order of reading, and with schemas reported missing that may exist.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::schema::{Attribute, FileError, Mutability, Returned, Type, Uniqueness};
use provost_core::{Schema, SchemaSet};
use std::path::PathBuf;

fn directory(name: &str) -> Vec<(String, String)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut out: Vec<(String, String)> = std::fs::read_dir(path)
        .unwrap()
        .map(|e| e.unwrap())
        .map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap()))
        .collect();
    out.sort();
    out
}

fn refusal(files: &[(&str, &str)]) -> String {
    SchemaSet::load(files.iter().copied()).unwrap_err().to_string()
}

fn schema(attribute: &str) -> String {
    format!(r#"{{"id":"urn:example:x","attributes":[{attribute}]}}"#)
}

const MAIN: (&str, &str) =
    ("main.schema.json", r#"{"id":"urn:example:main","attributes":[{"name":"label"}]}"#);

#[test]
fn files_load_in_any_order() {
    for name in ["../../docs/schemas", "../../conformance/schemas", "tests/data"] {
        let mut files = directory(name);
        let set = SchemaSet::load(files.iter().map(|(n, t)| (n, t))).unwrap();
        assert_eq!(
            set.unused().map(|s| s.id.to_string()).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{name}"
        );
        files.reverse();
        let other = SchemaSet::load(files.iter().map(|(n, t)| (n, t))).unwrap();
        assert_eq!(set.resource_types(), other.resource_types(), "{name}");
    }
}

#[test]
fn the_worked_example_extends_user_and_adds_rooms() {
    let set = SchemaSet::load(directory("../../docs/schemas")).unwrap();
    let user = set.by_endpoint("/Users").unwrap();
    assert_eq!(user.extensions.len(), 2);
    let unique: Vec<String> = user.unique_attributes().map(|a| a.to_string()).collect();
    assert_eq!(unique, ["userName", "urn:example:scim:schemas:extension:badge:2.0:User:number"]);
    let room = set.resource_type("room").unwrap();
    assert_eq!(room.endpoint, "/Rooms");
    assert_eq!(set.resource_types().len(), 3);
    assert_eq!(set.schemas().len(), 5);
}

#[test]
fn every_kind_of_attribute_loads() {
    let set = SchemaSet::load(directory("tests/data")).unwrap();
    let all: Vec<Attribute> = set
        .schemas()
        .iter()
        .flat_map(|s| s.attributes.iter())
        .flat_map(|a| std::iter::once(a).chain(&a.sub_attributes))
        .map(|a| Attribute::clone(a))
        .collect();
    for kind in [
        Type::String,
        Type::Boolean,
        Type::Decimal,
        Type::Integer,
        Type::DateTime,
        Type::Binary,
        Type::Reference,
        Type::Complex,
    ] {
        assert!(all.iter().any(|a| a.kind == kind), "{kind}");
    }
    for m in [Mutability::ReadOnly, Mutability::ReadWrite, Mutability::Immutable, Mutability::WriteOnly] {
        assert!(all.iter().any(|a| a.mutability == m), "{m}");
    }
    for r in [Returned::Always, Returned::Never, Returned::Default, Returned::Request] {
        assert!(all.iter().any(|a| a.returned == r), "{r}");
    }
    for u in [Uniqueness::None, Uniqueness::Server, Uniqueness::Global] {
        assert!(all.iter().any(|a| a.uniqueness == u), "{u}");
    }
    // a writeOnly attribute is never returned, whatever the file says
    assert!(
        all.iter().filter(|a| a.mutability == Mutability::WriteOnly).all(|a| a.returned == Returned::Never)
    );
}

// R-7643-2.1-02, R-7643-2.3.8-01
#[test]
fn faults_of_attributes_name_file_attribute_and_fault() {
    for (attribute, said) in [
        (r#"{"name":"9x"}"#, "in `attributes.9x`: an attribute name starts with a letter"),
        (r#"{"name":"a b"}"#, "in `attributes.a b`: an attribute name"),
        (r#"{"type":"string"}"#, "in `attributes[0].name`: expected a non-empty string"),
        (r#"{"name":"a"},{"name":"A"}"#, "in `attributes.A`: the name appears twice"),
        (r#"{"name":"a","type":"int"}"#, "in `attributes.a.type`: expected one of string, boolean"),
        (r#"{"name":"a","type":"int"}"#, "found `int`"),
        (r#"{"name":"a","type":7}"#, "found a number"),
        (
            r#"{"name":"a","multiValued":"true"}"#,
            "in `attributes.a.multiValued`: expected true or false, found a string",
        ),
        (r#"{"name":"a","required":1}"#, "in `attributes.a.required`: expected true or false"),
        (r#"{"name":"a","mutability":"never"}"#, "in `attributes.a.mutability`: expected one of readOnly"),
        (r#"{"name":"a","returned":"readOnly"}"#, "in `attributes.a.returned`: expected one of always"),
        (r#"{"name":"a","uniqueness":"yes"}"#, "in `attributes.a.uniqueness`: expected one of none"),
        (
            r#"{"name":"a","canonicalValues":[1]}"#,
            "in `attributes.a.canonicalValues`: expected an array of strings",
        ),
        (
            r#"{"name":"a","mutabilty":"readOnly"}"#,
            "in `attributes.a`: `mutabilty` is not known here; did you mean `mutability`?",
        ),
        (r#"{"name":"a","multivalue":true}"#, "did you mean `multiValued`?"),
        (r#"{"name":"a","type":"complex"}"#, "in `attributes.a`: a complex attribute needs subAttributes"),
        (
            r#"{"name":"a","subAttributes":[{"name":"b"}]}"#,
            "in `attributes.a`: only a complex attribute can have subAttributes",
        ),
        (
            r#"{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex","subAttributes":[{"name":"c"}]}]}"#,
            "in `attributes.a.b`: a sub-attribute cannot be complex",
        ),
        (
            r#"{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"text"}]}"#,
            "in `attributes.a.b.type`: expected one of",
        ),
        (
            r#"{"name":"a","mutability":"writeOnly","returned":"always"}"#,
            "in `attributes.a.returned`: a writeOnly attribute is never returned: expected `never`, found `always`",
        ),
        (r#"7"#, "in `attributes[0]`: expected an object"),
    ] {
        let found = refusal(&[("bad.schema.json", &schema(attribute))]);
        assert!(found.starts_with("bad.schema.json: "), "{found}");
        assert!(found.contains(said), "{attribute}\nexpected: {said}\nfound:    {found}");
    }
}

// R-7644-3.1-01
#[test]
fn faults_of_schemas_name_file_and_fault() {
    for (text, said) in [
        ("{", "EOF while parsing"),
        ("[]", "expected a JSON object, found an array"),
        (r#"{"attributes":[]}"#, "in `id`: expected a non-empty string"),
        (r#"{"id":"","attributes":[]}"#, "in `id`"),
        (r#"{"id":"badge","attributes":[]}"#, "in `id`: `badge` is not a URN like"),
        (r#"{"id":"urn:","attributes":[]}"#, "is not a URN"),
        (r#"{"id":"urn:example:a b","attributes":[]}"#, "is not a URN"),
        (r#"{"id":"urn:example:a:","attributes":[]}"#, "is not a URN"),
        (
            r#"{"id":"urn:ietf:params:scim:api:messages:2.0:X","attributes":[]}"#,
            "is the URN of a protocol message",
        ),
        (
            r#"{"id":"urn:ietf:params:scim:schemas:core:2.0:Schema","attributes":[]}"#,
            "is part of the protocol itself",
        ),
        (r#"{"id":"urn:example:a"}"#, "in `attributes`: expected an array"),
        (r#"{"id":"urn:example:a","attributes":{}}"#, "in `attributes`: expected an array, found an object"),
        (
            r#"{"id":"urn:example:a","attribute":[]}"#,
            "`attribute` is not known here; did you mean `attributes`?",
        ),
        (r#"{"id":"urn:example:a","ID":"urn:example:b","attributes":[]}"#, "the name `ID` appears twice"),
        (
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"urn:example:a","attributes":[]}"#,
            "in `schemas`: expected a Schema resource",
        ),
    ] {
        let found = refusal(&[("bad.schema.json", text)]);
        assert!(found.starts_with("bad.schema.json: ") && found.contains(said), "{text}\n{said}\n{found}");
    }
}

#[test]
fn faults_of_resource_types_name_file_and_fault() {
    let t =
        |more: &str| format!(r#"{{"name":"Thing","endpoint":"/Things","schema":"urn:example:main"{more}}}"#);
    for (text, said) in [
        (
            r#"{"endpoint":"/Things","schema":"urn:example:main"}"#.to_owned(),
            "in `name`: expected a non-empty string",
        ),
        (
            r#"{"name":"A/B","endpoint":"/T","schema":"urn:example:main"}"#.to_owned(),
            "in `name`: `A/B` may only contain",
        ),
        (
            r#"{"name":"Thing","schema":"urn:example:main"}"#.to_owned(),
            "in `endpoint`: expected a non-empty string",
        ),
        (
            r#"{"name":"Thing","endpoint":"/a/b","schema":"urn:example:main"}"#.to_owned(),
            "in `endpoint`: `/a/b` must be a slash",
        ),
        (
            r#"{"name":"Thing","endpoint":"/Schemas","schema":"urn:example:main"}"#.to_owned(),
            "is part of the protocol itself",
        ),
        (
            r#"{"name":"Thing","endpoint":"/bulk","schema":"urn:example:main"}"#.to_owned(),
            "is part of the protocol itself",
        ),
        (
            r#"{"name":"Thing","endpoint":"/groups","schema":"urn:example:main"}"#.to_owned(),
            "already belongs to the resource type `Group`",
        ),
        (r#"{"name":"Thing","endpoint":"/Things"}"#.to_owned(), "in `schema`: expected a non-empty string"),
        (
            r#"{"name":"Thing","endpoint":"/Things","schema":"urn:example:none"}"#.to_owned(),
            "in `schema`: the schema `urn:example:none` is not known",
        ),
        (t(r#","schemaExtensions":[{"schema":"urn:example:none"}]"#), "in `schemaExtensions[0]`: the schema"),
        (
            t(r#","schemaExtensions":[{"required":true}]"#),
            "in `schemaExtensions[0].schema`: expected a non-empty string",
        ),
        (t(r#","schemaExtensions":[{"schema":"urn:example:main"}]"#), "appears twice"),
        (t(r#","schemaExtensions":["urn:example:main"]"#), "in `schemaExtensions[0]`: expected an object"),
        (
            t(r#","schemaExtension":[]"#),
            "`schemaExtension` is not known here; did you mean `schemaExtensions`?",
        ),
        (
            t(
                r#","schemaExtensions":[{"schema":"urn:ietf:params:scim:schemas:core:2.0:User","required":"no"}]"#,
            ),
            "in `schemaExtensions[0].required`: expected true or false",
        ),
    ] {
        let found = refusal(&[("bad.resourcetype.json", &text), MAIN]);
        assert!(
            found.starts_with("bad.resourcetype.json: ") && found.contains(said),
            "{text}\n{said}\n{found}"
        );
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let e = SchemaSet::load([
        ("a.schema.json", "{"),
        ("b.json", "{}"),
        ("c.schema.json", r#"{"id":"urn:example:c","attributes":[{"name":"x","type":"y"}]}"#),
    ])
    .unwrap_err();
    let mut files: Vec<&str> = e.faults().iter().map(FileError::file).collect();
    files.sort_unstable();
    assert_eq!(files, ["a.schema.json", "b.json", "c.schema.json"]);
    assert_eq!(e.to_string().lines().count(), 3);
    assert_eq!(
        e.faults().iter().find(|f| f.file() == "c.schema.json").unwrap().fault().at(),
        "attributes.x.type"
    );
}

#[test]
fn every_fault_of_a_file_is_told_with_its_place() {
    let badge = r#"{
        "id": "urn:example:badge", "atributes": [],
        "attributes": [
            {"name": "number", "type": "text", "mutability": "once", "mutabilty": "immutable"},
            {"name": "floors", "multiValued": "yes", "required": 1},
            {"type": "string"}, 7,
            {"name": "place", "type": "complex", "subAttributes": [{"name": "x y"}, {"name": "z", "returned": "maybe"}]},
            {"name": "empty", "type": "complex"},
            {"name": "PLACE"}
        ]}"#;
    let kind = r#"{"name": "A/B", "endpoint": "/a/b", "schema": "urn:example:badge",
        "schemaExtensions": [{"schema": "urn:example:none"}, 7, {"schema": "urn:example:badge", "required": "no"}]}"#;
    let e = SchemaSet::load([("a.resourcetype.json", kind), ("badge.schema.json", badge), MAIN]).unwrap_err();
    let told: Vec<String> = e.faults().iter().map(|f| format!("{} {}", f.file(), f.fault().at())).collect();
    let at = |file: &str, places: &[&str]| places.iter().map(|p| format!("{file} {p}")).collect::<Vec<_>>();
    let expected = [
        at(
            "a.resourcetype.json",
            &[
                "name",
                "endpoint",
                "schemaExtensions[0]",
                "schemaExtensions[1]",
                "schemaExtensions[2].required",
                "schemaExtensions[2]",
            ],
        ),
        at(
            "badge.schema.json",
            &[
                // `attributes` is present, so `atributes` is not reported as its misspelling
                "attributes.number.type",
                "attributes.number.mutability",
                "attributes.floors.multiValued",
                "attributes.floors.required",
                "attributes[2].name",
                "attributes[3]",
                "attributes.place.x y",
                "attributes.place.z.returned",
                "attributes.empty",
                "attributes.PLACE",
            ],
        ),
    ]
    .concat();
    assert_eq!(told, expected, "{e}");
    assert!(
        e.to_string().contains("the schema `urn:example:none` is not known; the known ones are `urn:ietf:"),
        "{e}"
    );
    // here the members themselves are misspelt
    let names =
        refusal(&[("x.schema.json", r#"{"ID": "urn:example:x", "atributes": [], "descripton": "d"}"#)]);
    assert_eq!(names.lines().count(), 3, "{names}");
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_faults_of_others() {
    // the first file's schema is unknown, so the type's schema is not reported missing
    let kind = r#"{"name": "Thing", "endpoint": "/a/b", "schema": "urn:example:thing"}"#;
    let told = refusal(&[("a.schema.json", "{\n\n\"id\": }"), ("b.resourcetype.json", kind)]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].starts_with("a.schema.json: ") && lines[0].ends_with(", on line 3"), "{told}");
    assert!(lines[1].contains("in `endpoint`"), "{told}");
}

#[test]
fn the_same_name_in_two_files_is_refused() {
    let twice = refusal(&[MAIN, ("other.schema.json", r#"{"id":"URN:example:main","attributes":[]}"#)]);
    assert_eq!(twice, "other.schema.json: in `id`: `URN:example:main` is also defined in `main.schema.json`");
    let t = r#"{"name":"Thing","endpoint":"/Things","schema":"urn:example:main"}"#;
    let twice = refusal(&[MAIN, ("a.resourcetype.json", t), ("b.resourcetype.json", t)]);
    assert!(twice.contains("`Thing` is also defined in `a.resourcetype.json`"), "{twice}");
    let elsewhere = r#"{"name":"Other","endpoint":"/THINGS","schema":"urn:example:main"}"#;
    let twice = refusal(&[MAIN, ("a.resourcetype.json", t), ("b.resourcetype.json", elsewhere)]);
    assert!(twice.contains("`/THINGS` already belongs to the resource type `Thing`"), "{twice}");
}

#[test]
fn a_type_may_take_the_endpoint_that_another_leaves() {
    let set = SchemaSet::load([
        ("a.resourcetype.json", r#"{"name":"Team","endpoint":"/Groups","schema":"urn:example:main"}"#),
        (
            "b.resourcetype.json",
            r#"{"name":"Group","endpoint":"/Circles","schema":"urn:ietf:params:scim:schemas:core:2.0:Group"}"#,
        ),
        MAIN,
    ])
    .unwrap();
    assert_eq!(set.by_endpoint("Groups").unwrap().name.as_str(), "Team");
}

#[test]
fn a_schema_of_the_same_urn_takes_the_place_of_a_built_in_one() {
    let text = r#"{"id":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","attributes":[{"name":"desk"}]}"#;
    let set = SchemaSet::load([("enterprise.schema.json", text)]).unwrap();
    let user = set.resource_type("User").unwrap();
    let names = |s: &Schema| s.attributes.iter().map(|a| a.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&user.extensions[0].schema), ["desk"]);
    assert_eq!(names(set.schema(user.extensions[0].schema.id.as_str()).unwrap()), ["desk"]);
}

// R-7643-3.1-09
#[test]
fn common_attributes_win_over_a_schema_that_lists_them() {
    let listed = r#"{"id":"urn:example:main","attributes":[
        {"name":"id","type":"integer","required":true},{"name":"META","type":"string","required":true},{"name":"label"}]}"#;
    let t = r#"{"name":"Thing","endpoint":"/Things","schema":"urn:example:main"}"#;
    let set = SchemaSet::load([("main.schema.json", listed), ("t.resourcetype.json", t)]).unwrap();
    let kind = set.resource_type("Thing").unwrap();
    assert_eq!(kind.schema.attributes.len(), 1);
    assert_eq!(kind.core_attribute("id").unwrap().kind, Type::String);
    assert_eq!(set.schema("urn:example:main").unwrap(), &kind.schema);
    let again = SchemaSet::load([
        ("user.schema.json", r#"{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[{"name":"id"},{"name":"userName"}]}"#),
    ])
    .unwrap();
    assert_eq!(again.resource_type("User").unwrap().schema.attributes.len(), 1);
}

#[test]
fn members_that_a_row_cannot_hold_are_refused() {
    let t = ("t.resourcetype.json", r#"{"name":"Thing","endpoint":"/Things","schema":"urn:example:x"}"#);
    let members = |more: &str, sub: &str| {
        schema(&format!(
            r#"{{"name":"members","type":"complex","multiValued":true{more},"subAttributes":[{{"name":"value"}}{sub}]}}"#
        ))
    };
    let role = refusal(&[("x.schema.json", &members("", r#",{"name":"role"}"#)), t]);
    assert!(role.contains("attributes.members") && role.contains("cannot have `role`"), "{role}");
    let fixed = refusal(&[("x.schema.json", &members(r#","mutability":"immutable""#, "")), t]);
    assert!(fixed.contains("they cannot be immutable"), "{fixed}");
    assert!(SchemaSet::load([("x.schema.json", members("", "").as_str()), t]).is_ok());
}

#[test]
fn a_schema_without_a_type_is_pointed_out() {
    let set = SchemaSet::load([MAIN]).unwrap();
    assert_eq!(set.unused().map(|s| s.id.to_string()).collect::<Vec<_>>(), ["urn:example:main"]);
    assert_eq!(SchemaSet::builtin().unused().count(), 0);
}

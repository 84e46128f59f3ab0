//! Names of attributes, schemas and extensions.

use crate::support::{kind, object, post, refused, user};
use provost_core::urn;

// R-7643-2.1-01
#[test]
fn names_have_no_case_and_are_spelt_as_the_schema_spells_them() {
    let kind = kind("User");
    let body = object(
        r#"{"SCHEMAS":["URN:ietf:params:scim:schemas:core:2.0:user"],"USERNAME":"BJ","NAME":{"GIVENNAME":"B"},
            "urn:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:User":{"DEPARTMENT":"D"}}"#,
    );
    let stored = post(&kind, body).unwrap().body;
    assert_eq!(
        stored.to_string(),
        format!(
            r#"{{"schemas":["{}","{}"],"userName":"BJ","name":{{"givenName":"B"}},"{}":{{"department":"D"}},"active":true}}"#,
            urn::USER,
            urn::ENTERPRISE_USER,
            urn::ENTERPRISE_USER
        )
    );
}

// R-7643-3-01, R-7643-3-02, R-7643-3-03
#[test]
fn schemas_names_the_schemas_of_the_type() {
    let kind = kind("User");
    let with = |schemas: &str| object(&format!(r#"{{{schemas}"userName":"babs"}}"#));
    let (u, e) = (urn::USER, urn::ENTERPRISE_USER);
    for (schemas, part) in [
        (String::new(), "`schemas` is required"),
        ("\"schemas\":[],".to_owned(), "`schemas` is required"),
        ("\"schemas\":null,".to_owned(), "`schemas` is required"),
        (format!("\"schemas\":\"{u}\","), "`schemas` must be an array, found a string"),
        ("\"schemas\":[7],".to_owned(), "`schemas` must contain strings, found a number"),
        (
            format!("\"schemas\":[\"{u}\",\"urn:x\"],"),
            "`schemas` contains `urn:x`, which is not a schema of User",
        ),
        (format!("\"schemas\":[\"{u}\",\"{u}\"],"), "more than once"),
        (format!("\"schemas\":[\"{u}\",\"{}\"],", u.to_uppercase()), "more than once"),
        (format!("\"schemas\":[\"{e}\"],"), "`schemas` must contain"),
        (format!("\"schemas\":[\"{u}\",\"{}\"],", urn::GROUP), "is not a schema of User"),
    ] {
        refused(post(&kind, with(&schemas)), "invalidSyntax", part, &schemas);
    }
    // the extension may come first, may be listed without being used, and is listed in the answer if it is used
    let both = format!("\"schemas\":[\"{e}\",\"{u}\"],");
    assert_eq!(post(&kind, with(&both)).unwrap().body.get("schemas").unwrap().elements().len(), 1);
    let used = with(&format!("{both}\"{e}\":{{\"department\":\"D\"}},"));
    assert_eq!(
        post(&kind, used).unwrap().body.get("schemas").unwrap().to_string(),
        format!(r#"["{u}","{e}"]"#)
    );
    let unsaid = user(&format!(r#""{e}":{{"department":"D"}}"#));
    assert_eq!(post(&kind, unsaid).unwrap().body.get("schemas").unwrap().elements().len(), 2);
}

// R-7643-3.3-01
#[test]
fn attributes_of_an_extension_stand_in_its_object_only() {
    let kind = kind("User");
    refused(
        post(&kind, user(r#""department":"D""#)),
        "invalidSyntax",
        "`department` is not defined",
        "top level",
    );
    refused(
        post(&kind, user(&format!(r#""{}":{{"userName":"x"}}"#, urn::ENTERPRISE_USER))),
        "invalidSyntax",
        ":userName` is not defined",
        "core attribute in the extension",
    );
}

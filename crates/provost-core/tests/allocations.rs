//! Evaluating a filter allocates nothing if values and literals are ASCII.
//!
//! Seen to fail: with values folded into a new string before the comparison.

use provost_core::filter::Unknown;
use provost_core::value::parse_object;
use provost_core::{Filter, SchemaSet};

const USER: &str = include_str!("../benches/user.json");

#[test]
fn evaluating_a_filter_on_ascii_values_allocates_nothing() {
    let kind = SchemaSet::builtin().resource_type("User").unwrap().clone();
    let user = parse_object(USER).unwrap();
    for text in [
        r#"userName eq "BARBARA.JENSEN@EXAMPLE.COM""#,
        r#"userName co "NOBODY""#,
        r#"name.familyName sw "J" and title ew "x""#,
        r#"not (displayName gt "b") or nickName le "B""#,
        r#"emails[type eq "WORK" and value ew "@example.com"]"#,
        r#"emails.value co "example" and emails pr"#,
        r#"meta.lastModified gt "2030-01-01T00:00:00Z""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Tour Operations""#,
        "active eq true and not (externalId pr)",
    ] {
        let filter = text.parse::<Filter>().unwrap().resolve(&kind, Unknown::Refuse).unwrap();
        let counted = allocation_counter::measure(|| {
            std::hint::black_box(filter.matches(std::hint::black_box(&user)));
        });
        assert_eq!(counted.count_total, 0, "{text}: {counted:?}");
    }
}

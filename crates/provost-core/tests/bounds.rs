//! Limits on the work that a small request can cause.
//!
//! Seen to fail: with the lists checked only once after all operations, with nothing counted, and with the terms of a
//! filter not counted.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::compat::Reader;
use provost_core::value::parse_object;
use provost_core::{Change, Error, ErrorKind, Limits, Object, Profile, SchemaSet, urn};

/// A user with so many phone numbers.
fn user(phones: usize) -> Object {
    let phones: Vec<String> = (0..phones).map(|n| format!(r#"{{"value":"{n}","type":"work"}}"#)).collect();
    let text =
        format!(r#"{{"schemas":["{}"],"userName":"a","phoneNumbers":[{}]}}"#, urn::USER, phones.join(","));
    parse_object(&text).unwrap()
}

fn group(members: usize) -> Object {
    let members: Vec<String> =
        (0..members).map(|n| format!(r#"{{"value":"{n}","display":"m{n}"}}"#)).collect();
    let text =
        format!(r#"{{"schemas":["{}"],"displayName":"g","members":[{}]}}"#, urn::GROUP, members.join(","));
    parse_object(&text).unwrap()
}

fn patch(before: &Object, limits: &Limits, operations: &[String]) -> Result<Change, Error> {
    let kind = if before.contains("userName") { "User" } else { "Group" };
    let kind = SchemaSet::builtin().resource_type(kind).unwrap().clone();
    let body = format!(r#"{{"schemas":["{}"],"Operations":[{}]}}"#, urn::PATCH_OP, operations.join(","));
    let patch = Reader::new(&Profile::entra(), limits).patch(parse_object(&body).unwrap(), &kind).unwrap();
    patch.apply(before)
}

/// Adds so many phone numbers, different in each operation.
fn add(n: usize, phones: usize) -> String {
    let values: Vec<String> = (0..phones).map(|p| format!(r#"{{"value":"{n}-{p}"}}"#)).collect();
    format!(r#"{{"op":"add","path":"phoneNumbers","value":[{}]}}"#, values.join(","))
}

#[test]
fn a_list_is_never_longer_than_a_resource_may_have() {
    let limits = Limits::default();
    let clear = r#"{"op":"remove","path":"phoneNumbers"}"#.to_owned();
    assert!(patch(&user(20), &limits, &[add(1, 80)]).is_ok());
    assert!(patch(&user(20), &limits, &[add(1, 80), clear.clone(), add(2, 100)]).is_ok());
    for (operations, said) in [
        (
            vec![add(1, 80), add(2, 80), clear.clone()],
            "operation 2 (add `phoneNumbers`): `phoneNumbers` would have 180 values",
        ),
        (
            vec![clear, add(1, 80), add(2, 80), add(3, 80)],
            "operation 3 (add `phoneNumbers`): `phoneNumbers` would have 160 values",
        ),
    ] {
        let e = patch(&user(20), &limits, &operations).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::InvalidValue);
        assert!(e.detail().starts_with(said), "{}", e.detail());
    }
}

#[test]
fn the_operations_together_make_so_many_comparisons() {
    let mut limits = Limits::default();
    limits.comparisons = 1_000;
    let matching = |filter: &str| format!(r#"{{"op":"remove","path":"phoneNumbers[{filter}]"}}"#);
    let one = matching("value eq \\\"x\\\"");
    let two = matching("value eq \\\"x\\\" or type eq \\\"y\\\"");
    let part = r#"{"op":"replace","path":"phoneNumbers.display","value":"d"}"#.to_owned();
    for (operation, phones, times) in [(one, 100, 10), (two, 100, 5), (part, 100, 9), (add(1, 1), 99, 9)] {
        let played = |n| patch(&user(phones), &limits, &vec![operation.clone(); n]);
        assert!(played(times).is_ok(), "{operation}");
        let e = played(times + 1).unwrap_err();
        let said = "`phoneNumbers` has too many values for these operations: they make more than 1000 comparisons: \
                    send them in several requests";
        assert_eq!(e.status(), 413, "{operation}: {}", e.detail());
        assert!(e.detail().starts_with(&format!("operation {} ", times + 1)), "{operation}: {}", e.detail());
        assert!(e.detail().ends_with(said), "{}", e.detail());
    }
}

#[test]
fn a_resource_and_what_is_written_into_it_are_so_large_at_most() {
    let mut limits = Limits::default();
    limits.resource_bytes = 10_000;
    let text = |n: usize| "x".repeat(n);
    let each = |n| format!(r#"{{"op":"replace","path":"phoneNumbers.display","value":"{}"}}"#, text(n));
    let found = |n| {
        format!(r#"{{"op":"replace","path":"phoneNumbers[type eq \"work\"].display","value":"{}"}}"#, text(n))
    };
    let merged = |n| {
        let path = r#"phoneNumbers[type eq \"work\"]"#;
        format!(r#"{{"op":"add","path":"{path}","value":{{"display":"{}"}}}}"#, text(n))
    };
    let nick = |n| format!(r#"{{"op":"replace","path":"nickName","value":"{}"}}"#, text(n));
    let without_path = |n| format!(r#"{{"op":"add","value":{{"nickName":"{}"}}}}"#, text(n));
    for (operations, at) in [
        (vec![each(50), each(60)], "operation 2 (replace `phoneNumbers.display`): `phoneNumbers`"),
        (
            vec![found(50), found(60)],
            "operation 2 (replace `phoneNumbers[type eq \"work\"].display`): `phoneNumbers`",
        ),
        (vec![merged(50), merged(60)], "operation 2 (add `phoneNumbers[type eq \"work\"]`): `phoneNumbers`"),
        (vec![nick(6_000), nick(6_000)], "operation 2 (replace `nickName`): `nickName`"),
        // existing values count too, in any spelling
        (vec![without_path(9_000)], "`nickName`"),
        (vec![nick(9_000)], "`nickName`"),
    ] {
        if let [first, _] = &operations[..] {
            assert!(patch(&user(100), &limits, std::slice::from_ref(first)).is_ok(), "{at}");
        }
        let e = patch(&user(100), &limits, &operations).unwrap_err();
        assert_eq!(e.status(), 413, "{}", e.detail());
        let said = format!("{at} makes the resource larger than 10000 bytes: shorten its values");
        assert_eq!(e.detail(), said);
    }
    // one that is already too large may shrink
    limits.resource_bytes = 1_000;
    assert!(patch(&user(100), &limits, &[nick(10)]).is_err());
    let fewer = r#"{"op":"remove","path":"phoneNumbers[value eq \"1\"]"}"#.to_owned();
    assert!(patch(&user(100), &limits, &[fewer]).is_ok());
}

/// Members have a separate limit, and do not exempt anything else.
#[test]
fn members_are_no_part_of_that_size() {
    let mut limits = Limits::default();
    limits.resource_bytes = 1_000;
    let members: Vec<String> = (0..500).map(|n| format!(r#"{{"value":"new-{n}"}}"#)).collect();
    let add = format!(r#"{{"op":"add","path":"members","value":[{}]}}"#, members.join(","));
    let search = r#"{"op":"remove","path":"members[display co \"zz\"]"}"#.to_owned();
    for operations in [vec![add.clone()], vec![search.clone(), add.clone()]] {
        assert_eq!(patch(&group(100), &limits, &operations).unwrap().members.add.len(), 500);
    }
    let rename = format!(r#"{{"op":"replace","path":"displayName","value":"{}"}}"#, "x".repeat(990));
    for operations in [vec![rename.clone()], vec![search, rename]] {
        assert_eq!(patch(&group(100), &limits, &operations).unwrap_err().status(), 413);
    }
}

#[test]
fn members_that_must_be_searched_are_counted_and_those_named_by_id_are_not() {
    let limits = Limits::default();
    let remove = |filter: &str| format!(r#"{{"op":"remove","path":"members[{filter}]"}}"#);
    let search = remove("display co \\\"zz\\\"");
    let before = group(20_000);
    assert!(patch(&before, &limits, &vec![search.clone(); 25]).is_ok());
    let e = patch(&before, &limits, &vec![search; 26]).unwrap_err();
    assert_eq!(e.status(), 413, "{}", e.detail());
    assert!(e.detail().starts_with("operation 26 (remove `members[display co \"zz\"]`): "), "{}", e.detail());
    let named: Vec<String> = (0..1_000).map(|n| remove(&format!("value eq \\\"{n}\\\""))).collect();
    assert_eq!(patch(&before, &limits, &named).unwrap().members.remove.len(), 1_000);
}

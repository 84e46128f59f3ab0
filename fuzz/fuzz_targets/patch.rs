//! Any text as a PATCH request to a User and to a Group, in every profile: it is refused, or it leaves a resource that
//! a POST of the strict profile would take. The first byte chooses profile, resource and limits; the next two enlarge the
//! request, up to a thousand operations and lists of a hundred values.
//!
//! Work is counted, and the same on every machine and each time: the terms of filters that were held against values, of which
//! there are as many as the limits allow, and allocations, of which there are so many for each byte of request and resource.
//! Seen to fail: with no operation counted before it is applied, and with the document copied for each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::compat::Reader;
use provost_core::filter::work;
use provost_core::value::{Object, parse_object};
use provost_core::{Limits, Profile, ResourceType, SchemaSet};
use provost_fuzz::large::enlarged;
use std::sync::{Arc, LazyLock};

const ROUNDS: [usize; 4] = [1, 10, 100, 1_000];
const VALUES: [usize; 4] = [1, 10, 80, 100];
/// What the operations may compare: little, so that nothing but that can make a request costly, or as much as by default.
const COMPARISONS: [usize; 2] = [1_000, 500_000];

/// Allocations for each byte of request and resource, and for each comparison that is allowed.
const FOR_BYTE: u64 = 2;
const FOR_COMPARISON: u64 = 20;

struct Given {
    kind: Arc<ResourceType>,
    document: Object,
    bytes: usize,
}

static GIVEN: LazyLock<Vec<Given>> = LazyLock::new(|| {
    let set = SchemaSet::builtin();
    let given = |name: &str, json: &str| {
        let kind = set.resource_type(name).expect("a built-in type").clone();
        let sent = parse_object(json).expect("JSON");
        let members = sent.get("members").cloned();
        // as it would have been stored
        let made =
            Reader::new(&Profile::entra(), &Limits::default()).create(sent, &kind).expect("a valid resource");
        let mut document = made.body;
        if let Some(members) = members {
            document.insert("members", members);
        }
        let bytes = document.to_string().len();
        Given { kind, document, bytes }
    };
    let list = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<Vec<_>>().join(",");
    let full = list(100, &|n| format!(r#"{{"value":"e{n}@a.example","type":"t{}"}}"#, n % 7));
    let full = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"f","emails":[{full}],"phoneNumbers":[{full}]}}"#
    );
    let crowd = list(2_000, &|n| format!(r#"{{"value":"m{n}"}}"#));
    vec![
        given("User", &full),
        given("Group", &format!(r#"{{"displayName":"c","members":[{crowd}]}}"#)),
        given("User", include_str!("../../crates/provost-core/benches/user.json")),
        given("User", r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u"}"#),
        given("Group", r#"{"displayName":"g","members":[{"value":"a"},{"value":"b","type":"User"}]}"#),
    ]
});

static PROFILES: LazyLock<[Profile; 4]> =
    LazyLock::new(|| [Profile::strict(), Profile::entra(), Profile::okta(), Profile::interop()]);

fuzz_target!(|data: &[u8]| {
    let [choice, rounds, values, text @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(request) = parse_object(text) else { return };
    let of = |choices: &[usize], byte: u8| choices[usize::from(byte) % choices.len()];
    let request = enlarged(request, of(&ROUNDS, *rounds), of(&VALUES, *values));
    let choice = usize::from(*choice);
    let Given { kind, document, bytes } = &GIVEN[choice % GIVEN.len()];
    let choice = choice / GIVEN.len();
    let profile = &PROFILES[choice % PROFILES.len()];
    let mut limits = Limits::default();
    limits.comparisons = COMPARISONS[choice / PROFILES.len() % COMPARISONS.len()];
    let bytes = bytes + request.to_string().len();
    let (mut patch, mut change) = (None, None);
    let allocated = allocation_counter::measure(|| {
        patch = Reader::new(profile, &limits).patch(request, kind).ok();
        change = patch.as_ref().and_then(|patch| patch.apply(document).ok());
    });
    let compared = work::taken();
    assert!(
        compared <= limits.comparisons,
        "{compared} comparisons where {} are allowed",
        limits.comparisons
    );
    let most = FOR_BYTE * bytes as u64 + FOR_COMPARISON * limits.comparisons as u64;
    let allocated = allocated.count_total;
    assert!(allocated <= most, "{allocated} allocations where {most} at most are due");
    let Some(patch) = patch else { return };
    if let Some(delta) = patch.member_delta() {
        assert!(delta.members.add.iter().all(|id| !delta.members.remove.contains(id)));
    }
    let Some(change) = change else { return };
    if let Some(body) = change.body {
        let accepted = Reader::new(&Profile::strict(), &limits).create(body.clone(), kind);
        let mut made = accepted.unwrap_or_else(|e| panic!("{e}: {body}")).body;
        if !body.contains("active") {
            // who is made without it is active; who lost it is not
            made.remove("active");
        }
        assert_eq!(made, body);
    }
});

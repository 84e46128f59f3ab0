//! Any text as a PATCH request to a User and to a Group, in every profile: it is refused, or it leaves a resource that
//! a POST of the strict profile would take. The first byte chooses profile and resource.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::compat::Reader;
use provost_core::value::{Object, parse_object};
use provost_core::{Limits, Profile, ResourceType, SchemaSet};
use std::sync::{Arc, LazyLock};

struct Given {
    kind: Arc<ResourceType>,
    document: Object,
}

static GIVEN: LazyLock<Vec<Given>> = LazyLock::new(|| {
    let set = SchemaSet::builtin();
    let given = |name: &str, json: &str| {
        let kind = set.resource_type(name).expect("a built-in type").clone();
        let sent = parse_object(json).expect("JSON");
        let members = sent.get("members").cloned();
        // as it would have been stored
        let made = Reader::new(&Profile::entra(), &Limits::default()).create(sent, &kind).expect("a valid resource");
        let mut document = made.body;
        if let Some(members) = members {
            document.insert("members", members);
        }
        Given { kind, document }
    };
    vec![
        given("User", include_str!("../../crates/provost-core/benches/user.json")),
        given("User", r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"u"}"#),
        given("Group", r#"{"displayName":"g","members":[{"value":"a"},{"value":"b","type":"User"}]}"#),
    ]
});

static PROFILES: LazyLock<[Profile; 4]> =
    LazyLock::new(|| [Profile::strict(), Profile::entra(), Profile::okta(), Profile::interop()]);

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(request) = parse_object(text) else { return };
    let choice = usize::from(*choice);
    let Given { kind, document } = &GIVEN[choice % GIVEN.len()];
    let profile = &PROFILES[choice / GIVEN.len() % PROFILES.len()];
    let limits = Limits::default();
    let Ok(patch) = Reader::new(profile, &limits).patch(request, kind) else { return };
    if let Some(delta) = patch.member_delta() {
        assert!(delta.members.add.iter().all(|id| !delta.members.remove.contains(id)));
    }
    let Ok(change) = patch.apply(document) else { return };
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

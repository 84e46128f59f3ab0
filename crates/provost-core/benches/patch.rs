//! Entra's PATCH of five operations: parsed from text, planned, applied to a stored text of 1.3 kB, written as text.
//!
//! `cargo bench -p provost-core --bench patch`

use criterion::{Criterion, criterion_group, criterion_main};
use provost_core::compat::Reader;
use provost_core::value::parse_object;
use provost_core::{Limits, Profile, SchemaSet};
use std::hint::black_box;

const USER: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"mokafor","userName":"maren.okafor@lanternworks.example","active":true,"displayName":"Maren Okafor","title":"Signal Engineer","preferredLanguage":"nb-NO","name":{"formatted":"Maren Okafor","familyName":"Okafor","givenName":"Maren"},"emails":[{"primary":true,"type":"work","value":"maren@lanternworks.example"},{"type":"home","value":"maren@home.example"}],"addresses":[{"type":"work","formatted":"Pier 4, Helle Quay","streetAddress":"Pier 4","locality":"Helle","region":"Vestby","postalCode":"5044","country":"NO"},{"type":"home","formatted":"Shed 9, Helle Quay","streetAddress":"Shed 9","locality":"Helle","region":"Vestby","postalCode":"5045","country":"NO"}],"phoneNumbers":[{"type":"work","value":"+47 55 01 22 90"},{"type":"mobile","value":"4790012233"}],"roles":[{"value":"reader","display":"Reader","type":"WindowsAzureActiveDirectoryRole","primary":true}],"timezone":"Europe/Oslo","locale":"nb-NO","userType":"Employee","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"LW-0417","department":"Beacon Control","costCenter":"4100","organization":"Lanternworks","division":"Coast","manager":{"value":"0d9e6a35-41bc-4f7c-8e1d-93c7aa15c303"}}}"#;

const OFF: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"displayName","value":"Maren O. Dahl"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"maren.dahl@lanternworks.example"},{"op":"Replace","path":"name.familyName","value":"Dahl"},{"op":"Replace","path":"active","value":"True"},{"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber","value":"LW-0991"}]}"#;
const ON: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"emails[type eq \"work\"].value","value":"maren.dahl@lanternworks.example"},{"op":"replace","value":{"displayName":"Maren O. Dahl","name.familyName":"Dahl","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber":"LW-0991"}}]}"#;

fn patch(c: &mut Criterion) {
    let set = SchemaSet::builtin();
    let Some(user) = set.resource_type("User").cloned() else { return };
    let (profile, limits) = (Profile::entra(), Limits::default());
    let mut group = c.benchmark_group("patch");
    for (name, text) in [("five operations, flag off", OFF), ("five operations, flag on", ON)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let request = parse_object(black_box(text))?;
                let patch = Reader::new(&profile, &limits).patch(request, &user)?;
                let change = patch.apply(&parse_object(black_box(USER))?)?;
                Ok::<_, provost_core::Error>(change.body.map(|body| body.to_string()))
            });
        });
    }
    group.bench_function("parse the stored text", |b| b.iter(|| parse_object(black_box(USER))));
    group.bench_function("prepare alone, flag off", |b| {
        b.iter(|| {
            let request = parse_object(black_box(OFF))?;
            Reader::new(&profile, &limits).patch(request, &user)
        });
    });
    group.finish();
}

criterion_group!(benches, patch);
criterion_main!(benches);

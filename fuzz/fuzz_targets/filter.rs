//! Any text as a filter: it is read or refused with a place inside the text, reads back from what it is written as,
//! and binds and evaluates without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::Limits;
use provost_core::filter::{Filter, Leniencies, Syntax, Unknown};
use provost_core::value::{Object, parse_object};
use provost_fuzz::{USER, sound, split};
use std::sync::LazyLock;

static DOCUMENTS: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let whole = include_str!("../../crates/provost-core/benches/user.json");
    // the types of the schema, and others
    let odd =
        r#"{"userName":5,"active":"true","name":[],"emails":[null,7,{"value":["a"],"type":{}}],"meta":"x"}"#;
    [whole, odd, "{}"].map(|json| parse_object(json).expect("JSON")).into()
});

fuzz_target!(|data: &[u8]| {
    let Some((syntax, text)) = split(data) else { return };
    let limits = Limits::default();

    let strict = Filter::parse(text, &limits, Syntax::default());
    let lenient = Filter::parse(text, &limits, syntax);
    if let Ok((filter, used)) = &strict {
        assert_eq!(*used, Leniencies::default());
        assert_eq!(
            lenient.as_ref(),
            Ok(&(filter.clone(), Leniencies::default())),
            "leniency changed a meaning"
        );
    }
    let filter = match lenient {
        Ok((filter, _)) => filter,
        Err(e) => return sound(&e, text, limits.filter_bytes),
    };
    let mut roomy = limits;
    roomy.filter_bytes = usize::MAX;
    let again = Filter::parse(&filter.to_string(), &roomy, Syntax::default()).map(|(filter, _)| filter);
    assert_eq!(again.as_ref(), Ok(&filter));
    for unknown in [Unknown::Refuse, Unknown::Unassigned] {
        match filter.resolve(&USER, unknown) {
            Err(e) => sound(&e, text, limits.filter_bytes),
            Ok(typed) => {
                let not = Filter::Not(Box::new(filter.clone()))
                    .resolve(&USER, unknown)
                    .expect("its operand was bound");
                for document in DOCUMENTS.iter() {
                    assert_ne!(typed.matches(document), not.matches(document));
                }
            }
        }
    }
});

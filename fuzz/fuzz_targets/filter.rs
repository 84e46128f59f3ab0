//! Any text as a filter: it is read or refused with a place inside the text, reads back from what it is written as,
//! and binds and evaluates without a panic. The first byte chooses the leniencies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::filter::{Filter, FilterError, Leniencies, Syntax, Unknown};
use provost_core::value::{Object, parse_object};
use provost_core::{Limits, ResourceType, SchemaSet};
use std::sync::{Arc, LazyLock};

static USER: LazyLock<Arc<ResourceType>> =
    LazyLock::new(|| SchemaSet::builtin().resource_type("User").expect("a built-in type").clone());

static DOCUMENTS: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let whole = include_str!("../../crates/provost-core/benches/user.json");
    // the types of the schema, and others
    let odd =
        r#"{"userName":5,"active":"true","name":[],"emails":[null,7,{"value":["a"],"type":{}}],"meta":"x"}"#;
    [whole, odd, "{}"].map(|json| parse_object(json).expect("JSON")).into()
});

fuzz_target!(|data: &[u8]| {
    let Some((switches, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let mut syntax = Syntax::default();
    syntax.bare_words = switches & 1 != 0;
    syntax.literal_case = switches & 2 != 0;
    syntax.compared_value_path = switches & 4 != 0;
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
        Err(e) => return sound(&e, text),
    };
    let mut roomy = limits;
    roomy.filter_bytes = usize::MAX;
    let again = Filter::parse(&filter.to_string(), &roomy, Syntax::default()).map(|(filter, _)| filter);
    assert_eq!(again.as_ref(), Ok(&filter));
    for unknown in [Unknown::Refuse, Unknown::Unassigned] {
        match filter.resolve(&USER, unknown) {
            Err(e) => sound(&e, text),
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

fn sound(e: &FilterError, text: &str) {
    let said = e.to_string();
    assert!(text.is_char_boundary(e.offset()) || text.len() > Limits::default().filter_bytes, "{said}");
    assert!(!said.contains(char::is_control) && said.chars().count() < 1000, "{said}");
    assert!(e.caret(text).ends_with(&said));
}

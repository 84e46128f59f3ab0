//! Any text as a PATCH path: it is read or refused with a place inside the text, and reads back from what it is
//! written as. The first byte chooses the leniencies.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::filter::{Leniencies, PatchPath, Syntax};
use provost_core::{AttrRef, Limits, ResourceType, SchemaSet};
use std::sync::{Arc, LazyLock};

static USER: LazyLock<Arc<ResourceType>> =
    LazyLock::new(|| SchemaSet::builtin().resource_type("User").expect("a built-in type").clone());

fuzz_target!(|data: &[u8]| {
    let Some((switches, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let mut syntax = Syntax::default();
    syntax.bare_words = switches & 1 != 0;
    syntax.literal_case = switches & 2 != 0;
    syntax.compared_value_path = switches & 4 != 0;
    let limits = Limits::default();

    let strict = PatchPath::parse(text, &limits, Syntax::default());
    let lenient = PatchPath::parse(text, &limits, syntax);
    if let Ok((path, used)) = &strict {
        assert_eq!(*used, Leniencies::default());
        assert_eq!(
            lenient.as_ref(),
            Ok(&(path.clone(), Leniencies::default())),
            "leniency changed a meaning"
        );
    }
    let path = match lenient {
        Ok((path, _)) => path,
        Err(e) => {
            let said = e.to_string();
            assert!(text.is_char_boundary(e.offset()) || text.len() > limits.path_bytes, "{said}");
            assert!(!said.contains(char::is_control) && said.chars().count() < 1000, "{said}");
            return;
        }
    };
    let mut roomy = limits;
    roomy.path_bytes = usize::MAX;
    let again = PatchPath::parse(&path.to_string(), &roomy, Syntax::default()).map(|(path, _)| path);
    assert_eq!(again.as_ref(), Ok(&path));
    if let (Ok(attribute), Some(filter)) = (AttrRef::resolve(&path.path, &USER), &path.filter) {
        let _ = filter.resolve_element(&attribute);
    }
});

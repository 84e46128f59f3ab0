//! Any text as a PATCH path: it is read or refused with a place inside the text, and reads back from what it is
//! written as.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provost_core::filter::{Leniencies, PatchPath, Syntax};
use provost_core::{AttrRef, Limits};
use provost_fuzz::{USER, sound, split};

fuzz_target!(|data: &[u8]| {
    let Some((syntax, text)) = split(data) else { return };
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
        Err(e) => return sound(&e, text, limits.path_bytes),
    };
    let mut roomy = limits;
    roomy.path_bytes = usize::MAX;
    let again = PatchPath::parse(&path.to_string(), &roomy, Syntax::default()).map(|(path, _)| path);
    assert_eq!(again.as_ref(), Ok(&path));
    if let (Ok(attribute), Some(filter)) = (AttrRef::resolve(&path.path, &USER), &path.filter) {
        let _ = filter.resolve_element(&attribute);
    }
});

//! What the targets that read text share: how bytes become leniencies and text, and what every refusal must be.

pub mod large;
pub mod saml;

use provost_core::filter::{FilterError, Syntax};
use provost_core::{ResourceType, SchemaSet};
use std::sync::{Arc, LazyLock};

/// The built-in User.
pub static USER: LazyLock<Arc<ResourceType>> =
    LazyLock::new(|| SchemaSet::builtin().resource_type("User").expect("a built-in type").clone());

/// The first byte chooses the leniencies; the rest is the text, if it is one.
pub fn split(data: &[u8]) -> Option<(Syntax, &str)> {
    let (switches, text) = data.split_first()?;
    let mut syntax = Syntax::default();
    syntax.bare_words = switches & 1 != 0;
    syntax.literal_case = switches & 2 != 0;
    syntax.compared_value_path = switches & 4 != 0;
    Some((syntax, std::str::from_utf8(text).ok()?))
}

/// A refusal names a place inside the text, which may be longer than it may be, and is fit for a log.
pub fn sound(e: &FilterError, text: &str, limit: usize) {
    let said = e.to_string();
    assert!(text.is_char_boundary(e.offset()) || text.len() > limit, "{said}");
    assert!(!said.contains(char::is_control) && said.chars().count() < 1000, "{said}");
    assert!(e.caret(text).ends_with(&said));
}

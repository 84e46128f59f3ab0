//! Links to other resources as JSON text.

use super::{Link, Service};
use crate::value::Value;

/// Writes members of one type, computing what they have in common once. A store that reads many rows uses it to make
/// [`Resource::members_text`](super::Resource::members_text).
///
/// ```
/// use provost_core::SchemaSet;
/// use provost_core::resource::{LinkText, Service};
/// let service = Service::new("https://x", SchemaSet::builtin().into());
/// let mut text = String::new();
/// LinkText::new(&service, "User").push(&mut text, "7", Some("Babs"));
/// assert_eq!(text, r#"{"value":"7","$ref":"https://x/Users/7","display":"Babs","type":"User"}"#);
/// ```
#[derive(Debug, Clone)]
pub struct LinkText {
    place: String,
    end: String,
}

impl LinkText {
    /// For members that are resources of this type.
    #[must_use]
    pub fn new(service: &Service, resource_type: &str) -> Self {
        Self::typed(service, resource_type, resource_type)
    }

    /// The same, with another value of `type`.
    pub(crate) fn typed(service: &Service, resource_type: &str, shown: &str) -> Self {
        let nobody = Link { id: "".into(), resource_type: resource_type.into(), display: None };
        let mut end = String::from(",\"type\":");
        push_text(&mut end, shown);
        end.push('}');
        Self { place: service.location_of(&nobody), end }
    }

    /// Appends a member, after a comma unless it is the first.
    pub fn push(&self, out: &mut String, id: &str, display: Option<&str>) {
        out.push_str(if out.is_empty() { "{\"value\":" } else { ",{\"value\":" });
        push_text(out, id);
        out.push_str(",\"$ref\":");
        if is_plain(&self.place) && is_plain(id) {
            for part in ["\"", &self.place, id, "\""] {
                out.push_str(part);
            }
        } else {
            push_text(out, &format!("{}{id}", self.place));
        }
        if let Some(display) = display {
            out.push_str(",\"display\":");
            push_text(out, display);
        }
        out.push_str(&self.end);
    }
}

/// Whether a JSON string can contain the text without escapes.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\')
}

/// Appends a JSON string. Nearly all texts need no escapes.
pub(crate) fn push_text(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

//! Attributes that have columns of their own.

use provost_core::{Object, Value};

/// Takes a text out of a body; what is left goes into a column for the rest. The path may name a sub-attribute.
///
/// ```
/// use provost_core::value::parse_object;
/// use provost_provider::embed::take_text;
/// let mut body = parse_object(r#"{"userName":"babs","name":{"givenName":"Barbara"}}"#)?;
/// assert_eq!(take_text(&mut body, "name.givenName").as_deref(), Some("Barbara"));
/// assert_eq!(body.to_string(), r#"{"userName":"babs"}"#);
/// # Ok::<(), provost_core::value::JsonError>(())
/// ```
pub fn take_text(body: &mut Object, path: &str) -> Option<String> {
    match take(body, path)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Takes a boolean out of a body.
pub fn take_bool(body: &mut Object, path: &str) -> Option<bool> {
    take(body, path)?.as_bool()
}

fn take(body: &mut Object, path: &str) -> Option<Value> {
    let Some((name, sub)) = path.split_once('.') else { return body.remove(path) };
    let parts = body.get_mut(name)?.as_object_mut()?;
    let value = parts.remove(sub);
    if parts.is_empty() {
        body.remove(name);
    }
    value
}

//! What a case sends.

use super::ordered::OrderedObject;
use super::template::Template;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One HTTP request of a case, before its names are filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTemplate {
    /// The method as in the request line.
    pub method: String,
    /// Path and query below the base URL, percent-encoded as the client would send them.
    pub path: Template,
    /// The headers; if absent, those that every client sends (token, accepted type, type of the body).
    pub headers: Option<BTreeMap<String, Template>>,
    /// The body.
    pub body: Option<BodyTemplate>,
}

/// A request body.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum BodyTemplate {
    /// A JSON object, sent with its names in the order of the file.
    Json(OrderedObject),
    /// Anything else, sent unchanged: malformed JSON, form data, a megabyte of spaces.
    Text(Template),
}

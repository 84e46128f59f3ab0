//! What a case sends.

use super::ordered::Ordered;
use super::text::Text;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// One HTTP request of a case, before its names are filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestTemplate {
    /// The method, as it stands in the request line.
    pub method: String,
    /// What follows the base URL in the request line: path and query, percent-encoded as the client would.
    pub path: Text,
    /// The headers; absent means those every client sends (token, accepted type, type of the body).
    pub headers: Option<BTreeMap<String, Text>>,
    /// The body.
    pub body: Option<Body>,
}

/// A request body.
#[derive(Debug, Clone)]
pub enum Body {
    /// A JSON object, sent with its names in the order of the file.
    Json(Ordered),
    /// Anything else, sent as it stands: malformed JSON, form data, a megabyte of blanks.
    Text(Text),
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Ordered::deserialize(deserializer)? {
            object @ Ordered::Object(_) => Ok(Self::Json(object)),
            text => {
                let text = serde_json::to_value(text).and_then(serde_json::from_value);
                text.map(Self::Text).map_err(serde::de::Error::custom)
            }
        }
    }
}

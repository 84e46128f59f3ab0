//! Golden exchanges: one request of a real client and the answer it must get.

use super::{Check, ExpectedResponse, Given, OneOrMore, RequestTemplate};
use crate::player::Profile;
use serde::Deserialize;

/// One golden exchange.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenExchange {
    /// The name of the file without its extension.
    pub name: String,
    /// Which client or PATCH dialect sends this: `off`, `on`, `any`, `validator`, `logicapp`, `okta`, `other`.
    pub flavour: String,
    /// Where the exchange comes from.
    pub basis: String,
    /// The section of a standard that it tests, such as `RFC 7644 §3.5.2`.
    pub rfc: Option<String>,
    /// The only profiles that answer like this; if absent, every profile does.
    pub profile: Option<OneOrMore<Profile>>,
    /// What the server must have besides users and groups, such as `oauth` or `schema:lanternworks`.
    pub requires: Option<String>,
    /// The state of the directory before the request.
    #[serde(default)]
    pub given: Vec<Given>,
    /// What is sent.
    pub request: RequestTemplate,
    /// How often it is sent; each time the same answer is expected.
    #[serde(default = "once")]
    pub times: u32,
    /// What must come back.
    pub response: ExpectedResponse,
    /// What must hold afterwards.
    #[serde(default)]
    pub after: Vec<Check>,
    /// A note for the reader.
    pub note: Option<String>,
}

impl GoldenExchange {
    /// Who sends this, in words, if `basis` names somebody.
    #[must_use]
    pub fn source(&self) -> Option<&'static str> {
        let letters: String = self.basis.chars().take_while(char::is_ascii_uppercase).collect();
        Some(match letters.as_str() {
            "D" => "as in Microsoft's documentation of provisioning",
            "L" => "as in Microsoft's Logic App validation template",
            "V" => "as captured from Microsoft's SCIM validator",
            "P" => "as in the Postman collection of Microsoft's reference code",
            "I" => "as reported in an issue of another SCIM project",
            "Q" => "as reported on Microsoft's question-and-answer site",
            "OK" | "OKS" => "as in Okta's documentation and test suite",
            _ => return None,
        })
    }
}

pub(super) fn once() -> u32 {
    1
}

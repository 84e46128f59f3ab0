//! Hostile requests: what must be refused, how the refusal reads, and that it changes nothing.

use super::{Given, OneOrMore, RequestTemplate, Template};
use crate::player::Profile;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One file of hostile requests that share a state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostileFile {
    /// What the file is about.
    pub about: String,
    /// The section of a standard that cases without one of their own are about, as `RFC 7644 §3.4.2.2`.
    pub rfc: Option<String>,
    /// What the directory holds before each case.
    #[serde(default)]
    pub given: Vec<Given>,
    /// What the directory of another tenant holds: its U1 is `{{NU1}}` here, its G1 `{{NG1}}`. It too must read as before
    /// after each case.
    #[serde(default)]
    pub other_tenant: Vec<Given>,
    /// The cases.
    pub cases: Vec<HostileCase>,
}

/// One hostile request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostileCase {
    /// A name unique over all files.
    pub name: String,
    /// Why this is refused, or why it is not.
    pub why: String,
    /// The section of a standard that says so, as `RFC 7643 §4.1.1`.
    pub rfc: Option<String>,
    /// What the server must have besides users and groups.
    pub requires: Option<String>,
    /// Whether this is a promise of Provost beyond the RFCs, such as a limit; played only when held to the letter.
    #[serde(default)]
    pub exact: bool,
    /// What is sent; absent where `raw` is.
    pub request: Option<RequestTemplate>,
    /// Bytes to be written to a socket as they are, where no HTTP client would send this.
    pub raw: Option<Template>,
    /// What the client does once the bytes are out.
    #[serde(default)]
    pub then: AfterSending,
    /// The answer wanted in every profile that has no word of its own below.
    pub expect: Option<ExpectedRefusal>,
    /// The answer of the strict profile, and of interop.
    pub strict: Option<ExpectedRefusal>,
    /// The answer of the entra profile, and of okta.
    pub entra: Option<ExpectedRefusal>,
}

impl HostileCase {
    /// The answer wanted in a profile; none means the case is not played there.
    #[must_use]
    pub fn wanted(&self, profile: Profile) -> Option<&ExpectedRefusal> {
        let own = if profile.is_forgiving() { &self.entra } else { &self.strict }.as_ref();
        own.or(self.expect.as_ref())
    }
}

/// How a request is refused. A 2xx status says that a profile forgives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRefusal {
    /// Accepted status codes, the preferred one first.
    pub status: OneOrMore<u16>,
    /// Accepted values of `scimType`; absent: not looked at.
    #[serde(rename = "scimType")]
    pub scim_type: Option<OneOrMore<String>>,
    /// What `detail` must name: the attribute, the operation, the byte. Of a list within, any one.
    #[serde(default)]
    pub detail_contains: Vec<OneOrMore<String>>,
    /// Headers that must be there.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the body must hold besides.
    pub body: Option<Value>,
    /// JSON pointers that must lead nowhere.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Statuses of the answers that follow on the same connection, up to its end; only looked at where `raw` is.
    pub further: Option<Vec<u16>>,
    /// Whether closing the connection without an answer will do as well.
    #[serde(default)]
    pub may_close: bool,
    /// Whether the answer need not be a SCIM message: what is no HTTP never reaches SCIM.
    #[serde(default)]
    pub bare: bool,
    /// Whether the directory reads as before.
    #[serde(default)]
    pub state: Effect,
}

/// What a client does once its raw bytes are out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterSending {
    /// It waits for the answer.
    #[default]
    Wait,
    /// It closes its half of the connection, and waits for the answer.
    HalfClose,
    /// It goes away; there is no answer to judge.
    Close,
}

/// What a hostile request leaves behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The directory reads as before, byte for byte.
    #[default]
    Same,
    /// The request was forgiven and did something.
    Changed,
}

//! Hostile requests: what must be refused, what the refusal says, and that it changes nothing.

use super::{Given, OneOrMore, RequestTemplate, Template};
use crate::player::Profile;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One file of hostile requests with the same initial state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostileFile {
    /// What the file tests.
    pub about: String,
    /// The section of a standard for cases without one of their own, such as `RFC 7644 §3.4.2.2`.
    pub rfc: Option<String>,
    /// The state of the directory before each case.
    #[serde(default)]
    pub given: Vec<Given>,
    /// The state of another tenant's directory: its U1 is `{{NU1}}` here, its G1 `{{NG1}}`. It too must read the same
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
    /// A name, unique over all files.
    pub name: String,
    /// Why this must be refused, or accepted.
    pub why: String,
    /// The section of a standard that says so, such as `RFC 7643 §4.1.1`.
    pub rfc: Option<String>,
    /// What the server must have besides users and groups.
    pub requires: Option<String>,
    /// Whether this is a promise of Provost beyond the RFCs, such as a limit; played only in exact mode.
    #[serde(default)]
    pub exact: bool,
    /// What is sent; absent if `raw` is present.
    pub request: Option<RequestTemplate>,
    /// Bytes to write to a socket as they are, for what no HTTP client would send.
    pub raw: Option<Template>,
    /// What the client does after sending the bytes.
    #[serde(default)]
    pub then: AfterSending,
    /// The expected answer in every profile without one of its own below.
    pub expect: Option<ExpectedRefusal>,
    /// The expected answer in the profiles strict and interop.
    pub strict: Option<ExpectedRefusal>,
    /// The expected answer in the profiles entra and okta.
    pub entra: Option<ExpectedRefusal>,
}

impl HostileCase {
    /// The expected answer in a profile; `None` means the case is not played there.
    #[must_use]
    pub fn wanted(&self, profile: Profile) -> Option<&ExpectedRefusal> {
        let own = if profile.is_forgiving() { &self.entra } else { &self.strict }.as_ref();
        own.or(self.expect.as_ref())
    }
}

/// How a request is refused. A 2xx status means that the profile forgives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRefusal {
    /// Accepted status codes, the preferred one first.
    pub status: OneOrMore<u16>,
    /// Accepted values of `scimType`; if absent, it is not checked.
    #[serde(rename = "scimType")]
    pub scim_type: Option<OneOrMore<String>>,
    /// What `detail` must name: the attribute, the operation, the byte. Of an inner list, any one.
    #[serde(default)]
    pub detail_contains: Vec<OneOrMore<String>>,
    /// Required headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What else the body must contain.
    pub body: Option<Value>,
    /// JSON pointers that must not resolve.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Statuses of the further answers on the same connection, up to its end; checked only with `raw`.
    pub further: Option<Vec<u16>>,
    /// Whether closing the connection without an answer is accepted too.
    #[serde(default)]
    pub may_close: bool,
    /// Whether the answer need not be a SCIM message: what is not HTTP never reaches SCIM.
    #[serde(default)]
    pub bare: bool,
    /// Whether the directory must read as before.
    #[serde(default)]
    pub state: Effect,
}

/// What a client does after sending its raw bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterSending {
    /// It waits for the answer.
    #[default]
    Wait,
    /// It closes its half of the connection and waits for the answer.
    HalfClose,
    /// It closes the connection; there is no answer to judge.
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

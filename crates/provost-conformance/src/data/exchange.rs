//! Golden exchanges: one request of a real client and the answer it needs.

use super::{Check, ExpectedResponse, Given, OneOrMore, RequestTemplate};
use crate::player::Profile;
use serde::Deserialize;

/// One golden exchange.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenExchange {
    /// The name of the file without its ending.
    pub name: String,
    /// Which client or PATCH dialect sends this: `off`, `on`, `any`, `validator`, `logicapp`, `okta`, `other`.
    pub flavour: String,
    /// Where the exchange comes from.
    pub basis: String,
    /// The only profiles that answer like this; absent means every profile does.
    pub profile: Option<OneOrMore<Profile>>,
    /// What the server must have besides users and groups, as `oauth` or `schema:lanternworks`.
    pub requires: Option<String>,
    /// What the directory holds before.
    #[serde(default)]
    pub given: Vec<Given>,
    /// What is sent.
    pub request: RequestTemplate,
    /// How often it is sent, each time with the same answer expected.
    #[serde(default = "once")]
    pub times: u32,
    /// What must come back.
    pub response: ExpectedResponse,
    /// What must hold afterwards.
    #[serde(default)]
    pub after: Vec<Check>,
    /// A word for the reader.
    pub note: Option<String>,
}

pub(super) fn once() -> u32 {
    1
}

//! The values of names that only the server decides: `{{U1}}` and the fixture's id of U1 stand for the id that the
//! server minted, `{{base}}` and `{{token}}` for those of the target.

use crate::http::Target;
use serde_json::Value;
use std::collections::BTreeMap;

/// Where a text goes, which decides how an id is written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// A path or query string: everything except unreserved characters is percent-encoded.
    Url,
    /// A body, a header or an expected value: unchanged.
    Plain,
}

/// The values of the names in a case.
pub(crate) struct Bindings {
    /// Supplies `base`, `token`, `host` and `root`.
    target: Target,
    /// The fixtures' own ids by symbol.
    fixtures: BTreeMap<String, String>,
    /// The server's ids by symbol.
    ids: BTreeMap<String, String>,
    /// Whether `{{uuid}}` accepts any id: RFC 7643 §3.1 leaves the form of an id to the server.
    any_id: bool,
}

/// Why a case cannot be played: the other spelling of this server's ids would be the same.
pub(crate) const SAME_SPELLING: &str = "the ids of this server have no such other spelling";

/// The placeholders of the matcher; they stay in place until a value is compared.
const PATTERNS: [&str; 5] = ["any", "id", "uuid", "now", "int"];

impl Bindings {
    pub(crate) fn new(target: Target, fixtures: BTreeMap<String, String>, any_id: bool) -> Self {
        Self { target, fixtures, ids: BTreeMap::new(), any_id }
    }

    /// Switches to another target; the ids stay.
    pub(crate) fn retarget(&mut self, target: Target) {
        self.target = target;
    }

    /// Binds a symbol to an id.
    pub(crate) fn bind(&mut self, symbol: &str, id: &str) {
        self.ids.insert(symbol.to_owned(), id.to_owned());
    }

    /// Unbinds all symbols.
    pub(crate) fn forget_ids(&mut self) {
        self.ids.clear();
    }

    /// Binds the symbols of another tenant, prefixed with N.
    pub(crate) fn bind_other_tenant(&mut self, other_tenant: &Self) {
        for (symbol, id) in &other_tenant.ids {
            self.ids.insert(format!("N{symbol}"), id.clone());
        }
    }

    /// The server's id for a symbol.
    pub(crate) fn id(&self, symbol: &str) -> Result<&str, String> {
        self.ids
            .get(symbol)
            .map(String::as_str)
            .ok_or_else(|| format!("`{symbol}` has no id here: no step created it"))
    }

    /// Fills every string of an expected value, including the names in its objects.
    pub(crate) fn fill_value(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.fill(text, Encoding::Plain)?),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.fill_value(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok((self.fill(name, Encoding::Plain)?, self.fill_value(value)?)));
                Value::Object(members.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    /// The symbol of an id, or else the id itself, for readable reports.
    pub(crate) fn symbol_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.ids.iter().find(|(_, bound)| *bound == id).map_or(id, |(symbol, _)| symbol)
    }

    /// Replaces the names in a text with their values.
    ///
    /// `{{U1|upper}}` and `{{U1|nohyphen}}` are the id of U1 in another spelling, `{{root|doubled}}` is the path of the
    /// base URL with every slash doubled.
    pub(crate) fn fill(&self, text: &str, into: Encoding) -> Result<String, String> {
        let mut rest = self.with_real_ids(text, into);
        let mut filled = String::new();
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once("}}").filter(|(name, _)| is_name(name)) else {
                filled.push_str("{{");
                rest = after.to_owned();
                continue;
            };
            if PATTERNS.contains(&name) {
                filled.push_str("{{");
                filled.push_str(if name == "uuid" && self.any_id { "id" } else { name });
                filled.push_str("}}");
            } else {
                filled.push_str(&encoded(&self.value(name)?, into));
            }
            rest = tail.to_owned();
        }
        filled.push_str(&rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Result<String, String> {
        let Some((symbol, spelling)) = name.split_once('|') else {
            let value = match name {
                "base" => self.target.base_url(),
                "token" => self.target.token(),
                "host" => self.target.authority(),
                "root" => self.target.root(),
                symbol => self.id(symbol)?,
            };
            return Ok(value.to_owned());
        };
        if (symbol, spelling) == ("root", "doubled") {
            return Ok(self.target.root().replace('/', "//"));
        }
        let id = self.id(symbol)?;
        let other = match spelling {
            "upper" => id.to_ascii_uppercase(),
            "nohyphen" => id.replace('-', ""),
            _ => return Err(format!("`{spelling}` is no spelling of an id")),
        };
        if other == id { Err(SAME_SPELLING.to_owned()) } else { Ok(other) }
    }

    fn with_real_ids(&self, text: &str, into: Encoding) -> String {
        self.fixtures.iter().fold(text.to_owned(), |text, (symbol, fixture)| match self.ids.get(symbol) {
            Some(id) => text.replace(fixture, &encoded(id, into)),
            None => text,
        })
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '|')
}

fn encoded(id: &str, into: Encoding) -> String {
    if into == Encoding::Url { percent_encoded(id) } else { id.to_owned() }
}

/// Encodes a text for a path segment or a query value.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        // RFC 3986 §2.3: the unreserved characters.
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXTURE: &str = "6f1b2c9e-3d0a-4a57-9c34-1e7d5b80a101";

    fn names() -> Bindings {
        let target = Target::new("http://h/scim", "t").unwrap();
        let fixtures = BTreeMap::from([("U1".to_owned(), FIXTURE.to_owned())]);
        Bindings::new(target, fixtures, false)
    }

    #[test]
    fn symbols_and_fixture_ids_become_the_servers_ids() {
        let mut names = names();
        names.bind("U1", "a1-b2");
        assert_eq!(names.fill("/Users/{{U1}}", Encoding::Url).unwrap(), "/Users/a1-b2");
        let query = format!("/Users?filter=id+eq+%22{FIXTURE}%22");
        assert_eq!(names.fill(&query, Encoding::Url).unwrap(), "/Users?filter=id+eq+%22a1-b2%22");
        assert_eq!(
            names.fill("{{base}}/Users/{{U1|upper}}", Encoding::Plain).unwrap(),
            "http://h/scim/Users/A1-B2"
        );
        assert_eq!(names.fill("{{U1|nohyphen}}", Encoding::Plain).unwrap(), "a1b2");
        assert_eq!(names.symbol_of("a1-b2"), "U1");
        names.bind("U1", "42");
        assert_eq!(names.fill("{{U1|upper}}", Encoding::Plain).unwrap_err(), SAME_SPELLING);
    }

    #[test]
    fn a_uuid_is_any_id_where_that_will_do() {
        let mut names = names();
        assert_eq!(names.fill("{{uuid}}", Encoding::Plain).unwrap(), "{{uuid}}");
        names.any_id = true;
        assert_eq!(names.fill("{{uuid}}", Encoding::Plain).unwrap(), "{{id}}");
    }

    #[test]
    fn odd_ids_are_encoded_in_urls_alone() {
        let mut names = names();
        names.bind("U1", "a/b \"c\"");
        assert_eq!(names.fill(FIXTURE, Encoding::Url).unwrap(), "a%2Fb%20%22c%22");
        assert_eq!(names.fill(FIXTURE, Encoding::Plain).unwrap(), "a/b \"c\"");
    }

    #[test]
    fn unbound_symbols_are_refused_and_patterns_and_braces_stay() {
        let names = names();
        assert!(names.fill("{{U1}}", Encoding::Plain).is_err());
        assert_eq!(names.fill(FIXTURE, Encoding::Plain).unwrap(), FIXTURE);
        assert_eq!(names.fill("{{any}} {{ x }}", Encoding::Plain).unwrap(), "{{any}} {{ x }}");
        assert_eq!(names.fill("{{\"a\": {", Encoding::Plain).unwrap(), "{{\"a\": {");
    }
}

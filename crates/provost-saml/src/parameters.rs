//! The parameters of a form or of a query, as received.
//!
//! A signature over a query covers the bytes that were sent, so the values stay encoded. A parameter that comes twice
//! is refused, because one reader would take the first and another the last.

use percent_encoding::percent_decode_str;

use crate::{checks::Checks, reason::Reason, refusal::Refusal};

const KNOWN: [&str; 5] = ["SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature"];

/// The parameters that SAML knows, by name, still encoded. Others are ignored.
#[derive(Debug, Clone)]
pub(crate) struct Parameters<'a>(Vec<(&'static str, &'a str)>);

impl<'a> Parameters<'a> {
    pub(crate) fn read(checks: Checks, text: &'a str, place: &'static str) -> Result<Self, Refusal> {
        let mut found = Vec::new();
        for (name, value) in text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))) {
            let decoded = decode(name).unwrap_or_default();
            let Some(known) = KNOWN.into_iter().find(|known| *known == decoded) else { continue };
            let again = found.iter().any(|(earlier, _)| *earlier == known);
            checks.require(!again && name == known, || {
                Refusal::new(Reason::DoubledParameter, place).with_found(name)
            })?;
            found.push((known, value));
        }
        Ok(Self(found))
    }

    /// The value as received, still encoded.
    pub(crate) fn encoded(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The decoded value, if present and valid UTF-8.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.encoded(name).and_then(decode)
    }

    /// The bytes of a Base64 value. Line breaks in it are accepted.
    pub(crate) fn bytes(&self, name: &'static str) -> Result<Vec<u8>, Refusal> {
        let value = self
            .value(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Refusal::new(Reason::MissingParameter, name))?;
        let value: String = value.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        data_encoding::BASE64
            .decode(value.as_bytes())
            .map_err(|error| Refusal::new(Reason::NotBase64, name).with_found(error.to_string()))
    }
}

fn decode(encoded: &str) -> Option<String> {
    let spaced = encoded.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Parameters<'_>, Refusal> {
        Parameters::read(Checks::ALL, text, "body")
    }

    #[test]
    fn decodes_what_came_once() {
        let parameters = read("a=1&RelayState=b+c%2B&SAMLResponse=PGE%2B%0D%0A&a=2").unwrap();
        assert_eq!(parameters.value("RelayState").as_deref(), Some("b c+"));
        assert_eq!(parameters.encoded("RelayState"), Some("b+c%2B"));
        assert_eq!(parameters.bytes("SAMLResponse").unwrap(), b"<a>");
        assert_eq!(parameters.bytes("SAMLRequest").unwrap_err().reason(), Reason::MissingParameter);
        assert_eq!(
            read("SAMLRequest=!").unwrap().bytes("SAMLRequest").unwrap_err().reason(),
            Reason::NotBase64
        );
    }

    #[test]
    fn refuses_two_of_one_name_however_written() {
        for text in ["RelayState=a&RelayState=a", "Signature=a&Sign%61ture=b", "S%69gAlg=a", "SigAlg&SigAlg"]
        {
            assert_eq!(read(text).unwrap_err().reason(), Reason::DoubledParameter, "{text}");
        }
    }
}

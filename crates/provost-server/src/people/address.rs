//! E-mail addresses that people enter, and the key by which addresses and user names are compared.

use provost::unstable::core::fold::{Folding, fold};
use provost::{Object, Value};
use std::fmt;
use std::str::FromStr;

/// The longest address that can be delivered to (RFC 5321 section 4.5.3.1.3, without the angle brackets), in bytes.
const LONGEST: usize = 254;

/// An e-mail address as it was entered. It looks deliverable; only sending mail can tell whether it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

impl Address {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn key(&self) -> AddressKey {
        AddressKey::of(&self.0)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fault = if text.len() > LONGEST {
            "it is too long"
        } else if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            "it has blanks or control characters in it"
        } else if text.chars().any(|c| matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '"')) {
            "it has one of , ; < > ( ) \" in it"
        } else {
            match text.split('@').collect::<Vec<_>>()[..] {
                [local, domain] if !local.is_empty() && is_domain(domain) => {
                    return Ok(Self(text.to_owned()));
                }
                [_] => "it has no @",
                [_, _] => "something is missing before or after the @",
                _ => "it has more than one @",
            }
        };
        Err(format!(
            "this is not an e-mail address: {fault}; write the address alone, such as ann@example.com"
        ))
    }
}

fn is_domain(domain: &str) -> bool {
    !domain.is_empty() && domain.split('.').all(|label| !label.is_empty())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address or user name, folded, so that two spellings for the same person have the same key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AddressKey(String);

impl AddressKey {
    pub(crate) fn of(text: &str) -> Self {
        Self(fold(Folding::Caseless, text.trim()).into_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The keys under which a SCIM user may have been invited: the user name and each e-mail address, without
    /// duplicates.
    pub(crate) fn of_user(user: &Object) -> Vec<Self> {
        let emails = user.get("emails").map_or(&[][..], Value::elements).iter().filter_map(Value::as_object);
        let texts = user.str("userName").into_iter().chain(emails.filter_map(|email| email.str("value")));
        let mut keys: Vec<Self> = texts.map(Self::of).filter(|key| !key.0.is_empty()).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost::unstable::core::value::parse_object;

    #[test]
    fn what_cannot_be_an_address_is_refused_with_the_reason() {
        for (text, reason) in [
            ("ann", "no @"),
            ("ann@@example.com", "more than one @"),
            ("a@b@example.com", "more than one @"),
            ("ann smith@example.com", "blanks"),
            ("ann\u{7}@example.com", "control"),
            ("ann@exa\u{a0}mple.com", "blanks"),
            ("@example.com", "missing"),
            ("ann@", "missing"),
            ("ann@example..com", "missing"),
            ("ann@.com", "missing"),
            ("", "no @"),
            ("Ann <ann@example.com>", "blanks"),
            ("<ann@example.com>", "one of , ;"),
            ("a@example.com,b@example.com", "one of , ;"),
            (&format!("{}@example.com", "a".repeat(250)), "too long"),
        ] {
            let refused = text.parse::<Address>().expect_err(text);
            assert!(refused.contains(reason), "{text}: {refused}");
        }
        for text in ["ann@example.com", "Jörg@bücher.example", "a+b@localhost", " ann@example.com "] {
            assert_eq!(text.parse::<Address>().expect(text).as_str(), text.trim());
        }
    }

    #[test]
    fn keys_know_neither_case_nor_composition() {
        let address: Address = "JO\u{308}RG@Example.com".parse().expect("an address");
        assert_eq!(address.key(), AddressKey::of(" jörg@example.COM"));
        let user = r#"{"userName":"Ann@Example.com","emails":[{"value":"ann@example.com"},{"value":"A@b.c"},{"type":"work"}]}"#;
        let keys = AddressKey::of_user(&parse_object(user).expect("an object"));
        assert_eq!(keys.iter().map(AddressKey::as_str).collect::<Vec<_>>(), ["a@b.c", "ann@example.com"]);
    }
}

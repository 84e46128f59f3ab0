//! A submitted form: bounded, with each field once.

use super::answer::Trouble;
use crate::tokens::Secret;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt;
use std::time::Duration;
use zeroize::Zeroizing;

/// The fields of a form.
pub(super) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    pub(super) async fn read(
        headers: &HeaderMap,
        payload: Payload,
        patience: Duration,
        largest: usize,
    ) -> Result<Self, Trouble> {
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Trouble::NoForm);
        }
        Self::parse(&body(payload, patience, largest).await?).ok_or(Trouble::NoForm)
    }

    /// `None` for what no browser sends: a repeated field, or bytes that are not text.
    fn parse(body: &[u8]) -> Option<Self> {
        let mut fields: Vec<(String, Zeroizing<String>)> = Vec::new();
        for pair in body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            if fields.iter().any(|(other, _)| *other == *name) {
                return None;
            }
            fields.push((name.to_string(), value));
        }
        Some(Self(fields))
    }

    /// Reads the query of an address; empty if malformed, as none of our links are.
    pub(super) fn of_query(query: &str) -> Self {
        Self::parse(query.as_bytes()).unwrap_or(Self(Vec::new()))
    }

    /// A field as text, without blanks around it; empty if missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// A password, exactly as typed.
    pub(super) fn secret(&self, name: &str) -> Secret {
        Secret::new(self.raw(name))
    }

    fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

/// The bytes of a submitted form.
pub(super) async fn body(
    payload: Payload,
    patience: Duration,
    largest: usize,
) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    tokio::time::timeout(patience, whole(payload, largest)).await.unwrap_or(Err(Trouble::TooSlow))
}

async fn whole(mut payload: Payload, largest: usize) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.or(Err(Trouble::NoForm))?;
        if body.len().saturating_add(chunk.len()) > largest {
            return Err(Trouble::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Zeroizing::new(body.to_vec()))
}

/// `+` is a blank, `%41` a byte.
fn decode(text: &[u8]) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit(*rest.next()?)?.checked_mul(16)?.checked_add(digit(*rest.next()?)?)?,
            byte => *byte,
        });
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// Encodes a value for a link.
pub(super) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let form = Form::parse(b"name=Ines+Falk&pw=%C3%BC%20%2B+&empty=&x").expect("a form");
        assert_eq!(
            (form.text("name"), form.text("empty"), form.text("x"), form.text("none")),
            ("Ines Falk", "", "", "")
        );
        assert_eq!(form.secret("pw").reveal(), "ü + ");
        let all = "a b+ü&=%\\'\"<script>_-\u{0}👩";
        assert_eq!(Form::of_query(&format!("q={}", encode(all))).text("q"), all);
        for broken in [&b"a=1&a=2"[..], b"a=%zz", b"a=%4", b"a=%ff"] {
            assert!(Form::parse(broken).is_none(), "{broken:?}");
        }
    }
}

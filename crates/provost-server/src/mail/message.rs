//! A letter as it is sent: headers, a plain text part and an HTML part.

use super::letter::Letter;
use super::shown;
use crate::clock::Timestamp;
use crate::people;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use std::time::{Duration, SystemTime};

/// The latest time a header can hold, in milliseconds: the end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_000;

pub(super) struct Message {
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
    /// The name of a file that holds it.
    pub(super) name: String,
}

impl Message {
    /// Always the same bytes for the same letter, so that a repeated one can be recognised. Fails if no mail can go to the
    /// address.
    pub(super) fn of(letter: &Letter, from: &Address) -> Result<Self, String> {
        let to = address(&letter.to)?;
        let name = letter.message_id.as_str().to_owned();
        let parts = MultiPart::alternative()
            // the library would pick a random one
            .boundary(format!("part.of.{name}"))
            .singlepart(part(ContentType::TEXT_PLAIN, &letter.written.text))
            .singlepart(part(ContentType::TEXT_HTML, &letter.written.html));
        let auto =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let from_name = shown::name(&letter.from_name);
        let quoted = quoted(&from_name, from);
        let mut message = lettre::Message::builder()
            .from(Mailbox::new(Some(from_name), from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(letter.written.subject.clone())
            .date(time(letter.date))
            .message_id(Some(format!("<{name}@{}>", from.domain())))
            .raw_header(auto)
            .multipart(parts)
            .map_err(|e| format!("the mail cannot be written: {e}"))?;
        if let Some(quoted) = quoted {
            message.headers_mut().insert_raw(quoted);
        }
        Ok(Self { to, bytes: message.formatted(), name })
    }

    /// Whether the server must accept non-ASCII letters before the @. After it, the domain is sent in ASCII, which all accept.
    pub(super) fn needs_unicode(&self) -> bool {
        !self.to.user().is_ascii()
    }
}

/// A sender with a dot in its name: RFC 5322 section 3.2.5 requires quotes, which the library does not write.
fn quoted(name: &str, from: &Address) -> Option<HeaderValue> {
    let is_plain = name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    (is_plain && name.contains('.')).then(|| {
        let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
        let value = format!("\"{escaped}\" <{from}>");
        HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str("From"), value.clone(), value)
    })
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().content_type(kind).body(text.to_owned())
}

/// The address as mail servers take it: with its domain in ASCII.
fn address(address: &people::Address) -> Result<Address, String> {
    let refused = |what: &str| format!("no mail can go to `{address}`: {what}");
    let (local, domain) = address.as_str().rsplit_once('@').ok_or_else(|| refused("it has no @"))?;
    if local.len() > 64 {
        return Err(refused("what stands before the @ is longer than 64 bytes"));
    }
    let domain = idna::domain_to_ascii_strict(domain)
        .map_err(|_not_one| refused("what stands after the @ is no name of a host"))?;
    Address::new(local, domain).map_err(|_not_one| refused("it is not written as an address is"))
}

fn time(at: Timestamp) -> SystemTime {
    let ms = u64::try_from(at.as_millis()).unwrap_or(0).min(LAST_MS);
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

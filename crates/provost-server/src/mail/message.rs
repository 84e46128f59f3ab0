//! A letter as it is sent: headers, a part in plain text and one in HTML.

use super::letter::Letter;
use super::shown;
use crate::clock::Timestamp;
use crate::people;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use std::time::{Duration, SystemTime};

/// The last moment that a header can name, in milliseconds: the end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_000;

pub(super) struct Message {
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
    /// What a file of it is called.
    pub(super) name: String,
}

impl Message {
    /// The same bytes for the same letter, so that one that comes twice is one. Refused is an address that no mail can go to.
    pub(super) fn of(letter: &Letter, from: &Address) -> Result<Self, String> {
        let to = address(&letter.to)?;
        let name = letter.message_id.as_str().to_owned();
        let parts = MultiPart::alternative()
            // the library would draw one by lot
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

    /// Whether a server must take letters before the @ that are not ASCII; after it they have a form that all take.
    pub(super) fn needs_unicode(&self) -> bool {
        !self.to.user().is_ascii()
    }
}

/// A sender whose name has a point: RFC 5322 section 3.2.5 wants that in quotes, and the library writes none.
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

/// As a mail server takes it: the domain in ASCII.
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

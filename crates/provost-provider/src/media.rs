//! From the bytes of a body to an object.

use crate::operation::Payload;
use provost_core::compat::Reader;
use provost_core::error::{Place, Text};
use provost_core::policy::Choice;
use provost_core::text::excerpt;
use provost_core::value::parse_object_within;
use provost_core::{Error, ErrorKind, Object};

impl Payload<'_> {
    /// The JSON object in the body.
    ///
    /// # Errors
    /// 415 for another media type or charset, or for a content coding; 400 if there is no body, or if it is not UTF-8
    /// or not a JSON object; 413 for more values than [`Limits::json_values`](provost_core::Limits::json_values).
    pub(crate) fn object(&self, reader: &mut Reader<'_>) -> Result<Object, Error> {
        self.check_coding()?;
        match self.content_type.map(str::trim).filter(|t| !t.is_empty()) {
            Some(media_type) => check_media_type(media_type)?,
            // an absent body needs no media type
            None if self.is_empty() => {}
            None if reader.policy().missing_media_type => reader.notes.record(Choice::MissingMediaType),
            None => return Err(unsupported("the body has no Content-Type")),
        }
        if self.is_empty() {
            return Err(Error::new(ErrorKind::InvalidSyntax, "the body is empty")
                .at(Place::byte(Text::Body, 0))
                .with_remedy("send a JSON object"));
        }
        let text = std::str::from_utf8(self.bytes).map_err(|e| {
            let message = format!("the body is not UTF-8 at byte {}", e.valid_up_to());
            Error::new(ErrorKind::InvalidSyntax, message).at(Place::byte(Text::Body, e.valid_up_to()))
        })?;
        Ok(parse_object_within(text, reader.terms.limits.json_values)?)
    }

    /// The message in the body.
    ///
    /// # Errors
    /// As for [`object`](Self::object); 400 `invalidSyntax` for another message.
    pub(crate) fn message(&self, urn: &str, reader: &mut Reader<'_>) -> Result<Object, Error> {
        let object = self.object(reader)?;
        reader.check_message(&object, urn)?;
        Ok(object)
    }

    fn is_empty(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    /// A compressed body could expand without limit, and no identity provider sends one.
    fn check_coding(&self) -> Result<(), Error> {
        match self.content_encoding.map(str::trim) {
            None | Some("") => Ok(()),
            Some(coding) if coding.eq_ignore_ascii_case("identity") => Ok(()),
            Some(coding) => {
                let message = format!("the Content-Encoding `{}` is not supported", excerpt(coding));
                Err(Error::new(ErrorKind::UnsupportedMediaType, message)
                    .at(Place::header("Content-Encoding"))
                    .with_remedy("send the body without an encoding"))
            }
        }
    }
}

/// RFC 7644 section 3.8: `application/scim+json`, or `application/json` for clients that know nothing else. The only
/// charset is UTF-8.
fn check_media_type(value: &str) -> Result<(), Error> {
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let known = ["application/scim+json", "application/json"];
    if !known.iter().any(|k| media_type.eq_ignore_ascii_case(k)) {
        return Err(unsupported(&format!("the media type `{}` is not supported", excerpt(media_type))));
    }
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let charset = value.trim().trim_matches('"');
        let is_utf8 = ["utf-8", "utf8"].iter().any(|u| charset.eq_ignore_ascii_case(u));
        if name.trim().eq_ignore_ascii_case("charset") && !is_utf8 {
            return Err(unsupported(&format!(
                "the charset `{}` is not supported: JSON is UTF-8",
                excerpt(charset)
            )));
        }
    }
    Ok(())
}

fn unsupported(message: &str) -> Error {
    let message = format!("{message}; send `application/scim+json` or `application/json`");
    Error::new(ErrorKind::UnsupportedMediaType, message).at(Place::header("Content-Type"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost_core::compat::RuleId;
    use provost_core::policy::Notes;
    use provost_core::{Limits, Profile};

    fn read(
        content_type: Option<&str>,
        coding: Option<&str>,
        bytes: &[u8],
        profile: &Profile,
    ) -> Result<Notes, u16> {
        let limits = Limits::default();
        let mut reader = Reader::new(profile, &limits);
        let payload = Payload { content_type, content_encoding: coding, bytes };
        payload.object(&mut reader).map(|_| reader.notes).map_err(|e| e.status())
    }

    #[test]
    fn json_is_read_and_nothing_else() {
        let strict = Profile::strict();
        for good in [
            "application/scim+json",
            "application/json",
            "Application/SCIM+JSON ; charset=UTF-8",
            "application/json;charset=\"utf-8\"; v=1",
        ] {
            assert!(read(Some(good), None, b"{}", &strict).is_ok(), "{good}");
        }
        for bad in
            ["text/xml", "application/json-patch+json", "application/scim+json; charset=latin1", "", "json"]
        {
            assert_eq!(read(Some(bad), None, b"{}", &strict), Err(415), "{bad}");
        }
        assert_eq!(read(Some(good()), Some("gzip"), b"{}", &strict), Err(415));
        assert!(read(Some(good()), Some("identity"), b"{}", &strict).is_ok());
        assert_eq!(read(Some(good()), None, b"{\"a\":\"\xff\"}", &strict), Err(400));
        assert_eq!(read(Some(good()), None, b"[]", &strict), Err(400));
    }

    /// Seen to fail: without a check of the length, the message was `EOF while parsing a value`, or asked for a media
    /// type.
    #[test]
    fn an_empty_body_is_called_empty() {
        for (content_type, bytes) in [(Some(good()), &b""[..]), (None, b""), (Some(good()), b" \r\n")] {
            let payload = Payload { content_type, content_encoding: None, bytes };
            let e = payload.object(&mut Reader::new(&Profile::strict(), &Limits::default())).unwrap_err();
            let message = (e.kind(), e.detail());
            assert_eq!(message, (ErrorKind::InvalidSyntax, "the body is empty: send a JSON object"));
        }
    }

    #[test]
    fn a_missing_type_is_the_profiles_choice() {
        assert_eq!(read(None, None, b"{}", &Profile::strict()), Err(415));
        let notes = read(None, None, b"{}", &Profile::entra()).unwrap();
        assert!(notes.has(RuleId::MissingMediaType));
    }

    fn good() -> &'static str {
        "application/scim+json"
    }
}

//! The binding HTTP-Redirect (SAML Bindings 3.4): a message in a query, deflated.

use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{reason::Reason, refusal::Refusal, url::HttpsUrl};

/// The most bytes that a message may inflate to. A few thousand bytes of DEFLATE could become many millions.
const MAX_INFLATED: usize = 64 * 1024;

const FASTEST: u8 = 1;

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The URL with the message and those parameters that have a value.
pub(crate) fn url(to: &HttpsUrl, (name, xml): (&str, &str), parameters: [(&str, Option<&str>); 2]) -> String {
    let message = data_encoding::BASE64.encode(&compress_to_vec(xml.as_bytes(), FASTEST));
    let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let mut url = to.as_str().to_owned();
    for (name, value) in core::iter::once((name, message.as_str())).chain(given) {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        url.extend(utf8_percent_encode(value, RESERVED));
    }
    url
}

pub(crate) fn inflate(deflated: &[u8], place: &'static str) -> Result<Vec<u8>, Refusal> {
    decompress_to_vec_with_limit(deflated, MAX_INFLATED)
        .map_err(|_bad_or_larger| Refusal::new(Reason::NotDeflate, place))
}

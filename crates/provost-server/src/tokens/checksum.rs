//! CRC-32 (IEEE 802.3) of a token's text, with which a scanner or a server detects a mistyped token without a database.

use super::base62;

/// How many characters the checksum takes at the end of a token.
pub(super) const WIDTH: usize = 6;

/// The checksum of `text` in the form used in a token.
pub(super) fn of(text: &str) -> String {
    base62::encode(&crc32(text.as_bytes()).to_be_bytes(), WIDTH)
}

// A token is short, so a table of 1 KiB would cost more cache than the shifts cost time.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let low_bit_set = crc & 1 == 1;
            (crc >> 1) ^ if low_bit_set { 0xEDB8_8320 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published check value of CRC-32.
    #[test]
    fn the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }
}

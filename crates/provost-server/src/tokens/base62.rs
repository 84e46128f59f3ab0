//! Numbers in the 62 letters and digits that need no escaping in a header, a URL or a shell.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// True for the characters that [`encode`] writes.
pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// The last `width` digits of a big-endian number, with leading zeros.
pub(super) fn encode(number: &[u8], width: usize) -> String {
    let mut rest = number.to_vec();
    let mut digits: Vec<u8> = (0..width).map(|_| digit(divide_by_62(&mut rest))).collect();
    digits.reverse();
    // reuses the memory: a copy would leave the secret behind
    String::from_utf8(digits).unwrap_or_default()
}

/// Long division in place; returns the remainder.
fn divide_by_62(number: &mut [u8]) -> u16 {
    let mut remainder = 0_u16;
    for byte in number {
        let part = remainder * 256 + u16::from(*byte);
        // part < 62 * 256, so the quotient fits a byte
        *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
        remainder = part % 62;
    }
    remainder
}

fn digit(value: u16) -> u8 {
    DIGITS.get(usize::from(value)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_known_digits() {
        for (number, width, text) in [
            (0_u64, 3, "000"),
            (61, 1, "z"),
            (62, 2, "10"),
            (3843, 2, "zz"),
            (3844, 3, "100"),
            (u64::from(u32::MAX), 6, "4gfFC3"),
        ] {
            assert_eq!(encode(&number.to_be_bytes(), width), text, "{number}");
        }
    }

    #[test]
    fn the_largest_secret_fits_43_digits() {
        let largest = encode(&[0xFF; 32], 44);
        assert!(largest.starts_with('0') && !largest.starts_with("00"), "{largest}");
    }

    #[test]
    fn every_digit_is_recognised() {
        assert!(DIGITS.iter().all(|d| is_digit(*d)));
        assert!(!b"_-+/=. \xC3".iter().any(|d| is_digit(*d)));
    }
}

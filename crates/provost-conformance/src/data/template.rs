//! Texts of the data files: literal, or described where the literal text would take megabytes.

use serde::Deserialize;
use std::time::Duration;

/// A text, as one string or as a list of parts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Template {
    /// The text itself.
    Plain(String),
    /// Parts that are joined without anything between them.
    Parts(Vec<TemplatePart>),
}

/// One part of a described text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum TemplatePart {
    /// The text itself.
    Plain(String),
    /// A repeated text: `{"repeat": "x{{i}}", "times": 3, "join": ","}` is `x0,x1,x2`.
    Repeat {
        /// The text; `{{i}}` in it is the number of the repetition, from 0.
        repeat: String,
        /// How often.
        times: usize,
        /// The separator.
        #[serde(default)]
        join: String,
    },
    /// Bytes that need not be UTF-8, such as `{"hex": "fffe"}`.
    Hex {
        /// The bytes in hexadecimal; spaces between them are ignored.
        hex: String,
    },
    /// A pause of the sender, such as `{"pause_ms": 500}`; only useful in raw bytes.
    Pause {
        /// How long, in milliseconds.
        pause_ms: u64,
    },
}

/// Bytes to write at once, and the pause after them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Piece {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The pause after the bytes.
    pub pause: Duration,
}

impl Template {
    /// As [`Self::render`], split at the pauses.
    ///
    /// # Errors
    /// As for [`Self::render`].
    pub fn pieces<E: From<String>>(
        &self,
        fill: &impl Fn(&str) -> Result<String, E>,
    ) -> Result<Vec<Piece>, E> {
        let Self::Parts(parts) = self else {
            return Ok(vec![Piece { bytes: self.render(fill)?, pause: Duration::ZERO }]);
        };
        let (mut pieces, mut piece) = (Vec::new(), Piece::default());
        for part in parts {
            if let TemplatePart::Pause { pause_ms } = part {
                piece.pause = Duration::from_millis(*pause_ms);
                pieces.push(std::mem::take(&mut piece));
            } else {
                part.render(fill, &mut piece.bytes)?;
            }
        }
        pieces.push(piece);
        Ok(pieces)
    }

    /// Writes the text out. `fill` replaces names such as `{{U1}}`; `{{i}}` is the number of a repetition, from 0.
    ///
    /// # Errors
    /// Whatever `fill` reports, or a hexadecimal part is invalid.
    pub fn render<E: From<String>>(&self, fill: &impl Fn(&str) -> Result<String, E>) -> Result<Vec<u8>, E> {
        match self {
            Self::Plain(text) => fill(text).map(String::into_bytes),
            Self::Parts(parts) => {
                let mut bytes = Vec::new();
                for part in parts {
                    part.render(fill, &mut bytes)?;
                }
                Ok(bytes)
            }
        }
    }
}

impl TemplatePart {
    fn render<E: From<String>>(
        &self,
        fill: &impl Fn(&str) -> Result<String, E>,
        out: &mut Vec<u8>,
    ) -> Result<(), E> {
        match self {
            Self::Plain(text) => out.extend(fill(text)?.bytes()),
            Self::Repeat { repeat, times, join } => {
                // Filled once, so that a hundred thousand repetitions of an id do not look it up each time.
                let around: Vec<String> = repeat.split("{{i}}").map(fill).collect::<Result<_, E>>()?;
                for count in 0..*times {
                    if count > 0 {
                        out.extend(join.bytes());
                    }
                    out.extend(around.join(&count.to_string()).bytes());
                }
            }
            Self::Hex { hex } => out.extend(unhex(hex)?),
            Self::Pause { .. } => {}
        }
        Ok(())
    }
}

fn unhex(hex: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("`{hex}` is not a list of bytes in hexadecimal");
    let digits: Vec<char> = hex.chars().filter(|c| *c != ' ').collect();
    digits
        .chunks(2)
        .map(|pair| {
            let pair: String = pair.iter().collect();
            if pair.len() == 2 {
                u8::from_str_radix(&pair, 16).map_err(|_error| wrong())
            } else {
                Err(wrong())
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(json: &str) -> Result<Vec<u8>, String> {
        let text: Template = serde_json::from_str(json).unwrap();
        text.render(&|part| Ok(part.replace("{{U1}}", "42")))
    }

    #[test]
    fn parts_are_filled_repeated_and_joined() {
        let bytes = render(r#"["<{{U1}}", {"repeat": "{{i}}:{{U1}}", "times": 3, "join": ","}, ">"]"#);
        assert_eq!(bytes.unwrap(), b"<420:42,1:42,2:42>");
    }

    #[test]
    fn pauses_cut_a_text() {
        let text: Template = serde_json::from_str(r#"["ab", "c", {"pause_ms": 20}, "d"]"#).unwrap();
        let pieces = text.pieces(&|part| Ok::<_, String>(part.to_owned())).unwrap();
        let piece = |bytes: &[u8], ms| Piece { bytes: bytes.to_vec(), pause: Duration::from_millis(ms) };
        assert_eq!(pieces, [piece(b"abc", 20), piece(b"d", 0)]);
        assert_eq!(text.render(&|part| Ok::<_, String>(part.to_owned())).unwrap(), b"abcd");
    }

    #[test]
    fn hex_parts_are_bytes_and_nothing_else() {
        assert_eq!(render(r#"["a", {"hex": "ff 00"}]"#).unwrap(), b"a\xff\0");
        assert!(render(r#"[{"hex": "fff"}]"#).is_err());
        assert!(render(r#"[{"hex": "zz"}]"#).is_err());
    }
}

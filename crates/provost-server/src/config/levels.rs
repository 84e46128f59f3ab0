//! What to log, as a level or as levels by part of the program, and in which format.

use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// `info`, or `info,provost=debug`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct LogLevels(String);

impl Default for LogLevels {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogLevels {
    type Err = String;

    /// A mistyped level would be taken for a part of the program, and everything else would log nothing.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
        let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
        let is_directive = |directive: &str| match directive.rsplit_once('=') {
            None => is_level(directive),
            Some((part, level)) => is_part(part) && is_level(level),
        };
        match text.split(',').find(|directive| !is_directive(directive)) {
            None => Ok(Self(text.to_owned())),
            Some(wrong) => Err(format!(
                "`{wrong}` is not a log level: write error, warn, info, debug, trace or off, or a list such as \
                 `info,provost=debug`"
            )),
        }
    }
}

impl TryFrom<String> for LogLevels {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for LogLevels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object, for programs.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("`{text}` is not a log format: write text or json")),
        }
    }
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_lists_of_them() {
        for text in
            ["info", "WARN", "off", "info,provost=debug", "provost::serve=trace", "warn,actix_http=Error"]
        {
            assert_eq!(text.parse(), Ok(LogLevels(text.to_owned())));
        }
    }

    /// Seen to fail: `warning` was taken for a part of the program, and nothing was logged any more.
    #[test]
    fn other_words_are_refused_with_the_levels() {
        for text in
            ["warning", "", "provost", "info,", "info, debug", "provost=loud", "=info", "info;debug", "2"]
        {
            let refusal = text.parse::<LogLevels>().expect_err(text);
            assert!(refusal.contains("write error, warn, info, debug, trace or off"), "{refusal}");
        }
    }
}

//! Texts of the protocol: client input for messages, and enums whose variants are words.

/// Text from a client, cut at 80 characters so that it cannot flood a message, with control characters made visible and
/// without the backticks that a message puts around it.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let mut shown = text.chars().map(|c| if c == '`' { '\'' } else { c }).flat_map(visible);
    let mut out: String = shown.by_ref().take(MAX_CHARS).collect();
    if shown.next().is_some() {
        out.push('…');
    }
    out
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let plain = (!c.is_control()).then_some(c);
    plain.into_iter().chain(c.is_control().then(|| c.escape_default()).into_iter().flatten())
}

/// An enum whose variants are words of the RFC.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// All variants, in the order of the enum.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The RFC's word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Parses the RFC's word, ignoring case.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|v| v.as_str().eq_ignore_ascii_case(word))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

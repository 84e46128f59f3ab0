//! Text that must not be shown by accident.

use std::fmt;
use zeroize::Zeroizing;

/// A text without `Display` or `Serialize`. Its `Debug` shows nothing, and its memory is cleared when it is dropped.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Joins texts. It allocates the full length at once, since a text that grows leaves copies of itself behind.
    pub(crate) fn joined(parts: &[&str]) -> Self {
        let mut whole = String::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| whole.push_str(part));
        Self::new(whole)
    }

    /// The text itself. Each call is a place where a secret could leak: grep for it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::marker::PhantomData;

    /// Whether a type implements a trait. An inherent constant wins over a trait's, and exists only if its bound holds.
    macro_rules! implements {
        ($type:ty: $bound:path) => {{
            struct Probe<T: ?Sized>(PhantomData<T>);
            trait Otherwise {
                const ANSWER: bool = false;
            }
            impl<T: ?Sized> Otherwise for Probe<T> {}
            impl<T: ?Sized + $bound> Probe<T> {
                const ANSWER: bool = true;
            }
            assert!(Probe::<str>::ANSWER, "the probe can say yes");
            assert!(!<Probe<str> as Otherwise>::ANSWER, "the probe can say no");
            Probe::<$type>::ANSWER
        }};
    }

    #[test]
    fn a_secret_cannot_be_shown_or_serialised() {
        assert!(!implements!(Secret: fmt::Display));
        assert!(!implements!(Secret: serde::Serialize));
        assert!(!implements!(crate::tokens::Token: fmt::Display));
        assert!(!implements!(crate::tokens::Token: serde::Serialize));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(redacted)");
    }
}

//! One function decides, for uniqueness, filters, sorting and the keys of databases: [`fold`](crate::fold::fold).
//!
//! Whether case counts is a characteristic of the attribute, `caseExact`. Where it does not count, two texts are the same
//! when their foldings are: Unicode normalisation and case folding; for `userName` the profile of RFC 8265, which is made
//! for names to sign in with. Lower-casing would not do: it takes `STRASSE` for another word than `Straße`, and depends on
//! where a database thinks it is.
//!
//! **The database folds nothing.** Stores keep the folded text beside the text, or the keys that come with a
//! [`Change`](crate::Change), and compare bytes. Otherwise the uniqueness of a `userName` would depend on the collation
//! that somebody chose years ago, and a filter would find on one database what it does not find on another.
//!
//! **Instants** are compared as such: `09:00+01:00` is `08:00Z`. **Ids** are compared as text, letter by letter: another
//! spelling of a UUID is another id, since RFC 7643 section 3.1 makes ids case-exact.
//!
//! **Ordering** exists for texts, numbers and instants. `gt` on a boolean or on binary data is refused, not answered
//! somehow (RFC 7644 section 3.4.2.2). Attributes that are never returned cannot be compared at all, nor sorted by: an
//! order is a way to read them.
//!
//! ```
//! use provost_core::fold::{fold, Folding};
//! assert_eq!(fold(Folding::Caseless, "STRASSE"), fold(Folding::Caseless, "Straße"));
//! assert_ne!("STRASSE".to_lowercase(), "Straße".to_lowercase());
//! ```

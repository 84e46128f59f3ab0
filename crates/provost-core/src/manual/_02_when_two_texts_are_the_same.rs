//! One function decides, for uniqueness, filters, sorting and database keys: [`fold`](crate::fold::fold).
//!
//! Whether case matters is a characteristic of the attribute, `caseExact`. If it does not, two texts are the same when
//! their folded forms are equal: Unicode normalisation and case folding, or, for `userName`, the profile in RFC 8265,
//! which is made for sign-in names. Lower-casing would not do: it distinguishes `STRASSE` from `Straße`, and depends on
//! a database's locale.
//!
//! **The database never folds.** Stores keep the folded text beside the original, or the keys that come with a
//! [`Change`](crate::Change), and compare bytes. Otherwise the uniqueness of a `userName` would depend on a collation
//! that somebody chose years ago, and a filter would give different results on different databases.
//!
//! **Instants** are compared as points in time: `09:00+01:00` is `08:00Z`. **Ids** are compared character by character:
//! another spelling of a UUID is another id, since RFC 7643 section 3.1 makes ids case-exact.
//!
//! **Ordering** exists for texts, numbers and instants. `gt` on a boolean or on binary data is refused (RFC 7644
//! section 3.4.2.2). Attributes that are never returned cannot be compared or sorted by, since the order would reveal
//! them.
//!
//! ```
//! use provost_core::fold::{fold, Folding};
//! assert_eq!(fold(Folding::Caseless, "STRASSE"), fold(Folding::Caseless, "Straße"));
//! assert_ne!("STRASSE".to_lowercase(), "Straße".to_lowercase());
//! ```

//! The reasons behind defaults and quirks: pages to read, with nothing to call.
//!
//! SCIM leaves much open, and identity providers do some of the rest in their own way. Where this crate had to choose,
//! these pages say what it chose and why. Complete tables are elsewhere: every rule of the profiles in
//! [`compat::RULES`](crate::compat::RULES), every limit in [`limits`](crate::limits), every kind of error in
//! [`ErrorKind`](crate::ErrorKind).

pub mod _01_absent_null_and_empty;
pub mod _02_when_two_texts_are_the_same;
pub mod _03_put_and_patch;
pub mod _04_secrets_and_links;
pub mod _05_what_an_answer_shows;
pub mod _06_quirks_of_clients;
pub mod _07_errors_and_limits;

//! POST and PUT bodies against the schemas, strictly: the built-in ones, and one with every kind of attribute.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

mod immutable;
mod lists;
mod names;
mod put;
mod required;
mod secrets;
mod support;
mod types;

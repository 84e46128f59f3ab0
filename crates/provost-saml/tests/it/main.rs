//! Tests of the public API: messages of the corpus, mutated ones, what we send, and the page generated from the code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: a panic is its way to fail")]

mod corpus;
mod face;
mod mutation;
mod page;

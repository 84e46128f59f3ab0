//! Tests of the face: messages of the corpus, changed ones, what we send, and the page that is made from the code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test: a panic is its way to fail")]

mod corpus;
mod face;
mod mutation;
mod page;

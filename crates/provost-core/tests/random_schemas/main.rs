//! Random schemas, and random resources for them, valid and not: validation, PUT, projection and the way through text
//! and back must agree with `model.rs`, which says the same rules once more, plainly and slowly.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test: a panic is its way to fail")]

mod dice;
mod laws;
mod model;
mod plan;
mod resource;
mod shown;

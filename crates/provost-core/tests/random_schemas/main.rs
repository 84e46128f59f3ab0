//! Random schemas and random resources for them, valid and invalid: validation, PUT, projection and the round trip
//! through text must agree with `model.rs`, which implements the same rules again, simply and slowly.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test: a panic is its way to fail")]

mod dice;
mod laws;
mod model;
mod plan;
mod resource;
mod shown;

//! Random schemas, and random resources for them, valid and not: validation, PUT, projection and the way through text
//! and back must agree with `model.rs`, which says the same rules once more, plainly and slowly.

// `cfg(test)` holds here anyway; it tells clippy that helper functions below are test code too.
#[cfg(test)]
mod dice;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod model;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod resource;
#[cfg(test)]
mod shown;

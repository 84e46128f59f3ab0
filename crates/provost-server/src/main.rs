//! The `provost` binary.
mod clock;
mod config;
mod token;
fn main() {}

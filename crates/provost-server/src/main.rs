//! The `provost` binary.
mod clock;
mod token;
fn main() {}

//! The `provost` binary.
mod clock;
mod config;
mod model;
mod slug;
mod storage;
mod token;
fn main() {}

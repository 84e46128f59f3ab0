//! The directory on SQLite, from outside.

// `cfg(test)` tells clippy that helpers, too, are test code
#[cfg(test)]
mod common;
#[cfg(test)]
mod contract;

//! The directory on SQLite, from outside.

// `cfg(test)` tells clippy that helpers, too, are test code
#[cfg(test)]
mod common;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod writer;

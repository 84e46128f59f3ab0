//! The protocol over a store in memory: requests in, answers out, in the strict profile and in Entra's.
//!
//! Each file says at its head which planted faults its checks were seen to catch.

// `cfg(test)` holds here anyway; it tells clippy that helper functions below are test code too.
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod config;
#[cfg(test)]
mod context;
#[cfg(test)]
mod create;
#[cfg(test)]
mod custom_kinds;
#[cfg(test)]
mod delete;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod list;
#[cfg(test)]
mod me;
#[cfg(test)]
mod patch;
#[cfg(test)]
mod races;
#[cfg(test)]
mod read;
#[cfg(test)]
mod replace;
#[cfg(test)]
mod root;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod search;
#[cfg(test)]
mod server;
#[cfg(test)]
mod unique;

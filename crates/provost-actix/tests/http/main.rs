//! The routes as a client meets them: a server on a port of its own, and bytes on a socket.
//!
//! Each file says at its head which planted faults its checks were seen to catch.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

mod authentication;
mod bodies;
mod errors;
mod in_flight;
mod mount;
mod paths;
mod server;

//! The routes as a client sees them: a server on its own port, and bytes on a socket.
//!
//! The head of each file names the planted faults that its tests caught.

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

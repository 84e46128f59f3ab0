//! The routes as a client meets them: a server on a port of its own, and bytes on a socket.
//!
//! Each file says at its head which planted faults its checks were seen to catch.

// `cfg(test)` holds here anyway; it tells clippy that helper functions below are test code too.
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod server;

//! Requirements of RFC 7643 and RFC 7644 that show in the protocol, in the strict profile. The comment above a test
//! names the rows of `conformance/rfc/requirements.json` that it judges.

// `cfg(test)` holds here anyway; it tells clippy that helper functions below are test code too.
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod custom;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod read;
#[cfg(test)]
mod server;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod write;
#[cfg(test)]
mod written;

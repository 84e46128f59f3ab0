//! POST and PUT bodies against the schemas, strictly: the built-in ones, and one with an attribute of every kind.

// `cfg(test)` holds here anyway; it tells clippy that helper functions below are test code too.
#[cfg(test)]
mod immutable;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod names;
#[cfg(test)]
mod put;
#[cfg(test)]
mod required;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod support;
#[cfg(test)]
mod types;

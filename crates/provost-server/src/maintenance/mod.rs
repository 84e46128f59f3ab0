//! The upkeep of a database: what a look at it finds, and the commands that check it, upgrade it and write it anew.

pub(crate) mod check;
pub(crate) mod findings;
pub(crate) mod migrate;
pub(crate) mod names;
pub(crate) mod vacuum;

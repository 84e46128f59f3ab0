//! The upkeep of a database: what a look at it finds, and the commands that check it, upgrade it, write it anew, copy it and put a copy in its place.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod findings;
pub(crate) mod migrate;
pub(crate) mod names;
pub(crate) mod restore;
pub(crate) mod staging;
pub(crate) mod vacuum;

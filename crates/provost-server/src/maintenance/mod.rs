//! Upkeep of a database: its findings, and the commands that check, upgrade, vacuum, back up and restore it.

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod findings;
pub(crate) mod migrate;
pub(crate) mod names;
pub(crate) mod restore;
pub(crate) mod staging;
pub(crate) mod vacuum;

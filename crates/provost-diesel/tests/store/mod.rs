//! What a directory must do on any database. The crate that includes this has a module `database`, which knows how to
//! make one.

mod common;
mod contract;
mod filters;
mod hooks;
mod kit;
mod lists;
mod tenants;
mod upkeep;
mod world;

pub(crate) use common::*;

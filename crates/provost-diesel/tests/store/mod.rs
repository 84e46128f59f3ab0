//! What a directory must do, whichever database it is on. The crate that includes this has a module `database`, which says
//! how one is made.

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

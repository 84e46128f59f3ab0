//! A POST or PUT body against its schemas: what comes out can be stored.

mod attributes;
mod body;

pub use body::{Accepted, create, replace};

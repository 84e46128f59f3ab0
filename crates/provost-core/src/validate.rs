//! A POST or PUT body against its schemas: what comes out can be stored.

mod attributes;
mod body;

pub use body::{Accepted, create, replace};

pub(crate) use attributes::{Reading, canonical, is_primary, same_value};
pub(crate) use body::{
    check_lengths, check_required, member_ids, missing_members, stored_part, with_schemas,
};

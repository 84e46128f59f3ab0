//! Checks a POST or PUT body against its schemas; the result can be stored.

mod attributes;
mod body;
mod keep;
mod repeated;
mod required;
mod secrets;
mod unique;
mod user_name;

pub use body::{Accepted, create, replace, take_over};

pub(crate) use attributes::{Reading, ValuePath, canonical, is_primary, one_primary};
pub(crate) use body::{check_lengths, extension_object, member_ids, stored_part, unknown, with_schemas};
pub(crate) use keep::{immutable, keep_parts};
pub(crate) use repeated::{Distinct, is_members, merge_repeated};
pub(crate) use required::check_required;
pub(crate) use secrets::split_secrets;
pub(crate) use unique::also_unique_keys;
pub(crate) use user_name::check_user_name;

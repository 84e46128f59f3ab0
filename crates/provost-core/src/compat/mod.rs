//! Client profiles: what identity providers send that the RFC does not allow, or leaves open, as named rules.
//!
//! A request is rewritten here, before filter, PATCH or a store see it. Nothing behind this module knows of any
//! client. Each rule is one switch; a [`Profile`] is a set of switches, held per tenant.

mod body;
mod containers;
mod filter;
mod notes;
mod patch;
mod profile;
mod rules;
mod values;

pub use body::check_message;
pub use containers::todays_name;
pub use filter::filter;
pub use notes::Notes;
pub use profile::{Profile, UnknownProfile};
pub use rules::{RULES, Rule, RuleId};

pub(crate) use body::{Purpose, rewrite as rewrite_body};
pub(crate) use containers::{container, is_core};
pub(crate) use filter::fire_syntax;
pub(crate) use patch::rewrite as rewrite_patch;

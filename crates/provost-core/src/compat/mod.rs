//! Client profiles: what identity providers send that the RFC does not allow, or leaves open, as named rules.
//!
//! A request is rewritten here, before filter, PATCH or a store see it; where the RFC leaves a choice, the profile becomes
//! a [`Policy`](crate::Policy). Nothing else in this crate knows of any client. Each rule is one switch; a [`Profile`] is a
//! set of switches, held per tenant, and a [`Reader`] reads the messages of one request by it.
//!
//! Each stage is a value that can be shown: a message as sent, [rewritten](Reader::patch_request), bound to the schemas
//! ([`Patch`](crate::patch::Patch), [`Accepted`](crate::validate::Accepted)), and the [`Change`](crate::Change).

mod body;
mod containers;
mod filter;
mod patch;
mod profile;
mod reader;
mod rules;
mod values;

pub use body::Purpose;
pub use profile::{Profile, UnknownProfile};
pub use reader::Reader;
pub use rules::{RULES, Rule, RuleId};

//! Client profiles: named rules for what identity providers send that the RFC forbids or leaves open.
//!
//! Requests are rewritten here, before filter, PATCH or a store see them. Where the RFC leaves a choice, the profile
//! becomes a [`Policy`](crate::Policy). Nothing else in this crate knows about clients. Each rule is one switch. A
//! [`Profile`] is a set of switches, chosen per tenant; a [`Reader`] applies it to the messages of one request.
//!
//! Each stage is a value that can be inspected: a message as sent, [rewritten](Reader::patch_request), bound to the
//! schemas ([`Patch`](crate::patch::Patch), [`Accepted`](crate::validate::Accepted)), and finally the
//! [`Change`](crate::Change).

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

//! Invitations: how a person who was given a place comes to join. Mail carries a link; following it changes nothing, and joining
//! takes a password that a person types, or a session of hers.
//!
//! A link is made of the instance's key and the number of the mail, so that a mail that is sent twice carries the same one, and
//! the outbox holds no secret.

#[cfg(feature = "console")]
mod by_page;
mod inviting;
mod link;
#[cfg(feature = "console")]
mod regain;
mod standing;
mod store;

#[cfg(feature = "console")]
pub(crate) use by_page::{HOUR_MS, InvitingStore, MOST, Several};
pub(crate) use inviting::{Days, Inviters, Inviting, Mode};
pub(crate) use link::{InstanceKey, KeyError};
#[cfg(feature = "console")]
pub(crate) use regain::{RegainStore, Regained};
pub(crate) use standing::{Invitation, Unsent};
pub(crate) use store::{Becomes, Holder, InvitationStore, Joiner, Offer, Opened, Pressed, Regain};

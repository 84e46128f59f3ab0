//! Invitations: how people join. A mail carries a link. Opening it changes nothing; joining takes a password the person
//! types, or a session of theirs.
//!
//! A link is derived from the instance's key and the number of the mail. A mail that is sent twice carries the same
//! link, and the outbox contains no secret.

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

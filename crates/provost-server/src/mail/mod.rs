//! Mail: what it says, what it looks like, and how it is handed to a mail server.
//!
//! [`Content`] holds the values of a mail and writes its texts; [`Letter`] is one that is about to be sent; [`Postbox`] sends it
//! and says what became of it. When a mail is due, and whether it is still wanted, is not decided here.

pub(crate) mod command;
mod content;
mod letter;
mod message;
mod postbox;
mod shown;

pub(crate) use content::{
    AddressChanged, Brake, Braking, CertificateEnds, ConfirmAddress, Content, Digest, Entry, Invitation,
    Inviter, LastOwner, LeftBehind, Mute, OwnerChanged, PasswordReset, SignOnRule, Silence, TokenEnds,
    Waiting,
};
pub(crate) use letter::{Letter, MessageId};
pub(crate) use postbox::{Postbox, PostboxError, Sending};

#[cfg(test)]
mod samples;

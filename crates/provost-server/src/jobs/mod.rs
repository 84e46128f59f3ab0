//! Work that is done after the transaction that caused it, so that nobody waits for it: mail.
//!
//! The transaction puts a row into the outbox; a worker takes those that are due, under a lease, sends, and marks them. Every
//! mail is sent at least once, whatever breaks.

pub(crate) mod command;
#[cfg(feature = "mail")]
mod gate;
mod outbox;
mod patience;
mod store;
mod sweeper;
#[cfg(feature = "mail")]
pub(crate) mod worker;

#[cfg(feature = "mail")]
pub(crate) use gate::Gate;

pub(crate) use outbox::{
    Asked, Braked, Ending, Figures, FormerAddress, Job, JobName, JobState, Kind, Left, NO_ADDRESS,
    NewAddress, NewJob, OwnerChange, Ruled,
};
pub(crate) use patience::{Patience, allowed};

#[cfg(feature = "console")]
pub(crate) use store::RecoveryStore;
pub(crate) use store::{Content, Doer, Occasion, Order, OutboxStore, Step, Waiting};
pub(crate) use sweeper::Sweeper;

//! Work that happens after the transaction that causes it, so that nobody waits for it: mail.
//!
//! The transaction adds a row to the outbox. A worker takes due rows under a lease, sends them, and marks them. Every
//! mail is sent at least once, whatever fails.

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

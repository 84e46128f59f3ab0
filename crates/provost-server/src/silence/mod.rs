//! An identity provider that does not call: who leaves the company keeps access meanwhile, so owners are told.
//!
//! `setting.rs` is after how long, `rhythm.rs` what the pauses between calls say. Whether an organisation is silent is for
//! `checks/connection.rs`; the statements are in `storage/queries/silence.rs`.

mod rhythm;
mod setting;
mod store;

pub(crate) use rhythm::{PAUSE_MS, Quarantine, Return, quarantine};
pub(crate) use setting::SilentAfter;
#[cfg(feature = "console")]
pub(crate) use store::SilencePageStore;
pub(crate) use store::SilenceStore;

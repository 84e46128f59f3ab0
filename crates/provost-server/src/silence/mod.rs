//! An identity provider that stops calling. People who leave the company keep their access meanwhile, so owners are
//! told.
//!
//! `setting.rs` is after how long, `rhythm.rs` what the pauses between calls mean. `checks/connection.rs` decides
//! whether an organisation is silent; the statements are in `storage/queries/silence.rs`.

mod rhythm;
mod setting;
mod store;

pub(crate) use rhythm::{PAUSE_MS, Quarantine, Return, quarantine};
pub(crate) use setting::SilentAfter;
#[cfg(feature = "console")]
pub(crate) use store::SilencePageStore;
pub(crate) use store::SilenceStore;

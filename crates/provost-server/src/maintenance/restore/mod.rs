//! Replacing the database with a backup, and what to do afterwards.

pub(crate) mod command;
pub(crate) mod error;

/// What an operator must do after a restore, since only the identity provider knows what happened since the backup.
pub(crate) const RESTART: &str =
    "restart provisioning in Entra: people un-assigned since the backup are members again";
pub(crate) const DONE: &str =
    "after its initial cycle, compare the members with those assigned, then run `provost restore --done`";

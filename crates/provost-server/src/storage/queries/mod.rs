//! The statements on the binary's own tables, one file per subject. They are compiled once for each kind of connection,
//! with the `Conn` of the parent module.

mod access;
mod accounts;
#[cfg(feature = "console")]
mod acts;
#[cfg(feature = "sso")]
mod arriving;
mod at;
pub(super) mod audit;
mod brake;
pub(super) mod called;
pub(super) mod check;
mod checks;
#[cfg(feature = "console")]
mod connection;
mod counts;
#[cfg(feature = "console")]
mod cut_off;
mod ending;
mod erased;
mod forgotten;
mod heard;
#[cfg(feature = "console")]
mod history;
mod hook;
mod identities;
mod invitations;
#[cfg(feature = "console")]
mod inviting;
mod join;
mod kept_owners;
#[cfg(feature = "console")]
mod lately;
mod left_behind;
#[cfg(feature = "sso")]
mod let_in;
mod letters;
mod links;
mod listed;
mod mail;
mod matches;
mod members;
mod memberships;
#[cfg(feature = "console")]
mod merging;
mod met;
mod offers;
pub(super) mod organisations;
mod outbox;
#[cfg(feature = "console")]
mod own;
#[cfg(feature = "console")]
mod own_address;
mod owners;
mod people;
mod presence;
#[cfg(feature = "console")]
mod profile;
mod records;
#[cfg(feature = "console")]
mod recovery;
mod regain;
#[cfg(feature = "console")]
mod regaining;
mod requests;
#[cfg(feature = "console")]
mod roster;
mod same_id;
mod seals;
mod sessions;
pub(super) mod settings;
mod silence;
#[cfg(feature = "sso")]
mod sso;
#[cfg(feature = "sso")]
mod sso_begun;
#[cfg(feature = "sso")]
mod sso_linked;
#[cfg(feature = "sso")]
mod sso_proven;
#[cfg(feature = "sso")]
mod sso_reading;
#[cfg(feature = "sso")]
mod sso_requests;
#[cfg(feature = "sso")]
mod sso_require;
#[cfg(feature = "sso")]
mod sso_store;
#[cfg(feature = "sso")]
mod sso_without;
mod sweep;
mod switch;
mod team_list;
#[cfg(feature = "console")]
mod team_pages;
#[cfg(feature = "console")]
mod team_provided;
mod teams;
mod throttle;
mod tokens;
pub(super) mod tombstones;
mod users;
mod watched;
#[cfg(feature = "console")]
mod while_off;

#[cfg(feature = "console")]
use super::part::place_of;
use super::{Conn, Directory, Lane, Storage, directory};

#[cfg(test)]
unit_tested! {
    mod audit_tests;
    mod brake_tests;
    mod silence_tests;
    mod check_tests;
    mod checks_tests;
    mod ending_tests;
    mod hook_tests;
    mod invitation_tests;
    mod left_behind_tests;
    mod outbox_tests;
    mod owners_tests;
    mod people_tests;
    mod plan_tests;
    mod requests_tests;
    #[cfg(feature = "console")]
    mod roster_tests;
    #[cfg(feature = "sso")]
    mod sso_reading_tests;
    #[cfg(feature = "console")]
    mod switch_tests;
    #[cfg(feature = "sso")]
    mod tenant_sign_on_tests;
    mod tenant_tests;
    mod tests;
    mod token_tests;

    /// A connection that bypasses the rules, for tests that look into the tables.
    fn aside(dir: &tempfile::TempDir) -> Conn {
        let path = dir.path().join("provost.db");
        diesel::Connection::establish(path.to_str().expect("UTF-8")).expect("opened")
    }
}

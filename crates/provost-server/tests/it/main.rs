//! The built binary, used as its users do: started in an empty folder, called over HTTP, managed from the command line.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

mod account_switch;
mod announced;
mod application;
mod audit;
mod auth_page;
mod backup;
mod brake;
mod by_hand;
mod chain;
mod check;
mod commands;
mod condition;
mod configuration;
mod conformance;
mod console;
mod cursors;
mod cut_off;
mod doctor;
mod elsewhere;
mod ending;
mod erasure;
mod files;
mod first_start;
mod half_database;
mod http;
mod invitations;
mod isolation;
mod kept;
mod last_owner;
mod limits;
mod log;
mod mail;
mod mailed;
mod member_acts;
mod member_page;
mod member_sessions;
mod members;
mod old_database;
mod old_keys;
mod old_names;
mod overview;
mod own_account;
mod own_address;
mod people;
mod process;
mod requests;
mod restore;
mod same_person;
mod schemas;
mod scim_off;
mod scim_switch;
mod secrets;
mod shared_file;
mod silence;
mod sso;
mod sso_ends;
mod sso_former;
mod sso_just_in_time;
mod sso_linking;
mod sso_metadata;
mod sso_moved;
mod sso_passed_on;
mod sso_proof;
mod sso_required;
mod sso_same_id;
mod sso_setup;
mod sso_told;
mod sso_two_proofs;
mod sso_unlinking;
mod sso_without;
mod strangers;
mod teams_page;
mod temporary;
mod tokens;
mod trail;
mod unique;

use provost_testing::program::Program;

/// The binary under test.
const PROVOST: Program = Program::new(env!("CARGO_BIN_EXE_provost"));

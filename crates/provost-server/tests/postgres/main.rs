//! The same tests on a PostgreSQL server: every test of the binary that does not depend on the database file.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

#[path = "../it/account_switch.rs"]
mod account_switch;
#[path = "../it/announced.rs"]
mod announced;
#[path = "../it/application.rs"]
mod application;
#[path = "../it/audit.rs"]
mod audit;
#[path = "../it/auth_page.rs"]
mod auth_page;
mod bad_input;
#[path = "../it/brake.rs"]
mod brake;
#[path = "../it/by_hand.rs"]
mod by_hand;
#[path = "../it/chain.rs"]
mod chain;
#[path = "../it/commands.rs"]
mod commands;
#[path = "../it/conformance.rs"]
mod conformance;
#[path = "../it/console.rs"]
mod console;
#[path = "../it/cursors.rs"]
mod cursors;
#[path = "../it/cut_off.rs"]
mod cut_off;
#[path = "../it/doctor.rs"]
mod doctor;
#[path = "../it/elsewhere.rs"]
mod elsewhere;
#[path = "../it/ending.rs"]
mod ending;
#[path = "../it/first_start.rs"]
mod first_start;
mod followers;
#[path = "../it/http.rs"]
mod http;
#[path = "../it/invitations.rs"]
mod invitations;
#[path = "../it/isolation.rs"]
mod isolation;
#[path = "../it/kept.rs"]
mod kept;
#[path = "../it/last_owner.rs"]
mod last_owner;
#[path = "../it/limits.rs"]
mod limits;
#[path = "../it/log.rs"]
mod log;
mod mail_races;
#[path = "../it/mailed.rs"]
mod mailed;
#[path = "../it/member_acts.rs"]
mod member_acts;
#[path = "../it/member_page.rs"]
mod member_page;
#[path = "../it/member_sessions.rs"]
mod member_sessions;
#[path = "../it/members.rs"]
mod members;
#[path = "../it/overview.rs"]
mod overview;
#[path = "../it/own_account.rs"]
mod own_account;
#[path = "../it/own_address.rs"]
mod own_address;
mod owners;
#[path = "../it/people.rs"]
mod people;
#[path = "../it/process.rs"]
mod process;
mod replicas;
#[path = "../it/requests.rs"]
mod requests;
mod round_trips;
#[path = "../it/same_person.rs"]
mod same_person;
#[path = "../it/schemas.rs"]
mod schemas;
#[path = "../it/scim_off.rs"]
mod scim_off;
#[path = "../it/scim_switch.rs"]
mod scim_switch;
#[path = "../it/secrets.rs"]
mod secrets;
mod sign_on;
#[path = "../it/silence.rs"]
mod silence;
#[path = "../it/sso_ends.rs"]
mod sso_ends;
#[path = "../it/sso_former.rs"]
mod sso_former;
#[path = "../it/sso_just_in_time.rs"]
mod sso_just_in_time;
#[path = "../it/sso_linking.rs"]
mod sso_linking;
#[path = "../it/sso_metadata.rs"]
mod sso_metadata;
#[path = "../it/sso_moved.rs"]
mod sso_moved;
#[path = "../it/sso_passed_on.rs"]
mod sso_passed_on;
#[path = "../it/sso_proof.rs"]
mod sso_proof;
#[path = "../it/sso_required.rs"]
mod sso_required;
#[path = "../it/sso_same_id.rs"]
mod sso_same_id;
#[path = "../it/sso_setup.rs"]
mod sso_setup;
#[path = "../it/sso_told.rs"]
mod sso_told;
#[path = "../it/sso_two_proofs.rs"]
mod sso_two_proofs;
#[path = "../it/sso_unlinking.rs"]
mod sso_unlinking;
#[path = "../it/sso_without.rs"]
mod sso_without;
#[path = "../it/strangers.rs"]
mod strangers;
#[path = "../it/teams_page.rs"]
mod teams_page;
#[path = "../it/tokens.rs"]
mod tokens;
#[path = "../it/trail.rs"]
mod trail;
#[path = "../it/unique.rs"]
mod unique;
mod upkeep;

use provost_testing::program::Program;

/// The binary under test.
const PROVOST: Program = Program::on_postgres(env!("CARGO_BIN_EXE_provost"));

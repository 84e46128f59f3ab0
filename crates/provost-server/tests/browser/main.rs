//! The pages as people see them: in Chromium, on a desktop and on a phone, in light and in dark, with script and without.
//!
//! A test is a walk in every [`Mode`]: a person opens pages, fills in forms and presses buttons by the words on them,
//! and `look` checks that each page is sound: no wider than its window, no console messages, and no faults that
//! axe-core finds. With `PROVOST_TEST_PICTURES=1` it keeps pictures in `target/tmp/browser`. A new page needs a line in
//! `pages.rs` and a walk of its own.
//!
//! These tests need programs that `source scripts/lib/browser.sh && browser_prepare` finds or installs. One of them
//! also needs a PostgreSQL server; start it first with `source scripts/lib/postgres.sh && postgres_start`.

#![expect(clippy::expect_used, clippy::panic, reason = "a test: a panic is its way to fail")]

mod auth;
mod brake;
mod browser;
mod driver;
mod entra;
mod errors;
mod faults;
mod first_run;
mod invited;
mod look;
mod member;
mod members;
mod mode;
mod organisations;
mod overview;
mod own_account;
mod pages;
mod providers;
mod reset;
mod same_person;
mod sessions;
mod sign_in;
mod silence;
mod single_sign_on;
mod stage;
mod teams;
mod whole_way;

use mode::Mode;
use provost_testing::program::Program;
use stage::Stage;

/// The binary under test.
const PROVOST: Program = Program::new(env!("CARGO_BIN_EXE_provost"));
/// The same with its data on a PostgreSQL server.
const ON_POSTGRES: Program = Program::on_postgres(env!("CARGO_BIN_EXE_provost"));

//! The `provost` binary: a SCIM 2.0 provisioning server, and the commands that manage it.

#![expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled for each database (docs/decisions/006)"
)]

#[cfg_attr(not(feature = "console"), expect(dead_code, unused_imports, reason = "the pages use it"))]
mod access;
mod argon2id;
#[cfg_attr(not(feature = "console"), expect(dead_code, unused_imports, reason = "the pages use it"))]
#[cfg_attr(
    all(feature = "console", not(feature = "sso")),
    expect(dead_code, reason = "single sign-on tells of itself")
)]
mod audit;
mod brake;
#[cfg_attr(not(feature = "console"), expect(dead_code, reason = "the pages use it"))]
mod checks;
mod cli;
mod clock;
mod config;
#[cfg(feature = "console")]
mod console;
mod doctor;
mod failure;
#[cfg_attr(not(feature = "mail"), expect(dead_code, reason = "what sends mail uses it"))]
mod jobs;
mod machine;
#[cfg(feature = "mail")]
mod mail;
mod maintenance;
mod names;
#[cfg_attr(not(feature = "console"), expect(dead_code, reason = "the pages use it"))]
mod organisations;
#[cfg(feature = "sso")]
mod outbound;
mod output;
#[cfg_attr(not(feature = "console"), expect(dead_code, reason = "the pages use it"))]
mod people;
mod requests;
mod schemas;
mod serve;
mod silence;
mod slug;
#[cfg(feature = "sso")]
mod sso;
mod storage;
mod teams;
mod tokens;
mod users;

/// Values are made by the thread that reads a request and freed by the one that writes: the allocator counts there
/// (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}

//! The `provost` binary: a SCIM 2.0 provisioning server, and the commands that manage it.

mod auth;
mod cli;
mod clock;
mod config;
mod hook;
mod mint;
mod model;
mod serve;
mod slug;
mod storage;
mod token;

fn main() -> std::process::ExitCode {
    cli::run(std::env::args_os())
}

//! Who may do what, and who is who: accounts with which people sign in, sessions, links that work once, and the rights
//! of roles.
//!
//! Accounts belong to no organisation. What an account may do in one follows from the role of its membership.

mod accounts;
pub(crate) mod command;
mod links;
#[cfg(feature = "console")]
mod own;
mod passwords;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "pages that change something will ask it, and there are none yet")
)]
mod rights;
mod secrets;
mod sessions;
pub(crate) mod sign_in;
mod store;
mod switch;
mod throttle;

pub(crate) use accounts::{Account, AccountId, NewAccount};
pub(crate) use links::{Link, LinkState, NewLink};
#[cfg(feature = "console")]
pub(crate) use own::{ADDRESSES_A_DAY, OwnAccountStore, OwnPlace, SignInAddressStore, TEAMS_NAMED};
pub(crate) use passwords::{Hashed, Password, SHORTEST, Weakness};
#[cfg(feature = "console")]
pub(crate) use rights::{Action, Right, may_invite, to_invite};
pub(crate) use secrets::{Digest, Opener};
#[cfg(feature = "console")]
pub(crate) use sessions::ACCOUNT_OFF;
pub(crate) use sessions::{Found, LONGEST_MS, NewSession, REMEMBERED_MS, Reason, Session, is_worth_a_note};
pub(crate) use store::{AccessStore, Founding, Owner, Place};
pub(crate) use switch::{AccountSwitchStore, Switched};
pub(crate) use throttle::{Counted, WINDOW_MS, in_minutes};

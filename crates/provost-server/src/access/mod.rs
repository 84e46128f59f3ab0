//! Who may do what: accounts, by which people sign in, and the rights of roles. Accounts belong to no organisation; what an
//! account may do in one follows from the role of its membership there.

mod accounts;
#[cfg_attr(not(test), expect(dead_code, reason = "pages will ask it, and there are none yet"))]
mod rights;

pub(crate) use accounts::AccountId;

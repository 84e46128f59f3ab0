//! The directory's statements, compiled once for each database, with the `Conn` of the parent module. What each
//! database does in its own way is in [`engine`](crate::engine).

mod activation;
mod anew;
mod check;
mod delete;
mod derived;
pub(super) mod links;
mod lists;
mod members;
mod names;
mod notices;
pub(super) mod page;
mod read;
mod refusal;
pub(super) mod room;
pub(super) mod rows;
pub(super) mod scan;
pub(super) mod seek;
mod unique;
mod write;

use super::Conn;
use crate::error::HookError;
use crate::hook::{Decision, Event, Hook, Intent, WriteContext};

pub use anew::{is_prepared, prove, refresh};
pub use check::{check, damage};
pub(super) use delete::delete;
pub use lists::tenants;
pub use notices::notices;
pub(super) use page::{Listed, Portion, Reading, Slice};
pub(super) use read::{find, get};
pub(super) use room::Room;
pub(super) use scan::check_scan;
pub use unique::{let_repeat, make_unique};
pub(super) use write::{create, update};

/// The result of a directory statement. Refusals are [`HookError::Store`].
type Result<T> = std::result::Result<T, HookError>;

/// What a write needs besides its request.
pub(super) struct Writing<'a, H> {
    pub(super) hook: &'a H,
    pub(super) cx: &'a WriteContext,
}

impl<H: Hook<Conn>> Writing<'_, H> {
    fn ask(&self, conn: &mut Conn, intent: Intent<'_>) -> Result<()> {
        match self.hook.guard(conn, self.cx, intent)? {
            Decision::Allow => Ok(()),
            Decision::Refuse(why) => Err(HookError::Refused(why)),
        }
    }

    fn tell(&self, conn: &mut Conn, event: Event<'_>) -> Result<()> {
        self.hook.on(conn, self.cx, event)
    }
}

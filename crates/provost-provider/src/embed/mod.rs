//! Help for a [`Store`](crate::Store) over tables of your own.
//!
//! [`Tables`] is what such a store needs from them, statement by statement, within one transaction. [`get`], [`find`],
//! [`create`], [`update`] and [`delete`] implement the five methods of a store with it:
//!
//! | the application | these functions |
//! |---|---|
//! | opens a transaction, and uses a thread if the database blocks | versions, times, changes without effect |
//! | maps attributes to columns ([`take_text`], [`take_bool`], [`put`]) | filter, sort and page, over the rows it was given |
//! | selects rows by its own columns ([`equals`]) | which members to add or remove, or do not exist |
//! | reads and writes rows | the answer, with members and groups |
//!
//! A store that needs more (filters entirely in SQL, members by the hundred thousand) can use parts of it: [`Stamp`],
//! [`joining`], [`needs`], [`select`].
//!
//! `examples/own-tables` is such a store.

mod columns;
mod members;
mod place;
mod select;
mod sort;
mod stamp;
mod tables;

pub use columns::{put, take_bool, take_text};
pub use members::joining;
pub(crate) use place::{Behind, Tie, mark};
pub use select::{equals, needs, select};
pub(crate) use select::{select_by, within};
#[cfg(any(test, feature = "testkit"))]
pub(crate) use sort::sorted;
pub use stamp::Stamp;
pub use tables::{Entry, SLICE, Selection, Tables, create, delete, find, get, update};

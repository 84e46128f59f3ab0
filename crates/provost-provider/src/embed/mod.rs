//! Help for a [`Store`](crate::Store) over tables of your own.
//!
//! [`Tables`] is what such a store asks of them, statement by statement, within one transaction. [`get`], [`find`],
//! [`create`], [`update`] and [`delete`] make the five methods of a store out of it:
//!
//! | the application | these functions |
//! |---|---|
//! | opens a transaction, and a thread where the database blocks | versions, times, what changes nothing |
//! | says which columns an attribute is kept in ([`take_text`], [`take_bool`], [`put`]) | filter, sort and page, over the rows that the application's condition leaves |
//! | narrows rows by the columns it has ([`equals`]) | which members join, leave, or do not exist |
//! | reads and writes rows | the answer, with members and groups |
//!
//! A store that wants more than this (filters wholly in SQL, members by the hundred thousand) takes the parts it has
//! a use for: [`Stamp`], [`joining`], [`needs`], [`select`].
//!
//! `examples/own-tables` is a store made so.

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

//! Help for a [`Store`](crate::Store) over tables of your own.
//!
//! A store of your own looks up rows, and leaves the rest to these functions:
//!
//! | to do | with |
//! |---|---|
//! | a body into columns and the rest of it | [`take_text`], [`take_bool`] |
//! | version and times of a row | [`Stamp`] |
//! | who of the new members exists | [`joining`] |
//! | a filter as a condition on columns | [`equals`] |
//! | whatever a condition cannot say: filter, sort and page over the rows it left | [`select`] |
//!
//! `examples/own-tables` is a store made so.

mod columns;
mod members;
mod select;
mod sort;
mod stamp;

pub use columns::{take_bool, take_text};
pub use members::joining;
pub use select::{equals, needs, select};
#[cfg(any(test, feature = "testkit"))]
pub(crate) use sort::sorted;
pub(crate) use sort::{Key, compare};
pub use stamp::Stamp;

//! What is specific to PostgreSQL: the connection, other processes, locks and round trips.

pub(crate) mod database;
mod encryption;
mod fitness;
mod lists;
mod plans;
mod races;
mod round_trips;
mod waiting;

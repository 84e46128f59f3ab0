//! What is PostgreSQL's own: the connection, other processes, locks and round trips.

pub(crate) mod database;
mod fitness;

//! What is specific to SQLite: the file, the writer thread and its batches, the statements.

pub(crate) mod database;
mod files;
mod names;
mod order;
mod reads;
mod statements;
mod writer;

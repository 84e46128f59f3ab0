//! PostgreSQL: a server shared by several processes, each with a number of connections.

mod address;
mod conn;
mod database;
mod engine;
mod failure;
mod fitness;
mod link;
mod migrations;
mod pool;
mod request;
mod rows;
mod store;
mod tls;

#[path = "../directory.rs"]
pub mod directory;
#[path = "../handle.rs"]
mod handle;
#[path = "../queries/mod.rs"]
mod queries;

pub use crate::lane::Lane;
pub use conn::Conn;
pub use database::{Database, Options};
pub use handle::{Directory, TenantStore};
pub use migrations::{Migrations, applied, has_table, run};
pub use pool::PoolStats;

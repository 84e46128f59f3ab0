//! An application on PostgreSQL of which any number may serve one database:
//! `cargo run -p postgres-hook -- postgres://..`, then
//! `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.
//!
//! With `--check` it is two servers at once, which switch off two owners in one moment, and ends. Its database must be empty.

mod check;
mod hook;

use actix_web::{App, HttpServer};
use hook::{Seats, prepare};
use provost::actix::Scim;
use provost::hook::TenantId;
use provost::postgres::{Database, Directory, Options, TenantStore};
use provost::{Profile, SchemaSet, StaticToken};
use std::error::Error;

async fn open(url: &str) -> Result<Directory<Seats>, Box<dyn Error>> {
    let database = Database::open(url, &Options::default())?;
    let directory = Directory::new(database, SchemaSet::builtin().into(), Seats);
    directory.migrate().await?;
    directory.database().write(prepare).await?;
    Ok(directory)
}

/// One company, whose token is in the configuration.
fn serve(directory: &Directory<Seats>) -> Result<Scim<StaticToken<TenantStore<Seats>>>, Box<dyn Error>> {
    let store = directory.tenant(TenantId(1));
    let scim = Scim::at("http://127.0.0.1:8080/scim/v2")
        .profile(Profile::entra())
        .authenticator(StaticToken::new("secret", store))
        .build()?;
    Ok(scim)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url =
        std::env::args().find(|argument| argument.contains("://")).ok_or("give the URL of a database")?;
    if std::env::args().any(|argument| argument == "--check") {
        return check::run(&url).await;
    }
    let scim = serve(&open(&url).await?)?;
    Ok(HttpServer::new(move || App::new().service(scim.scope())).bind("127.0.0.1:8080")?.run().await?)
}

//! An application whose users come from identity providers alone: `cargo run -p sqlite-hook`, then
//! `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/companies/acme/scim/v2/Users`.
//!
//! With `--check` it provisions somebody by itself, shows what that did to the tables, and ends. `docs/embed.md` tells
//! how all this is made.

mod check;
mod companies;
mod hook;

use actix_web::{App, HttpServer};
use companies::Companies;
use diesel::prelude::*;
use hook::{Seats, prepare};
use provost::actix::Scim;
use provost::hook::HookError;
use provost::sqlite::{Conn, Database, Directory, Options};
use provost::{Profile, SchemaSet};
use std::error::Error;
use std::path::Path;

async fn open(file: &Path) -> Result<Directory<Seats>, Box<dyn Error>> {
    let database = Database::open(file, &Options::default())?;
    let directory = Directory::new(database, SchemaSet::builtin().into(), Seats);
    directory.migrate().await?;
    directory.database().write(prepare).await?;
    Ok(directory)
}

fn serve(directory: Directory<Seats>) -> Result<Scim<Companies>, Box<dyn Error>> {
    let scim = Scim::at("http://127.0.0.1:8080/companies/{company}/scim/v2")
        .profile(Profile::entra())
        .authenticator(Companies(directory))
        .build()?;
    Ok(scim)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--check") {
        return check::run().await;
    }
    let directory = open(Path::new("sqlite-hook.db")).await?;
    let acme = |conn: &mut Conn| {
        use hook::companies::{name, table, token};
        let acme = (name.eq("acme"), token.eq("secret"));
        diesel::insert_or_ignore_into(table).values(acme).execute(conn).map_err(HookError::from)
    };
    directory.database().write(acme).await?;
    let scim = serve(directory)?;
    Ok(HttpServer::new(move || App::new().service(scim.scope())).bind("127.0.0.1:8080")?.run().await?)
}

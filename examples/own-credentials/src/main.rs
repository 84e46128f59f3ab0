//! A SCIM server for two companies, one with an API key and one with a name and password: `cargo run -p own-credentials`,
//! then `curl -H 'X-Api-Key: key-of-acme' http://127.0.0.1:8080/companies/acme/scim/v2/Users` or
//! `curl -u globex:password-of-globex http://127.0.0.1:8080/companies/globex/scim/v2/Users`.

mod check;
mod clients;

use actix_web::{App, HttpServer};
use clients::{Client, Clients};
use provost::actix::Scim;
use provost::{MemoryStore, Profile};
use std::error::Error;

fn serve() -> Result<Scim<Clients>, Box<dyn Error>> {
    let clients = vec![
        Client { company: "acme", key: Some("key-of-acme"), password: None },
        Client { company: "globex", key: None, password: Some("password-of-globex") },
    ];
    let scim = Scim::at("http://127.0.0.1:8080/companies/{company}/scim/v2")
        .profile(Profile::entra())
        .authenticator(Clients(clients, MemoryStore::new()))
        .build()?;
    Ok(scim)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let scim = serve()?;
    if std::env::args().any(|argument| argument == "--check") {
        return check::run(scim).await;
    }
    Ok(HttpServer::new(move || App::new().service(scim.scope())).bind("127.0.0.1:8080")?.run().await?)
}

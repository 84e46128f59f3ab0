//! A SCIM server in memory: `cargo run -p quick-start`, then
//! `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.

mod check;

use actix_web::{App, HttpServer};
use provost::actix::Scim;
use provost::{MemoryStore, Profile, StaticToken};
use std::error::Error;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let check = argument.as_deref() == Some("--check");
    let address =
        argument.filter(|_| !check).unwrap_or_else(|| format!("127.0.0.1:{}", if check { 0 } else { 8080 }));
    let scim = Scim::at(&format!("http://{address}/scim/v2"))
        .profile(Profile::entra())
        .authenticator(StaticToken::new("secret", MemoryStore::new()))
        .build()?;

    let server = HttpServer::new(move || App::new().service(scim.scope())).bind(address)?;
    let bound = server.addrs();
    let server = server.run();
    if check {
        check::run(server, bound).await?;
    } else {
        server.await?;
    }
    Ok(())
}

//! A SCIM server in memory: `cargo run -p quick-start`, then
//! `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.

mod check;

use actix_web::{App, HttpServer, web};
use provost::actix::{Scim, not_found, routes};
use provost::core::resource::Service;
use provost::core::{Id, Profile, SchemaSet, Timestamp};
use provost::{MemoryStore, Provider, Settings, StaticToken};
use std::time::{SystemTime, UNIX_EPOCH};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let argument = std::env::args().nth(1);
    let check = argument.as_deref() == Some("--check");
    let address =
        argument.filter(|_| !check).unwrap_or_else(|| format!("127.0.0.1:{}", if check { 0 } else { 8080 }));
    let service = Service::new(&format!("http://{address}/scim/v2"), SchemaSet::builtin().into());
    let authenticator = StaticToken::new("secret", MemoryStore::new(service.clone()), Profile::entra());
    let scim = Scim::new(Provider::new(Settings::new(service, now, fresh_id)), authenticator);

    let app = move || {
        App::new()
            .service(web::scope("/scim/v2").configure(routes(scim.clone())))
            .default_service(web::to(not_found))
    };
    let server = HttpServer::new(app).bind(address)?;
    let bound = server.addrs();
    let server = server.run();
    if check { check::run(server, bound).await } else { server.await }
}

#[expect(clippy::disallowed_methods, reason = "a program asks what time it is; its libraries are told")]
fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "a program makes identifiers; its libraries are told")]
fn fresh_id() -> Id {
    Id::from(uuid::Uuid::now_v7().to_string())
}

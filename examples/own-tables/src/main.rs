//! An application with accounts, teams and memberships of its own serves them over SCIM:
//! `cargo run -p own-tables`, then `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.
//!
//! With `--check` it provisions somebody by itself, shows what that did to the tables, and ends. `docs/embed.md` tells
//! how all this is made.

mod check;
mod store;
mod tables;

use actix_web::{App, HttpServer, web};
use provost::actix::{Scim, not_found, routes};
use provost::core::resource::Service;
use provost::core::{Id, Profile, SchemaSet, Timestamp};
use provost::{Provider, Settings, StaticToken};
use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};
use store::Directory;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let service = Service::new("http://127.0.0.1:8080/scim/v2", SchemaSet::builtin().into());
    let directory = Directory::in_memory(1, service.clone())?;
    let authenticator = StaticToken::new("secret", directory.clone(), Profile::entra());
    let scim = Scim::new(Provider::new(Settings::new(service, now, fresh_id)), authenticator);
    if std::env::args().any(|argument| argument == "--check") {
        return check::run(scim, &directory).await;
    }
    directory.adopt(now()).await?;

    let app = move || {
        App::new()
            .service(web::scope("/scim/v2").configure(routes(scim.clone())))
            .default_service(web::to(not_found))
    };
    Ok(HttpServer::new(app).bind("127.0.0.1:8080")?.run().await?)
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

#[cfg(test)]
mod tests {
    use crate::store::Directory;
    use provost::testkit::{Handles, Report, Suite};

    #[tokio::test(flavor = "multi_thread")]
    async fn my_tables_keep_the_contract() -> Result<(), Report> {
        let suite = Suite::new(|service| async {
            let acme = Directory::in_memory(1, service).unwrap();
            Handles::two(acme.org(2), acme)
        });
        suite.without_nested_groups().run().await.verdict()
    }
}

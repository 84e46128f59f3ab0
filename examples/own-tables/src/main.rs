//! An application with accounts, teams and memberships of its own serves them over SCIM:
//! `cargo run -p own-tables`, then `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.
//!
//! With `--check` it provisions somebody by itself, shows what that did to the tables, and ends. `docs/embed.md` tells
//! how all this is made.

mod check;
mod store;
mod tables;

use actix_web::{App, HttpServer};
use provost::actix::Scim;
use provost::{Profile, StaticToken, system};
use std::error::Error;
use store::Directory;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = Directory::in_memory(1)?;
    let scim = Scim::at("http://127.0.0.1:8080/scim/v2")
        .profile(Profile::entra())
        .authenticator(StaticToken::new("secret", directory.clone()))
        .build()?;
    if std::env::args().any(|argument| argument == "--check") {
        return check::run(scim, &directory).await;
    }
    directory.adopt(system::now()).await?;
    Ok(HttpServer::new(move || App::new().service(scim.scope())).bind("127.0.0.1:8080")?.run().await?)
}

#[cfg(test)]
mod tests {
    use crate::store::Directory;
    use provost::testkit::{Handles, Report, Suite};

    #[tokio::test(flavor = "multi_thread")]
    async fn my_tables_keep_the_contract() -> Result<(), Report> {
        let suite = Suite::new(|_| async {
            let acme = Directory::in_memory(1).unwrap();
            Handles::two(acme.org(2), acme)
        });
        suite.without_nested_groups().run().await.verdict()
    }
}

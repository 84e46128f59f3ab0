//! An application that uses sqlx serves its own accounts and teams over SCIM:
//! `cargo run --manifest-path examples/sqlx/Cargo.toml`, then
//! `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.
//!
//! With `--check` it provisions somebody by itself, shows what that did to the tables, and ends. `docs/embed.md` says what is
//! different with sqlx.

mod check;
mod store;

use actix_web::{App, HttpServer};
use provost::actix::Scim;
use provost::{Profile, StaticToken, system};
use std::error::Error;
use std::path::Path;
use store::Directory;

fn serve(directory: Directory) -> Result<Scim<StaticToken<Directory>>, Box<dyn Error>> {
    let scim = Scim::at("http://127.0.0.1:8080/scim/v2")
        .profile(Profile::entra())
        .authenticator(StaticToken::new("secret", directory))
        .build()?;
    Ok(scim)
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--check") {
        return check::run().await;
    }
    let directory = Directory::open(Path::new("over-sqlx.db"), 1).await?;
    directory.adopt(system::now()).await?;
    let scim = serve(directory)?;
    Ok(HttpServer::new(move || App::new().service(scim.scope())).bind("127.0.0.1:8080")?.run().await?)
}

#[cfg(test)]
mod tests {
    use crate::store::Directory;
    use provost::system;
    use provost::testkit::{self, Handles, Report, Suite};
    use tempfile::{TempDir, tempdir};

    async fn open(folder: &TempDir) -> Directory {
        let name = system::new_id(system::now()).to_string();
        Directory::open(&folder.path().join(name), 1).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn my_tables_keep_the_contract() -> Result<(), Report> {
        let folder = tempdir().unwrap();
        let suite = Suite::new(|_| async {
            let acme = open(&folder).await;
            Handles::two(acme.clone(), Directory { org: 2, ..acme })
        });
        suite.without_nested_groups().run().await.verdict()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn accounts_from_before_are_taken_over() -> Result<(), Report> {
        let folder = tempdir().unwrap();
        let directory = open(&folder).await;
        let grace =
            "insert into accounts (id, org, email, active) values ('g-1', 1, 'Grace@Example.com', true)";
        sqlx::query(grace).execute(&directory.pool).await.unwrap();
        directory.adopt(system::now()).await.unwrap();
        testkit::adopted(directory, ["grace@example.com"]).await.verdict()
    }
}

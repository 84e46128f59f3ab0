//! Databases on a PostgreSQL server, through a client other than the one under test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The server on which tests may make databases, and its options, from `PROVOST_TEST_POSTGRES`.
pub fn server() -> (String, String) {
    let url = std::env::var_os("PROVOST_TEST_POSTGRES").and_then(|url| url.into_string().ok());
    let url = url.expect(
        "PROVOST_TEST_POSTGRES is not set: `source scripts/lib/postgres.sh && postgres_start` starts a server and sets it",
    );
    let (place, options) = url.split_once('?').unwrap_or((&url, ""));
    let (server, _) = place.rsplit_once('/').expect("a URL with a database");
    (server.to_owned(), options.to_owned())
}

/// An empty database, deleted with its last handle. As usual in practice, its collation is not byte order.
#[derive(Debug, Clone)]
pub struct Database(Arc<Made>);

#[derive(Debug)]
struct Made {
    server: String,
    options: String,
    name: String,
}

impl Database {
    /// Makes one.
    #[expect(clippy::new_without_default, reason = "it makes something outside the program")]
    pub fn new() -> Self {
        Self::with("encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C' template template0")
    }

    /// Makes one with different properties.
    pub fn with(properties: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let ((server, options), next) = (server(), NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("provost_{}_{next}", std::process::id());
        let made = Made { server, options, name };
        made.on_server(&format!("create database {} {properties}", made.name));
        Self(Arc::new(made))
    }

    /// Its URL, with the options from the environment.
    pub fn url(&self) -> String {
        let Made { server, options, name } = &*self.0;
        format!("{server}/{name}?{options}")
    }

    /// Runs statements on another connection, and returns the rows of the last one as text.
    pub fn run(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        run(&format!("{}/{}", self.0.server, self.0.name), sql)
    }

    /// The single text that a query returns.
    pub fn text(&self, sql: &str) -> String {
        self.run(sql).concat().into_iter().flatten().next().unwrap_or_default()
    }

    /// Every value of every table.
    pub fn bytes(&self) -> Vec<u8> {
        let tables = self.run("select tablename from pg_tables where schemaname = 'public'");
        let all = tables.concat().into_iter().flatten().map(|table| {
            self.run(&format!("select t::text from {table} t"))
                .concat()
                .into_iter()
                .flatten()
                .collect::<String>()
        });
        all.collect::<String>().into_bytes()
    }
}

impl Made {
    fn on_server(&self, sql: &str) {
        run(&format!("{}/postgres", self.server), sql);
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.on_server(&format!("drop database if exists {} with (force)", self.name));
    }
}

/// On its own thread, since the test may be driving a runtime on this one.
fn run(url: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connected");
            tokio::spawn(connection);
            query(&client, sql).await
        })
    };
    std::thread::scope(|scope| scope.spawn(work).join()).expect("a statement that the server takes")
}

async fn query(client: &Client, sql: &str) -> Vec<Vec<Option<String>>> {
    let said = client.simple_query(sql).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|n| row.get(n).map(str::to_owned)).collect()),
        _ => None,
    };
    said.into_iter().filter_map(row).collect()
}

//! The built binary, used the way users do: started in an empty folder, managed from the command line, queried over HTTP.

mod server;

use crate::folder::Folder;
use crate::http::PATIENCE;
use crate::json::{elements, text};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use serde_json::Value;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub use server::{Asker, Server};

/// A program: `Program::new(env!("CARGO_BIN_EXE_provost"))`, a variable that Cargo only sets for tests of the same package.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    path: &'static str,
    #[cfg(feature = "postgres")]
    is_on_postgres: bool,
}

impl Program {
    /// A program that keeps its data in its folder.
    pub const fn new(path: &'static str) -> Self {
        Self {
            path,
            #[cfg(feature = "postgres")]
            is_on_postgres: false,
        }
    }

    /// A program that keeps its data on a PostgreSQL server.
    #[cfg(feature = "postgres")]
    pub const fn on_postgres(path: &'static str) -> Self {
        Self { path, is_on_postgres: true }
    }

    /// A new folder for it, and a new database if it uses a server.
    pub fn install(self) -> Installation {
        Installation {
            program: self.path,
            folder: Folder::new(),
            #[cfg(feature = "postgres")]
            database: self.is_on_postgres.then(crate::postgres::Database::new),
        }
    }

    /// A first start in a new folder.
    pub fn start(self) -> Server {
        Server::start_in(&self.install(), &[])
    }
}

/// A folder in which a program's servers and commands run; deleted with its last handle.
#[derive(Debug, Clone)]
pub struct Installation {
    program: &'static str,
    /// Where they run.
    pub folder: Folder,
    /// Their database, if it is on a server.
    #[cfg(feature = "postgres")]
    pub database: Option<crate::postgres::Database>,
}

impl Installation {
    /// The path of something in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: &str) {
        self.folder.write(name, text);
    }

    /// Every byte of every file in the folder, and every value in a database elsewhere.
    pub fn bytes(&self) -> Vec<u8> {
        #[cfg(feature = "postgres")]
        if let Some(database) = &self.database {
            return [self.folder.bytes(), database.bytes()].concat();
        }
        self.folder.bytes()
    }

    /// The texts that a query returns in its only column, `text`, without going through the program.
    pub fn texts(&self, query: &str) -> Vec<String> {
        #[cfg(feature = "postgres")]
        if let Some(database) = &self.database {
            return database.run(query).concat().into_iter().flatten().collect();
        }
        let rows: Vec<Row> = sql_query(query).load(&mut self.file()).expect("a query");
        rows.into_iter().map(|row| row.text).collect()
    }

    /// Runs statements on the database, without going through the program.
    pub fn execute(&self, statements: &str) {
        #[cfg(feature = "postgres")]
        if let Some(database) = &self.database {
            drop(database.run(statements));
            return;
        }
        self.file().batch_execute(statements).expect("done");
    }

    fn file(&self) -> SqliteConnection {
        let path = self.path("provost.db");
        let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
        // the program may be writing
        conn.batch_execute("PRAGMA busy_timeout = 5000").expect("done");
        conn
    }

    /// The binary in this folder, without any of our environment variables that it would read.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PROVOST_"))
        {
            command.env_remove(name);
        }
        #[cfg(feature = "postgres")]
        command.envs(self.database.as_ref().map(|database| ("PROVOST_DATABASE", database.url())));
        command.current_dir(self.folder.root()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command and waits until it ends.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments))
    }

    /// The JSON that a command prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(arguments);
        assert_eq!(ran.code(), 0, "{arguments:?}: {}", ran.stderr());
        serde_json::from_str(&ran.stdout()).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", ran.stdout()))
    }

    /// `user[team team] user[]`, from `members list`.
    pub fn members(&self, org: &str) -> String {
        let members = self.json(&["members", "list", "--org", org, "--json"]);
        let shown = elements(&members).iter().map(|m| {
            let teams: Vec<&str> = elements(&m["teams"]).iter().map(text).collect();
            format!("{}[{}]", text(&m["userName"]), teams.join(" "))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// `slug(name): user user, ...`, from `teams list`.
    pub fn teams(&self, org: &str) -> String {
        let teams = self.json(&["teams", "list", "--org", org, "--json"]);
        let shown = elements(&teams).iter().map(|t| {
            let members: Vec<&str> = elements(&t["members"]).iter().map(|m| text(&m["userName"])).collect();
            format!("{}({}): {}", text(&t["slug"]), text(&t["name"]), members.join(" "))
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// A new token of an organisation.
    pub fn token(&self, org: &str) -> String {
        let ran = self.run(&["token", "create", "--org", org]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        ran.stdout().trim_end().to_owned()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// A finished command.
#[derive(Debug)]
pub struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// Runs a command and waits until it ends.
    pub fn of(mut command: Command) -> Self {
        let (mut stdout, mut stderr) =
            (tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file"));
        let handle = |file: &File| file.try_clone().expect("another handle");
        let mut child = command.stdout(handle(&stdout)).stderr(handle(&stderr)).spawn().expect("it runs");
        let Some(status) = wait(&mut child) else {
            drop(child.kill());
            panic!("{:?} does not end: {}", command.get_args(), contents(&mut stderr));
        };
        let code = status.code().expect("it was not killed");
        Self { code, stdout: contents(&mut stdout), stderr: contents(&mut stderr) }
    }

    /// Its exit code.
    pub fn code(&self) -> i32 {
        self.code
    }

    /// Its standard output.
    pub fn stdout(&self) -> String {
        self.stdout.clone()
    }

    /// Its standard error.
    pub fn stderr(&self) -> String {
        self.stderr.clone()
    }
}

/// Waits until the process ends; `None` if patience runs out first.
fn wait(child: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The whole of a file that others wrote.
fn contents(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().expect("a file");
    file.read_to_string(&mut text).expect("UTF-8");
    text
}

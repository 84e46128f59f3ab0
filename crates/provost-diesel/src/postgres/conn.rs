//! diesel's connection over tokio-postgres, driven by the calling thread.
//!
//! Compared with libpq and other wrappers, it adds: a timeout for every wait, even if the server hangs; error kinds by
//! SQLSTATE, independent of the server's language; a single round trip for statements that are not kept prepared, which
//! transaction poolers support; and statements that are sent with the next one (docs/decisions/011).

use super::address::Address;
use super::link::{Failed, Link};
use super::request::{Message, Request};
use super::rows::{PgRow, Rows};
use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, DefaultLoadingMode, DynInstrumentation,
    Instrumentation, InstrumentationEvent, LoadConnection, SimpleConnection, StrQueryHelper,
    TransactionManager,
};
use diesel::expression::QueryMetadata;
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind as Kind, Error};
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use std::fmt;
use std::time::{Duration, Instant};
use tokio_postgres::RowStream;

/// A connection to PostgreSQL, for hooks and the application's own statements. It blocks, so do not use it on a thread
/// that drives a runtime; [`Database`](super::Database) provides it on suitable threads.
pub struct Conn {
    link: Link,
    /// Sent before the next statement.
    ahead: Vec<Message>,
    /// Sent after the next statement.
    foreseen: Option<Request>,
    /// How often the work was already run.
    tries: u32,
    /// Whether the transaction only reads.
    reads: bool,
    /// How long a statement of a snapshot may take.
    scan: Option<Duration>,
    transactions: AnsiTransactionManager,
    instrumentation: DynInstrumentation,
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("failed", &self.link.failed()).finish_non_exhaustive()
    }
}

/// A transaction that reads a single moment.
pub(super) const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How long a connection without a deadline may take.
const USUAL_WAIT: Duration = Duration::from_secs(8);
/// The most statements sent ahead of the next one: few enough to be polled, and so sent, in order.
const AHEAD: usize = 16;

impl Conn {
    pub(super) fn open(address: &Address, deadline: Instant) -> ConnectionResult<Self> {
        Ok(Self {
            link: Link::open(address, deadline)?,
            ahead: Vec::new(),
            foreseen: None,
            tries: 0,
            reads: false,
            scan: None,
            transactions: AnsiTransactionManager::default(),
            instrumentation: DynInstrumentation::default_instrumentation(),
        })
    }

    /// Prepares it for other work, which has a deadline and was already begun this many times. Statements of a snapshot
    /// may take as long as `scan`.
    pub(super) fn lend(&mut self, deadline: Instant, tries: u32, scan: Option<Duration>) {
        self.link.begin_work(deadline, scan.is_some());
        (self.tries, self.scan, self.foreseen) = (tries, scan, None);
    }

    /// Whether it is in a transaction that may write.
    pub(super) fn is_writing(&mut self) -> bool {
        let status = AnsiTransactionManager::transaction_manager_status_mut(self);
        matches!(status.transaction_depth(), Ok(Some(_))) && !self.reads
    }

    pub(super) fn tries(&self) -> u32 {
        self.tries
    }

    /// Whether a statement failed since it was lent without being rolled back, however the failure was handled.
    pub(super) fn failed(&self) -> Option<Failed> {
        self.link.failed()
    }

    /// Whether it can be lent again. Processes messages that arrived meanwhile, such as that the server is shutting
    /// down.
    pub(super) fn is_alive(&mut self) -> bool {
        self.link.look();
        let status = AnsiTransactionManager::transaction_manager_status_mut(self);
        let is_free = matches!(status.transaction_depth(), Ok(None));
        is_free && self.ahead.is_empty() && self.link.is_open()
    }

    /// Runs a statement whose result nobody needs, such as one that locks rows. It is sent together with the next one,
    /// which also reports its failure. Later statements see what it wrote, and what others wrote for whom it waited.
    ///
    /// # Errors
    /// The statement cannot be sent, or one sent earlier failed.
    pub fn along<T: QueryFragment<Pg> + QueryId>(&mut self, statement: T) -> QueryResult<()> {
        self.send_ahead(&statement, None)
    }

    /// Sends a statement together with the next one, which reports its failure. Its rows are not returned, but may be
    /// required to equal a given text.
    pub(super) fn send_ahead<T: QueryFragment<Pg> + QueryId>(
        &mut self,
        query: &T,
        expected: Option<&str>,
    ) -> QueryResult<()> {
        let request = Request::of(query, self.link.keeps_statements())?;
        self.note_start(&request.sql);
        self.ahead.push(match expected {
            Some(text) => Message::Proof(request, text.to_owned()),
            None => Message::Statement(request),
        });
        if self.ahead.len() < AHEAD { Ok(()) } else { self.flush() }
    }

    /// Sends a statement after the next one, so that its result is on its way when it is asked for.
    pub(super) fn send_behind<T: QueryFragment<Pg> + QueryId>(&mut self, query: &T) -> QueryResult<()> {
        self.foreseen = Some(Request::of(query, self.link.keeps_statements())?);
        Ok(())
    }

    /// Waits for what was sent ahead.
    pub(super) fn flush(&mut self) -> QueryResult<()> {
        // a transaction that has only begun may wait longer
        if self.ahead.iter().all(|message| matches!(message, Message::Text(_))) {
            return Ok(());
        }
        let messages = std::mem::take(&mut self.ahead);
        match self.exchange(messages, None)? {
            // its rows show whether the last one was refused
            Some(stream) => Rows::begin(&mut self.link, stream)?.drain().map(drop),
            None => Ok(()),
        }
    }

    /// Runs statements as text, after what was sent ahead.
    fn text(&mut self, text: &str) -> QueryResult<()> {
        let mut messages = std::mem::take(&mut self.ahead);
        messages.push(Message::Text(text.to_owned()));
        self.foreseen = None;
        self.exchange(messages, None).map(drop)
    }

    /// Runs a statement after what was sent ahead, unless it was already sent.
    fn run<T: QueryFragment<Pg> + QueryId>(&mut self, query: &T) -> QueryResult<Rows<'_>> {
        let request = Request::of(query, self.link.keeps_statements())?;
        self.note_start(&request.sql);
        let sent = match self.ahead.is_empty() {
            true => self.hear(|link| link.take_behind(&request))?,
            false => None,
        };
        let stream = match sent {
            Some(stream) => Some(stream),
            None => {
                let mut messages = std::mem::take(&mut self.ahead);
                messages.push(Message::Statement(request));
                let foreseen = self.foreseen.take();
                self.exchange(messages, foreseen)?
            }
        };
        match stream {
            Some(stream) => Rows::begin(&mut self.link, stream),
            None => Err(Error::NotFound),
        }
    }

    fn exchange(
        &mut self,
        messages: Vec<Message>,
        foreseen: Option<Request>,
    ) -> QueryResult<Option<RowStream>> {
        self.hear(|link| link.exchange(messages, foreseen))
    }

    fn hear<T>(&mut self, asked: impl FnOnce(&mut Link) -> QueryResult<T>) -> QueryResult<T> {
        let answer = asked(&mut self.link);
        if !self.link.is_open() {
            // nothing works any more, not even a rollback
            AnsiTransactionManager::transaction_manager_status_mut(self).set_in_error();
        }
        answer
    }

    fn note_start(&mut self, sql: &str) {
        let query = StrQueryHelper::new(sql);
        self.instrumentation.on_connection_event(InstrumentationEvent::start_query(&query));
    }
}

impl SimpleConnection for Conn {
    fn batch_execute(&mut self, sql: &str) -> QueryResult<()> {
        match sql {
            // sent with the next statement
            "BEGIN" | SNAPSHOT => {
                self.reads = sql == SNAPSHOT;
                self.link.forgive();
                let limit = self.scan.filter(|_| self.reads).map(|limit| limit.as_millis());
                self.ahead.push(Message::Text(match limit {
                    Some(ms) => format!("{sql}; SET LOCAL statement_timeout = {ms}"),
                    None => sql.to_owned(),
                }));
                Ok(())
            }
            // nothing was run in between
            "COMMIT" if matches!(&self.ahead[..], [Message::Text(_)]) => {
                self.ahead.clear();
                Ok(())
            }
            // never sent, so there is nothing to roll back
            "ROLLBACK" if matches!(self.ahead.first(), Some(Message::Text(_))) => {
                self.ahead.clear();
                Ok(())
            }
            "COMMIT" | "ROLLBACK" if self.reads => {
                self.link.post(sql);
                Ok(())
            }
            // the server would roll back and report success
            "COMMIT" if self.link.failed().is_some() => {
                self.text("ROLLBACK")?;
                Err(Error::DatabaseError(Kind::Unknown, Box::new(WENT_ON.to_owned())))
            }
            // a failed proof must be seen here, since the server would commit regardless
            "COMMIT" if self.ahead.iter().any(|message| matches!(message, Message::Proof(..))) => {
                self.flush()?;
                self.text(sql)
            }
            "ROLLBACK" => {
                self.ahead.clear();
                self.text(sql)
            }
            _ if sql.starts_with("ROLLBACK TO SAVEPOINT") => {
                self.ahead.retain(|message| matches!(message, Message::Text(_)));
                self.text(sql)?;
                self.link.forgive();
                Ok(())
            }
            _ => self.text(sql),
        }
    }
}

const WENT_ON: &str = "a statement of the transaction failed and the work went on: nothing of it was written";

impl ConnectionSealed for Conn {}

impl Connection for Conn {
    type Backend = Pg;
    type TransactionManager = AnsiTransactionManager;

    /// With the same URL as [`Database::open`](super::Database::open).
    fn establish(url: &str) -> ConnectionResult<Self> {
        let bad = |e: provost_provider::StoreError| ConnectionError::BadConnection(e.to_string());
        Self::open(&Address::parse(url).map_err(bad)?, Instant::now() + USUAL_WAIT)
    }

    fn execute_returning_count<T: QueryFragment<Pg> + QueryId>(&mut self, query: &T) -> QueryResult<usize> {
        let touched = self.run(query)?.drain()?;
        usize::try_from(touched).map_err(|e| Error::DeserializationError(e.into()))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        &mut self.transactions
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        &mut *self.instrumentation
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.instrumentation = instrumentation.into();
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.link.keep_statements(!matches!(size, CacheSize::Disabled));
    }
}

impl MigrationConnection for Conn {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE).map(|()| 0)
    }
}

impl LoadConnection<DefaultLoadingMode> for Conn {
    type Cursor<'conn, 'query> = Rows<'conn>;
    type Row<'conn, 'query> = PgRow;

    fn load<'conn, 'query, T>(&'conn mut self, query: T) -> QueryResult<Rows<'conn>>
    where
        T: Query + QueryFragment<Pg> + QueryId + 'query,
        Pg: QueryMetadata<T::SqlType>,
    {
        self.run(&query)
    }
}

//! One thread writes: all jobs that wait share a transaction and its flush, each in a savepoint, as in the store.

use crate::Failure;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// Jobs that share a commit at most, as in the store.
const BATCH: usize = 256;

type Job = Box<dyn FnOnce(&Connection) -> Answer + Send>;
/// Sends what the job came to; called after the commit, with whether there was one.
type Answer = Box<dyn FnOnce(bool) + Send>;

/// A handle on the thread.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::SyncSender<Job>,
}

impl Writer {
    pub(crate) fn start(file: &Path) -> Result<Self, Failure> {
        let conn = Connection::open(file)?;
        conn.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; \
             PRAGMA busy_timeout=5000; PRAGMA cache_size=-8192; PRAGMA foreign_keys=ON; \
             PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;",
        )?;
        conn.set_prepared_statement_cache_capacity(64);
        conn.execute_batch(crate::statements::MAKE_ONE_ROW)?;
        let (jobs, waiting) = mpsc::sync_channel(4_096);
        std::thread::spawn(move || run(&conn, &waiting));
        Ok(Self { jobs })
    }

    /// Runs a job in a savepoint and answers when it is durable.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let result = work(conn);
            Box::new(move |committed| {
                let result: Result<T, Failure> = match committed {
                    true => result.map_err(Failure::from),
                    false => Err("the batch was not committed".into()),
                };
                drop(reply.send(result));
            })
        });
        self.jobs.send(job).map_err(|_gone| "the writer is gone")?;
        answer.await?
    }
}

fn run(conn: &Connection, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let jobs = std::iter::once(first).chain(waiting.try_iter().take(BATCH - 1));
        let (begun, mut answers) = (execute(conn, "BEGIN IMMEDIATE"), Vec::new());
        let mut committed = begun;
        for job in jobs {
            committed &= execute(conn, "SAVEPOINT baseline");
            answers.push(job(conn));
            committed &= execute(conn, "RELEASE SAVEPOINT baseline");
        }
        committed &= execute(conn, "COMMIT");
        answers.into_iter().for_each(|answer| answer(committed));
    }
}

fn execute(conn: &Connection, sql: &str) -> bool {
    let done = conn.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    if let Err(error) = &done {
        eprintln!("baselines: {sql}: {error}");
    }
    done.is_ok()
}

//! Two doors to one of two databases: `read` and `write`, each a lane of threads that own their connections.
//!
//! Acknowledged means durable: `write` answers only after the commit returned. On SQLite one writer
//! thread takes everything that queued while the last commit was under way, gives each job a savepoint
//! and commits once (group commit); on PostgreSQL several writers run one transaction each and the
//! server groups their commits. No job may do network calls.

pub mod batch;
pub mod check_in;
pub mod claim;
pub mod migrate;
pub mod specific;
pub mod types;

mod lane;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use lane::{HeldConnection, Lane, Ran};
use std::sync::Arc;

pub use diesel::QueryResult;
pub use types::{Id, Json, Ts};

/// One real connection. Queries are written once with [`on_backend!`](crate::on_backend).
pub enum DbConn {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// The same expression, type-checked and compiled once per real backend; the second form is for the few
/// queries that truly differ and may be used in `db/` only.
#[macro_export]
macro_rules! on_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::DbConn::Pg($c) => $body,
            $crate::db::DbConn::Sqlite($c) => $body,
        }
    };
    ($conn:expr, pg $c:ident => $pg:expr, sqlite $d:ident => $lite:expr) => {
        match $conn {
            $crate::db::DbConn::Pg($c) => $pg,
            $crate::db::DbConn::Sqlite($d) => $lite,
        }
    };
}

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("query failed: {0}")]
    Query(#[from] diesel::result::Error),
    #[error("no connection: {0}")]
    Connection(String),
    /// More work is queued than can be done in reasonable time; nothing was written.
    #[error("too much queued")]
    Overloaded,
    /// The lane is shutting down or the job panicked; nothing was written.
    #[error("the job was dropped")]
    Dropped,
}

impl DbError {
    /// True when a unique key refused the row.
    pub fn is_unique_violation(&self) -> bool {
        use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
        matches!(self, DbError::Query(DatabaseError(UniqueViolation, _)))
    }
}

/// Where the data lives and with how many connections it is worked on.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// `postgres://…`, `sqlite://path` or a plain path.
    pub url: String,
    pub read_connections: usize,
    /// PostgreSQL only: SQLite has exactly one writer.
    pub write_connections: usize,
}

/// Handle to the database; clones share the lanes.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    url: Arc<str>,
    postgres: bool,
    readers: Lane,
    writers: Lane,
}

impl Db {
    /// Starts the lanes; connections are made when first needed.
    pub fn open(options: &DbOptions) -> Db {
        let postgres = is_postgres(&options.url);
        let url: Arc<str> = options.url.as_str().into();
        let readers = Lane::start("read", url.clone(), options.read_connections.max(1), lane::Mode::Read);
        let writers = if postgres {
            let threads = options.write_connections.max(1);
            Lane::start("write", url.clone(), threads, lane::Mode::Transactions)
        } else {
            Lane::start("write", url.clone(), 1, lane::Mode::GroupCommit)
        };
        Db {
            inner: Arc::new(Inner {
                url,
                postgres,
                readers,
                writers,
            }),
        }
    }

    pub fn is_postgres(&self) -> bool {
        self.inner.postgres
    }

    /// Runs queries that change nothing.
    pub async fn read<T, E>(&self, f: impl FnOnce(&mut DbConn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner.readers.submit(answered(f, move |r| drop(reply.send(r))))?;
        answer.await.unwrap_or_else(|_| Err(DbError::Dropped.into()))
    }

    /// Runs one change: everything in `f` is durable when this returns `Ok`, and nothing of it exists
    /// when it returns `Err`.
    pub async fn write<T, E>(&self, f: impl FnOnce(&mut DbConn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.inner.writers.submit(answered(f, move |r| drop(reply.send(r))))?;
        answer.await.unwrap_or_else(|_| Err(DbError::Dropped.into()))
    }

    /// A door for one thread that writes batches: on PostgreSQL a connection of its own, where what it needs stays
    /// prepared; on SQLite the one writer.
    fn batch_writer(&self) -> BatchWriter {
        if self.is_postgres() {
            BatchWriter::Own(HeldConnection::for_batches(self.inner.url.clone()))
        } else {
            BatchWriter::Shared(self.clone())
        }
    }

    /// Finishes what was accepted, then ends the threads.
    pub fn shutdown(&self) {
        self.inner.writers.stop();
        self.inner.readers.stop();
    }
}

/// What a thread writes batches with.
enum BatchWriter {
    Own(HeldConnection),
    Shared(Db),
}

impl BatchWriter {
    /// Runs statements without a transaction around them, where that saves something.
    fn at_once<T>(&mut self, f: impl FnOnce(&mut DbConn) -> QueryResult<T>) -> Option<Result<T, DbError>> {
        match self {
            BatchWriter::Own(connection) => Some(connection.at_once(f)),
            BatchWriter::Shared(_) => None,
        }
    }

    /// [`Db::write`] for a thread that is not part of the async runtime.
    fn write<T: Send + 'static>(
        &mut self,
        f: impl FnOnce(&mut DbConn) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, DbError> {
        match self {
            BatchWriter::Own(connection) => connection.write(f),
            BatchWriter::Shared(db) => {
                let (reply, answer) = std::sync::mpsc::sync_channel(1);
                let job = answered(|c| f(c).map_err(DbError::from), move |r| drop(reply.send(r)));
                db.inner.writers.submit(job)?;
                answer.recv().unwrap_or(Err(DbError::Dropped))
            }
        }
    }
}

/// Packs a closure so that its caller is answered only after the commit.
fn answered<T, E>(
    f: impl FnOnce(&mut DbConn) -> Result<T, E> + Send + 'static,
    reply: impl FnOnce(Result<T, E>) + Send + 'static,
) -> lane::Job
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    Box::new(move |conn| match conn {
        Err(e) => {
            reply(Err(e.into()));
            Ran {
                keep: false,
                done: Box::new(|_| ()),
            }
        }
        Ok(conn) => {
            let result = f(conn);
            let keep = result.is_ok();
            let done = move |commit: Result<(), DbError>| {
                reply(match (result, commit) {
                    (Ok(_), Err(e)) => Err(e.into()),
                    (result, _) => result,
                })
            };
            Ran {
                keep,
                done: Box::new(done),
            }
        }
    })
}

/// True for URLs of PostgreSQL; everything else is a SQLite file.
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// One connection outside the lanes: migrations, tests, commands.
pub fn connect(url: &str) -> Result<DbConn, DbError> {
    let fail = |e: ConnectionError| DbError::Connection(e.to_string());
    if is_postgres(url) {
        return Ok(DbConn::Pg(PgConnection::establish(url).map_err(fail)?));
    }
    let path = url.strip_prefix("sqlite://").unwrap_or(url);
    let mut conn = SqliteConnection::establish(path).map_err(fail)?;
    // FULL: a commit is on the disk before it is acknowledged, also in WAL mode.
    conn.batch_execute(
        "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
         PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY;",
    )?;
    Ok(DbConn::Sqlite(conn))
}

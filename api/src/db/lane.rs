//! A lane: threads that own connections and take jobs from one bounded queue.

use super::{DbConn, DbError, QueryResult, connect};
use crate::on_backend;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use diesel::connection::{AnsiTransactionManager as Tm, SimpleConnection, TransactionManager};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a job left behind: whether its changes are to be kept, and how to answer its caller.
pub(super) struct Ran {
    pub keep: bool,
    pub done: Box<dyn FnOnce(Result<(), DbError>) + Send>,
}

/// A unit of work. It gets a connection, or the reason why there is none.
pub(super) type Job = Box<dyn FnOnce(Result<&mut DbConn, DbError>) -> Ran + Send>;

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    Read,
    /// One transaction per job.
    Transactions,
    /// Everything queued shares one commit.
    GroupCommit,
}

/// For connections that write batches: one plan, made once, for tables of any size. A plan made while a table was
/// empty would read it whole, and a plan for each batch costs as much as the batch.
const BATCH_PLANS: &str = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;";
/// Jobs that may wait before callers are told to come back later.
const QUEUE: usize = 8192;
/// Jobs that share a commit at most: bounds the time the first of them waits.
const GROUP: usize = 512;

pub(super) struct Lane {
    jobs: Mutex<Option<Sender<Job>>>,
    fast: Sender<Job>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    stopped: Arc<std::sync::atomic::AtomicBool>,
}

impl Lane {
    pub fn start(name: &'static str, url: Arc<str>, threads: usize, mode: Mode) -> Lane {
        let (sender, receiver) = bounded::<Job>(QUEUE);
        let stopped = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let threads = (0..threads)
            .map(|n| {
                let mut worker = Worker {
                    connection: HeldConnection::new(url.clone(), None),
                    jobs: receiver.clone(),
                    stopped: stopped.clone(),
                };
                std::thread::Builder::new()
                    .name(format!("db-{name}-{n}"))
                    .spawn(move || worker.run(mode))
                    .expect("the system can start a thread")
            })
            .collect();
        Lane {
            jobs: Mutex::new(Some(sender.clone())),
            fast: sender,
            threads: Mutex::new(threads),
            stopped,
        }
    }

    pub fn submit(&self, job: Job) -> Result<(), DbError> {
        if self.stopped.load(std::sync::atomic::Ordering::Acquire) {
            return Err(DbError::Dropped);
        }
        self.fast.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => DbError::Overloaded,
            TrySendError::Disconnected(_) => DbError::Dropped,
        })
    }

    /// Takes no new jobs, finishes the accepted ones, joins the threads.
    pub fn stop(&self) {
        self.stopped.store(true, std::sync::atomic::Ordering::Release);
        drop(self.jobs.lock().expect("no panic under this lock").take());
        for thread in self.threads.lock().expect("no panic under this lock").drain(..) {
            // A thread ends by itself once the queue is empty and `stopped` is set.
            let _ = thread.join();
        }
    }
}

struct Worker {
    connection: HeldConnection,
    jobs: Receiver<Job>,
    stopped: Arc<std::sync::atomic::AtomicBool>,
}

impl Worker {
    fn run(&mut self, mode: Mode) {
        while let Some(job) = self.next() {
            match mode {
                Mode::Read => self.connection.read(job),
                Mode::Transactions => self.connection.transaction(job),
                Mode::GroupCommit => self.connection.group(job, &self.jobs),
            }
            self.connection.drop_if_broken();
        }
    }

    fn next(&self) -> Option<Job> {
        loop {
            match self.jobs.recv_timeout(std::time::Duration::from_millis(200)) {
                Ok(job) => return Some(job),
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return None,
                Err(_) if self.stopped.load(std::sync::atomic::Ordering::Acquire) && self.jobs.is_empty() => {
                    return None;
                }
                Err(_) => (),
            }
        }
    }
}

/// A connection that is made when it is first needed, and again when it broke.
pub(super) struct HeldConnection {
    url: Arc<str>,
    /// What a fresh connection to PostgreSQL is told first.
    setup: Option<&'static str>,
    conn: Option<DbConn>,
}

impl HeldConnection {
    fn new(url: Arc<str>, setup: Option<&'static str>) -> HeldConnection {
        HeldConnection { url, setup, conn: None }
    }

    /// For a thread that writes batches by a handful of statements.
    pub fn for_batches(url: Arc<str>) -> HeldConnection {
        HeldConnection::new(url, Some(BATCH_PLANS))
    }

    fn conn(&mut self) -> Result<&mut DbConn, DbError> {
        if self.conn.is_none() {
            let mut conn = connect(&self.url)?;
            if let (DbConn::Pg(c), Some(setup)) = (&mut conn, self.setup) {
                c.batch_execute(setup)?;
            }
            self.conn = Some(conn);
        }
        Ok(self.conn.as_mut().expect("just connected"))
    }

    /// Runs one transaction in the calling thread.
    pub fn write<T>(&mut self, f: impl FnOnce(&mut DbConn) -> QueryResult<T>) -> Result<T, DbError> {
        let conn = self.conn()?;
        let written = begin(conn).and_then(|()| match catch_unwind(AssertUnwindSafe(|| f(conn))) {
            Ok(Ok(done)) => commit(conn).map(|()| done),
            Ok(Err(e)) => {
                rollback(conn);
                Err(e.into())
            }
            Err(_) => {
                rollback(conn);
                Err(DbError::Dropped)
            }
        });
        self.drop_if_broken();
        written
    }

    /// Runs statements that each stand for themselves, without a transaction around them, in the calling thread.
    pub fn at_once<T>(&mut self, f: impl FnOnce(&mut DbConn) -> QueryResult<T>) -> Result<T, DbError> {
        let conn = self.conn()?;
        let done = match catch_unwind(AssertUnwindSafe(|| f(conn))) {
            Ok(done) => done.map_err(DbError::from),
            Err(_) => Err(DbError::Dropped),
        };
        self.drop_if_broken();
        done
    }

    fn read(&mut self, job: Job) {
        let conn = self.conn();
        // The caller of a job that panics is answered by the dropped reply.
        if let Ok(ran) = catch_unwind(AssertUnwindSafe(|| job(conn))) {
            (ran.done)(Ok(()));
        }
    }

    fn transaction(&mut self, job: Job) {
        let conn = match self.conn().and_then(|c| begin(c).map(|()| c)) {
            Ok(conn) => conn,
            Err(e) => return drop(job(Err(e))),
        };
        match catch_unwind(AssertUnwindSafe(|| job(Ok(conn)))) {
            Ok(ran) if ran.keep => (ran.done)(commit(conn)),
            Ok(ran) => {
                rollback(conn);
                (ran.done)(Ok(()));
            }
            Err(_) => rollback(conn),
        }
    }

    fn group(&mut self, first: Job, jobs: &Receiver<Job>) {
        let conn = match self.conn().and_then(|c| begin(c).map(|()| c)) {
            Ok(conn) => conn,
            Err(e) => return drop(first(Err(e))),
        };
        let mut finished = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            if let Err(e) = begin(conn) {
                drop(job(Err(e)));
                break;
            }
            match catch_unwind(AssertUnwindSafe(|| job(Ok(conn)))) {
                Ok(ran) if ran.keep => match commit(conn) {
                    Ok(()) => finished.push(ran.done),
                    Err(e) => {
                        rollback(conn);
                        (ran.done)(Err(e));
                    }
                },
                Ok(ran) => {
                    rollback(conn);
                    finished.push(ran.done);
                }
                Err(_) => rollback(conn),
            }
            next = if finished.len() < GROUP {
                jobs.try_recv().ok()
            } else {
                None
            };
        }
        metrics::histogram!("lvzhi_db_group_size").record(finished.len() as f64);
        match commit(conn) {
            Ok(()) => finished.into_iter().for_each(|done| done(Ok(()))),
            Err(e) => {
                rollback(conn);
                let text = e.to_string();
                finished
                    .into_iter()
                    .for_each(|done| done(Err(DbError::Connection(text.clone()))));
            }
        }
    }

    /// A connection that lost its server or its transaction state is replaced before the next job.
    fn drop_if_broken(&mut self) {
        use diesel::r2d2::R2D2Connection;
        let broken = match &mut self.conn {
            None => false,
            Some(conn) => on_backend!(conn, c => R2D2Connection::is_broken(c)),
        };
        if broken {
            self.conn = None;
        }
    }
}

/// Opens a transaction; inside one, a savepoint. SQLite must begin IMMEDIATE, or a reader that turns
/// writer fails at once instead of waiting its turn.
fn begin(conn: &mut DbConn) -> Result<(), DbError> {
    match conn {
        DbConn::Pg(c) => Tm::begin_transaction(c)?,
        DbConn::Sqlite(c) => {
            let status = <Tm as TransactionManager<diesel::SqliteConnection>>::transaction_manager_status_mut(c);
            match status.transaction_depth()? {
                None => Tm::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
                Some(_) => Tm::begin_transaction(c)?,
            }
        }
    }
    Ok(())
}

fn commit(conn: &mut DbConn) -> Result<(), DbError> {
    Ok(on_backend!(conn, c => Tm::commit_transaction(c))?)
}

fn rollback(conn: &mut DbConn) {
    if let Err(e) = on_backend!(conn, c => Tm::rollback_transaction(c)) {
        tracing::warn!(error = %e, "rollback failed; the connection will be replaced");
    }
}

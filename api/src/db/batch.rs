//! Group commit for one kind of row: callers queue, one statement writes all that queued, each gets its own answer.

use super::{BatchWriter, Db, DbConn, DbError, QueryResult};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

type Reply<R> = oneshot::Sender<Result<R, DbError>>;

/// Rows that share a statement at most.
const BATCH: usize = 512;

/// Collects items of one kind and writes them in batches.
pub struct Batcher<T, R> {
    queue: mpsc::Sender<(T, Reply<R>)>,
}

impl<T, R> Clone for Batcher<T, R> {
    fn clone(&self) -> Self {
        Batcher {
            queue: self.queue.clone(),
        }
    }
}

impl<T: Clone + Send + Sync + 'static, R: Send + 'static> Batcher<T, R> {
    /// Starts `writers` threads; each takes whatever queued while its last commit was under way. `run` gets
    /// the items and returns one answer per item, in order. With several writers it must lock rows in a
    /// fixed order, or two batches can deadlock.
    pub fn start<F>(name: &str, db: &Db, writers: usize, run: F) -> Self
    where
        F: Fn(&mut DbConn, &[T]) -> QueryResult<Vec<R>> + Clone + Send + 'static,
    {
        let (queue, receiver) = mpsc::channel::<(T, Reply<R>)>(BATCH * 16);
        let receiver = Arc::new(std::sync::Mutex::new(receiver));
        for n in 0..writers.max(1) {
            let (mut writer, receiver, run) = (db.batch_writer(), receiver.clone(), run.clone());
            std::thread::Builder::new()
                .name(format!("batch-{name}-{n}"))
                .spawn(move || {
                    while let Some(batch) = take(&receiver) {
                        write(&mut writer, &run, batch);
                    }
                })
                .expect("the system can start a thread");
        }
        Batcher { queue }
    }

    /// Queues one item and waits until it is durable.
    pub async fn submit(&self, item: T) -> Result<R, DbError> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send((item, reply)).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => DbError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => DbError::Dropped,
        })?;
        answer.await.unwrap_or(Err(DbError::Dropped))
    }
}

fn take<T, R>(receiver: &std::sync::Mutex<mpsc::Receiver<(T, Reply<R>)>>) -> Option<Vec<(T, Reply<R>)>> {
    let mut receiver = receiver.lock().expect("no panic under this lock");
    let mut batch = vec![receiver.blocking_recv()?];
    while batch.len() < BATCH {
        match receiver.try_recv() {
            Ok(item) => batch.push(item),
            Err(_) => break,
        }
    }
    Some(batch)
}

fn write<T, R, F>(writer: &mut BatchWriter, run: &F, batch: Vec<(T, Reply<R>)>)
where
    T: Clone + Send + Sync + 'static,
    R: Send + 'static,
    F: Fn(&mut DbConn, &[T]) -> QueryResult<Vec<R>> + Clone + Send + 'static,
{
    let (items, replies): (Vec<T>, Vec<Reply<R>>) = batch.into_iter().unzip();
    metrics::histogram!("lvzhi_db_batch_size").record(items.len() as f64);
    let items = Arc::new(items);
    let (shared, run_all) = (items.clone(), run.clone());
    match writer.write(move |c| run_all(c, &shared)) {
        Ok(answers) => {
            for (reply, answer) in replies.into_iter().zip(answers) {
                let _ = reply.send(Ok(answer));
            }
        }
        Err(e) if replies.len() == 1 => replies.into_iter().for_each(|r| drop(r.send(Err(one(&e))))),
        // One bad row must fail alone: the rest is written again, row by row.
        Err(e) => {
            tracing::warn!(error = %e, rows = replies.len(), "batch failed, writing its rows one by one");
            for (n, reply) in replies.into_iter().enumerate() {
                let (shared, run_one) = (items.clone(), run.clone());
                let answer = writer.write(move |c| run_one(c, &shared[n..=n]));
                let _ = reply.send(answer.and_then(|mut a| a.pop().ok_or(DbError::Dropped)));
            }
        }
    }
}

fn one(e: &DbError) -> DbError {
    match e {
        DbError::Overloaded => DbError::Overloaded,
        DbError::Dropped => DbError::Dropped,
        other => DbError::Connection(other.to_string()),
    }
}

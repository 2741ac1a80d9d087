//! Group commit for one kind of row: callers queue, one statement writes all that queued, each gets its own answer.

use super::{BatchWriter, Db, DbConn, DbError, QueryResult};
use std::cell::RefCell;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Rows that share a statement at most.
const BATCH: usize = 512;

/// How items of one kind are written.
pub trait Batch<T, R>: Clone + Send + 'static {
    /// What one statement can do for all of them, without a transaction around it; one answer or none per item, in
    /// order. It is not asked on SQLite.
    fn at_once(&self, c: &mut DbConn, items: &[T]) -> QueryResult<Vec<Option<R>>>;

    /// Writes what was left over, inside a transaction; one answer per item, in order. With several writers it must
    /// lock rows in a fixed order, or two batches can deadlock.
    fn together(&self, c: &mut DbConn, items: &[&T]) -> QueryResult<Vec<R>>;
}

/// Collects items of one kind and writes them in batches.
pub struct Batcher<T, R> {
    queue: mpsc::Sender<Waiting<T, R>>,
}

struct Waiting<T, R> {
    item: T,
    caller: Caller<R>,
}

/// Who waits, and the thread where it does.
struct Caller<R> {
    reply: oneshot::Sender<Result<R, DbError>>,
    home: Home,
}

/// The answers of a batch to the callers on one thread.
type Delivery = Box<dyn FnOnce() + Send>;

/// Where a thread receives the answers for its callers. To wake a task on another thread costs a system call, so a
/// batch wakes one task per thread, and that one wakes its neighbours for nothing.
#[derive(Clone)]
struct Home(mpsc::UnboundedSender<Delivery>);

thread_local! {
    static HOME: RefCell<Option<Home>> = const { RefCell::new(None) };
}

impl Home {
    /// The one of this thread; its task is started on first use, and again should the runtime have been another one then.
    fn here() -> Home {
        HOME.with_borrow_mut(|home| match home {
            Some(home) if !home.0.is_closed() => home.clone(),
            _ => home.insert(Home::start()).clone(),
        })
    }

    fn start() -> Home {
        let (deliveries, mut arriving) = mpsc::unbounded_channel::<Delivery>();
        tokio::spawn(async move {
            while let Some(deliver) = arriving.recv().await {
                deliver();
            }
        });
        Home(deliveries)
    }

    fn is(&self, other: &Home) -> bool {
        self.0.same_channel(&other.0)
    }
}

impl<T, R> Clone for Batcher<T, R> {
    fn clone(&self) -> Self {
        Batcher {
            queue: self.queue.clone(),
        }
    }
}

impl<T: Send + Sync + 'static, R: Send + 'static> Batcher<T, R> {
    /// Starts `writers` threads; each takes whatever queued while its last commit was under way.
    pub fn start(name: &str, db: &Db, writers: usize, batch: impl Batch<T, R>) -> Self {
        let (queue, receiver) = mpsc::channel::<Waiting<T, R>>(BATCH * 16);
        let receiver = Arc::new(std::sync::Mutex::new(receiver));
        for n in 0..writers.max(1) {
            let (mut writer, receiver, batch) = (db.batch_writer(), receiver.clone(), batch.clone());
            std::thread::Builder::new()
                .name(format!("batch-{name}-{n}"))
                .spawn(move || {
                    while let Some(waiting) = take(&receiver) {
                        write(&mut writer, &batch, waiting);
                    }
                })
                .expect("the system can start a thread");
        }
        Batcher { queue }
    }

    /// Queues one item and waits until it is durable.
    pub async fn submit(&self, item: T) -> Result<R, DbError> {
        let (reply, answer) = oneshot::channel();
        let home = Home::here();
        let caller = Caller { reply, home };
        self.queue.try_send(Waiting { item, caller }).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => DbError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => DbError::Dropped,
        })?;
        answer.await.unwrap_or(Err(DbError::Dropped))
    }
}

fn take<T, R>(receiver: &std::sync::Mutex<mpsc::Receiver<Waiting<T, R>>>) -> Option<Vec<Waiting<T, R>>> {
    let mut receiver = receiver.lock().expect("no panic under this lock");
    let mut waiting = vec![receiver.blocking_recv()?];
    while waiting.len() < BATCH {
        match receiver.try_recv() {
            Ok(item) => waiting.push(item),
            Err(_) => break,
        }
    }
    Some(waiting)
}

fn write<T, R>(writer: &mut BatchWriter, batch: &impl Batch<T, R>, waiting: Vec<Waiting<T, R>>)
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    metrics::histogram!("lvzhi_db_batch_size").record(waiting.len() as f64);
    let (items, mut callers): (Vec<T>, Vec<Option<Caller<R>>>) =
        waiting.into_iter().map(|w| (w.item, Some(w.caller))).unzip();
    let items = Arc::new(items);
    match writer.at_once(|c| batch.at_once(c, &items)) {
        None => (),
        Some(Ok(answers)) => deliver(
            answers
                .into_iter()
                .zip(&mut callers)
                .filter_map(|(answer, caller)| Some((caller.take_if(|_| answer.is_some())?, Ok(answer?)))),
        ),
        Some(Err(e)) => tracing::warn!(error = %e, rows = items.len(), "a batch failed, its rows are written together"),
    }
    let left: Vec<usize> = (0..callers.len()).filter(|n| callers[*n].is_some()).collect();
    if left.is_empty() {
        return;
    }
    let (shared, places, run) = (items.clone(), left.clone(), batch.clone());
    let together = move |c: &mut DbConn| {
        let items: Vec<&T> = places.iter().map(|n| &shared[*n]).collect();
        run.together(c, &items)
    };
    let answers: Vec<Result<R, DbError>> = match writer.write(together) {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(e) if left.len() == 1 => vec![Err(e)],
        // One bad row must fail alone: the rest is written again, row by row.
        Err(e) => {
            tracing::warn!(error = %e, rows = left.len(), "batch failed, writing its rows one by one");
            let mut one_by_one = |n: &usize| {
                let (shared, n, run) = (items.clone(), *n, batch.clone());
                let answer = writer.write(move |c| run.together(c, &[&shared[n]]));
                answer.and_then(|mut a| a.pop().ok_or(DbError::Dropped))
            };
            left.iter().map(&mut one_by_one).collect()
        }
    };
    deliver(
        answers
            .into_iter()
            .zip(left)
            .filter_map(|(answer, n)| Some((callers[n].take()?, answer))),
    );
}

/// Tells the callers, with one wake-up for all on a thread.
fn deliver<R: Send + 'static>(answers: impl Iterator<Item = (Caller<R>, Result<R, DbError>)>) {
    type Answered<R> = Vec<(oneshot::Sender<Result<R, DbError>>, Result<R, DbError>)>;
    let mut homes: Vec<(Home, Answered<R>)> = vec![];
    for (Caller { reply, home }, answer) in answers {
        match homes.iter_mut().find(|(known, _)| known.is(&home)) {
            Some((_, answered)) => answered.push((reply, answer)),
            None => homes.push((home, vec![(reply, answer)])),
        }
    }
    for (home, answered) in homes {
        let deliver = move || {
            answered
                .into_iter()
                .for_each(|(reply, answer)| drop(reply.send(answer)))
        };
        // A thread that is gone has no callers any more.
        let _ = home.0.send(Box::new(deliver));
    }
}

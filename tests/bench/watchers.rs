//! People watching a sitting through WebSockets, on a thread of their own so that they delay no check-in.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// How many are let in at the same time, as a browser's retries would spread them.
const HANDSHAKES_AT_ONCE: usize = 64;

/// Where and how to watch.
pub struct View {
    pub address: SocketAddr,
    pub sitting: String,
    pub token: String,
}

/// Connected watchers; dropping them hangs up.
pub struct Watchers {
    pub board: Arc<Board>,
    hang_up: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the watchers saw together.
pub struct Board {
    begin: Instant,
    /// One for every number of people present, beginning with one.
    numbers: Vec<Seen>,
    ready: AtomicU32,
    frames: AtomicU64,
    failures: Mutex<Vec<String>>,
}

#[derive(Default)]
struct Seen {
    watchers: AtomicU32,
    last_after_us: AtomicU64,
}

/// The part of a live frame that matters here; other frames have no counts.
#[derive(Deserialize)]
struct Frame {
    counts: Option<Counts>,
}

#[derive(Deserialize)]
struct Counts {
    voting_present: usize,
}

impl Watchers {
    /// Returns when all of them have their first frame, which must not show anybody present yet.
    pub async fn connect(view: View, count: usize, seats: usize) -> Result<Watchers> {
        let board = Arc::new(Board {
            begin: Instant::now(),
            numbers: (0..seats).map(|_| Seen::default()).collect(),
            ready: AtomicU32::new(0),
            frames: AtomicU64::new(0),
            failures: Mutex::default(),
        });
        let (hang_up, hung_up) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let for_thread = board.clone();
        let thread = thread::Builder::new().name("watchers".to_owned()).spawn(move || {
            runtime.block_on(async {
                let view = Arc::new(view);
                let doors = Arc::new(Semaphore::new(HANDSHAKES_AT_ONCE));
                for _ in 0..count {
                    tokio::spawn(watch(view.clone(), doors.clone(), for_thread.clone()));
                }
                let _ = hung_up.await;
            });
        })?;
        let watchers = Watchers {
            board,
            hang_up: Some(hang_up),
            thread: Some(thread),
        };

        let deadline = Instant::now() + Duration::from_secs(60);
        while (watchers.board.ready.load(Relaxed) as usize) < count {
            if let Some(failure) = watchers.board.failures().first() {
                bail!("a watcher could not connect: {failure}");
            }
            if Instant::now() > deadline {
                bail!(
                    "only {} of {count} watchers could connect",
                    watchers.board.ready.load(Relaxed)
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(watchers)
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        drop(self.hang_up.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Board {
    /// When the last of `watchers` saw that many people present; none if one of them never did.
    pub fn all_saw(&self, number: usize, watchers: usize) -> Option<Instant> {
        let seen = &self.numbers[number - 1];
        let everybody = seen.watchers.load(Relaxed) as usize >= watchers;
        everybody.then(|| self.begin + Duration::from_micros(seen.last_after_us.load(Relaxed)))
    }

    pub fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// Why watchers were lost.
    pub fn failures(&self) -> Vec<String> {
        self.failures.lock().expect("no watcher panics").clone()
    }

    fn saw(&self, from: usize, to: usize, at: Instant) {
        let after = (at - self.begin).as_micros() as u64;
        for seen in &self.numbers[from..to] {
            seen.last_after_us.fetch_max(after, Relaxed);
            seen.watchers.fetch_add(1, Relaxed);
        }
    }
}

async fn watch(view: Arc<View>, doors: Arc<Semaphore>, board: Arc<Board>) {
    if let Err(error) = watch_until_it_ends(&view, &doors, &board).await {
        board
            .failures
            .lock()
            .expect("no watcher panics")
            .push(format!("{error:#}"));
    }
}

async fn watch_until_it_ends(view: &View, doors: &Semaphore, board: &Board) -> Result<()> {
    let mut door = Some(doors.acquire().await?);
    let url = format!("ws://{}/api/v1/sittings/{}/live", view.address, view.sitting);
    let mut request = url.into_client_request()?;
    let protocols = HeaderValue::from_str(&format!("lvzhi.v1, bearer.{}", view.token))?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocols);
    let stream = TcpStream::connect(view.address).await?;
    stream.set_nodelay(true)?;
    // Two thousand buffers of the usual size would push the server out of the processor's cache.
    let config = WebSocketConfig::default().read_buffer_size(8 * 1024);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;

    let mut present = 0;
    while let Some(message) = socket.next().await {
        let at = Instant::now();
        let message = message?;
        if !message.is_text() {
            continue;
        }
        board.frames.fetch_add(1, Relaxed);
        let frame: Frame = serde_json::from_str(message.to_text()?).context("a live frame")?;
        let Some(counts) = frame.counts else {
            continue;
        };
        if door.take().is_some() {
            if counts.voting_present != 0 {
                bail!("the sitting was not empty at first");
            }
            board.ready.fetch_add(1, Relaxed);
        }
        if counts.voting_present > present {
            board.saw(present, counts.voting_present.min(board.numbers.len()), at);
            present = counts.voting_present;
        }
    }
    Err(anyhow!("the server hung up"))
}

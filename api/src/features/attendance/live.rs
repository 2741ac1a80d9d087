//! Live sittings: one room per watched sitting keeps its board, hears what changes, and sends frames to its watchers.

use super::board::{Board, DelegationCount};
use super::rules::{Counts, Quorum};
use super::{AttendanceState, Method};
use crate::auth::Keyring;
use crate::clock::Clock;
use crate::db::{Db, DbError, Id, Ts};
use crate::features::meetings::{SeatClass, SittingState};
use crate::realtime::Hub;
use crate::secrets::{b64, random_token};
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};

/// Time between frames: eyes need no more.
const FRAME_EVERY: Duration = Duration::from_millis(100);
/// The board is read again this often, because a message between processes may be lost.
const REREAD_EVERY: Duration = Duration::from_secs(15);
/// Frames kept for watchers who come back.
const KEPT_FRAMES: usize = 256;
/// Arrivals in a snapshot and in one frame.
const SHOWN_ARRIVALS: usize = 20;

/// Where changes of a sitting are published.
pub fn topic(sitting: Id) -> String {
    format!("sitting:{sitting}")
}

/// What processes tell each other.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    Arrivals {
        arrivals: Vec<Arrival>,
    },
    /// Something else: read the board again.
    Changed,
}

/// A sign-in, as published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arrival {
    pub entry_id: Id,
    pub at: Ts,
    pub method: Method,
}

/// An arrival as shown.
#[derive(Debug, Clone, Serialize)]
struct Shown {
    entry_id: Id,
    name: String,
    delegation_id: Option<Id>,
    delegation: Option<String>,
    seat_label: Option<String>,
    class: SeatClass,
    at: Ts,
    state: AttendanceState,
}

#[derive(Serialize)]
struct SittingShown<'a> {
    id: Id,
    title: &'a str,
    meeting_title: &'a str,
    congress_name: &'a str,
    place: &'a str,
    state: SittingState,
    starts_at: Ts,
    late_after: Ts,
    ends_at: Ts,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    epoch: &'a str,
    seq: u64,
    sitting: SittingShown<'a>,
    counts: &'a Counts,
    quorum: Quorum,
    delegations: Vec<DelegationCount>,
    recent: Vec<Shown>,
    server_time: Ts,
    /// The server key that signed.
    kid: String,
}

#[derive(Serialize)]
struct Update<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: u64,
    arrivals: Vec<Shown>,
    departures: Vec<Departure>,
    counts: &'a Counts,
    quorum: Quorum,
    delegations: Vec<DelegationCount>,
    state: SittingState,
}

#[derive(Serialize)]
struct Departure {
    entry_id: Id,
}

/// The rooms of this process; clones share them.
#[derive(Clone)]
pub struct Rooms {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    hub: Hub,
    keys: Keyring,
    clock: Clock,
    rooms: Mutex<HashMap<Id, Weak<Room>>>,
    /// True when the server is stopping: sockets would keep it waiting.
    closing: watch::Sender<bool>,
}

/// A watched sitting. It ends when its last watcher leaves.
struct Room {
    /// Tells this run of the room from others: sequence numbers mean nothing in another.
    epoch: String,
    live: Mutex<Live>,
    frames: broadcast::Sender<(u64, ByteString)>,
}

struct Live {
    board: Board,
    seq: u64,
    kept: VecDeque<(u64, ByteString)>,
    recent: VecDeque<Id>,
    counts: Counts,
    delegations: Vec<DelegationCount>,
}

/// What a watcher already has.
#[derive(Debug, Default)]
pub struct Resume {
    pub epoch: Option<String>,
    pub since: Option<u64>,
}

impl Rooms {
    pub fn new(db: &Db, hub: &Hub, keys: &Keyring, clock: &Clock) -> Rooms {
        let (db, hub, keys, clock) = (db.clone(), hub.clone(), keys.clone(), clock.clone());
        let inner = Inner {
            db,
            hub,
            keys,
            clock,
            rooms: Default::default(),
            closing: watch::Sender::new(false),
        };
        Rooms { inner: Arc::new(inner) }
    }

    /// Ends every socket; watchers come back to another process or a moment later.
    pub fn close(&self) {
        self.inner.closing.send_replace(true);
    }

    /// Frames for one watcher, beginning with a snapshot or with what was missed. `None`: no such sitting.
    pub async fn watch(&self, sitting: Id, resume: Resume) -> Result<Option<mpsc::Receiver<ByteString>>, DbError> {
        let Some(room) = self.room(sitting).await? else {
            return Ok(None);
        };
        // Few frames wait: a watcher that falls behind gets a new snapshot instead of an old story.
        let (sender, receiver) = mpsc::channel(8);
        let (mut updates, first) = {
            let live = room.live.lock().expect("no panic under this lock");
            (
                room.frames.subscribe(),
                room.first_frames(&live, &self.inner.keys, self.inner.clock.now(), &resume),
            )
        };
        let this = self.clone();
        let mut closing = self.inner.closing.subscribe();
        tokio::spawn(async move {
            for frame in first {
                if sender.send(frame).await.is_err() {
                    return;
                }
            }
            loop {
                let frame = tokio::select! {
                    frame = updates.recv() => frame,
                    _ = sender.closed() => return,
                    _ = closing.wait_for(|closing| *closing) => return,
                };
                let frame = match frame {
                    Ok((_, frame)) => frame,
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        let live = room.live.lock().expect("no panic under this lock");
                        updates = room.frames.subscribe();
                        room.snapshot(&live, &this.inner.keys, this.inner.clock.now())
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                if sender.send(frame).await.is_err() {
                    return;
                }
            }
        });
        Ok(Some(receiver))
    }

    async fn room(&self, sitting: Id) -> Result<Option<Arc<Room>>, DbError> {
        let found = |rooms: &HashMap<Id, Weak<Room>>| rooms.get(&sitting).and_then(Weak::upgrade);
        if let Some(room) = found(&self.inner.rooms.lock().expect("no panic under this lock")) {
            return Ok(Some(room));
        }
        // Subscribed before reading, so that nothing falls between.
        let news = self.inner.hub.subscribe(&topic(sitting));
        let board = self
            .inner
            .db
            .read(move |c| Ok::<_, DbError>(Board::load(c, sitting)?))
            .await?;
        let Some(board) = board else { return Ok(None) };
        let mut rooms = self.inner.rooms.lock().expect("no panic under this lock");
        if let Some(room) = found(&rooms) {
            return Ok(Some(room));
        }
        rooms.retain(|_, room| room.strong_count() > 0);
        let room = Arc::new(Room::new(board));
        rooms.insert(sitting, Arc::downgrade(&room));
        tokio::spawn(keep(self.inner.db.clone(), sitting, Arc::downgrade(&room), news));
        Ok(Some(room))
    }
}

impl Room {
    fn new(board: Board) -> Room {
        let mut signed: Vec<(Ts, Id)> = board
            .lines
            .iter()
            .filter_map(|l| Some((l.presence.first_at?, l.entry.id)))
            .collect();
        signed.sort_unstable_by(|a, b| b.cmp(a));
        let recent = signed.into_iter().take(SHOWN_ARRIVALS).map(|(_, id)| id).collect();
        let (counts, delegations) = (board.counts(), board.by_delegation());
        let live = Live {
            board,
            seq: 0,
            kept: VecDeque::new(),
            recent,
            counts,
            delegations,
        };
        Room {
            epoch: random_token::<9>(),
            live: Mutex::new(live),
            frames: broadcast::channel(64).0,
        }
    }

    fn first_frames(&self, live: &Live, keys: &Keyring, now: Ts, resume: &Resume) -> Vec<ByteString> {
        if let (Some(epoch), Some(since)) = (&resume.epoch, resume.since) {
            let oldest = live.kept.front().map_or(live.seq + 1, |(seq, _)| *seq);
            if *epoch == self.epoch && since <= live.seq && since + 1 >= oldest {
                return live
                    .kept
                    .iter()
                    .filter(|(seq, _)| *seq > since)
                    .map(|(_, frame)| frame.clone())
                    .collect();
            }
        }
        vec![self.snapshot(live, keys, now)]
    }

    /// The whole state, signed: `signature` is over the text before it, closed by `}`.
    fn snapshot(&self, live: &Live, keys: &Keyring, now: Ts) -> ByteString {
        let board = &live.board;
        let mut snapshot = Snapshot {
            kind: "snapshot",
            epoch: &self.epoch,
            seq: live.seq,
            sitting: SittingShown {
                id: board.sitting.id,
                title: &board.sitting.title,
                meeting_title: &board.meeting_title,
                congress_name: &board.congress_name,
                place: &board.sitting.place,
                state: board.sitting.state,
                starts_at: board.sitting.starts_at,
                late_after: board.sitting.late_after,
                ends_at: board.sitting.ends_at,
            },
            counts: &live.counts,
            quorum: board.quorum(&live.counts),
            delegations: live.delegations.clone(),
            recent: live.recent.iter().filter_map(|id| shown(board, *id)).collect(),
            server_time: now,
            kid: String::new(),
        };
        snapshot.kid = keys.sign(b"").0;
        let text = serde_json::to_string(&snapshot).expect("plain data");
        let (_, signature) = keys.sign(text.as_bytes());
        let open = text.strip_suffix('}').expect("an object");
        format!("{open},\"signature\":\"{}\"}}", b64(&signature)).into()
    }

    /// Applies what happened since the last frame and sends one if anything changed.
    fn apply(&self, news: News) {
        let mut guard = self.live.lock().expect("no panic under this lock");
        let live = &mut *guard;
        let mut arrived: Vec<Id> = vec![];
        let mut departures = vec![];
        let state_before = live.board.sitting.state;
        if let Some(board) = news.board {
            for line in &board.lines {
                let before = live.board.line(line.entry.id);
                let (was_signed, was_in) =
                    before.map_or((false, false), |l| (l.presence.first_at.is_some(), l.presence.in_room));
                if line.presence.first_at.is_some() && !was_signed {
                    arrived.push(line.entry.id);
                } else if was_in && !line.presence.in_room {
                    departures.push(Departure {
                        entry_id: line.entry.id,
                    });
                }
            }
            live.board = board;
        }
        for a in news.arrivals {
            if live.board.arrive(a.entry_id, a.at, a.method) {
                arrived.push(a.entry_id);
            }
        }
        let (counts, delegations) = (live.board.counts(), live.board.by_delegation());
        if arrived.is_empty()
            && departures.is_empty()
            && counts == live.counts
            && state_before == live.board.sitting.state
        {
            return;
        }
        let changed = delegations
            .iter()
            .filter(|d| !live.delegations.contains(d))
            .cloned()
            .collect();
        (live.counts, live.delegations) = (counts, delegations);
        for id in &arrived {
            live.recent.push_front(*id);
        }
        live.recent.truncate(SHOWN_ARRIVALS);
        live.seq += 1;
        let newest = arrived
            .iter()
            .rev()
            .take(SHOWN_ARRIVALS)
            .filter_map(|id| shown(&live.board, *id))
            .collect();
        let update = Update {
            kind: "update",
            seq: live.seq,
            arrivals: newest,
            departures,
            counts: &live.counts,
            quorum: live.board.quorum(&live.counts),
            delegations: changed,
            state: live.board.sitting.state,
        };
        let frame: ByteString = serde_json::to_string(&update).expect("plain data").into();
        live.kept.push_back((live.seq, frame.clone()));
        if live.kept.len() > KEPT_FRAMES {
            live.kept.pop_front();
        }
        // Nobody may be listening just now; who comes later gets a snapshot.
        let _ = self.frames.send((live.seq, frame));
    }
}

fn shown(board: &Board, entry: Id) -> Option<Shown> {
    let line = board.line(entry)?;
    Some(Shown {
        entry_id: entry,
        name: line.entry.name.clone(),
        delegation_id: line.entry.delegation_id,
        delegation: board.delegation_name(line.entry.delegation_id).map(str::to_owned),
        seat_label: line.entry.seat_label.clone(),
        class: line.entry.class,
        at: line.presence.first_at?,
        state: line.state,
    })
}

/// What came in between two frames.
#[derive(Default)]
struct News {
    board: Option<Board>,
    arrivals: Vec<Arrival>,
}

/// Keeps a room up to date for as long as somebody watches it.
async fn keep(db: Db, sitting: Id, room: Weak<Room>, mut messages: broadcast::Receiver<Arc<str>>) {
    let mut read_at = tokio::time::Instant::now();
    loop {
        let first = tokio::time::timeout(REREAD_EVERY, messages.recv()).await;
        if room.strong_count() == 0 {
            return;
        }
        let mut news = News::default();
        let mut reread = first.is_err() || read_at.elapsed() > REREAD_EVERY;
        let mut next = first.ok();
        // Whatever arrives while one frame is shown goes into the next.
        let deadline = tokio::time::Instant::now() + FRAME_EVERY;
        while let Some(message) = next {
            match message.as_ref().map(|m| serde_json::from_str(m)) {
                Ok(Ok(Message::Arrivals { arrivals })) => news.arrivals.extend(arrivals),
                Ok(Ok(Message::Changed)) | Err(broadcast::error::RecvError::Lagged(_)) => reread = true,
                Ok(Err(e)) => tracing::warn!(error = %e, "a live message could not be read"),
                Err(broadcast::error::RecvError::Closed) => return,
            }
            next = messages.try_recv().ok().map(Ok);
        }
        if reread {
            match db.read(move |c| Ok::<_, DbError>(Board::load(c, sitting)?)).await {
                Ok(board) => news.board = board,
                Err(e) => tracing::warn!(error = %e, "the board of a sitting could not be read"),
            }
            read_at = tokio::time::Instant::now();
        }
        let Some(room) = room.upgrade() else { return };
        room.apply(news);
        drop(room);
        tokio::time::sleep_until(deadline).await;
    }
}

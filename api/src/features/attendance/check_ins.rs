//! The queue of sign-ins: written in batches, flagged in the same transaction, told to the live screens together.

use super::{FlagKind, FlagState, Method, Rosters, SeenDevices, live, store};
use crate::db::batch::{Batch, Batcher};
use crate::db::check_in::{Arrived, Arriving, Found, arrive, arrive_as_known};
use crate::db::{Db, DbConn, DbError, Id, Json, QueryResult, Ts};
use crate::realtime::Hub;
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long arrivals are collected before watchers are told: ten frames a second are enough for eyes.
const TELL_EVERY: Duration = Duration::from_millis(50);

/// Where handlers put sign-ins.
#[derive(Clone)]
pub struct CheckIns {
    batcher: Batcher<CheckIn, (Arrived, Vec<FlagKind>)>,
    rosters: Rosters,
    news: mpsc::UnboundedSender<(Id, live::Arrival)>,
}

/// A sign-in whose code was good.
#[derive(Debug, Clone)]
pub struct CheckIn {
    pub arriving: Arriving,
    pub method: Method,
    /// The phone said it is outside the place's radius.
    pub far: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub found: Found,
    pub flags: Vec<FlagKind>,
}

impl CheckIns {
    /// Starts the writers and the task that tells watchers.
    pub fn start(db: &Db, hub: &Hub, devices: &SeenDevices, rosters: &Rosters, writers: usize) -> CheckIns {
        let devices = devices.clone();
        let (news, receiver) = mpsc::unbounded_channel();
        tokio::spawn(tell(hub.clone(), receiver));
        CheckIns {
            batcher: Batcher::start("check-ins", db, writers, Writing { devices }),
            rosters: rosters.clone(),
            news,
        }
    }

    /// Writes one sign-in with all others that are waiting; durable when this returns.
    pub async fn submit(&self, mut check_in: CheckIn) -> Result<Outcome, DbError> {
        let (sitting, at, method) = (check_in.arriving.sitting_id, check_in.arriving.at, check_in.method);
        let remembered = self.rosters.seat(sitting, check_in.arriving.account_id);
        check_in.arriving.known = remembered.as_ref().map(|r| r.known());
        let (arrived, flags) = self.batcher.submit(check_in).await?;
        let found = match (arrived, remembered) {
            (Arrived::AsKnown, Some(remembered)) => remembered.found(at),
            (Arrived::AsKnown, None) => return Err(DbError::Dropped),
            (Arrived::Found(found), remembered) => {
                // Whoever signs in for the first time and was not found as remembered was remembered wrongly.
                if remembered.is_some() && (found.first || found.seat.is_none()) {
                    self.rosters.forget(sitting);
                }
                *found
            }
        };
        if let (true, Some(seat), Some(at)) = (found.first, &found.seat, found.at) {
            // The receiver lives as long as the program.
            let entry_id = seat.entry_id;
            let _ = self.news.send((sitting, live::Arrival { entry_id, at, method }));
        }
        Ok(Outcome { found, flags })
    }
}

#[derive(Clone)]
struct Writing {
    devices: SeenDevices,
}

impl Batch<CheckIn, (Arrived, Vec<FlagKind>)> for Writing {
    fn at_once(&self, c: &mut DbConn, items: &[CheckIn]) -> QueryResult<Vec<Option<(Arrived, Vec<FlagKind>)>>> {
        // What will certainly be flagged is written together with its flag.
        let plain: Vec<&Arriving> = items.iter().filter(|i| !i.far).map(|i| &i.arriving).collect();
        let mut written = arrive_as_known(c, &plain)?.into_iter();
        let mut answer = |item: &CheckIn| {
            let written = !item.far && written.next().unwrap_or(false);
            let judged = written.then(|| flagged(c, &self.devices, item, Arrived::AsKnown));
            judged.transpose()
        };
        items.iter().map(&mut answer).collect()
    }

    fn together(&self, c: &mut DbConn, items: &[&CheckIn]) -> QueryResult<Vec<(Arrived, Vec<FlagKind>)>> {
        let arriving: Vec<&Arriving> = items.iter().map(|i| &i.arriving).collect();
        let arrived = arrive(c, &arriving)?;
        items
            .iter()
            .zip(arrived)
            .map(|(item, arrived)| flagged(c, &self.devices, item, arrived))
            .collect()
    }
}

/// Flags are rare; they are written beside the record, never instead of it.
fn flagged(
    c: &mut DbConn,
    devices: &SeenDevices,
    check_in: &CheckIn,
    arrived: Arrived,
) -> QueryResult<(Arrived, Vec<FlagKind>)> {
    let by = &check_in.arriving;
    let (seat, first, at, device_id) = match (&arrived, by.known) {
        (Arrived::AsKnown, Some(known)) => ((known.entry_id, known.congress_id), true, by.at, None),
        (Arrived::Found(found), _) => match (&found.seat, found.at) {
            (Some(seat), Some(at)) => (
                (seat.entry_id, seat.congress_id),
                found.first,
                at,
                found.device_id.as_deref(),
            ),
            _ => return Ok((arrived, vec![])),
        },
        (Arrived::AsKnown, None) => return Ok((arrived, vec![])),
    };
    let (entry, congress) = seat;
    let mut flags = vec![];
    let same_device = if first {
        devices.note(c, by.sitting_id, &by.device_id, (at, entry))?
    } else {
        None
    };
    let mut flag = |kind: FlagKind, other: String, detail: serde_json::Value| -> QueryResult<()> {
        flags.push(kind);
        let row = new_flag((by.sitting_id, congress, entry), kind, other, detail, by.at);
        store::flag_insert(c, &row).map(drop)
    };
    if first {
        // When ours is the earlier one, another process wrote the later one and flags it.
        if let Some((later, earlier)) = same_device
            && later == entry
        {
            flag(FlagKind::SameDevice, earlier.to_string(), json!({}))?;
        }
        if check_in.far {
            flag(
                FlagKind::FarFromPlace,
                String::new(),
                json!({ "distance_m": by.distance_m }),
            )?;
        }
    } else if device_id.is_some_and(|d| d != by.device_id) {
        flag(
            FlagKind::SecondDevice,
            by.device_id.clone(),
            json!({ "second_at": by.at }),
        )?;
    }
    Ok((arrived, flags))
}

/// A flag on the seat (sitting, congress, entry).
pub fn new_flag(seat: (Id, Id, Id), kind: FlagKind, other: String, detail: serde_json::Value, now: Ts) -> store::Flag {
    let (sitting_id, congress_id, entry_id) = seat;
    store::Flag {
        id: Id::new(),
        sitting_id,
        congress_id,
        entry_id,
        kind,
        other,
        detail: Json(detail),
        state: FlagState::Open,
        created_at: now,
        decided_by: None,
        decided_at: None,
        note: None,
    }
}

/// Collects arrivals for a moment and publishes them by sitting.
async fn tell(hub: Hub, mut news: mpsc::UnboundedReceiver<(Id, live::Arrival)>) {
    let mut batch = Vec::new();
    while news.recv_many(&mut batch, 10_000).await > 0 {
        let mut by_sitting: std::collections::HashMap<Id, Vec<live::Arrival>> = Default::default();
        for (sitting, arrival) in batch.drain(..) {
            by_sitting.entry(sitting).or_default().push(arrival);
        }
        for (sitting, arrivals) in by_sitting {
            let topic = live::topic(sitting);
            if hub.has_listeners(&topic) {
                let message = live::Message::Arrivals { arrivals };
                hub.publish(&topic, serde_json::to_string(&message).expect("plain data"))
                    .await;
            }
        }
        tokio::time::sleep(TELL_EVERY).await;
    }
}

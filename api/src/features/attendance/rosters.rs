//! Rosters of the sittings of this moment, in memory, so that the sign-ins of a full hall need no look-ups.
//!
//! What is kept here may be out of date at any time: the statement that writes a sign-in compares the version of the
//! roster, and a sign-in that was prepared with an old one is made the long way.

use super::store;
use crate::clock::Clock;
use crate::db::check_in::{ArrivedSeat, Found, Known};
use crate::db::{Db, DbConn, DbError, Id, QueryResult, Ts};
use crate::features::meetings::{self, RosterEntry, SeatClass};
use chrono::TimeDelta;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, RwLock};

/// After this a roster is read again: names of delegations are not part of its version.
const KEPT: TimeDelta = TimeDelta::minutes(10);
/// Seats in memory at most, some hundred and fifty bytes each. Beyond it sign-ins are made the long way.
const SEATS: usize = 1_000_000;

/// The rosters of this process; clones share them.
#[derive(Clone)]
pub struct Rosters {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
    kept: RwLock<HashMap<Id, Arc<Roster>>>,
    loading: Mutex<HashSet<Id>>,
}

struct Roster {
    version: i64,
    congress_id: Id,
    late_after: Ts,
    read_at: Ts,
    delegations: Vec<(Id, String)>,
    seats: Vec<Seat>,
    /// Positions in `seats` by account.
    accounts: HashMap<Id, u32>,
    /// Names and labels of all seats, one after the other.
    text: String,
}

struct Seat {
    entry_id: Id,
    class: SeatClass,
    /// Position in `delegations`.
    delegation: Option<u16>,
    /// In `text`: where the name begins, how long it is, and how long the label behind it is.
    begin: u32,
    name: u16,
    label: Option<u16>,
}

/// A seat on a roster in memory.
pub struct Remembered {
    roster: Arc<Roster>,
    position: usize,
}

impl Rosters {
    pub fn new(db: &Db, clock: &Clock) -> Rosters {
        let inner = Inner {
            db: db.clone(),
            clock: clock.clone(),
            kept: RwLock::default(),
            loading: Mutex::default(),
        };
        Rosters { inner: Arc::new(inner) }
    }

    /// The seat of an account, if the roster is in memory; otherwise it will be soon.
    pub fn seat(&self, sitting: Id, account: Id) -> Option<Remembered> {
        let now = self.inner.clock.now();
        let roster = {
            let kept = self.inner.kept.read().expect("no panic under this lock");
            kept.get(&sitting).filter(|r| now - r.read_at < KEPT).cloned()
        };
        let Some(roster) = roster else {
            self.warm(sitting);
            return None;
        };
        let position = *roster.accounts.get(&account)? as usize;
        Some(Remembered { roster, position })
    }

    /// Reads a roster in the background, unless it is here.
    pub fn warm(&self, sitting: Id) {
        let now = self.inner.clock.now();
        {
            let kept = self.inner.kept.read().expect("no panic under this lock");
            if kept.get(&sitting).is_some_and(|r| now - r.read_at < KEPT) {
                return;
            }
            // What has had its time is dropped when the next one is read, so it takes no room here.
            let fresh = kept.values().filter(|r| now - r.read_at < KEPT);
            if fresh.map(|r| r.seats.len()).sum::<usize>() >= SEATS {
                return;
            }
        }
        if !self
            .inner
            .loading
            .lock()
            .expect("no panic under this lock")
            .insert(sitting)
        {
            return;
        }
        let this = self.clone();
        tokio::spawn(async move {
            let read = this
                .inner
                .db
                .read(move |c| Ok::<_, DbError>(Roster::read(c, sitting, now)?))
                .await;
            match read {
                Ok(roster) => {
                    let mut kept = this.inner.kept.write().expect("no panic under this lock");
                    kept.retain(|_, roster| now - roster.read_at < KEPT);
                    kept.extend(roster.map(|roster| (sitting, Arc::new(roster))));
                }
                Err(e) => tracing::warn!(error = %e, "a roster could not be read ahead"),
            }
            this.inner
                .loading
                .lock()
                .expect("no panic under this lock")
                .remove(&sitting);
        });
    }

    /// Drops a roster that turned out to be old.
    pub fn forget(&self, sitting: Id) {
        self.inner
            .kept
            .write()
            .expect("no panic under this lock")
            .remove(&sitting);
    }
}

impl Roster {
    fn read(c: &mut DbConn, sitting: Id, now: Ts) -> QueryResult<Option<Roster>> {
        // The version first: a change in between makes what follows look old, not new.
        let Some((version, congress_id, late_after)) = meetings::roster_version(c, sitting)? else {
            return Ok(None);
        };
        let delegations = store::delegations(c, congress_id)?;
        let mut roster = Roster {
            version,
            congress_id,
            late_after,
            read_at: now,
            delegations,
            seats: vec![],
            accounts: HashMap::new(),
            text: String::new(),
        };
        for entry in meetings::roster(c, sitting)? {
            roster.add(&entry);
        }
        roster.seats.shrink_to_fit();
        roster.accounts.shrink_to_fit();
        roster.text.shrink_to_fit();
        Ok(Some(roster))
    }

    /// Suspended seats, and what is unusual, are left to the long way.
    fn add(&mut self, entry: &RosterEntry) {
        let Some(account_id) = entry.account_id.filter(|_| !entry.suspended) else {
            return;
        };
        let delegation = match entry.delegation_id {
            None => None,
            Some(id) => match self.delegations.iter().position(|(known, _)| *known == id) {
                Some(position) => Some(position as u16),
                None => return,
            },
        };
        let label = entry.seat_label.as_deref();
        self.accounts.insert(account_id, self.seats.len() as u32);
        self.seats.push(Seat {
            entry_id: entry.id,
            class: entry.class,
            delegation,
            begin: self.text.len() as u32,
            name: entry.name.len() as u16,
            label: label.map(|label| label.len() as u16),
        });
        self.text.push_str(&entry.name);
        self.text.push_str(label.unwrap_or_default());
    }
}

impl Remembered {
    /// What the short way compares and writes.
    pub fn known(&self) -> Known {
        Known {
            version: self.roster.version,
            entry_id: self.roster.seats[self.position].entry_id,
            congress_id: self.roster.congress_id,
        }
    }

    /// What the database would have told of a sign-in at `at` that was written the short way, but for its device.
    pub fn found(&self, at: Ts) -> Found {
        let roster = &*self.roster;
        let seat = &roster.seats[self.position];
        let (name, rest) = roster.text[seat.begin as usize..].split_at(seat.name.into());
        let delegation = seat
            .delegation
            .map(|position| &roster.delegations[usize::from(position)]);
        Found {
            sitting_state: Some("open".into()),
            late_after: Some(roster.late_after),
            seat: Some(ArrivedSeat {
                entry_id: seat.entry_id,
                congress_id: roster.congress_id,
                suspended: false,
                name: name.to_owned(),
                seat_label: seat.label.map(|length| rest[..length.into()].to_owned()),
                delegation_id: delegation.map(|(id, _)| *id),
                delegation: delegation.map(|(_, name)| name.clone()),
                class: seat.class.as_str().to_owned(),
            }),
            first: true,
            at: Some(at),
            device_id: None,
        }
    }
}

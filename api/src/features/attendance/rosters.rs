//! Rosters of the sittings of this moment, in memory, so that the sign-ins of a full hall need no look-ups.
//!
//! What is kept here may be out of date at any time: the statement that writes a sign-in compares the version of the
//! roster, and a sign-in that was prepared with an old one is made the long way.

use super::store;
use crate::clock::Clock;
use crate::db::check_in::{ArrivedSeat, Known};
use crate::db::{Db, DbConn, DbError, Id, QueryResult, Ts};
use crate::features::meetings::{self, RosterEntry, SeatClass};
use chrono::TimeDelta;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, RwLock};

/// After this a roster is read again: names of delegations are not part of its version.
const KEPT: TimeDelta = TimeDelta::minutes(10);
/// Seats in memory at most, a hundred bytes each. Beyond it sign-ins are made the long way.
const SEATS: usize = 1_000_000;

/// The rosters of this process; clones share them.
#[derive(Clone)]
pub struct Rosters {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Clock,
    kept: RwLock<HashMap<Id, Roster>>,
    loading: Mutex<HashSet<Id>>,
}

struct Roster {
    version: i64,
    congress_id: Id,
    late_after: Ts,
    read_at: Ts,
    delegations: Vec<(Id, String)>,
    /// By account.
    seats: Vec<Seat>,
    /// Names and labels of all seats, one after the other.
    text: String,
}

struct Seat {
    account_id: Id,
    entry_id: Id,
    class: SeatClass,
    /// Position in `delegations`.
    delegation: Option<u16>,
    /// In `text`: where the name begins, how long it is, and how long the label behind it is.
    begin: u32,
    name: u16,
    label: Option<u16>,
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
    pub fn seat(&self, sitting: Id, account: Id) -> Option<Known> {
        let found = {
            let kept = self.inner.kept.read().expect("no panic under this lock");
            let fresh = kept.get(&sitting).filter(|r| self.inner.clock.now() - r.read_at < KEPT);
            fresh.map(|roster| roster.known(account))
        };
        found.unwrap_or_else(|| {
            self.warm(sitting);
            None
        })
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
                    kept.extend(roster.map(|roster| (sitting, roster)));
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
            text: String::new(),
        };
        for entry in meetings::roster(c, sitting)? {
            roster.add(&entry);
        }
        roster.seats.sort_unstable_by_key(|seat| seat.account_id);
        roster.seats.shrink_to_fit();
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
        self.seats.push(Seat {
            account_id,
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

    fn known(&self, account: Id) -> Option<Known> {
        let position = self.seats.binary_search_by_key(&account, |seat| seat.account_id).ok()?;
        let seat = &self.seats[position];
        let (name, rest) = self.text[seat.begin as usize..].split_at(seat.name.into());
        let delegation = seat.delegation.map(|position| &self.delegations[usize::from(position)]);
        Some(Known {
            version: self.version,
            late_after: self.late_after,
            seat: ArrivedSeat {
                entry_id: seat.entry_id,
                congress_id: self.congress_id,
                suspended: false,
                name: name.to_owned(),
                seat_label: seat.label.map(|length| rest[..length.into()].to_owned()),
                delegation_id: delegation.map(|(id, _)| *id),
                delegation: delegation.map(|(_, name)| name.clone()),
                class: seat.class.as_str().to_owned(),
            },
        })
    }
}

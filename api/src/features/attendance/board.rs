//! A sitting as a whole: every seat with its attendance, the counts, the quorum. What lists and live screens show.

use super::rules::{self, Counts, Presence, Quorum};
use super::{AttendanceState, FlagState, Method, store};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::leave;
use crate::features::meetings::{self, RosterEntry, SeatClass, Sitting, SittingState};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A seat and where it stands.
#[derive(Debug, Clone)]
pub struct Line {
    pub entry: RosterEntry,
    pub presence: Presence,
    pub state: AttendanceState,
    pub method: Option<Method>,
    pub on_leave: bool,
    pub open_flags: u32,
}

/// A sitting with all its seats.
pub struct Board {
    pub sitting: Sitting,
    pub meeting_title: String,
    pub congress_name: String,
    /// Delegations in order; those without seats here are left out of what is shown.
    pub delegations: Vec<(Id, String)>,
    pub lines: Vec<Line>,
    by_entry: HashMap<Id, usize>,
}

/// A delegation's share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DelegationCount {
    pub id: Id,
    pub name: String,
    /// Voting seats on the roster.
    pub total: u32,
    /// Of them in the room.
    pub present: u32,
}

impl Board {
    /// Reads everything about a sitting; `None` when there is none.
    pub fn load(c: &mut DbConn, sitting: Id) -> QueryResult<Option<Board>> {
        let Some(sitting) = meetings::sitting(c, sitting)? else {
            return Ok(None);
        };
        let meeting_title = meetings::meeting(c, sitting.meeting_id)?
            .map(|m| m.title)
            .unwrap_or_default();
        let congress_name = store::congress_name(c, sitting.congress_id)?;
        let delegations = store::delegations(c, sitting.congress_id)?;
        let on_leave = leave::on_leave(c, &sitting)?;
        let records: HashMap<Id, store::Record> = store::records(c, sitting.id)?
            .into_iter()
            .map(|r| (r.entry_id, r))
            .collect();
        let mut moves: HashMap<Id, Vec<rules::Move>> = HashMap::new();
        for row in store::moves(c, sitting.id, None)? {
            moves.entry(row.entry_id).or_default().push(row.as_move());
        }
        let mut open_flags: HashMap<Id, u32> = HashMap::new();
        for flag in store::flags(c, sitting.id)? {
            *open_flags.entry(flag.entry_id).or_default() += u32::from(flag.state == FlagState::Open);
        }
        let closed = sitting.state == SittingState::Closed;
        let lines: Vec<Line> = meetings::roster(c, sitting.id)?
            .into_iter()
            .map(|entry| {
                let record = records.get(&entry.id);
                let moves = moves.remove(&entry.id).unwrap_or_default();
                let presence = rules::presence(record.map(|r| r.at), &moves);
                let on_leave = entry.representative_id.is_some_and(|r| on_leave.contains(&r));
                let state = rules::state(&presence, sitting.late_after, entry.suspended, on_leave, closed);
                // The method belongs to the sign-in that counts: the earliest.
                let method = presence.first_at.and_then(|at| {
                    moves
                        .iter()
                        .rev()
                        .find(|m| m.at == at && m.kind != super::MoveKind::Out)
                        .map(|m| m.method)
                        .or(record.map(|r| r.method))
                });
                let open_flags = open_flags.get(&entry.id).copied().unwrap_or(0);
                Line {
                    entry,
                    presence,
                    state,
                    method,
                    on_leave,
                    open_flags,
                }
            })
            .collect();
        let by_entry = lines.iter().enumerate().map(|(n, l)| (l.entry.id, n)).collect();
        Ok(Some(Board {
            sitting,
            meeting_title,
            congress_name,
            delegations,
            lines,
            by_entry,
        }))
    }

    /// The line of a seat.
    pub fn line(&self, entry: Id) -> Option<&Line> {
        self.by_entry.get(&entry).map(|n| &self.lines[*n])
    }

    /// Adds an arrival that another process or the batch reported; true when it was news.
    pub fn arrive(&mut self, entry: Id, at: Ts, method: Method) -> bool {
        let Some(line) = self.by_entry.get(&entry).map(|n| &mut self.lines[*n]) else {
            return false;
        };
        if line.presence.first_at.is_some() {
            return false;
        }
        line.presence = Presence {
            first_at: Some(at),
            in_room: true,
            left_at: None,
        };
        line.method = Some(method);
        line.state = rules::state(
            &line.presence,
            self.sitting.late_after,
            line.entry.suspended,
            line.on_leave,
            false,
        );
        true
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for line in &self.lines {
            rules::count(&mut counts, line.entry.class, &line.presence, line.state);
            counts.flags += line.open_flags;
        }
        counts
    }

    pub fn quorum(&self, counts: &Counts) -> Quorum {
        rules::quorum(self.sitting.quorum_rule, self.sitting.seats_total, counts)
    }

    pub fn delegation_name(&self, id: Option<Id>) -> Option<&str> {
        let id = id?;
        self.delegations
            .iter()
            .find(|(d, _)| *d == id)
            .map(|(_, name)| name.as_str())
    }

    /// Counts by delegation, in order.
    pub fn by_delegation(&self) -> Vec<DelegationCount> {
        let mut counts: HashMap<Id, (u32, u32)> = HashMap::new();
        for line in self.lines.iter().filter(|l| l.entry.class == SeatClass::Voting) {
            if let Some(delegation) = line.entry.delegation_id {
                let (total, present) = counts.entry(delegation).or_default();
                *total += 1;
                *present += u32::from(line.presence.in_room && line.state != AttendanceState::Suspended);
            }
        }
        self.delegations
            .iter()
            .filter_map(|(id, name)| {
                counts.get(id).map(|(total, present)| DelegationCount {
                    id: *id,
                    name: name.clone(),
                    total: *total,
                    present: *present,
                })
            })
            .collect()
    }
}

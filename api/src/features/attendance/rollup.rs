//! Attendance rolled up from sittings to half days, meetings and congress sessions. Pure.

use super::AttendanceState;
use super::board::{Board, Line};
use crate::db::Id;
use crate::features::meetings::{HalfDay, SeatClass, half_day, local_date};
use chrono::{FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// One person over several sittings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollUpLine {
    pub representative_id: Option<Id>,
    pub name: String,
    pub delegation: Option<String>,
    /// Sittings this person was expected at.
    pub sittings: u32,
    pub present: u32,
    pub late: u32,
    pub on_leave: u32,
    pub absent: u32,
    /// Half days with at least one sitting.
    pub half_days: u32,
    /// Half days with at least one sitting attended.
    pub half_days_attended: u32,
    /// Of the whole: `present` if any sitting was attended, else `on_leave` if none was missed without it, else `absent`.
    pub state: AttendanceState,
}

/// One sitting of a roll-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollUpSitting {
    pub id: Id,
    pub title: String,
    pub date: NaiveDate,
    pub half_day: HalfDay,
    pub voting_total: u32,
    pub voting_signed: u32,
    pub late: u32,
    pub on_leave: u32,
    pub absent: u32,
}

/// Several sittings rolled up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollUp {
    pub sittings: Vec<RollUpSitting>,
    /// Voting members, by delegation and name.
    pub items: Vec<RollUpLine>,
}

/// What one sitting was for one person.
fn add(line: &mut RollUpLine, state: AttendanceState) -> bool {
    line.sittings += 1;
    match state {
        AttendanceState::Present => line.present += 1,
        AttendanceState::Late => line.late += 1,
        AttendanceState::OnLeave => line.on_leave += 1,
        AttendanceState::Absent => line.absent += 1,
        AttendanceState::Expected | AttendanceState::Suspended => (),
    }
    matches!(state, AttendanceState::Present | AttendanceState::Late)
}

fn whole(line: &RollUpLine) -> AttendanceState {
    if line.present + line.late > 0 {
        if line.present == 0 {
            AttendanceState::Late
        } else {
            AttendanceState::Present
        }
    } else if line.absent > 0 {
        AttendanceState::Absent
    } else if line.on_leave > 0 {
        AttendanceState::OnLeave
    } else {
        AttendanceState::Expected
    }
}

/// A representative, or a name where there is none.
type PersonKey = (Option<Id>, String);

/// Rolls boards up. A person is one by representative; others by name.
pub fn roll_up(boards: &[Board], offset: FixedOffset) -> RollUp {
    let mut people: HashMap<PersonKey, RollUpLine> = HashMap::new();
    let mut half_days: HashMap<PersonKey, BTreeMap<(NaiveDate, HalfDay), bool>> = HashMap::new();
    let mut sittings = vec![];
    for board in boards {
        let when = (
            local_date(board.sitting.starts_at, offset),
            half_day(board.sitting.starts_at, offset),
        );
        let counts = board.counts();
        sittings.push(RollUpSitting {
            id: board.sitting.id,
            title: board.sitting.title.clone(),
            date: when.0,
            half_day: when.1,
            voting_total: counts.voting_total,
            voting_signed: counts.voting_signed,
            late: counts.late,
            on_leave: counts.on_leave,
            absent: counts.absent,
        });
        let voting = |l: &&Line| l.entry.class == SeatClass::Voting && l.state != AttendanceState::Suspended;
        for line in board.lines.iter().filter(voting) {
            let representative = line.entry.representative_id;
            let key = (
                representative,
                if representative.is_some() {
                    String::new()
                } else {
                    line.entry.name.clone()
                },
            );
            let person = people.entry(key.clone()).or_insert_with(|| RollUpLine {
                representative_id: representative,
                name: line.entry.name.clone(),
                delegation: board.delegation_name(line.entry.delegation_id).map(str::to_owned),
                sittings: 0,
                present: 0,
                late: 0,
                on_leave: 0,
                absent: 0,
                half_days: 0,
                half_days_attended: 0,
                state: AttendanceState::Expected,
            });
            let attended = add(person, line.state);
            *half_days.entry(key).or_default().entry(when).or_default() |= attended;
        }
    }
    let mut items: Vec<RollUpLine> = people
        .into_iter()
        .map(|(key, mut line)| {
            let days = &half_days[&key];
            line.half_days = days.len() as u32;
            line.half_days_attended = days.values().filter(|attended| **attended).count() as u32;
            line.state = whole(&line);
            line
        })
        .collect();
    items.sort_by(|a, b| {
        (&a.delegation, &a.name, a.representative_id).cmp(&(&b.delegation, &b.name, b.representative_id))
    });
    RollUp { sittings, items }
}

//! Demo sittings: a roster from the seats of a term, and how far sign-in has come.

use super::people::someone;
use super::store::{self, AttendanceRow, LeaveRow};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::features::attendance::Method;
use crate::features::congresses::QuorumRule;
use crate::features::leave::{Approver, Grain, LeaveKind, LeaveState};
use crate::features::meetings::{RosterEntry, SeatClass, Sitting, SittingState};
use crate::features::representatives::{Representative, SeatStatus};
use chrono::TimeDelta;

/// 列席 at a plenary.
const ATTENDEES: usize = 30;
/// Seats per row of the hall.
const ROW: usize = 25;

/// A sitting of the demo before it has a roster.
pub fn sitting(congress_id: Id, meeting_id: Id, title: &str, starts_at: Ts, now: Ts) -> Sitting {
    Sitting {
        id: Id::new(),
        congress_id,
        meeting_id,
        title: title.to_owned(),
        place: "昆州市人民大会堂".into(),
        latitude: Some(25.0389),
        longitude: Some(102.7183),
        radius_m: Some(500),
        starts_at,
        late_after: starts_at,
        ends_at: starts_at + TimeDelta::hours(3),
        state: SittingState::Draft,
        quorum_rule: QuorumRule::TwoThirds,
        seats_total: None,
        opened_at: None,
        closed_at: None,
        created_at: now,
    }
}

/// The roster: the seats in order, then the attendees.
pub fn roster(sitting: &Sitting, seats: &[Representative], with_attendees: bool) -> Vec<RosterEntry> {
    let entry = |position: usize, class, name: String, name_pinyin| RosterEntry {
        id: Id::new(),
        sitting_id: sitting.id,
        congress_id: sitting.congress_id,
        account_id: None,
        representative_id: None,
        delegation_id: None,
        class,
        name,
        name_pinyin,
        seat_label: Some(format!("{}排{:02}座", position / ROW + 1, position % ROW + 1)),
        position: position as i32,
        suspended: false,
    };
    let voting = seats.iter().enumerate().map(|(n, seat)| RosterEntry {
        account_id: Some(seat.account_id),
        representative_id: Some(seat.id),
        delegation_id: seat.delegation_id,
        suspended: seat.status == SeatStatus::Suspended,
        ..entry(n, SeatClass::Voting, seat.name.clone(), seat.name_pinyin.clone())
    });
    let attendees = (0..if with_attendees { ATTENDEES } else { 0 }).map(|n| {
        let person = someone(9_000 + n);
        entry(seats.len() + n, SeatClass::Attendee, person.name, person.pinyin)
    });
    voting.chain(attendees).collect()
}

/// How far sign-in has come.
pub struct Progress {
    /// Of a hundred on the roster so many signed in; the next three have leave.
    pub signed_in: usize,
    /// The first sign-in, and how long after it the last one came.
    pub from: Ts,
    pub over: TimeDelta,
    pub method: Method,
    pub gate_id: Option<Id>,
    /// Who decided the leave.
    pub liaison: Id,
}

/// Writes sitting and roster, sign-ins and leave.
pub fn write(
    c: &mut DbConn,
    sitting: &Sitting,
    roster: &[RosterEntry],
    progress: Option<&Progress>,
) -> QueryResult<()> {
    store::insert_sittings(c, std::slice::from_ref(sitting))?;
    store::insert_roster(c, roster)?;
    let Some(progress) = progress else { return Ok(()) };
    let (mut arrivals, mut leave) = (vec![], vec![]);
    for (n, entry) in roster.iter().enumerate().filter(|(_, e)| !e.suspended) {
        let stirred = (n as u64 + 17).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let share = (stirred % 100) as usize;
        // Leave is sparse, or the demo would be about leave.
        let on_leave = (progress.signed_in..progress.signed_in + 3).contains(&share);
        if share < progress.signed_in {
            let after = (stirred >> 10) as i64 % progress.over.num_milliseconds();
            arrivals.push(AttendanceRow {
                sitting_id: sitting.id,
                entry_id: entry.id,
                congress_id: sitting.congress_id,
                at: progress.from + TimeDelta::milliseconds(after),
                method: progress.method,
                device_id: (progress.method == Method::HallCode).then(|| format!("demo-phone-{n}")),
                gate_id: progress.gate_id,
            });
        } else if let Some(representative_id) = entry.representative_id.filter(|_| on_leave) {
            leave.push(LeaveRow {
                id: Id::new(),
                congress_id: sitting.congress_id,
                representative_id,
                grain: Grain::Sitting,
                sitting_id: Some(sitting.id),
                kind: if n % 2 == 0 {
                    LeaveKind::Sick
                } else {
                    LeaveKind::Official
                },
                reason: if n % 2 == 0 {
                    "因病住院治疗"
                } else {
                    "因公出差，无法返回"
                },
                state: LeaveState::Approved,
                approver: Approver::StandingCommittee,
                requested_by: entry.account_id.unwrap_or(progress.liaison),
                requested_at: sitting.starts_at - TimeDelta::days(2),
                decided_by: Some(progress.liaison),
                decided_at: Some(sitting.starts_at - TimeDelta::days(1)),
            });
        }
    }
    arrivals.sort_by_key(|a| a.at);
    store::insert_attendances(c, &arrivals)?;
    store::insert_leave_requests(c, &leave)
}

//! Rows and queries of leave.

use super::views::LeaveRequestView;
use super::{Approver, Grain, LeaveKind, LeaveState};
use crate::db::{DbConn, Id, Json, QueryResult, Ts, specific};
use crate::features::meetings::{Sitting, SittingState};
use crate::features::representatives::SeatStatus;
use crate::on_backend;
use crate::schema::{
    accounts, congress_sessions, congresses, leave_requests, meetings, representatives, sittings, terms, units,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::{HashMap, HashSet};

/// One request for leave.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = leave_requests, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct LeaveRequest {
    pub id: Id,
    pub congress_id: Id,
    pub representative_id: Id,
    pub grain: Grain,
    pub sitting_id: Option<Id>,
    pub meeting_id: Option<Id>,
    pub congress_session_id: Option<Id>,
    pub kind: LeaveKind,
    pub reason: String,
    pub state: LeaveState,
    pub approver: Approver,
    pub requested_by: Id,
    pub requested_at: Ts,
    pub decided_by: Option<Id>,
    pub decided_at: Option<Ts>,
    pub note: Option<String>,
}

/// A congress session as leave needs it.
#[derive(Debug, Clone, Queryable)]
pub struct Session {
    pub congress_id: Id,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

pub fn session(c: &mut DbConn, id: Id) -> QueryResult<Option<Session>> {
    use congress_sessions as s;
    on_backend!(c, c => s::table.find(id).select((s::congress_id, s::starts_on, s::ends_on)).first(c).optional())
}

pub fn settings(c: &mut DbConn, congress: Id) -> QueryResult<Json> {
    on_backend!(c, c => congresses::table.find(congress).select(congresses::settings).first(c))
}

/// The caller's own seat in a congress: of the term in which the day lies, else of the latest.
pub fn own_seat(c: &mut DbConn, account: Id, congress: Id, day: NaiveDate) -> QueryResult<Option<Id>> {
    let seats: Vec<(Id, NaiveDate, NaiveDate)> = on_backend!(c, c => representatives::table.inner_join(terms::table)
        .filter(representatives::account_id.eq(account).and(representatives::congress_id.eq(congress)))
        .filter(representatives::status.ne(SeatStatus::Ended))
        .order(terms::number.desc())
        .select((representatives::id, terms::starts_on, terms::ends_on)).load(c))?;
    let of_day = seats.iter().find(|(_, from, to)| (*from..=*to).contains(&day));
    Ok(of_day.or(seats.first()).map(|(id, _, _)| *id))
}

/// Makes everybody who asks for the same seat wait for each other: no unique key can say "one live request".
pub fn hold_seat(c: &mut DbConn, seat: Id) -> QueryResult<()> {
    specific::hold_row(c, "representatives", seat)
}

/// Whether the seat has a request for the same subject that is not refused or withdrawn.
pub fn has_live(c: &mut DbConn, row: &LeaveRequest) -> QueryResult<bool> {
    use leave_requests as l;
    let live = [LeaveState::Requested, LeaveState::Approved];
    on_backend!(c, c => diesel::select(diesel::dsl::exists(l::table
        .filter(l::representative_id.eq(row.representative_id).and(l::state.eq_any(live)))
        .filter(l::sitting_id.eq(row.sitting_id).or(l::meeting_id.eq(row.meeting_id))
            .or(l::congress_session_id.eq(row.congress_session_id))))).get_result(c))
}

pub fn insert(c: &mut DbConn, row: &LeaveRequest) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(leave_requests::table).values(row).execute(c))
}

pub fn request(c: &mut DbConn, id: Id) -> QueryResult<Option<LeaveRequest>> {
    on_backend!(c, c => leave_requests::table.find(id).select(LeaveRequest::as_select()).first(c).optional())
}

/// Writes a new state if the request still is in `from`; false when it is not.
pub fn move_on(c: &mut DbConn, row: &LeaveRequest, from: LeaveState) -> QueryResult<bool> {
    use leave_requests as l;
    on_backend!(c, c => diesel::update(l::table.find(row.id).filter(l::state.eq(from)))
        .set((l::state.eq(row.state), l::decided_by.eq(row.decided_by), l::decided_at.eq(row.decided_at), l::note.eq(&row.note)))
        .execute(c))
    .map(|n| n == 1)
}

/// Who heads a unit, when somebody does whose account works.
pub fn head_of(c: &mut DbConn, unit: Id) -> QueryResult<Option<Id>> {
    on_backend!(c, c => units::table.inner_join(accounts::table)
        .filter(units::id.eq(unit).and(accounts::disabled_at.is_null()))
        .select(accounts::id).first(c).optional())
}

/// The units of a congress that an account heads.
pub fn units_headed(c: &mut DbConn, congress: Id, account: Id) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => units::table.filter(units::congress_id.eq(congress).and(units::head_account_id.eq(account)))
        .select(units::id).load(c))
}

/// Whose requests a list shows.
pub enum Of {
    Congress(Id),
    /// Those of a congress that concern one of these units: the seat's delegation or group, or the unit that meets.
    Units(Id, Vec<Id>),
    Account(Id),
}

/// A sitting with what contains it.
#[derive(Debug, Clone, Copy)]
pub struct Covering {
    pub sitting: Id,
    pub meeting: Id,
    pub session: Option<Id>,
}

/// Newest first; one more than `limit`.
pub fn list(
    c: &mut DbConn,
    of: &Of,
    state: Option<LeaveState>,
    covering: Option<Covering>,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<LeaveRequest>> {
    use leave_requests as l;
    on_backend!(c, c => {
        let mut q = l::table.inner_join(representatives::table).select(LeaveRequest::as_select())
            .order(l::id.desc()).limit(limit + 1).into_boxed();
        match of {
            Of::Account(account) => q = q.filter(representatives::account_id.eq(*account)),
            Of::Congress(congress) => q = q.filter(l::congress_id.eq(*congress)),
            Of::Units(congress, units) => {
                let meet = meetings::table.filter(meetings::unit_id.assume_not_null().eq_any(units)).select(meetings::id);
                let sit = sittings::table.filter(sittings::meeting_id.eq_any(meet.clone())).select(sittings::id);
                q = q.filter(l::congress_id.eq(*congress)).filter(
                    representatives::delegation_id.assume_not_null().eq_any(units)
                        .or(representatives::group_id.assume_not_null().eq_any(units))
                        .or(l::meeting_id.assume_not_null().eq_any(meet))
                        .or(l::sitting_id.assume_not_null().eq_any(sit)));
            }
        }
        if let Some(state) = state { q = q.filter(l::state.eq(state)); }
        if let Some(s) = covering {
            q = q.filter(l::sitting_id.eq(s.sitting).or(l::meeting_id.eq(s.meeting)).or(l::congress_session_id.eq(s.session)));
        }
        if let Some(after) = after { q = q.filter(l::id.lt(after)); }
        q.load(c)
    })
}

/// Requests as people see them, with the names of seats and subjects.
pub fn views(c: &mut DbConn, rows: Vec<LeaveRequest>) -> QueryResult<Vec<LeaveRequestView>> {
    let ids = |of: fn(&LeaveRequest) -> Option<Id>| rows.iter().filter_map(of).collect::<Vec<Id>>();
    let (seats, sits) = (ids(|r| Some(r.representative_id)), ids(|r| r.sitting_id));
    let (meets, sessions) = (ids(|r| r.meeting_id), ids(|r| r.congress_session_id));
    type Seat = (Id, String, Option<Id>, Option<String>);
    let seats: Vec<Seat> = on_backend!(c, c => representatives::table
        .left_join(units::table.on(representatives::delegation_id.eq(units::id.nullable())))
        .filter(representatives::id.eq_any(&seats))
        .select((representatives::id, representatives::name, representatives::delegation_id, units::name.nullable()))
        .load(c))?;
    let seats: HashMap<Id, Seat> = seats.into_iter().map(|s| (s.0, s)).collect();
    // Most requests are for one kind of thing: the tables of the others are not asked.
    let sits: Vec<(Id, String, String)> = match &sits[..] {
        [] => vec![],
        sits => on_backend!(c, c => sittings::table.inner_join(meetings::table)
            .filter(sittings::id.eq_any(sits)).select((sittings::id, meetings::title, sittings::title)).load(c))?,
    };
    let meets: Vec<(Id, String)> = match &meets[..] {
        [] => vec![],
        meets => on_backend!(c, c => meetings::table
            .filter(meetings::id.eq_any(meets)).select((meetings::id, meetings::title)).load(c))?,
    };
    let sessions: Vec<(Id, String)> = match &sessions[..] {
        [] => vec![],
        sessions => on_backend!(c, c => congress_sessions::table
            .filter(congress_sessions::id.eq_any(sessions)).select((congress_sessions::id, congress_sessions::title)).load(c))?,
    };
    let mut titles: HashMap<Id, String> = meets.into_iter().chain(sessions).collect();
    titles.extend(
        sits.into_iter()
            .map(|(id, meeting, sitting)| (id, format!("{meeting} {sitting}"))),
    );
    let view = |r: LeaveRequest| {
        let subject = r.sitting_id.or(r.meeting_id).or(r.congress_session_id);
        let (name, delegation_id, delegation) = seats
            .get(&r.representative_id)
            .map(|(_, name, id, delegation)| (name.clone(), *id, delegation.clone()))
            .unwrap_or_default();
        LeaveRequestView {
            id: r.id,
            congress_id: r.congress_id,
            representative_id: r.representative_id,
            representative_name: name,
            delegation_id,
            delegation,
            grain: r.grain,
            sitting_id: r.sitting_id,
            meeting_id: r.meeting_id,
            congress_session_id: r.congress_session_id,
            subject: subject.and_then(|id| titles.get(&id).cloned()).unwrap_or_default(),
            kind: r.kind,
            reason: r.reason,
            state: r.state,
            approver: r.approver,
            requested_by: r.requested_by,
            requested_at: r.requested_at,
            decided_by: r.decided_by,
            decided_at: r.decided_at,
            note: r.note,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The open sittings that a request covers: their screens show who is on leave.
pub fn open_sittings(c: &mut DbConn, row: &LeaveRequest) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => sittings::table.inner_join(meetings::table)
        .filter(sittings::congress_id.eq(row.congress_id).and(sittings::state.eq(SittingState::Open)))
        .filter(sittings::id.nullable().eq(row.sitting_id).or(meetings::id.nullable().eq(row.meeting_id))
            .or(meetings::congress_session_id.eq(row.congress_session_id)))
        .select(sittings::id).load(c))
}

pub fn on_leave(c: &mut DbConn, sitting: &Sitting) -> QueryResult<HashSet<Id>> {
    use leave_requests as l;
    let session: Option<Id> = on_backend!(c, c => meetings::table.find(sitting.meeting_id)
        .select(meetings::congress_session_id).first(c).optional())?
    .flatten();
    // A comparison with NULL is never true: no congress session, no leave from it.
    let seats: Vec<Id> = on_backend!(c, c => l::table
        .filter(l::congress_id.eq(sitting.congress_id).and(l::state.eq(LeaveState::Approved)))
        .filter(l::sitting_id.eq(sitting.id).or(l::meeting_id.eq(sitting.meeting_id)).or(l::congress_session_id.eq(session)))
        .select(l::representative_id).load(c))?;
    Ok(seats.into_iter().collect())
}

//! Which sittings belong together, for roll-ups and warnings.

use crate::db::types::sql::DbId;
use crate::db::{DbConn, Id, QueryResult};
use crate::on_backend;
use crate::schema::{congress_sessions, meetings, representatives, sittings, terms};
use chrono::NaiveDate;
use diesel::prelude::*;

/// Sittings of a meeting in order, drafts left out: nobody can have missed them.
pub fn sittings_of_meeting(c: &mut DbConn, meeting: Id) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => sittings::table
        .filter(sittings::meeting_id.eq(meeting).and(sittings::state.ne("draft")))
        .order((sittings::starts_at, sittings::id)).select(sittings::id).load(c))
}

/// Sittings of all meetings of a congress session that were not cancelled.
pub fn sittings_of_session(c: &mut DbConn, session: Id) -> QueryResult<Vec<Id>> {
    on_backend!(c, c => sittings::table.inner_join(meetings::table)
        .filter(meetings::congress_session_id.eq(session).and(meetings::state.ne("cancelled")))
        .filter(sittings::state.ne("draft"))
        .order((sittings::starts_at, sittings::id)).select(sittings::id).load(c))
}

/// A congress session: 次会议.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = congress_sessions, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite))]
pub struct SessionRow {
    pub id: Id,
    pub congress_id: Id,
    pub title: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

pub fn congress_session(c: &mut DbConn, id: Id) -> QueryResult<Option<SessionRow>> {
    on_backend!(c, c => congress_sessions::table.find(id).select(SessionRow::as_select()).first(c).optional())
}

/// Sessions of the term that holds `today`, in order.
pub fn sessions_of_current_term(c: &mut DbConn, congress: Id, today: NaiveDate) -> QueryResult<Vec<SessionRow>> {
    on_backend!(c, c => congress_sessions::table.inner_join(terms::table)
        .filter(congress_sessions::congress_id.eq(congress))
        .filter(terms::starts_on.le(today).and(terms::ends_on.ge(today)))
        .order((congress_sessions::starts_on, congress_sessions::id))
        .select(SessionRow::as_select()).load(c))
}

/// Seats that were voting members of closed plenary sittings of a session and signed in to none of them, nor
/// have approved leave for the session, one of its meetings or one of its sittings.
#[derive(Debug, QueryableByName)]
pub struct Missed {
    #[diesel(sql_type = DbId)]
    pub representative_id: Id,
}

const MISSED: &str = "SELECT r.representative_id FROM roster_entries r
    JOIN sittings s ON s.id = r.sitting_id AND s.state = 'closed'
    JOIN meetings m ON m.id = s.meeting_id AND m.congress_session_id = $1 AND m.state <> 'cancelled'
    LEFT JOIN attendances a ON a.sitting_id = s.id AND a.entry_id = r.id
        AND NOT EXISTS (SELECT 1 FROM attendance_moves v WHERE v.sitting_id = s.id AND v.entry_id = r.id AND v.kind = 'void'
            AND NOT EXISTS (SELECT 1 FROM attendance_moves g WHERE g.sitting_id = s.id AND g.entry_id = r.id
                AND g.kind = 'again' AND g.id > v.id))
    LEFT JOIN leave_requests l ON l.representative_id = r.representative_id AND l.state = 'approved'
        AND (l.sitting_id = s.id OR l.meeting_id = m.id OR l.congress_session_id = m.congress_session_id)
    WHERE r.class = 'voting' AND NOT r.suspended AND r.representative_id IS NOT NULL
    GROUP BY r.representative_id
    HAVING count(a.entry_id) = 0 AND count(l.id) = 0
    ORDER BY r.representative_id";

pub fn missed(c: &mut DbConn, session: Id) -> QueryResult<Vec<Missed>> {
    on_backend!(c, c => diesel::sql_query(MISSED).bind::<DbId, _>(session).load(c))
}

/// Number and name of seats that still may act.
pub fn names(c: &mut DbConn, congress: Id) -> QueryResult<Vec<(Id, String, String)>> {
    on_backend!(c, c => representatives::table
        .filter(representatives::congress_id.eq(congress).and(representatives::status.ne("ended")))
        .order((representatives::number, representatives::id))
        .select((representatives::id, representatives::number, representatives::name)).load(c))
}

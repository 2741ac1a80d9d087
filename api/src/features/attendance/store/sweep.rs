//! What the flag sweep asks about sign-ins written since it last looked.

use crate::db::types::sql::{DbId, DbTs};
use crate::db::{DbConn, Id, QueryResult, Ts, specific};
use crate::on_backend;
use crate::schema::{attendances, audit_seals};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A sign-in and what it is suspicious with: another sitting or a leave request.
#[derive(Debug, QueryableByName)]
pub struct Pair {
    #[diesel(sql_type = DbId)]
    pub sitting_id: Id,
    #[diesel(sql_type = DbId)]
    pub congress_id: Id,
    #[diesel(sql_type = DbId)]
    pub entry_id: Id,
    #[diesel(sql_type = DbId)]
    pub other_id: Id,
    #[diesel(sql_type = DbTs)]
    pub other_at: Ts,
}

/// One account at two open sittings; `other_id` is the other sitting.
const TWO_PLACES: &str = "SELECT a.sitting_id, a.congress_id, a.entry_id, s2.id AS other_id, a2.at AS other_at
    FROM attendances a
    JOIN sittings s ON s.id = a.sitting_id AND s.state = 'open'
    JOIN roster_entries r ON r.id = a.entry_id
    JOIN roster_entries r2 ON r2.account_id = r.account_id AND r2.sitting_id <> r.sitting_id
    JOIN sittings s2 ON s2.id = r2.sitting_id AND s2.state = 'open'
    JOIN attendances a2 ON a2.sitting_id = r2.sitting_id AND a2.entry_id = r2.id
    WHERE a.seal_key >= $1 AND a.seal_key < $2 LIMIT 5000";

/// Signed in although on approved leave; `other_id` is the leave request.
const ON_LEAVE: &str = "SELECT a.sitting_id, a.congress_id, a.entry_id, l.id AS other_id, a.at AS other_at
    FROM attendances a
    JOIN roster_entries r ON r.id = a.entry_id
    JOIN leave_requests l ON l.representative_id = r.representative_id AND l.state = 'approved'
    JOIN sittings s ON s.id = a.sitting_id
    JOIN meetings m ON m.id = s.meeting_id
    WHERE a.seal_key >= $1 AND a.seal_key < $2
      AND (l.sitting_id = s.id OR l.meeting_id = m.id OR l.congress_session_id = m.congress_session_id) LIMIT 5000";

/// Which question.
#[derive(Clone, Copy)]
pub enum Question {
    TwoPlaces,
    OnLeave,
}

pub fn ask(c: &mut DbConn, question: Question, from: i64, to: i64) -> QueryResult<Vec<Pair>> {
    let sql = match question {
        Question::TwoPlaces => TWO_PLACES,
        Question::OnLeave => ON_LEAVE,
    };
    on_backend!(c, c => diesel::sql_query(sql).bind::<BigInt, _>(from).bind::<BigInt, _>(to).load(c))
}

/// A sign-in on a device.
#[derive(Debug, Queryable)]
pub struct OnDevice {
    pub sitting_id: Id,
    pub congress_id: Id,
    pub entry_id: Id,
    pub at: Ts,
    pub device_id: String,
}

/// The sign-ins on devices among the new ones.
pub fn on_devices(c: &mut DbConn, from: i64, to: i64) -> QueryResult<Vec<OnDevice>> {
    use attendances as a;
    on_backend!(c, c => a::table.filter(a::seal_key.ge(from).and(a::seal_key.lt(to))).filter(a::device_id.is_not_null())
        .order((a::seal_key, a::at)).select((a::sitting_id, a::congress_id, a::entry_id, a::at, a::device_id.assume_not_null())).load(c))
}

/// Up to where sign-ins are certainly all visible.
pub fn horizon(c: &mut DbConn) -> QueryResult<i64> {
    specific::seal_horizon(c, "attendances")
}

/// Where a sweep of about `rows` rows ends that begins at `from`; `None` when there are fewer. Rows of one transaction
/// share a key on PostgreSQL and stay together.
pub fn end_of(c: &mut DbConn, from: i64, rows: i64) -> QueryResult<Option<i64>> {
    let next: Option<i64> = on_backend!(c, c => attendances::table.filter(attendances::seal_key.ge(from))
        .order(attendances::seal_key).select(attendances::seal_key).offset(rows).limit(1).first(c).optional())?;
    Ok(next.map(|key| key.max(from + 1)))
}

/// Where a sweep begins after a start: what was sealed has been looked at.
pub fn sealed_up_to(c: &mut DbConn) -> QueryResult<i64> {
    on_backend!(c, c => audit_seals::table.filter(audit_seals::source.eq("attendances"))
        .select(diesel::dsl::max(audit_seals::to_key)).first::<Option<i64>>(c))
    .map(|key| key.unwrap_or(0))
}

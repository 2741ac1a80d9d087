//! What the flag sweep asks about sign-ins written since it last looked.

use crate::db::types::sql::{DbId, DbTs};
use crate::db::{DbConn, Id, QueryResult, Ts, specific};
use crate::on_backend;
use crate::schema::audit_seals;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A sign-in and what it is suspicious with: another seat or another sitting.
#[derive(Debug, QueryableByName)]
pub struct Pair {
    #[diesel(sql_type = DbId)]
    pub sitting_id: Id,
    #[diesel(sql_type = DbId)]
    pub congress_id: Id,
    #[diesel(sql_type = DbId)]
    pub entry_id: Id,
    #[diesel(sql_type = DbTs)]
    pub at: Ts,
    #[diesel(sql_type = DbId)]
    pub other_id: Id,
    #[diesel(sql_type = DbTs)]
    pub other_at: Ts,
}

/// Two seats on one device.
const SAME_DEVICE: &str =
    "SELECT a.sitting_id, a.congress_id, a.entry_id, a.at, b.entry_id AS other_id, b.at AS other_at
    FROM attendances a
    JOIN attendances b ON b.sitting_id = a.sitting_id AND b.device_id = a.device_id AND b.entry_id <> a.entry_id
    WHERE a.seal_key >= $1 AND a.seal_key < $2 LIMIT 5000";

/// One account at two open sittings; `other_id` is the other sitting.
const TWO_PLACES: &str = "SELECT a.sitting_id, a.congress_id, a.entry_id, a.at, s2.id AS other_id, a2.at AS other_at
    FROM attendances a
    JOIN sittings s ON s.id = a.sitting_id AND s.state = 'open'
    JOIN roster_entries r ON r.id = a.entry_id
    JOIN roster_entries r2 ON r2.account_id = r.account_id AND r2.sitting_id <> r.sitting_id
    JOIN sittings s2 ON s2.id = r2.sitting_id AND s2.state = 'open'
    JOIN attendances a2 ON a2.sitting_id = r2.sitting_id AND a2.entry_id = r2.id
    WHERE a.seal_key >= $1 AND a.seal_key < $2 LIMIT 5000";

/// Signed in although on approved leave; `other_id` is the leave request.
const ON_LEAVE: &str = "SELECT a.sitting_id, a.congress_id, a.entry_id, a.at, l.id AS other_id, a.at AS other_at
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
    SameDevice,
    TwoPlaces,
    OnLeave,
}

pub fn ask(c: &mut DbConn, question: Question, from: i64, to: i64) -> QueryResult<Vec<Pair>> {
    let sql = match question {
        Question::SameDevice => SAME_DEVICE,
        Question::TwoPlaces => TWO_PLACES,
        Question::OnLeave => ON_LEAVE,
    };
    on_backend!(c, c => diesel::sql_query(sql).bind::<BigInt, _>(from).bind::<BigInt, _>(to).load(c))
}

/// Up to where sign-ins are certainly all visible.
pub fn horizon(c: &mut DbConn) -> QueryResult<i64> {
    specific::seal_horizon(c, "attendances")
}

/// Where a sweep begins after a start: what was sealed has been looked at.
pub fn sealed_up_to(c: &mut DbConn) -> QueryResult<i64> {
    on_backend!(c, c => audit_seals::table.filter(audit_seals::source.eq("attendances"))
        .select(diesel::dsl::max(audit_seals::to_key)).first::<Option<i64>>(c))
    .map(|key| key.unwrap_or(0))
}

//! Attendance over several sittings, and the warning before a second missed congress session.

use crate::auth::access::ViewMeetings;
use crate::auth::{Allowed, Resource};
use crate::clock::Clock;
use crate::db::{Db, DbConn, Id, QueryResult};
use crate::features::attendance::board::Board;
use crate::features::attendance::rollup::{RollUp, roll_up};
use crate::features::attendance::store::rollup as store;
use crate::features::congresses::Congress;
use crate::features::meetings::{Meeting, local_date, utc_offset};
use crate::web::{ApiError, ApiResult};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

impl Resource for store::SessionRow {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::congress_session(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

fn rolled(c: &mut DbConn, congress: Id, sittings: Vec<Id>) -> ApiResult<RollUp> {
    let zone = utc_offset(c, congress)?;
    let boards: Vec<Board> = sittings
        .into_iter()
        .filter_map(|id| Board::load(c, id).transpose())
        .collect::<QueryResult<_>>()?;
    Ok(roll_up(&boards, zone))
}

/// Roll a meeting's attendance up
///
/// By sitting and by person, with half days by the congress's own clock.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Meeting")),
    responses((status = 200, body = RollUp)), security(("bearer" = [])))]
#[get("/meetings/{id:[0-9A-Fa-f-]+}/attendance")]
pub async fn meeting_attendance(meeting: Allowed<Meeting, ViewMeetings>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, congress) = (meeting.id, meeting.congress_id);
    let rolled = db.read(move |c| {
        let sittings = store::sittings_of_meeting(c, id)?;
        rolled(c, congress, sittings)
    });
    Ok(HttpResponse::Ok().json(rolled.await?))
}

/// Roll a congress session's attendance up
///
/// Over all sittings of all its meetings.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Congress session")),
    responses((status = 200, body = RollUp)), security(("bearer" = [])))]
#[get("/congress_sessions/{id:[0-9A-Fa-f-]+}/attendance")]
pub async fn session_attendance(
    session: Allowed<store::SessionRow, ViewMeetings>,
    db: Data<Db>,
) -> ApiResult<HttpResponse> {
    let (id, congress) = (session.id, session.congress_id);
    let rolled = db.read(move |c| {
        let sittings = store::sittings_of_session(c, id)?;
        rolled(c, congress, sittings)
    });
    Ok(HttpResponse::Ok().json(rolled.await?))
}

/// Somebody whose seat is at risk.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttendanceWarning {
    pub representative_id: Id,
    pub number: String,
    pub name: String,
    /// Congress sessions of this term missed without approved leave.
    pub missed: Vec<MissedSession>,
    /// Two or more were missed: the seat ends (代表法第六十二条第三项).
    pub seat_ends: bool,
}

/// A congress session that was missed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MissedSession {
    pub congress_session_id: Id,
    pub title: String,
}

/// Who must be warned, and before what.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AttendanceWarnings {
    /// The next congress session of the term, if it is planned.
    pub next_session: Option<NextSession>,
    pub items: Vec<AttendanceWarning>,
}

/// The session before which people must be warned.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NextSession {
    pub congress_session_id: Id,
    pub title: String,
    pub starts_on: NaiveDate,
}

/// List whose seat is at risk
///
/// Absence without approved leave from two congress sessions ends a seat. A session counts as missed when it is
/// over and its representative signed in to none of its sittings; half days do not count by themselves.
#[utoipa::path(tag = "attendance", params(("id" = Id, Path, description = "Congress")),
    responses((status = 200, body = AttendanceWarnings)), security(("bearer" = [])))]
#[get("/congresses/{id:[0-9A-Fa-f-]+}/attendance_warnings")]
pub async fn attendance_warning_list(
    congress: Allowed<Congress, ViewMeetings>,
    db: Data<Db>,
    clock: Data<Clock>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (congress.id, clock.now());
    let warnings = db
        .read(move |c| {
            let today = local_date(now, utc_offset(c, id)?);
            let sessions = store::sessions_of_current_term(c, id, today)?;
            let next_session = sessions.iter().find(|s| s.ends_on >= today).map(|s| NextSession {
                congress_session_id: s.id,
                title: s.title.clone(),
                starts_on: s.starts_on,
            });
            let mut missed: HashMap<Id, Vec<MissedSession>> = HashMap::new();
            for session in sessions.iter().filter(|s| s.ends_on < today) {
                for seat in store::missed(c, session.id)? {
                    let session = MissedSession {
                        congress_session_id: session.id,
                        title: session.title.clone(),
                    };
                    missed.entry(seat.representative_id).or_default().push(session);
                }
            }
            let items = store::names(c, id)?
                .into_iter()
                .filter_map(|(representative_id, number, name)| {
                    let missed = missed.remove(&representative_id)?;
                    Some(AttendanceWarning {
                        representative_id,
                        number,
                        name,
                        seat_ends: missed.len() >= 2,
                        missed,
                    })
                })
                .collect();
            Ok::<_, ApiError>(AttendanceWarnings { next_session, items })
        })
        .await?;
    Ok(HttpResponse::Ok().json(warnings))
}
